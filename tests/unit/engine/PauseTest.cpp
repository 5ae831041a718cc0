// Goal: while a connection is paused nothing of it is asked of the bank and nothing new is booked;
// what was decided goes on, and whoever resumes it misses nothing.
#include "CoreFixture.h"

#include "engine/LedgerAccountFeed.h"
#include "engine/Pause.h"
#include "store/AccountLinkRepository.h"
#include "store/AuditRepository.h"
#include "store/BankAccountRepository.h"
#include "store/InboxRepository.h"
#include "store/OutboxRepository.h"

#include <algorithm>

namespace bankfeed::engine
{

class PauseTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PauseTest);
    CPPUNIT_TEST(nothingIsAskedOfTheBankWhileItRests);
    CPPUNIT_TEST(resumingCatchesUpAtOnce);
    CPPUNIT_TEST(aPauseBetweenTwoPagesStopsThereAndGoesOnThere);
    CPPUNIT_TEST(aPageUnderWayIsReadAgainLater);
    CPPUNIT_TEST(whatIsSealedWaitsAndIsAppliedOnce);
    CPPUNIT_TEST(whatWasDecidedGoesOn);
    CPPUNIT_TEST(webhooksAreStoredAndMissNothing);
    CPPUNIT_TEST(aRestartKeepsThePause);
    CPPUNIT_TEST(itCanBeDisconnectedWhilePaused);
    CPPUNIT_TEST(whoPausedItFirstStays);
    CPPUNIT_TEST(noOtherTenantPausesIt);
    CPPUNIT_TEST(theHostsOwnPagesAreToldThatItRests);
    CPPUNIT_TEST_SUITE_END();

    static void pause(CoreFixture& f, const std::string& name = "Ada")
    {
        f.write(
            [&](store::Unit& unit) {
                CPPUNIT_ASSERT(
                    pauseConnection(unit, "a", "con_1", {"u1", name}, f.clock.now()).ok());
            });
    }
    static void resume(CoreFixture& f, const std::string& name = "Ben")
    {
        f.write(
            [&](store::Unit& unit)
            {
                CPPUNIT_ASSERT(
                    resumeConnection(unit, f.random, "a", "con_1", {"u2", name}, f.clock.now())
                        .ok());
            });
    }

    static void prepare(CoreFixture& f)
    {
        f.bank.rows.addAccount({"a1"});
        f.addWorkingConnection("a", "con_1");
    }
    static void putRows(CoreFixture& f, int from, int count)
    {
        for (int i = from; i < from + count; ++i)
            f.bank.rows.put({"t" + std::to_string(i), "a1", 100});
    }
    static std::int64_t rows(CoreFixture& f)
    {
        return f.count("SELECT COUNT(*) FROM bank_transaction WHERE removed = 0");
    }
    static std::vector<std::string> audit(CoreFixture& f)
    {
        return f.read(
            [](store::Unit& unit)
            {
                std::vector<std::string> said;
                for (const auto& entry : store::AuditRepository(unit, "a").entries(0, 200))
                    if (entry.action.starts_with("connection."))
                        said.insert(said.begin(), entry.action + " " + entry.actor.name);
                return said;
            });
    }

    /// A link of the account, which releases what is held.
    static void link(CoreFixture& f, std::string_view state, std::string_view opening)
    {
        f.write(
            [&](store::Unit& unit)
            {
                const auto accounts = store::BankAccountRepository(unit, "a").ofConnection("con_1");
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, accounts.size());
                store::AccountLink link;
                link.id = "lnk_1";
                link.bankAccountId = accounts.front().id;
                link.feedId = accounts.front().feedId;
                link.ledgerAccountId = "l1";
                link.state = state;
                link.opening = opening;
                CPPUNIT_ASSERT(store::AccountLinkRepository(unit, "a").insert(link));
                store::OutboxRepository(unit, "a").ensureFeed(link.feedId, f.random);
                unit.execute("UPDATE feed SET state = 'active'");
            });
    }

public:
    void nothingIsAskedOfTheBankWhileItRests()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                prepare(f);
                putRows(f, 0, 3);
                f.sync("a", "con_1");
                link(f, store::linkState::active, store::openingState::due);
                pause(f);
                const int before = f.bank.allCalls();
                for (int hours = 0; hours < 48; hours += 8)
                {
                    f.ask("a", store::job::refresh, "con_1");
                    f.ask("a", store::job::sync, "con_1");
                    f.ask("a", store::job::opening, "lnk_1");
                    f.ask("a", store::job::proof, "con_1");
                    f.run();
                    f.clock.advanceMs(8 * 3'600'000);
                }
                CPPUNIT_ASSERT_EQUAL(before, f.bank.allCalls());
                CPPUNIT_ASSERT(!f.job("a", store::job::sync, "con_1").exists);
            });
    }

    void resumingCatchesUpAtOnce()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                prepare(f);
                f.sync("a", "con_1");
                link(f, store::linkState::active, store::openingState::due);
                pause(f);
                putRows(f, 0, 3);
                f.run();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rows(f));
                resume(f);
                f.run();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, rows(f));
                CPPUNIT_ASSERT(!f.connection("a", "con_1").pausedAt);
                f.clock.advanceMs(10'000);
                f.run();
                CPPUNIT_ASSERT_EQUAL_MESSAGE(f.job("a", store::job::opening, "lnk_1").errorText,
                    std::int64_t{1},
                    f.count("SELECT COUNT(*) FROM account_link WHERE opening = 'posted'"));
                CPPUNIT_ASSERT(audit(f) == (std::vector<std::string>{
                                               "connection.paused Ada", "connection.resumed Ben"}));
            });
    }

    void aPauseBetweenTwoPagesStopsThereAndGoesOnThere()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                prepare(f);
                f.sync("a", "con_1");
                f.bank.calls.clear();
                f.bank.rows.pageSize = 100;
                putRows(f, 0, 450);
                f.ask("a", store::job::sync, "con_1");
                while (f.bank.calls["transactions"] < 3)
                    CPPUNIT_ASSERT(f.core->engine().runNext().value());
                pause(f);
                f.run();
                CPPUNIT_ASSERT_EQUAL(3, f.bank.calls["transactions"]);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rows(f));
                f.clock.advanceMs(60'000);
                resume(f);
                f.run();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{450}, rows(f));
                // Five pages, and none of them twice.
                CPPUNIT_ASSERT_EQUAL(5, f.bank.calls["transactions"]);
            });
    }

    void aPageUnderWayIsReadAgainLater()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                prepare(f);
                putRows(f, 0, 3);
                f.bank.rows.afterPage = [&f] { pause(f); };
                f.sync("a", "con_1");
                CPPUNIT_ASSERT_EQUAL(1, f.bank.calls["transactions"]);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rows(f));
                resume(f);
                f.run();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, rows(f));
            });
    }

    void whatIsSealedWaitsAndIsAppliedOnce()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                prepare(f);
                f.bank.rows.pageSize = 100;
                putRows(f, 0, 250);
                f.ask("a", store::job::sync, "con_1");
                while (f.count("SELECT COUNT(*) FROM sync_loop WHERE state = 'sealed'") == 0)
                    CPPUNIT_ASSERT(f.core->engine().runNext().value());
                pause(f);
                f.run();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rows(f));
                // However old, what is sealed is applied: the cursor stands behind it.
                f.clock.advanceMs(7LL * 86'400'000);
                f.run();
                resume(f);
                f.run();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{250}, rows(f));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, f.count("SELECT COUNT(*) FROM sync_stage"));
            });
    }

    void whatWasDecidedGoesOn()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                prepare(f);
                putRows(f, 0, 3);
                f.sync("a", "con_1");
                pause(f);
                link(f, store::linkState::releasing, store::openingState::none);
                f.ask("a", store::job::release, "lnk_1");
                f.run();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, f.count("SELECT COUNT(*) FROM outbox"));
            });
    }

    void webhooksAreStoredAndMissNothing()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                prepare(f);
                f.sync("a", "con_1");
                pause(f);
                const int before = f.bank.allCalls();
                putRows(f, 0, 2);
                int number = 0;
                for (const auto kind : {BankEventKind::TransactionsChanged,
                         BankEventKind::NewAccountsAvailable, BankEventKind::ConnectionTrouble})
                {
                    VerifiedWebhook webhook;
                    webhook.id = "w" + std::to_string(++number);
                    webhook.event.kind = kind;
                    webhook.event.environment = "sandbox";
                    webhook.event.providerConnectionId = "item-con_1";
                    f.write(
                        [&](store::Unit& unit) {
                            CPPUNIT_ASSERT(
                                store::InboxRepository(unit).add(webhook, f.clock.now()));
                        });
                }
                f.ask("", store::job::inbox, "");
                f.run();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{3},
                    f.count("SELECT COUNT(*) FROM inbox WHERE outcome = 'routed'"));
                CPPUNIT_ASSERT_EQUAL(before, f.bank.allCalls());
                const auto notices = f.notices("a");
                CPPUNIT_ASSERT(std::find(notices.begin(), notices.end(),
                                   store::notice::newAccounts) != notices.end());
                resume(f);
                f.run();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, rows(f));
            });
    }

    void aRestartKeepsThePause()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                prepare(f);
                f.sync("a", "con_1");
                pause(f);
                const int before = f.bank.allCalls();
                f.clock.advanceMs(86'400'000);
                f.begin();
                f.run();
                CPPUNIT_ASSERT(f.core->lookAtEverything().ok());
                f.run();
                CPPUNIT_ASSERT_EQUAL(before, f.bank.allCalls());
                CPPUNIT_ASSERT_EQUAL(std::string("Ada"), f.connection("a", "con_1").pausedBy);
                putRows(f, 0, 1);
                resume(f);
                f.run();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, rows(f));
            });
    }

    void itCanBeDisconnectedWhilePaused()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                prepare(f);
                f.sync("a", "con_1");
                pause(f);
                f.ask("a", store::job::disconnect, "con_1");
                f.run();
                CPPUNIT_ASSERT_EQUAL(1, f.bank.calls["removeConnection"]);
                CPPUNIT_ASSERT_EQUAL(std::string("removed"), f.connection("a", "con_1").state);
                CPPUNIT_ASSERT(!f.connection("a", "con_1").pausedAt);
                f.write(
                    [&](store::Unit& unit)
                    {
                        const auto now = f.clock.now();
                        CPPUNIT_ASSERT_EQUAL(std::string("connection.removed"),
                            pauseConnection(unit, "a", "con_1", {"u1", "Ada"}, now).error().code);
                        CPPUNIT_ASSERT_EQUAL(std::string("connection.removed"),
                            resumeConnection(unit, f.random, "a", "con_1", {"u1", "Ada"}, now)
                                .error()
                                .code);
                    });
            });
    }

    void whoPausedItFirstStays()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                prepare(f);
                pause(f, "Ada");
                const auto since = f.connection("a", "con_1").pausedAt;
                f.clock.advanceMs(5'000);
                pause(f, "Ben");
                CPPUNIT_ASSERT_EQUAL(std::string("Ada"), f.connection("a", "con_1").pausedBy);
                CPPUNIT_ASSERT(since == f.connection("a", "con_1").pausedAt);
                resume(f);
                resume(f);
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, audit(f).size());
            });
    }

    void noOtherTenantPausesIt()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                prepare(f);
                f.write(
                    [&](store::Unit& unit)
                    {
                        CPPUNIT_ASSERT_EQUAL(std::string("connection.unknown"),
                            pauseConnection(unit, "b", "con_1", {"u9", "Eve"}, f.clock.now())
                                .error()
                                .code);
                    });
                CPPUNIT_ASSERT(!f.connection("a", "con_1").pausedAt);
            });
    }

    void theHostsOwnPagesAreToldThatItRests()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                prepare(f);
                f.sync("a", "con_1");
                link(f, store::linkState::active, store::openingState::none);
                pause(f);
                LedgerAccountFeed feed(*f.database, f.clock, f.random, f.wake);
                CPPUNIT_ASSERT(
                    LedgerAccountFeed::State::NeedsPerson == feed.find("a", "l1").value()->state);
                CPPUNIT_ASSERT(LedgerAccountFeed::Asked::Paused == feed.syncNow("a", "l1").value());
                CPPUNIT_ASSERT(!f.job("a", store::job::sync, "con_1").exists);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PauseTest);

} // namespace bankfeed::engine
