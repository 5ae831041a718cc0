// The lists and counts of what is kept aside: they agree with each other, whatever the rows are,
// and a page reads no more than itself.
#include "store/BankAccountRepository.h"
#include "store/HeldRows.h"
#include "support/BothEngines.h"
#include "support/SeededRandom.h"

#include <algorithm>
#include <map>

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::good;
using bankfeed::testing::onBothEngines;
using bankfeed::testing::TestDatabase;

namespace
{

template <std::size_t count>
std::string oneOf(testing::SeededRandom& dice, const std::string_view (&words)[count])
{
    return std::string(words[dice.below(count)]);
}

BankTransaction anyRow(testing::SeededRandom& dice, int number)
{
    static constexpr std::string_view lanes[]{lane::pending, lane::held, lane::held,
        lane::beforeStart, lane::leftOut, lane::booked, lane::voided, lane::gone};
    static constexpr std::string_view held[]{"not_linked", "overflow", "rounded"};
    static constexpr std::string_view booked[]{"", "access_lost", "removed", "period_closed"};
    BankTransaction row;
    row.connectionId = "con";
    row.providerTransactionId = "r" + std::to_string(number);
    row.providerAccountId = "a1";
    row.bankAccountId = dice.below(5) == 0 ? "other" : "bac";
    row.amountExact = "1";
    row.currency = "USD";
    row.bookedOn = "2026-01-0" + std::to_string(1 + dice.below(5));
    row.removed = dice.below(4) == 0;
    row.lane = oneOf(dice, lanes);
    if (row.lane == lane::held) row.laneReason = oneOf(dice, held);
    if (row.lane == lane::booked) row.laneReason = oneOf(dice, booked);
    if (row.lane == lane::beforeStart) row.laneReason = "lnk_" + std::to_string(dice.below(3));
    row.rootKey = row.providerTransactionId;
    return row;
}

/// What a list of `reason` has of it, as HeldRows says it.
bool isOn(const BankTransaction& row, const std::string& reason)
{
    if (row.removed) return false;
    if (reason == lane::pending || reason == lane::beforeStart || reason == lane::leftOut)
        return row.lane == reason;
    const bool waits =
        row.lane == lane::held || (row.lane == lane::booked && isRefusedReason(row.laneReason));
    return waits && (reason.empty() || row.laneReason == reason);
}

/// The ids of a list that is read `count` rows a page.
std::vector<std::string> listOf(
    TestDatabase& database, const std::string& reason, std::size_t count)
{
    std::vector<std::string> ids;
    std::string day;
    std::string id;
    for (;;)
    {
        const auto rows =
            good(database->read([&](Unit& unit) -> Result<std::vector<BankTransaction>>
                { return HeldRows(unit, "t").page("bac", reason, day, id, count); }));
        for (const auto& row : *rows)
            ids.push_back(row.providerTransactionId);
        if (rows->size() < count) return ids;
        day = rows->back().bookedOn;
        id = rows->back().providerTransactionId;
    }
}

std::vector<std::string> expectedOf(std::vector<BankTransaction> rows, const std::string& reason)
{
    std::sort(rows.begin(), rows.end(),
        [](const BankTransaction& a, const BankTransaction& b)
        {
            return a.bookedOn != b.bookedOn ? a.bookedOn > b.bookedOn
                                            : a.providerTransactionId < b.providerTransactionId;
        });
    std::vector<std::string> ids;
    for (const auto& row : rows)
        if (row.bankAccountId == "bac" && isOn(row, reason))
            ids.push_back(row.providerTransactionId);
    return ids;
}

} // namespace

class HeldPageTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HeldPageTest);
    CPPUNIT_TEST(aTenantSeesItsOwnHeldRowsOnly);
    CPPUNIT_TEST(listsAndCountsAgreeWhateverTheRowsAre);
    CPPUNIT_TEST(aPageIsReadAlongAnIndex);
    CPPUNIT_TEST_SUITE_END();

public:
    void aTenantSeesItsOwnHeldRowsOnly()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                good(database->write(
                    [](Unit& unit) -> Result<void>
                    {
                        // The other columns hold what says nothing.
                        for (const auto& [id, tenant] : {std::pair{"x1", "t1"}, {"x2", "t2"}})
                            unit.execute(R"(INSERT INTO bank_transaction (connection_id,
                                provider_transaction_id, tenant_id, provider_account_id,
                                bank_account_id, amount_exact, units, exponent, currency,
                                currency_official, rounded, booked_on, authorized_on, pending,
                                pending_transaction_id, name, original_description, merchant,
                                category, text_repaired, removed, lane, lane_reason, root_key,
                                revision, sent_ledger_account_id, sent_units, sent_exponent,
                                sent_currency, sent_booked_on, sent_fingerprint, seen_generation,
                                first_seen_at, changed_at)
                                VALUES ('con', $1, $2, 'a1', 'bac', '-1', -100, 2, 'USD', 1, 0,
                                '2026-01-01', '', 0, '', 'Coffee', '', '', '', 0, 0, 'held',
                                'not_linked', $3, 0, '', 0, 0, '', '', '', 0, 0, 0))",
                                {id, tenant, id});
                        return success();
                    }));
                for (const auto& [id, tenant] : {std::pair{"x1", "t1"}, {"x2", "t2"}})
                {
                    const auto rows =
                        database->read([&](Unit& unit) -> Result<std::vector<BankTransaction>>
                            { return HeldRows(unit, tenant).page("bac", "", "", "", 10); });
                    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, good(rows)->size());
                    CPPUNIT_ASSERT_EQUAL(std::string(id), rows->front().providerTransactionId);
                }
            });
    }

    void listsAndCountsAgreeWhateverTheRowsAre()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                testing::SeededRandom dice(7);
                std::vector<BankTransaction> rows;
                for (int i = 100; i < 400; ++i)
                    rows.push_back(anyRow(dice, i));
                good(database->write(
                    [&](Unit& unit) -> Result<void>
                    {
                        TransactionRepository(unit, "t").save(rows);
                        for (const char* id : {"bac", "other"})
                        {
                            BankAccount account;
                            account.id = account.providerAccountId = account.feedId = id;
                            account.connectionId = "con";
                            CPPUNIT_ASSERT(BankAccountRepository(unit, "t").insert(account));
                        }
                        return success();
                    }));
                const auto counts = good(database->read(
                    [](Unit& unit) -> Result<std::map<std::string, HeldRows::Counts>> {
                        return HeldRows(unit, "t").ofAccounts({"bac", "other", "nobody"});
                    }));
                CPPUNIT_ASSERT(!counts->contains("nobody"));
                const auto& mine = counts->at("bac");
                const auto totals = good(database->read([](Unit& unit) -> Result<HeldRows::Counts>
                    { return HeldRows(unit, "t").totals(); }));
                const auto& other = counts->at("other");
                CPPUNIT_ASSERT_EQUAL(mine.held() + other.held(), totals->held());
                CPPUNIT_ASSERT_EQUAL(mine.pending + other.pending, totals->pending);
                CPPUNIT_ASSERT_EQUAL(mine.beforeStart + other.beforeStart, totals->beforeStart);
                CPPUNIT_ASSERT_EQUAL(mine.leftOut + other.leftOut, totals->leftOut);
                for (const auto& [reason, count] : totals->reasons)
                {
                    const auto of = [&, key = reason](const HeldRows::Counts& some)
                    {
                        const auto found = some.reasons.find(key);
                        return found == some.reasons.end() ? 0 : found->second;
                    };
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(reason, of(mine) + of(other), count);
                }
                for (const std::string reason : {"", "not_linked", "overflow", "rounded", "removed",
                         "period_closed", "overlap", "pending", "before_start", "left_out"})
                {
                    const auto listed = listOf(database, reason, 7);
                    CPPUNIT_ASSERT_MESSAGE(reason, expectedOf(rows, reason) == listed);
                    const auto found = mine.reasons.find(reason);
                    const std::int64_t counted = reason == "pending"           ? mine.pending
                                                 : reason == "before_start"    ? mine.beforeStart
                                                 : reason == "left_out"        ? mine.leftOut
                                                 : reason.empty()              ? mine.held()
                                                 : found == mine.reasons.end() ? 0
                                                                               : found->second;
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(
                        reason, static_cast<std::int64_t>(listed.size()), counted);
                }
            });
    }

    void aPageIsReadAlongAnIndex()
    {
        TestDatabase database(Engine::Sqlite);
        const auto plan = [&](const std::string& sql, std::vector<Value> values)
        {
            std::string lines;
            (void)database->read(
                [&](Unit& unit) -> Result<void>
                {
                    const Rows rows = unit.query("EXPLAIN QUERY PLAN " + sql, values);
                    for (std::size_t i = 0; i < rows.size(); ++i)
                        lines += rows.text(i, 3) + "\n";
                    return success();
                });
            return lines;
        };
        const std::string waits(HeldRows::waitsSql);
        const auto lines = plan("SELECT name FROM bank_transaction WHERE tenant_id = $1 AND "
                                "bank_account_id = $2 AND " +
                                    waits +
                                    " AND lane_reason = $3 AND booked_on <= $4 ORDER BY booked_on "
                                    "DESC, provider_transaction_id LIMIT 100",
            {"t", "bac", "rounded", "2026-01-01"});
        CPPUNIT_ASSERT_MESSAGE(lines, lines.find("bank_transaction_waits (bank_account_id=? AND "
                                                 "booked_on<?)") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(lines, lines.find("TEMP B-TREE") == std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HeldPageTest);
