// More rows than one query may give: they are read page by page, and none is left out in silence.
#include "store/AccountLinkRepository.h"
#include "store/BankAccountRepository.h"
#include "store/LedgerAccountRepository.h"
#include "store/LinkedAccountRepository.h"
#include "store/NoticeRepository.h"
#include "store/Pages.h"
#include "support/BothEngines.h"
#include "support/SeededRandom.h"

#include <algorithm>

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::good;
using bankfeed::testing::onBothEngines;
using bankfeed::testing::SeededRandom;
using bankfeed::testing::TestDatabase;

namespace
{

constexpr std::size_t many = 12'345;

/// `columns` of `table` with `values`, for i from 1 to `count`; `i` is the number as a text.
void insertRows(Unit& unit, const std::string& table, const std::string& columns,
    const std::string& values, std::size_t count)
{
    unit.execute("INSERT INTO " + table + " (" + columns + R"()
        WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers
            WHERE n < )" +
                 std::to_string(count) +
                 R"()
        SELECT )" +
                 values + " FROM (SELECT n, CAST(100000 + n AS TEXT) AS i FROM numbers) counted");
}

void insertBankAccounts(Unit& unit, const std::string& tenant, std::size_t count)
{
    insertRows(unit, "bank_account",
        "bank_account_id, tenant_id, connection_id, provider_account_id, persistent_id, feed_id, "
        "name, official_name, mask, type, subtype, currency, exponent, currency_official, "
        "feedable, state, origin, first_seen_at, decision, decided_by",
        "'" + tenant + "-acc-' || i, '" + tenant + "', 'con_' || CAST(n % 7 AS TEXT), '" + tenant +
            "' || i, '', '" + tenant +
            "-feed-' || i, 'Checking', '', '', 'depository', 'checking', 'USD', 2, 1, 1, "
            "'shared', 'connect', n, 'open', ''",
        count);
}

void insertLinks(Unit& unit, const std::string& feed, const std::string& ended, std::size_t count,
    int openingRevision = 0)
{
    insertRows(unit, "account_link",
        "link_id, tenant_id, bank_account_id, feed_id, ledger_account_id, start_date, state, "
        "opening, opening_units, opening_on, opening_revision, opening_ordinal, "
        "opening_measured_on, opening_checks, books_last_entry_on, release_total, release_done, "
        "created_at, created_by, ended_at",
        "'" + feed + "-lnk-' || i, 't1', 't1-acc-' || i, " +
            (feed.empty() ? std::string("'feed-' || i") : "'" + feed + "'") +
            ", 'led-' || i, '', 'active', 'none', 0, '', " + std::to_string(openingRevision) +
            ", n, '', 0, '', 0, 0, n, 'Ada', " + ended,
        count);
}

void insertLedgerAccounts(Unit& unit, const std::string& prefix, int open, std::size_t count)
{
    insertRows(unit, "ledger_account",
        "tenant_id, ledger_account_id, name, type, is_open, feedable, currency, exponent, "
        "balance_units, last_entry_on, seen_at",
        "'t1', '" + prefix + "' || i, 'Name ' || CAST(200000 - n AS TEXT), 1, " +
            std::to_string(open) + ", 1, 'USD', 2, 0, '', 0",
        count);
}

/// The code of what fails the unit; "" when nothing does.
template <class Body>
std::string codeOf(TestDatabase& database, Body body)
{
    const auto read = database->read(
        [&](Unit& unit) -> Result<void>
        {
            body(unit);
            return success();
        });
    return read.ok() ? std::string() : read.error().code;
}

template <class Body>
void write(TestDatabase& database, Body body)
{
    good(database->write(
        [&](Unit& unit) -> Result<void>
        {
            body(unit);
            return success();
        }));
}

} // namespace

class EverythingIsReadTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(EverythingIsReadTest);
    CPPUNIT_TEST(everyBankAccountOfATenantIsThereOnce);
    CPPUNIT_TEST(everyLinkThatHasNotEndedIsThereOnce);
    CPPUNIT_TEST(everyCandidateIsThereInTheOrderOfNames);
    CPPUNIT_TEST(aClosedLedgerAccountIsACandidateOnlyWhileItIsFed);
    CPPUNIT_TEST(moreThanTheLimitFailsTheUnit);
    CPPUNIT_TEST(aFeedWithTooManyOpeningsIsAnError);
    CPPUNIT_TEST(theNewestNoticesAreThereAndAllAreCounted);
    CPPUNIT_TEST(anOpenNoticeIsFoundHoweverOldItIs);
    CPPUNIT_TEST_SUITE_END();

public:
    void everyBankAccountOfATenantIsThereOnce()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                write(database,
                    [](Unit& unit)
                    {
                        insertBankAccounts(unit, "t1", many);
                        insertBankAccounts(unit, "t2", 5);
                        BankAccountRepository accounts(unit, "t1");
                        const auto all = accounts.all();
                        CPPUNIT_ASSERT_EQUAL(many, all.size());
                        CPPUNIT_ASSERT_EQUAL(static_cast<std::int64_t>(many), accounts.count());
                        for (std::size_t i = 1; i < all.size(); ++i)
                            CPPUNIT_ASSERT(std::tie(all[i - 1].connectionId, all[i - 1].id) <
                                           std::tie(all[i].connectionId, all[i].id));
                    });
            });
    }

    void everyLinkThatHasNotEndedIsThereOnce()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                write(database,
                    [](Unit& unit)
                    {
                        insertLinks(unit, "", "NULL", many);
                        insertLinks(unit, "old", "5", 3);
                        const auto current = AccountLinkRepository(unit, "t1").current();
                        CPPUNIT_ASSERT_EQUAL(many, current.size());
                        for (std::size_t i = 1; i < current.size(); ++i)
                            CPPUNIT_ASSERT(current[i - 1].bankAccountId < current[i].bankAccountId);
                    });
            });
    }

    void everyCandidateIsThereInTheOrderOfNames()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                write(database,
                    [](Unit& unit)
                    {
                        insertLedgerAccounts(unit, "led-", 1, many);
                        const auto found = LedgerAccountRepository(unit, "t1").candidates();
                        CPPUNIT_ASSERT_EQUAL(many, found.size());
                        for (std::size_t i = 1; i < found.size(); ++i)
                            CPPUNIT_ASSERT(found[i - 1].name < found[i].name);
                    });
            });
    }

    void aClosedLedgerAccountIsACandidateOnlyWhileItIsFed()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                write(database,
                    [](Unit& unit)
                    {
                        insertLedgerAccounts(unit, "led-", 0, 3);
                        insertLinks(unit, "", "NULL", 1);
                        const auto found = LedgerAccountRepository(unit, "t1").candidates();
                        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, found.size());
                        CPPUNIT_ASSERT_EQUAL(std::string("led-100001"), found.front().id);
                    });
            });
    }

    void moreThanTheLimitFailsTheUnit()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                write(database, [](Unit& unit) { insertLedgerAccounts(unit, "led-", 1, 6000); });
                const auto readAtMost = [](std::size_t most)
                {
                    return [most](Unit& unit)
                    {
                        LedgerAccountRepository ledger(unit, "t1");
                        const auto all = allPages(most, [&](const LedgerAccount* last)
                            { return ledger.page(last == nullptr ? "" : last->id, rowsPerPage); });
                        CPPUNIT_ASSERT_EQUAL(std::size_t{6000}, all.size());
                    };
                };
                CPPUNIT_ASSERT_EQUAL(std::string(), codeOf(database, readAtMost(6000)));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("store.too_many_rows"), codeOf(database, readAtMost(5999)));
            });
    }

    void aFeedWithTooManyOpeningsIsAnError()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                const std::size_t most = LinkedAccountRepository::openingsMost;
                write(database,
                    [&](Unit& unit)
                    {
                        insertLinks(unit, "feed-a", "5", most, 1);
                        insertLinks(unit, "feed-b", "5", most + 1, 1);
                    });
                const auto count = [](const char* feed, std::size_t& found)
                {
                    return [feed, &found](Unit& unit)
                    { found = LinkedAccountRepository(unit, "t1").openingsOf(feed).size(); };
                };
                std::size_t found = 0;
                CPPUNIT_ASSERT_EQUAL(std::string(), codeOf(database, count("feed-a", found)));
                CPPUNIT_ASSERT_EQUAL(most, found);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("store.too_many_rows"), codeOf(database, count("feed-b", found)));
            });
    }

    void theNewestNoticesAreThereAndAllAreCounted()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                SeededRandom random(7);
                write(database,
                    [&](Unit& unit)
                    {
                        NoticeRepository notices(unit, "t1");
                        const int count = static_cast<int>(NoticeRepository::openMost) + 1;
                        for (int i = 1; i <= count; ++i)
                            notices.open(random, notice::feedHeld, "f" + std::to_string(i), "error",
                                "{}", {i});
                        const auto open = notices.openOnes();
                        CPPUNIT_ASSERT_EQUAL(
                            static_cast<std::size_t>(NoticeRepository::openMost), open.size());
                        CPPUNIT_ASSERT_EQUAL("f" + std::to_string(count), open.front().subject);
                        CPPUNIT_ASSERT_EQUAL(std::string("f2"), open.back().subject);
                        CPPUNIT_ASSERT_EQUAL(std::int64_t{count}, notices.countOpen());
                    });
            });
    }

    void anOpenNoticeIsFoundHoweverOldItIs()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                SeededRandom random(8);
                write(database,
                    [&](Unit& unit)
                    {
                        NoticeRepository notices(unit, "t1");
                        notices.open(random, notice::feedHeld, "f1", "error", "{}", {1});
                        const std::string id = notices.openOnes().front().id;
                        CPPUNIT_ASSERT_EQUAL(
                            std::string("f1"), notices.findOpen(id).value().subject);
                        CPPUNIT_ASSERT(!NoticeRepository(unit, "t2").findOpen(id));
                        notices.clear(notice::feedHeld, "f1", {2});
                        CPPUNIT_ASSERT(!notices.findOpen(id));
                    });
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EverythingIsReadTest);
