// The export is judged by hledger itself, with texts as hostile as a bank can send them.
#include "TestBooks.h"
#include "TestFeed.h"

#include "books/HledgerExport.h"

#include <cstdio>
#include <fstream>
#include <iostream>

using namespace ledgerd;

class HledgerExportTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HledgerExportTest);
    CPPUNIT_TEST(hledgerAcceptsHostileBooksStrictly);
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
        CPPUNIT_ASSERT(text.find("    ; merchant: Coffee  Inc  x\n") != std::string::npos);
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
