// Rows that waited for a link, and opening balances, on both engines.
#include "SyncFixture.h"

#include "base/Limits.h"
#include "store/NoticeRepository.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <optional>
#include <string>

namespace bankfeed
{

using testing::BankRow;
using testing::FaultyDatabase;
using testing::SyncWorld;

template <store::Engine engine>
class ReleaseAndOpeningTest final : public testing::SyncFixture
{
    CPPUNIT_TEST_SUITE(ReleaseAndOpeningTest);
    CPPUNIT_TEST(rowsOfAnUnlinkedAccountAreHeldAndReleasedByLinking);
    CPPUNIT_TEST(aLongReleaseGoesInUnitsInTheOrderOfDates);
    CPPUNIT_TEST(aReleaseWithoutALedgerAccountWaits);
    CPPUNIT_TEST(aReleaseThatWasTakenOverWritesNothing);
    CPPUNIT_TEST(rowsBeforeTheStartDateAreKeptOutOfTheBooks);
    CPPUNIT_TEST(aLaterLinkWithAnEarlierStartTakesOlderRows);
    CPPUNIT_TEST(anAccountConnectedAnewBooksWhatCameLateAndNothingTwice);
    CPPUNIT_TEST(whatComesLateFromBeforeTheStartIsTold);
    CPPUNIT_TEST(whatIsHeldForItsAmountStaysHeld);
    CPPUNIT_TEST(theOpeningBalanceIsTheBanksMinusWhatIsBooked);
    CPPUNIT_TEST(theOpeningBalanceWaitsForTheHistory);
    CPPUNIT_TEST(newsBetweenBalanceAndProofIsSyncedFirst);
    CPPUNIT_TEST(aChangeThatTheBooksLackIsSyncedBeforeTheOpeningBalanceIsMeasured);
    CPPUNIT_TEST(aSyncBetweenProofAndPostingMakesItMeasuredAgain);
    CPPUNIT_TEST(anOpeningBalanceIsNotMeasuredBesideASync);
    CPPUNIT_TEST(anOpeningBalanceAskedForTooEarlyWaitsForTheHistory);
    CPPUNIT_TEST(anOpeningBalanceWhoseStepWasTakenOverIsNotWritten);
    CPPUNIT_TEST(aZeroOpeningBalanceIsNotPosted);
    CPPUNIT_TEST(anOpeningBalanceAskedForAgainIsAmended);
    CPPUNIT_TEST(anAccountConnectedAnewGetsTheOpeningBalanceLessWhatBothConnectionsTold);
    CPPUNIT_TEST(anOpeningBalanceThatAnEarlierConnectionToldIsPartOfTheNextOne);
    CPPUNIT_TEST_SUITE_END();

public:
    ReleaseAndOpeningTest() : SyncFixture(engine, 11) {}

    void setUp() override
    {
        SyncFixture::setUp();
        world_->bank.addAccount({"checking", "USD", 100'000});
    }

private:
    void putRows(int count)
    {
        for (int i = 0; i < count; ++i)
            world_->bank.put({"t" + std::to_string(i), "checking", 100 + i,
                "2026-01-" + std::to_string(10 + i % 20)});
    }
    store::AccountLink linkOf(const std::string& id)
    {
        return *world_->look(
            [&](store::Unit& unit) { return store::AccountLinkRepository(unit, "main").find(id); });
    }

    void rowsOfAnUnlinkedAccountAreHeldAndReleasedByLinking()
    {
        const std::string account = world_->discover("checking");
        putRows(5);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("not_linked"), world_->row("t0")->laneReason);
        CPPUNIT_ASSERT(world_->outbox("checking").empty());
        const std::string link = world_->link(account, "Assets:Checking");
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::string("active"), linkOf(link).state);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, linkOf(link).releaseDone);
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, world_->outbox("checking").size());
        world_->pump();
        world_->checkBooks("checking", "Assets:Checking");
    }

    void aLongReleaseGoesInUnitsInTheOrderOfDates()
    {
        const std::string account = world_->discover("checking");
        putRows(1'100);
        world_->sync();
        world_->link(account, "Assets:Checking");
        world_->run();
        CPPUNIT_ASSERT(faulty_->rowsInUnitMax <= 500);
        std::string before;
        for (const auto& change : world_->outbox("checking"))
        {
            CPPUNIT_ASSERT(before <= change.bookedOn);
            before = change.bookedOn;
        }
        world_->pump();
        world_->checkBooks("checking", "Assets:Checking");
    }

    void aReleaseWithoutALedgerAccountWaits()
    {
        const std::string account = world_->discover("checking");
        putRows(2);
        world_->sync();
        const std::string link = world_->link(account, "Assets:Checking");
        CPPUNIT_ASSERT(world_->plain
                           .write(
                               [&](store::Unit& unit) -> Result<void>
                               {
                                   unit.execute("UPDATE account_link SET ledger_account_id = NULL");
                                   return success();
                               })
                           .ok());
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::string("releasing"), linkOf(link).state);
        CPPUNIT_ASSERT_EQUAL(std::string("held"), world_->row("t0")->lane);
    }

    store::JobLease claim()
    {
        auto lease = world_->plain.write(
            [&](store::Unit& unit) -> Result<std::optional<store::JobLease>>
            { return store::JobRepository(unit).claim(world_->clock.now(), limits::jobLeaseMs); });
        CPPUNIT_ASSERT(lease.ok() && lease->has_value());
        world_->clock.advanceMs(limits::jobLeaseMs + 1); // Somebody else may take it.
        return **lease;
    }

    void aReleaseThatWasTakenOverWritesNothing()
    {
        const std::string account = world_->discover("checking");
        putRows(3);
        world_->sync();
        world_->link(account, "Assets:Checking");
        const store::JobLease late = claim();
        const store::JobLease now = claim();
        CPPUNIT_ASSERT(world_->dispatch(late).ok());
        CPPUNIT_ASSERT_EQUAL(std::string("held"), world_->row("t0")->lane);
        CPPUNIT_ASSERT(world_->dispatch(now).ok());
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), world_->row("t0")->lane);
    }

    void rowsBeforeTheStartDateAreKeptOutOfTheBooks()
    {
        const std::string account = world_->discover("checking");
        putRows(20);
        world_->sync();
        world_->link(account, "Assets:Checking", "2026-01-20");
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::string("before_start"), world_->row("t0")->lane);
        CPPUNIT_ASSERT_EQUAL(std::size_t{10}, world_->outbox("checking").size());
        world_->pump();
        world_->checkBooks("checking", "Assets:Checking", "2026-01-20");
    }

    void aLaterLinkWithAnEarlierStartTakesOlderRows()
    {
        const std::string account = world_->discover("checking");
        putRows(20);
        world_->sync();
        const std::string first = world_->link(account, "Assets:Checking", "2026-01-20");
        world_->run();
        world_->ask(store::job::release, first);
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::size_t{10}, world_->outbox("checking").size());
        world_->unlink(first);
        world_->clock.advanceMs(1);
        world_->link(account, "Assets:Checking", "2026-01-15");
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::size_t{15}, world_->outbox("checking").size());
        world_->pump();
        world_->checkBooks("checking", "Assets:Checking", "2026-01-15");
    }

    void anAccountConnectedAnewBooksWhatCameLateAndNothingTwice()
    {
        world_->bank.addAccount({"again", "USD", 100'000});
        const std::string before = world_->discover("checking");
        const std::string after = world_->discover("again");
        CPPUNIT_ASSERT(world_->plain
                           .write(
                               [&](store::Unit& unit) -> Result<void>
                               {
                                   store::BankAccountRepository(unit, "main")
                                       .setFeed(after, world_->feedId("checking"));
                                   return success();
                               })
                           .ok());
        world_->bank.put({"old", "checking", 100, "2026-01-10"});
        world_->bank.put({"coffee", "checking", 450, "2026-01-12"});
        world_->bank.put({"tea", "checking", 450, "2026-01-12"});
        world_->sync();
        const std::string first = world_->link(before, "Assets:Checking", "2026-01-05");
        world_->run();
        world_->unlink(first);

        world_->bank.put({"new", "again", 100, "2026-01-10"});
        world_->bank.put({"late", "again", 250, "2026-01-11"}); // The bank booked it late.
        for (const char* id : {"new coffee", "new tea", "new cocoa"})
            world_->bank.put({id, "again", 450, "2026-01-12"});
        world_->bank.put({"next", "again", 900, "2026-01-13"});
        world_->bank.put({"ancient", "again", 700, "2026-01-04"});
        world_->sync();
        world_->link(after, "Assets:Checking", "2026-01-05");
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), world_->row("new")->lane);
        CPPUNIT_ASSERT_EQUAL(std::string("before_start"), world_->row("ancient")->lane);
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), world_->row("late")->lane);
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), world_->row("next")->lane);
        // Two of the three equal ones are in the books already.
        CPPUNIT_ASSERT_EQUAL(std::size_t{3 + 3}, world_->outbox("checking").size());
        // And what comes late from now on is booked as well.
        world_->bank.put({"later", "again", 300, "2026-01-09"});
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), world_->row("later")->lane);
    }

    void whatComesLateFromBeforeTheStartIsTold()
    {
        const auto told = [&]
        {
            return world_->look(
                [&](store::Unit& unit) -> std::string
                {
                    for (const auto& notice : store::NoticeRepository(unit, "main").openOnes())
                        if (notice.kind == store::notice::rowsBeforeStart) return notice.params;
                    return "";
                });
        };
        const std::string account = world_->discover("checking");
        world_->bank.put({"first", "checking", 100, "2026-01-10"});
        world_->bank.put({"ancient", "checking", 100, "2026-01-01"});
        world_->sync();
        const std::string link = world_->link(account, "Assets:Checking", "2026-01-05");
        world_->run();
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string(), told()); // What was there when it was linked is not.
        world_->clock.advanceMs(1000);
        world_->bank.put({"late", "checking", 200, "2026-01-04"});
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("before_start"), world_->row("late")->lane);
        CPPUNIT_ASSERT(told().find(account) != std::string::npos);
        CPPUNIT_ASSERT(told().find(R"("count":1,"first_date":"2026-01-04")") != std::string::npos);
        world_->clock.advanceMs(1000);
        world_->bank.put({"later", "checking", 300, "2026-01-03"});
        world_->bank.put({"next", "checking", 300, "2026-01-11"});
        world_->sync();
        CPPUNIT_ASSERT(
            told().find(R"("count":2,"first_date":"2026-01-03","last_date":"2026-01-04")") !=
            std::string::npos);
    }

    void whatIsHeldForItsAmountStaysHeld()
    {
        const std::string account = world_->discover("checking");
        BankRow row{"large", "checking", 0};
        row.exact = "92233720368547758.08";
        world_->bank.put(row);
        putRows(1);
        world_->sync();
        const std::string link = world_->link(account, "Assets:Checking");
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::string("active"), linkOf(link).state);
        CPPUNIT_ASSERT_EQUAL(std::string("overflow"), world_->row("large")->laneReason);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->outbox("checking").size());
    }

    void theOpeningBalanceIsTheBanksMinusWhatIsBooked()
    {
        const std::string account = world_->discover("checking");
        putRows(20);
        world_->sync();
        const std::string link = world_->link(account, "Assets:Checking", "2026-01-20", true);
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::string("posted"), linkOf(link).opening);
        const auto change = world_->outbox("checking").back();
        CPPUNIT_ASSERT(change.kind == ChangeKind::Post);
        CPPUNIT_ASSERT(change.rootKey.starts_with("ob1_"));
        CPPUNIT_ASSERT_EQUAL(std::string("role:opening-balances"), change.counterAccount);
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-20"), change.bookedOn);
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:Checking"));
        putRows(3);
        world_->bank.put({"later", "checking", -5'000, "2026-02-01"});
        world_->sync();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:Checking"));
    }

    void theOpeningBalanceWaitsForTheHistory()
    {
        const std::string account = world_->discover("checking");
        const std::string link = world_->link(account, "Assets:Checking", "", true);
        world_->bank.history = HistoryState::RecentReady;
        putRows(2);
        world_->ask(store::job::sync, world_->connectionId);
        while (world_->runOne())
        {
        }
        CPPUNIT_ASSERT_EQUAL(std::string("due"), linkOf(link).opening);
        world_->bank.history = HistoryState::Complete;
        world_->bank.put({"old", "checking", 7, "2025-11-01"});
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::string("posted"), linkOf(link).opening);
        CPPUNIT_ASSERT_EQUAL(std::string("2025-11-01"), linkOf(link).openingOn);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100'000}, linkOf(link).openingUnits);
    }

    void newsBetweenBalanceAndProofIsSyncedFirst()
    {
        const std::string account = world_->discover("checking");
        putRows(2);
        world_->sync();
        world_->bank.afterAccounts = [&] { world_->bank.put({"news", "checking", 4'321}); };
        const std::string link = world_->link(account, "Assets:Checking", "", true);
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100'000}, linkOf(link).openingUnits);
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:Checking"));
    }

    /// Links and runs jobs up to the one that measures the opening balance.
    std::string linkWithOpening()
    {
        const std::string link = world_->link("acc_main_checking", "Assets:Checking", "", true);
        CPPUNIT_ASSERT(world_->runOne());
        CPPUNIT_ASSERT_EQUAL(std::string("active"), linkOf(link).state);
        return link;
    }

    void aChangeThatTheBooksLackIsSyncedBeforeTheOpeningBalanceIsMeasured()
    {
        const std::string account = world_->discover("checking");
        putRows(3);
        world_->sync();
        world_->bank.put({"t0", "checking", 9'000, "2026-01-10"});
        const std::string link = linkWithOpening();
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100'000}, linkOf(link).openingUnits);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, linkOf(link).openingRevision);

        world_->bank.remove("t1");
        write("UPDATE account_link SET opening = 'due'");
        world_->ask(store::job::opening, link);
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, linkOf(link).openingRevision);
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:Checking"));
    }

    void aSyncBetweenProofAndPostingMakesItMeasuredAgain()
    {
        const std::string account = world_->discover("checking");
        putRows(3);
        world_->sync();
        // As a sync may end: with rows and a cursor, or with a cursor that the bank uses again.
        for (const char* sync : {"UPDATE connection SET generation = generation + 1",
                 "UPDATE connection SET cursor = 'c2'", ""})
        {
            const std::string link = linkWithOpening();
            world_->bank.afterPage = [&]
            {
                if (*sync != '\0') return write(sync);
                world_->bank.put({"news", "checking", 4'321});
                world_->ask(store::job::sync, world_->connectionId);
                while (world_->row("news") == std::nullopt)
                    CPPUNIT_ASSERT(world_->runOne());
            };
            CPPUNIT_ASSERT(world_->runOne());
            CPPUNIT_ASSERT(!world_->bank.afterPage);
            CPPUNIT_ASSERT_EQUAL(std::string("due"), linkOf(link).opening);
            world_->run();
            CPPUNIT_ASSERT_EQUAL(std::string("posted"), linkOf(link).opening);
            CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, linkOf(link).openingRevision);
            if (*sync == '\0') break;
            CPPUNIT_ASSERT_EQUAL(std::int64_t{100'000}, linkOf(link).openingUnits);
            world_->unlink(link);
            // What the first one told is of another ledger account, as it were.
            write("UPDATE account_link SET ledger_account_id = 'Assets:Before'");
            world_->clock.advanceMs(1);
        }
    }

    void anOpeningBalanceIsNotMeasuredBesideASync()
    {
        const std::string account = world_->discover("checking");
        putRows(3);
        world_->sync();
        const std::string link = linkWithOpening();
        world_->bank.afterPage = [&]
        {
            world_->bank.pageSize = 1;
            world_->bank.put({"n1", "checking", 10});
            world_->bank.put({"n2", "checking", 20});
            world_->ask(store::job::sync, world_->connectionId);
            CPPUNIT_ASSERT(world_->runOne());
        };
        CPPUNIT_ASSERT(world_->runOne());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, world_->count("SELECT COUNT(*) FROM sync_loop"));
        CPPUNIT_ASSERT_EQUAL(std::string("due"), linkOf(link).opening);
        // Nor when it begins while a loop is under way.
        const auto asked = world_->bank.accountsCalls;
        world_->ask(store::job::opening, link);
        write("UPDATE job SET due_at = due_at + 86400000000000 WHERE kind = 'sync'");
        world_->clock.advanceMs(60'000);
        CPPUNIT_ASSERT(world_->runOne());
        CPPUNIT_ASSERT_EQUAL(asked, world_->bank.accountsCalls);
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100'000}, linkOf(link).openingUnits);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, linkOf(link).openingRevision);
    }

    void anOpeningBalanceAskedForTooEarlyWaitsForTheHistory()
    {
        const std::string account = world_->discover("checking");
        world_->bank.history = HistoryState::RecentReady;
        putRows(2);
        world_->ask(store::job::sync, world_->connectionId);
        CPPUNIT_ASSERT(world_->runOne());
        const std::string link = linkWithOpening();
        world_->ask(store::job::opening, link);
        CPPUNIT_ASSERT(world_->runOne());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->bank.accountsCalls);
        CPPUNIT_ASSERT_EQUAL(std::string("due"), linkOf(link).opening);
    }

    void anOpeningBalanceWhoseStepWasTakenOverIsNotWritten()
    {
        const std::string account = world_->discover("checking");
        putRows(3);
        world_->sync();
        const std::string link = linkWithOpening();
        const store::JobLease late = claim();
        const store::JobLease now = claim();
        CPPUNIT_ASSERT(world_->dispatch(late).ok());
        CPPUNIT_ASSERT_EQUAL(std::string("due"), linkOf(link).opening);
        CPPUNIT_ASSERT(world_->dispatch(now).ok());
        CPPUNIT_ASSERT_EQUAL(std::string("posted"), linkOf(link).opening);
    }

    void aZeroOpeningBalanceIsNotPosted()
    {
        world_->bank.addAccount({"checking", "USD", 0});
        const std::string account = world_->discover("checking");
        putRows(2);
        world_->sync();
        const std::string link = world_->link(account, "Assets:Checking", "", true);
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::string("posted"), linkOf(link).opening);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, linkOf(link).openingRevision);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->outbox("checking").size());
    }

    void anOpeningBalanceAskedForAgainIsAmended()
    {
        const std::string account = world_->discover("checking");
        putRows(2);
        world_->sync();
        const std::string link = world_->link(account, "Assets:Checking", "", true);
        world_->run();
        world_->bank.addAccount({"checking", "USD", 250'000});
        CPPUNIT_ASSERT(world_->plain
                           .write(
                               [&](store::Unit& unit) -> Result<void>
                               {
                                   unit.execute("UPDATE account_link SET opening = 'due'");
                                   return success();
                               })
                           .ok());
        world_->ask(store::job::opening, link);
        world_->run();
        const auto change = world_->outbox("checking").back();
        CPPUNIT_ASSERT(change.kind == ChangeKind::Amend);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{2}, change.revision);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{250'000}, change.units);
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:Checking"));
    }

    /// An account that books two rows, and goes on from another day under another connection, of
    /// which the opening balance is delivered. Gives the second link.
    std::string connectAnew(bool openingTold)
    {
        world_->bank.addAccount({"again", "USD", 100'000});
        const std::string before = world_->discover("checking");
        const std::string after = world_->discover("again");
        write("UPDATE bank_account SET mask = '6338'");
        world_->bank.put({"old", "checking", 100, "2026-01-10"});
        world_->bank.put({"coffee", "checking", -450, "2026-01-12"});
        world_->sync();
        const std::string first = world_->link(before, "Assets:Checking", "", true);
        if (openingTold)
            world_->run();
        else
            CPPUNIT_ASSERT(world_->runOne()); // The release alone.
        write("UPDATE account_link SET opening = 'due'");
        world_->unlink(first);
        world_->clock.advanceMs(1);
        world_->bank.put({"new", "again", 100, "2026-01-10"});
        world_->bank.put({"new coffee", "again", -450, "2026-01-12"});
        world_->bank.put({"late", "again", 250, "2026-01-11"});
        world_->bank.put({"next", "again", 900, "2026-01-13"});
        world_->sync();
        const std::string second = world_->link(after, "Assets:Checking", "2026-01-13", true);
        world_->run();
        world_->pump();
        return second;
    }

    void anAccountConnectedAnewGetsTheOpeningBalanceLessWhatBothConnectionsTold()
    {
        const store::AccountLink link = linkOf(connectAnew(/*openingTold=*/false));
        CPPUNIT_ASSERT_EQUAL(std::string("posted"), link.opening);
        // The late row is older than the second start: it is booked with the opening balance.
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100'250}, link.openingUnits);
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-10"), link.openingOn);
        CPPUNIT_ASSERT_EQUAL(world_->bank.balance("again"), world_->ledger.sum("Assets:Checking"));
    }

    void anOpeningBalanceThatAnEarlierConnectionToldIsPartOfTheNextOne()
    {
        const store::AccountLink link = linkOf(connectAnew(/*openingTold=*/true));
        CPPUNIT_ASSERT_EQUAL(std::string("posted"), link.opening);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{250}, link.openingUnits); // The late row alone.
        CPPUNIT_ASSERT_EQUAL(world_->bank.balance("again"), world_->ledger.sum("Assets:Checking"));
    }
};

using ReleaseAndOpeningOnSqliteTest = ReleaseAndOpeningTest<store::Engine::Sqlite>;
using ReleaseAndOpeningOnPostgresqlTest = ReleaseAndOpeningTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(ReleaseAndOpeningOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(ReleaseAndOpeningOnPostgresqlTest);

} // namespace bankfeed
