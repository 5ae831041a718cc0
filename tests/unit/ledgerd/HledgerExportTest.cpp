// The export is judged by hledger itself, with texts as hostile as a bank can send them.
#include "TestBooks.h"
#include "TestFeed.h"

#include "books/HledgerExport.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>

using namespace ledgerd;

class HledgerExportTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HledgerExportTest);
    CPPUNIT_TEST(hledgerAcceptsHostileBooksStrictly);
    CPPUNIT_TEST(hledgerTakesEveryNameForTheOneItIs);
    CPPUNIT_TEST(namesOfEarlierVersionsAreExportedApart);
    CPPUNIT_TEST(feedEntriesCarryTheirKeyAsTags);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        folder_ = std::make_unique<Folder>();
        books_ = openBooks(folder_->path(), clock_);
    }
    void tearDown() override
    {
        books_.reset();
        folder_.reset();
    }

    void hledgerAcceptsHostileBooksStrictly()
    {
        for (const char* text :
            {"; comment", "a ; b:c, d", "* ! (x) | y", "tab\there", "new\nline", "= 2026-01-01",
                "\"quoted\" 'text'", "\xE2\x80\xAEright to left", "include /etc/passwd",
                "100.00 USD", "end comment", "<script>", "$(id)", "  two  blanks  "})
            bookByHand(*books_, "Assets:Cash", "Expenses:Food", 123, text);
        addAccount("Assets:Bank:Yen", {"JPY", 0});
        addAccount("Assets:Bank:Points 1", {"PTS2", 8});
        addAccount("Equity:Yen", {"JPY", 0});
        addAccount("Equity:Points", {"PTS2", 8});
        bookByHand(*books_, "Equity:Yen", "Assets:Bank:Yen", 500);
        bookByHand(*books_, "Equity:Points", "Assets:Bank:Points 1", 123456789);

        const std::string file = *folder_ / "books.journal";
        std::ofstream(file) << exported();
        if (std::system("command -v hledger >/dev/null 2>&1") != 0)
        {
            std::cout << " (hledger is not installed: not judged) ";
            return;
        }
        CPPUNIT_ASSERT_EQUAL(0, std::system(("hledger -f " + file + " check --strict").c_str()));
        CPPUNIT_ASSERT_EQUAL(
            std::string("\"account\",\"balance\"\n\"Assets:Cash\",\"-17.22 USD\"\n"),
            output("hledger -f " + file + " balance -N -O csv Assets:Cash"));
    }

    void hledgerTakesEveryNameForTheOneItIs()
    {
        const std::string blanks[] = {"\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
            "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u200b",
            "\u200c", "\u200d", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202e",
            "\u202f", "\u205f", "\u2060", "\u2064", "\u3000", "\ufeff", "\u0085", "\u000b"};
        int count = 0;
        const auto open = [&](const std::string& typed)
        {
            addAccount(must(fullAccountName(AccountType::asset, typed)), {"USD", 2});
            ++count;
        };
        for (const std::string& blank : blanks)
        {
            const std::string number = std::to_string(count);
            open("Bank:" + blank + number + blank + blank + "1000 EUR" + blank);
            bookByHand(*books_, "Assets:Cash", "Expenses:Food", 100,
                blank + "*" + blank + blank + "; 5 USD" + blank);
        }
        const std::string signs = "()[]{}*!#%~=@\"|;<>$&/'`^+?,.-_";
        for (const char sign : signs)
        {
            const std::string number = std::to_string(count), text(1, sign);
            open("Bank:" + text + number + " " + text + " " + text + "x" + text);
        }
        for (const Account& made : accountsOf(*books_))
            if (made.name.starts_with("Assets:Bank:") && made.name != "Assets:Bank:Checking" &&
                made.currency.code == "USD" && made.role == Role::none)
                bookByHand(*books_, "Assets:Cash", made.name, 100);
        assertHledgerSeesEveryAccount();
    }

    void namesOfEarlierVersionsAreExportedApart()
    {
        const std::string names[] = {"Assets:Bank:Till", "Assets:Bank:Till\u00a0",
            "Assets:Bank:\u3000Till", "Assets:Bank:Till 2",
            "Assets:Bank:Reserve\u00a0\u00a01000 EUR"};
        for (const std::string& name : names)
        {
            addAccount("Assets:Bank:To rename", {"USD", 2});
            must(books_->database().write(
                [&](Unit& unit)
                {
                    unit.run("UPDATE account SET name = ? WHERE name = ?",
                        {name, std::string("Assets:Bank:To rename")});
                    return done();
                }));
            bookByHand(*books_, "Assets:Cash", name, 100);
        }
        const std::string text = exported();
        for (const char* name : {"Till", "Till 2", "Till 3", "Till 4", "Reserve 1000 EUR"})
        {
            const std::string line = std::string("account Assets:Bank:") + name + "  ; type: A\n";
            CPPUNIT_ASSERT_MESSAGE(name + text, text.find(line) != std::string::npos);
        }
        CPPUNIT_ASSERT_EQUAL(exported(), text);
        assertHledgerSeesEveryAccount();
    }

    void feedEntriesCarryTheirKeyAsTags()
    {
        const std::string checking = accountText(account(*books_, "Assets:Bank:Checking").id);
        FeedPosting posting(*books_, "test-plugin");
        Outbox outbox;
        bf_change change = makeChange(BF_CHANGE_POST, "root,1", 1, checking.c_str(), -450);
        change.merchant = "Coffee, Inc; x";
        outbox.add(change);
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(posting, 1, BF_BATCH_EPOCH_START));
        const std::string text = exported();
        CPPUNIT_ASSERT(text.find("2026-01-05 * (1) Coffee Corner\n") != std::string::npos);
        CPPUNIT_ASSERT(text.find("    ; root_key: root 1\n    ; revision: 1\n    ; kind: post\n") !=
                       std::string::npos);
        CPPUNIT_ASSERT(text.find("    ; merchant: Coffee Inc x\n") != std::string::npos);
        CPPUNIT_ASSERT(text.find("    Assets:Bank:Checking  -4.50 USD\n") != std::string::npos);
    }

private:
    void addAccount(const std::string& name, const Currency& currency)
    {
        NewAccount wanted;
        wanted.name = name;
        wanted.currency = currency;
        must(books_->database().write(
            [&](Unit& unit) { return accounts::create(unit, "main", wanted, 0); }));
    }

    // Every account of the books, and none besides, is one of hledger's.
    void assertHledgerSeesEveryAccount()
    {
        const std::string file = *folder_ / "books.journal";
        std::ofstream(file) << exported();
        if (std::system("command -v hledger >/dev/null 2>&1") != 0)
        {
            std::cout << " (hledger is not installed: not judged) ";
            return;
        }
        CPPUNIT_ASSERT_EQUAL(0, std::system(("hledger -f " + file + " check --strict").c_str()));
        for (const char* kind : {"--declared", "--used"})
        {
            const std::string seen = output("hledger -f " + file + " accounts " + kind);
            const auto used = books_->database().read(
                [&](Unit& unit)
                {
                    return unit
                        .select(
                            "SELECT count(*) FROM account a WHERE tenant = 'main' AND (? OR EXISTS "
                            "(SELECT 1 FROM posting p WHERE p.account_id = a.id))",
                            "i", {std::int64_t{std::string_view(kind) == "--declared"}})
                        .integer(0, 0);
                });
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                seen, used, static_cast<std::int64_t>(std::count(seen.begin(), seen.end(), '\n')));
        }
    }

    std::string exported()
    {
        std::string text;
        writeHledger(*books_, "main", [&](std::string_view part) { text += part; });
        return text;
    }

    static std::string output(const std::string& command)
    {
        std::FILE* pipe = ::popen(command.c_str(), "r");
        CPPUNIT_ASSERT(pipe != nullptr);
        std::string text;
        char buffer[512];
        while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, pipe))
            text.append(buffer, got);
        CPPUNIT_ASSERT_EQUAL(0, ::pclose(pipe));
        return text;
    }

    TestClock clock_;
    std::unique_ptr<Folder> folder_;
    std::unique_ptr<Books> books_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(HledgerExportTest);
