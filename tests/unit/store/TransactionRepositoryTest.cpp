#include "store/TransactionRepository.h"

#include "store/AccountLinkRepository.h"
#include "support/BothEngines.h"

#include <algorithm>
#include <functional>

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::good;
using bankfeed::testing::onBothEngines;
using bankfeed::testing::TestDatabase;

namespace
{

constexpr std::int64_t generation = 7;

/// A booked row of the bank account "bac" that the resync did not show.
BankTransaction row(const std::string& id, const std::string& day, std::int64_t seen = 0)
{
    BankTransaction made;
    made.connectionId = "con";
    made.providerTransactionId = id;
    made.providerAccountId = "a1";
    made.bankAccountId = "bac";
    made.amountExact = "1";
    made.units = -100;
    made.exponent = 2;
    made.currency = "USD";
    made.bookedOn = day;
    made.name = "Coffee";
    made.lane = lane::booked;
    made.rootKey = id;
    made.revision = 1;
    made.sentLedgerAccountId = "led";
    made.sentUnits = -100;
    made.sentFingerprint = "f";
    made.seenGeneration = seen;
    return made;
}

BankTransaction of(const std::string& providerAccountId, BankTransaction made)
{
    made.providerAccountId = providerAccountId;
    return made;
}

BankTransaction told(const std::string& id, std::int64_t units,
    const std::string& ledgerAccountId = "led", const std::string& bankAccountId = "bac")
{
    BankTransaction made = row(id, "2026-01-01");
    made.bankAccountId = bankAccountId;
    made.sentLedgerAccountId = ledgerAccountId;
    made.sentUnits = units;
    return made;
}

void save(TestDatabase& database, const std::vector<BankTransaction>& rows,
    const std::string& tenant = "t1")
{
    good(database->write(
        [&](Unit& unit) -> Result<void>
        {
            TransactionRepository(unit, tenant).save(rows);
            return success();
        }));
}

/// Bank accounts that fed these ledger accounts, and do so no more.
void linkAll(
    TestDatabase& database, const std::vector<std::pair<std::string, std::string>>& accounts)
{
    good(database->write(
        [&](Unit& unit) -> Result<void>
        {
            for (const auto& [bank, ledger] : accounts)
            {
                AccountLink link;
                link.id = "lnk_" + bank + ledger;
                link.bankAccountId = bank;
                link.ledgerAccountId = ledger;
                link.state = linkState::ended;
                link.endedAt = UtcTime{1};
                CPPUNIT_ASSERT(AccountLinkRepository(unit, "t1").insert(link));
            }
            return success();
        }));
}

template <class T>
T read(TestDatabase& database, const std::function<T(TransactionRepository&)>& look)
{
    auto found = database->read(
        [&](Unit& unit) -> Result<T>
        {
            TransactionRepository rows(unit, "t1");
            return look(rows);
        });
    good(found);
    return std::move(found).value();
}

/// "id id ..." in the order given.
std::string idsOf(const std::vector<BankTransaction>& rows)
{
    std::string ids;
    for (const auto& one : rows)
        ids += (ids.empty() ? "" : " ") + one.providerTransactionId;
    return ids;
}

std::string notSeen(TestDatabase& database, std::size_t count = 100)
{
    return read<std::string>(database,
        [&](TransactionRepository& rows) { return idsOf(rows.notSeen("con", generation, count)); });
}

} // namespace

class TransactionRepositoryTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TransactionRepositoryTest);
    CPPUNIT_TEST(aResyncTakesNothingBackThatIsOlderThanTheOldestRowItShowed);
    CPPUNIT_TEST(aResyncTakesNothingBackFromAnAccountOfWhichItShowedNothing);
    CPPUNIT_TEST(aResyncMissesOnlyRowsOfItsConnectionAndTenantThatAreStillThere);
    CPPUNIT_TEST(whatTheBooksWereToldOfALedgerAccountIsOfAllThatEverFedIt);
    CPPUNIT_TEST(whatIsBookedInAnotherCurrencyThanTheBanksIsShownAsBooked);
    CPPUNIT_TEST(theTurnoverOfAResyncCountsWhatItTakesOutOfTheBooksOnly);
    CPPUNIT_TEST(aRowOfAnotherTenantIsNeitherFoundNorRenamed);
    CPPUNIT_TEST(whatIsSavedIsReadBackInEveryColumn);
    CPPUNIT_TEST_SUITE_END();

public:
    void aResyncTakesNothingBackThatIsOlderThanTheOldestRowItShowed()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                save(database,
                    {row("older", "2026-02-28"), row("same-day", "2026-03-01"),
                        row("newer", "2026-03-02"), row("shown-1", "2026-03-01", generation),
                        row("shown-2", "2026-03-05", generation)});
                CPPUNIT_ASSERT_EQUAL(std::string("newer same-day"), notSeen(database));
                CPPUNIT_ASSERT_EQUAL(std::string("newer"), notSeen(database, 1));
            });
    }

    void aResyncTakesNothingBackFromAnAccountOfWhichItShowedNothing()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                BankTransaction takenBack = of("a3", row("taken-back", "2026-03-01", generation));
                takenBack.removed = true;
                save(database,
                    {row("shown", "2026-03-01", generation), of("a2", row("hidden", "2026-03-02")),
                        takenBack, of("a3", row("beside", "2026-03-02")),
                        of("a4", row("shown-earlier", "2026-03-01", generation - 1)),
                        of("a4", row("not-since", "2026-03-02"))});
                CPPUNIT_ASSERT_EQUAL(std::string(), notSeen(database));
            });
    }

    void aResyncMissesOnlyRowsOfItsConnectionAndTenantThatAreStillThere()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                BankTransaction gone = row("gone", "2026-03-02");
                gone.removed = true;
                BankTransaction elsewhere = row("elsewhere", "2026-03-02");
                elsewhere.connectionId = "con2";
                save(database, {row("shown", "2026-03-01", generation),
                                   row("missing", "2026-03-02"), gone, elsewhere});
                save(database, {row("of-others", "2026-03-02")}, "t2");
                CPPUNIT_ASSERT_EQUAL(std::string("missing"), notSeen(database));
            });
    }

    void whatTheBooksWereToldOfALedgerAccountIsOfAllThatEverFedIt()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                BankTransaction voided = told("voided", 0);
                voided.lane = lane::voided;
                voided.bookedOn = "2025-01-01";
                BankTransaction late = told("late", 9'000'000, "led", "bac2");
                late.bookedOn = "2026-01-02";
                save(database, {told("one", -300), told("two", 1000), told("moved", 70'000, "led2"),
                                   late, voided});
                save(database, {told("of-others", 500'000'000)}, "t2");
                linkAll(database, {{"bac", "led"}, {"bac", "led2"}, {"bac2", "led"}});
                const auto toldIn = [&](const std::string& ledger)
                {
                    return read<TransactionRepository::Told>(
                        database, [&](TransactionRepository& rows) { return rows.toldIn(ledger); });
                };
                CPPUNIT_ASSERT_EQUAL(std::int64_t{9'000'700}, toldIn("led").units);
                CPPUNIT_ASSERT_EQUAL(std::string("2026-01-01"), toldIn("led").first);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{70'000}, toldIn("led2").units);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, toldIn("led3").units);
                CPPUNIT_ASSERT_EQUAL(std::string(), toldIn("led3").first);
            });
    }

    /// The books do not let it go now, and amounts of two currencies have no sum.
    void whatIsBookedInAnotherCurrencyThanTheBanksIsShownAsBooked()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                BankTransaction same = told("same", 100);
                same.currency = same.sentCurrency = "USD";
                same.exponent = same.sentExponent = 2;
                same.units = 150;
                BankTransaction other = same;
                other.providerTransactionId = other.rootKey = "other";
                other.currency = "EUR";
                other.units = 7'000;
                BankTransaction finer = same;
                finer.providerTransactionId = finer.rootKey = "finer";
                finer.exponent = 3;
                finer.units = 80'000;
                save(database, {same, other, finer});
                linkAll(database, {{"bac", "led"}});
                const auto sums = read<TransactionRepository::Told>(
                    database, [](TransactionRepository& rows) { return rows.toldIn("led"); });
                CPPUNIT_ASSERT_EQUAL(std::int64_t{300}, sums.units);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{150 + 100 + 100}, sums.shown);
            });
    }

    void theTurnoverOfAResyncCountsWhatItTakesOutOfTheBooksOnly()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                const UtcTime began{1000};
                BankTransaction neverTold = row("never-told", "2026-03-02");
                neverTold.revision = 0;
                BankTransaction voided = row("voided", "2026-03-02");
                voided.sentFingerprint = ".f";
                BankTransaction pending = row("pending", "2026-03-02", generation);
                BankTransaction unknown = row("no-account", "2026-03-02", generation);
                BankTransaction before = row("before", "2026-03-02", generation);
                BankTransaction arrived = row("arrived", "2026-03-02", generation);
                BankTransaction takenBack = row("taken-back", "2026-03-02", generation);
                pending.pending = true;
                takenBack.removed = true;
                unknown.bankAccountId.reset();
                before.firstSeenAt = {began.ns - 1};
                for (BankTransaction* one : {&pending, &unknown, &arrived, &takenBack})
                    one->firstSeenAt = began;
                save(
                    database, {row("shown", "2026-03-01", generation), row("missing", "2026-03-02"),
                                  neverTold, voided, pending, unknown, before, arrived, takenBack});
                using Turnovers = std::map<std::string, TransactionRepository::Turnover>;
                const auto turnover = read<Turnovers>(database, [&](TransactionRepository& rows)
                    { return rows.turnoverOfResync("con", generation, began); });
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, turnover.size());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, turnover.at("bac").removals);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, turnover.at("bac").arrivals);
            });
    }

    void aRowOfAnotherTenantIsNeitherFoundNorRenamed()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                save(database, {row("theirs", "2026-03-01")}, "t2");
                CPPUNIT_ASSERT_EQUAL(
                    std::string(), read<std::string>(database, [](TransactionRepository& rows)
                                       { return idsOf(rows.find("con", {"theirs"})); }));
                const auto renamed = [&]
                {
                    (void)database->write(
                        [](Unit& unit) -> Result<void>
                        {
                            TransactionRepository(unit, "t1").rename("con", "theirs", "ours");
                            return success();
                        });
                };
                CPPUNIT_ASSERT_THROW(renamed(), std::logic_error);
            });
    }

    void whatIsSavedIsReadBackInEveryColumn()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                BankTransaction made = row("x", "2026-03-01", generation);
                made.amountExact = "1.234";
                made.units = -123;
                made.exponent = 3;
                made.currencyOfficial = false;
                made.rounded = true;
                made.authorizedOn = "2026-02-27";
                made.pending = true;
                made.pendingTransactionId = "p";
                made.originalDescription = "COFFEE 1";
                made.merchant = "Bean";
                made.category = "FOOD";
                made.textRepaired = true;
                made.removed = true;
                made.laneReason = keptReason::moved;
                made.revision = 4;
                made.sentUnits = -99;
                made.sentExponent = 1;
                made.sentCurrency = "EUR";
                made.sentBookedOn = "2026-02-28";
                made.rootKey = "y";
                made.firstSeenAt = {11};
                made.changedAt = {12};
                // Inserted, and then written over another row of its id.
                save(database, {row("x", "2025-01-01")});
                save(database, {made});
                const auto rows = read<std::vector<BankTransaction>>(
                    database, [](TransactionRepository& all) { return all.find("con", {"x"}); });
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, rows.size());
                const BankTransaction& kept = rows.front();
                CPPUNIT_ASSERT(kept.amountExact == made.amountExact && kept.units == made.units &&
                               kept.exponent == made.exponent && kept.currency == made.currency &&
                               kept.currencyOfficial == made.currencyOfficial &&
                               kept.rounded == made.rounded && kept.bookedOn == made.bookedOn);
                CPPUNIT_ASSERT(
                    kept.authorizedOn == made.authorizedOn && kept.pending == made.pending &&
                    kept.pendingTransactionId == made.pendingTransactionId &&
                    kept.name == made.name &&
                    kept.originalDescription == made.originalDescription &&
                    kept.merchant == made.merchant && kept.category == made.category &&
                    kept.textRepaired == made.textRepaired && kept.removed == made.removed);
                CPPUNIT_ASSERT(kept.lane == made.lane && kept.laneReason == made.laneReason &&
                               kept.revision == made.revision &&
                               kept.sentLedgerAccountId == made.sentLedgerAccountId &&
                               kept.sentUnits == made.sentUnits &&
                               kept.sentExponent == made.sentExponent &&
                               kept.sentCurrency == made.sentCurrency &&
                               kept.sentBookedOn == made.sentBookedOn &&
                               kept.sentFingerprint == made.sentFingerprint &&
                               kept.seenGeneration == made.seenGeneration);
                CPPUNIT_ASSERT(kept.changedAt == made.changedAt);
                // The first sight and the key of the books are those of the first save.
                CPPUNIT_ASSERT(kept.firstSeenAt == UtcTime{0} && kept.rootKey == "x");
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TransactionRepositoryTest);
