// What a balance proof sums up follows the rows, whatever becomes of them, and costs nothing for
// what is plainly booked.
#include "store/BalanceProofRepository.h"
#include "store/TransactionRepository.h"
#include "support/BothEngines.h"
#include "support/SeededRandom.h"

#include <map>
#include <string_view>

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::good;
using bankfeed::testing::onBothEngines;
using bankfeed::testing::TestDatabase;

namespace
{

using Mirror = std::map<std::string, BankTransaction>;

template <std::size_t count>
std::string oneOf(testing::SeededRandom& dice, const std::string_view (&words)[count])
{
    return std::string(words[dice.below(count)]);
}

BankTransaction anyRow(testing::SeededRandom& dice)
{
    static constexpr std::string_view lanes[]{lane::pending, lane::held, lane::beforeStart,
        lane::leftOut, lane::booked, lane::booked, lane::voided, lane::gone};
    static constexpr std::string_view held[]{"not_linked", "overflow", "no_currency",
        "left_out_changed", "undone", "overlap", "rounded"};
    static constexpr std::string_view booked[]{
        "", "", "access_lost", "removed", "reconciled", "period_closed"};
    static constexpr std::string_view marks[]{"", "", "", "removed", "reconciled"};
    BankTransaction row;
    row.connectionId = "con";
    row.providerTransactionId = "r" + std::to_string(dice.below(400));
    row.providerAccountId = "a1";
    row.bankAccountId = dice.below(5) == 0 ? "other" : "bac";
    row.units = static_cast<std::int64_t>(dice.below(200'000)) - 100'000;
    row.amountExact = std::to_string(row.units) + ".005";
    row.exponent = 2;
    row.currency = "USD";
    row.rounded = dice.below(4) == 0;
    row.bookedOn = "2026-01-0" + std::to_string(1 + dice.below(9));
    row.removed = dice.below(3) == 0;
    row.lane = oneOf(dice, lanes);
    if (row.lane == lane::held) row.laneReason = oneOf(dice, held);
    if (row.lane == lane::booked) row.laneReason = oneOf(dice, booked);
    row.entryMark = oneOf(dice, marks);
    row.rootKey = "tx1_" + row.providerTransactionId;
    row.sentUnits = row.lane == lane::booked ? row.units + 1 : 0;
    row.sentCurrency = dice.below(5) == 0 ? "EUR" : "USD";
    row.sentExponent = 2;
    row.pending = dice.below(5) == 0;
    return row;
}

/// Row by row, as AccountSums says it.
AccountSums slowSums(const Mirror& mirror)
{
    AccountSums sums;
    for (const auto& [id, row] : mirror)
    {
        if (row.bankAccountId != "bac") continue;
        const bool isHeld = row.lane == lane::held && !row.removed;
        const bool isBooked = row.lane == lane::booked;
        const bool isRemoved = row.entryMark == entryMark::removed;
        const bool sameMoney = row.currency == row.sentCurrency && row.exponent == row.sentExponent;
        const bool waits = row.laneReason == "period_closed" || row.laneReason == "reconciled";
        sums.held += isHeld ? row.units : 0;
        if (isBooked && !row.removed && !isRemoved && waits && sameMoney)
            sums.held += (row.pending ? 0 : row.units) - row.sentUnits;
        sums.heldUnknown +=
            isHeld && (isDataReason(row.laneReason) || row.laneReason == "left_out_changed") ? 1
                                                                                             : 0;
        sums.pending += row.lane == lane::pending ? row.units : 0;
        sums.beforeStart += row.lane == lane::beforeStart ? row.units : 0;
        sums.kept += isBooked && row.removed && !isRemoved ? row.sentUnits : 0;
        if (isBooked && !row.removed && isRemoved && !row.pending)
            sums.removed += sameMoney ? row.units : row.sentUnits;
        if (row.rounded && !row.removed && (isBooked || isHeld))
            sums.rounded.push_back({row.amountExact, row.units});
    }
    return sums;
}

AccountSums sumsIn(TestDatabase& database)
{
    return *good(database->read([](Unit& unit) -> Result<AccountSums>
        { return BalanceProofRepository(unit, "t1").sumsOf("bac"); }));
}

} // namespace

class AccountSumsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AccountSumsTest);
    CPPUNIT_TEST(theSumsAreThoseOfTheRowsWhateverBecameOfThem);
    CPPUNIT_TEST(whatIsPlainlyBookedIsNotRead);
    CPPUNIT_TEST_SUITE_END();

    void theSumsAreThoseOfTheRowsWhateverBecameOfThem()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                constexpr std::uint64_t seed = 20'261;
                testing::SeededRandom dice(seed);
                Mirror mirror;
                for (int round = 0; round < 12; ++round)
                {
                    Mirror changed;
                    for (int i = 0; i < 60; ++i)
                    {
                        const auto row = anyRow(dice);
                        changed[row.providerTransactionId] = row;
                    }
                    std::vector<BankTransaction> rows;
                    for (const auto& [id, row] : changed)
                    {
                        mirror[id] = row;
                        rows.push_back(row);
                    }
                    good(database->write(
                        [&](Unit& unit) -> Result<void>
                        {
                            TransactionRepository(unit, "t1").save(rows);
                            return success();
                        }));
                    compare(slowSums(mirror), sumsIn(database), round);
                }
            });
    }

    static void compare(const AccountSums& expected, const AccountSums& sums, int round)
    {
        const std::string where = "round " + std::to_string(round);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, expected.held, sums.held);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, expected.heldUnknown, sums.heldUnknown);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, expected.pending, sums.pending);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, expected.beforeStart, sums.beforeStart);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, expected.kept, sums.kept);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, expected.removed, sums.removed);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, expected.rounded.size(), sums.rounded.size());
        for (std::size_t i = 0; i < sums.rounded.size(); ++i)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where, expected.rounded[i].exact, sums.rounded[i].exact);
    }

    void whatIsPlainlyBookedIsNotRead()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                const bool isSqlite = database.engine() == Engine::Sqlite;
                fillWithBookedOnes(database);
                analyze(database);
                expectIn(explain(database, BalanceProofRepository::sumsSql),
                    isSqlite ? "COVERING INDEX bank_transaction_apart" : "bank_transaction_apart");
                expectIn(explain(database, BalanceProofRepository::roundedSql),
                    "bank_transaction_rounded");
            });
    }

    /// PostgreSQL's plan follows its statistics: an account with a long history.
    static void fillWithBookedOnes(TestDatabase& database)
    {
        for (int page = 0; page < 8; ++page)
        {
            std::vector<BankTransaction> rows(400);
            for (int i = 0; i < 400; ++i)
            {
                auto& row = rows[static_cast<std::size_t>(i)];
                row.connectionId = "con";
                row.providerTransactionId = std::to_string(page) + "-" + std::to_string(i);
                row.providerAccountId = "a1";
                row.bankAccountId = "bac";
                row.units = 100;
                row.amountExact = "1.00";
                row.exponent = 2;
                row.currency = "USD";
                row.bookedOn = "2026-01-05";
                row.rootKey = "tx1_" + row.providerTransactionId;
                row.lane = lane::booked;
                row.rounded = i == 7;
                if (i == 9) row.lane = lane::held;
                if (i == 11) row.laneReason = "reconciled";
            }
            good(database->write(
                [&](Unit& unit) -> Result<void>
                {
                    TransactionRepository(unit, "t1").save(rows);
                    return success();
                }));
        }
    }

    static void analyze(TestDatabase& database)
    {
        good(database->write(
            [](Unit& unit) -> Result<void>
            {
                unit.execute("ANALYZE bank_transaction");
                return success();
            }));
    }

    static std::string explain(TestDatabase& database, std::string_view sql)
    {
        const bool isSqlite = database.engine() == Engine::Sqlite;
        return *good(database->read(
            [&](Unit& unit) -> Result<std::string>
            {
                std::string plan;
                const std::string how = isSqlite ? "EXPLAIN QUERY PLAN " : "EXPLAIN ";
                const auto rows = unit.query(how + std::string(sql), {"t1", "bac"});
                for (std::size_t i = 0; i < rows.size(); ++i)
                    plan += rows.text(i, isSqlite ? 3 : 0) + "\n";
                return plan;
            }));
    }

    static void expectIn(const std::string& plan, const std::string& index)
    {
        CPPUNIT_ASSERT_MESSAGE(plan, plan.find(index) != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AccountSumsTest);
