// Accounts, entries and their limits, and what the database itself refuses.
#include "TestBooks.h"

#include <limits>

using namespace ledgerd;

class BooksTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BooksTest);
    CPPUNIT_TEST(freshBooksHaveAChartPerTenant);
    CPPUNIT_TEST(booksKeepTheirNameAndAnotherProcessIsRefused);
    CPPUNIT_TEST(anEntryByHandMovesBalancesAndTheRegisterShowsThem);
    CPPUNIT_TEST(entriesThatDoNotAddUpAreRefused);
    CPPUNIT_TEST(theDatabaseItselfRefusesUnbalancedOrChangedEntries);
    CPPUNIT_TEST(aPostingWithoutItsEntryCannotBeCommitted);
    CPPUNIT_TEST(anAccountIsMadeOncePerIdempotencyKey);
    CPPUNIT_TEST(restoredBooksNeverGiveAnAccountsIdToAnother);
    CPPUNIT_TEST(aCurrencyHasOneExponentPerTenant);
    CPPUNIT_TEST(aRoleAccountFindsANameWhenAPersonTookIt);
    CPPUNIT_TEST(namesAreMadeFitForTheTree);
    CPPUNIT_TEST(namesThatLookTheSameAreTheSame);
    CPPUNIT_TEST(aNameIsPlacedAsItsLevelsSay);
    CPPUNIT_TEST(amountsAreReadAndWrittenExactly);
    CPPUNIT_TEST(readersSeeOneViewWhileAWriterGoesOn);
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

    void freshBooksHaveAChartPerTenant()
    {
        CPPUNIT_ASSERT(account(*books_, "Assets:Bank:Checking").feedable);
        CPPUNIT_ASSERT(!account(*books_, "Expenses:Food").feedable);
        CPPUNIT_ASSERT(account(*books_, "Equity:Suspense:USD").role == Role::suspense);
        CPPUNIT_ASSERT_EQUAL(
            std::string("EUR"), account(*books_, "Assets:Cash", "other").currency.code);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, books_->tenants().size());
    }

    void booksKeepTheirNameAndAnotherProcessIsRefused()
    {
        const std::string name = books_->hostId();
        const auto second = Books::open(folder_->path(), {}, clock_);
        CPPUNIT_ASSERT(!second && second.failure().kind == Failure::Kind::busy);
        books_.reset();
        books_ = openBooks(folder_->path(), clock_);
        CPPUNIT_ASSERT_EQUAL(name, books_->hostId());
    }

    void anEntryByHandMovesBalancesAndTheRegisterShowsThem()
    {
        for (int day = 1; day <= 5; ++day)
            bookByHand(*books_, "Assets:Cash", "Expenses:Food", day * 100,
                "Day " + std::to_string(day), "2026-01-0" + std::to_string(day));
        bookByHand(*books_, "Income:Salary", "Assets:Cash", 10000, "Late news", "2026-01-02");
        const Account cash = account(*books_, "Assets:Cash");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8500}, cash.balance);
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-05"), cash.lastEntryOn);

        const auto page = [&](const Position& before)
        {
            return books_->database().read(
                [&](Unit& unit) { return journal::accountPage(unit, "main", cash, before, 3); });
        };
        const auto newest = page({});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8500}, newest.at(0).balance);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9400}, newest.at(2).balance + 0);
        const auto older = page({newest.back().entry.bookedOn, newest.back().entry.id});
        CPPUNIT_ASSERT_EQUAL(std::string("Late news"), older.at(0).entry.description);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9700}, older.at(0).balance);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-100}, older.at(2).balance);
        assertBalancesAreSums(*books_);
    }

    void entriesThatDoNotAddUpAreRefused()
    {
        const std::int64_t cash = account(*books_, "Assets:Cash").id;
        const std::int64_t food = account(*books_, "Expenses:Food").id;
        const std::int64_t foreign = account(*books_, "Assets:Cash", "other").id;
        const std::int64_t smallest = std::numeric_limits<std::int64_t>::min();
        assertRefused({{cash, -100}, {food, 99}});
        assertRefused({{cash, 0}});
        assertRefused({{cash, -100}, {foreign, 100}});
        assertRefused(
            {{cash, smallest}, {food, std::numeric_limits<std::int64_t>::max()}, {food, 1}});
        assertRefused({{cash, -100}, {food, 100}}, "2026-13-01");
        assertRefused({{cash, -100}, {food, 100}}, "2026-01-01", " \n ");
        CPPUNIT_ASSERT(entriesOf(*books_).empty());
    }

    void theDatabaseItselfRefusesUnbalancedOrChangedEntries()
    {
        const std::int64_t id = bookByHand(*books_, "Assets:Cash", "Expenses:Food", 100);
        for (const char* sql : {"UPDATE posting SET units = 5", "DELETE FROM posting",
                 "DELETE FROM entry", "UPDATE entry SET description = 'other'",
                 "INSERT INTO posting (entry_id, line, account_id, booked_on, units) VALUES (1, 9, "
                 "1, '2026-01-02', 5)"})
            CPPUNIT_ASSERT_THROW_MESSAGE(
                sql, books_->database().write([&](Unit& unit) { unit.run(sql); }), DatabaseError);
        CPPUNIT_ASSERT_THROW(books_->database().write(
                                 [&](Unit& unit)
                                 {
                                     insertPosting(unit, id + 1, 1, 100);
                                     insertPosting(unit, id + 1, 2, -99);
                                     insertEntry(unit, id + 1);
                                 }),
            DatabaseError);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, entriesOf(*books_).size());
    }

    void aPostingWithoutItsEntryCannotBeCommitted()
    {
        CPPUNIT_ASSERT_THROW(
            books_->database().write([&](Unit& unit) { insertPosting(unit, 77, 1, 100); }),
            DatabaseError);
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1}, bookByHand(*books_, "Assets:Cash", "Expenses:Food", 1));
    }

    void anAccountIsMadeOncePerIdempotencyKey()
    {
        NewAccount wanted;
        wanted.name = "Assets:Bank:Savings";
        wanted.currency = {"USD", 2};
        wanted.idempotencyKey = "key-1";
        const CreatedAccount first = create(wanted);
        const CreatedAccount second = create(wanted);
        CPPUNIT_ASSERT(!first.already && second.already);
        CPPUNIT_ASSERT_EQUAL(first.id, second.id);
        wanted.idempotencyKey = "key-2";
        const auto taken = tryCreate(wanted);
        CPPUNIT_ASSERT(!taken && taken.failure().kind == Failure::Kind::conflict);
    }

    void restoredBooksNeverGiveAnAccountsIdToAnother()
    {
        const std::filesystem::path file = std::filesystem::path(folder_->path()) / "books.sqlite";
        const std::string copy = folder_->path() + "/copy";
        books_.reset();
        std::filesystem::copy_file(file, copy);
        books_ = openBooks(folder_->path(), clock_);
        const auto lost = accountMadeNow("Assets:Bank:Event fund");
        books_.reset();
        for (const char* rest : {"-wal", "-shm"})
            std::filesystem::remove(file.string() + rest);
        std::filesystem::copy_file(copy, file, std::filesystem::copy_options::overwrite_existing);
        books_ = openBooks(folder_->path(), clock_);
        CPPUNIT_ASSERT(lost != accountMadeNow("Assets:Bank:Another fund"));
    }

    void aCurrencyHasOneExponentPerTenant()
    {
        NewAccount wanted;
        wanted.name = "Assets:Bank:Odd";
        wanted.currency = {"USD", 3};
        CPPUNIT_ASSERT(!tryCreate(wanted));
        wanted.currency = {"XPTS", 8};
        CPPUNIT_ASSERT(tryCreate(wanted));
        wanted.name = "Assets:Bank:Odder";
        wanted.currency = {"XPTS", 2};
        CPPUNIT_ASSERT(!tryCreate(wanted));
    }

    void aRoleAccountFindsANameWhenAPersonTookIt()
    {
        NewAccount wanted;
        wanted.name = "Equity:Suspense:EUR";
        wanted.type = AccountType::equity;
        wanted.currency = {"EUR", 2};
        create(wanted);
        const Account found = must(books_->database().write(
            [&](Unit& unit) {
                return accounts::forRole(unit, "main", Role::suspense, {"EUR", 2}, 0);
            }));
        CPPUNIT_ASSERT_EQUAL(std::string("Equity:Suspense:EUR 2"), found.name);
    }

    void namesAreMadeFitForTheTree()
    {
        CPPUNIT_ASSERT_EQUAL(
            std::string("Plaid Checking - joint"), accountNamePart(" Plaid  Checking : joint "));
        CPPUNIT_ASSERT_EQUAL(std::string("a, b"), accountNamePart("a;\n b"));
        CPPUNIT_ASSERT_EQUAL(std::string("Savings (joint)"), accountNamePart("Savings (joint)"));
        CPPUNIT_ASSERT_EQUAL(std::string(), accountNamePart(" \n \u00a0"));
        const std::string cut = accountNamePart(std::string(99, 'x') + " y");
        CPPUNIT_ASSERT_EQUAL(std::string(99, 'x'), cut);
        CPPUNIT_ASSERT(isAccountName("Assets:" + cut));
        CPPUNIT_ASSERT(isAccountName("Assets:Bank:Käse"));
        CPPUNIT_ASSERT(!isAccountName("Assets::Bank"));
        CPPUNIT_ASSERT(!isAccountName("Assets:Bank "));
        CPPUNIT_ASSERT(!isAccountName("Assets:a  b"));
        for (const char* name : {"(Assets):a", "*a", ";a", "\"a\"", "=a", "~a"})
            CPPUNIT_ASSERT_MESSAGE(name, !isAccountName(name));
    }

    void namesThatLookTheSameAreTheSame()
    {
        for (const char* blank : {"\u00a0", "\u1680", "\u2000", "\u2003", "\u200a", "\u202f",
                 "\u205f", "\u3000", "\u200b", "\u200d", "\u200f", "\u2028", "\u202e", "\u2060",
                 "\u2064", "\ufeff", "\u00ad", "\u180e", "\u3164"})
        {
            const std::string sign = blank;
            CPPUNIT_ASSERT_EQUAL(std::string("Reserve 1000 EUR"),
                accountNamePart(sign + "Reserve" + sign + sign + "1000 " + sign + "EUR" + sign));
            CPPUNIT_ASSERT(!isAccountName("Assets:Till" + sign));
        }
        CPPUNIT_ASSERT_EQUAL(std::string("K\u00e4se \u540d \U0001F9C0"),
            accountNamePart("K\u00e4se \u540d \U0001F9C0"));
    }

    void aNameIsPlacedAsItsLevelsSay()
    {
        const auto full = [](const char* typed, const char* home = "Bank")
        { return must(fullAccountName(AccountType::asset, typed, home)); };
        CPPUNIT_ASSERT_EQUAL(std::string("Assets:Bank:Savings book"), full("Savings book"));
        CPPUNIT_ASSERT_EQUAL(std::string("Assets:Bank:Savings book"), full("Bank:Savings book"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("Assets:Bank:Savings book"), full("assets: Bank :Savings book"));
        CPPUNIT_ASSERT_EQUAL(std::string("Assets:Till:Main"), full("Till:Main"));
        CPPUNIT_ASSERT_EQUAL(std::string("Assets:Bank:Assets"), full("Assets:"));
        CPPUNIT_ASSERT_EQUAL(std::string("Assets:Savings"), full("Savings", ""));
        for (const char* wrong : {"", " : ", "Liabilities:Cards:Gold", "Equity:x"})
            CPPUNIT_ASSERT_MESSAGE(wrong, !fullAccountName(AccountType::asset, wrong, "Bank"));
        CPPUNIT_ASSERT(fullAccountName(AccountType::asset, "Expenses:x")
                           .failure()
                           .text.find("stands below Assets") != std::string::npos);
    }

    void amountsAreReadAndWrittenExactly()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("-0.05"), formatUnits(-5, 2));
        CPPUNIT_ASSERT_EQUAL(std::string("1,234,567.89"), formatUnits(123456789, 2, true));
        const std::string forPeople = "\u22121,234.50";
        CPPUNIT_ASSERT_EQUAL(forPeople, formatUnits(-123450, 2, true));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-123450}, must(parseUnits(forPeople, 2)));
        CPPUNIT_ASSERT_EQUAL(std::string("-9223372036854775808"),
            formatUnits(std::numeric_limits<std::int64_t>::min(), 0));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-1230}, must(parseUnits("-12.3", 2)));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{123450}, must(parseUnits("1,234.50", 2)));
        CPPUNIT_ASSERT_EQUAL(
            std::numeric_limits<std::int64_t>::max(), must(parseUnits("92233720368547758.07", 2)));
        for (const char* wrong : {"", "-", "1.", ".5", "1,23.00", "12,34", "1.234", "1e5", "0x1",
                 " 1", "92233720368547758.08", "1,,000", ",100"})
            CPPUNIT_ASSERT_MESSAGE(wrong, !parseUnits(wrong, 2));
    }

    void readersSeeOneViewWhileAWriterGoesOn()
    {
        books_->database().read(
            [&](Unit& unit)
            {
                const auto before = journal::page(unit, "main", {}, 10).size();
                bookByHand(*books_, "Assets:Cash", "Expenses:Food", 1);
                CPPUNIT_ASSERT_EQUAL(before, journal::page(unit, "main", {}, 10).size());
            });
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, entriesOf(*books_).size());
    }

private:
    Result<CreatedAccount> tryCreate(const NewAccount& wanted)
    {
        return books_->database().write(
            [&](Unit& unit) { return accounts::create(unit, "main", wanted, 0); });
    }
    CreatedAccount create(const NewAccount& wanted) { return must(tryCreate(wanted)); }
    // The id of an account that is made a second after the last one.
    std::int64_t accountMadeNow(const std::string& name)
    {
        clock_.offset += nsPerSecond;
        NewAccount wanted;
        wanted.name = name;
        wanted.currency = {"USD", 2};
        return must(books_->database().write([&](Unit& unit)
                        { return accounts::create(unit, "main", wanted, clock_.utcNs()); }))
            .id;
    }

    void assertRefused(std::vector<Leg> legs, const std::string& date = "2026-01-01",
        const std::string& description = "Wrong")
    {
        NewEntry entry;
        entry.bookedOn = date;
        entry.description = description;
        entry.legs = std::move(legs);
        const auto made = books_->database().write(
            [&](Unit& unit) { return journal::addByHand(unit, "main", entry, 0); });
        CPPUNIT_ASSERT(!made);
        CPPUNIT_ASSERT(!made.failure().text.empty());
    }

    void insertPosting(Unit& unit, std::int64_t entry, std::int64_t line, std::int64_t units)
    {
        unit.run("INSERT INTO posting (entry_id, line, account_id, booked_on, units) VALUES (?, ?, "
                 "1, '2026-01-01', ?)",
            {entry, line, units});
    }

    void insertEntry(Unit& unit, std::int64_t id)
    {
        unit.run(
            "INSERT INTO entry (id, tenant, booked_on, description, source, kind, feed_id, "
            "root_key, revision,"
            " authorized_on, merchant, original_description, category, made_by, created_utc_ns)"
            " VALUES (?, 'main', '2026-01-01', 'x', 'hand', '', '', '', 0, '', '', '', '', '', 0)",
            {id});
    }

    TestClock clock_;
    std::unique_ptr<Folder> folder_;
    std::unique_ptr<Books> books_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(BooksTest);
