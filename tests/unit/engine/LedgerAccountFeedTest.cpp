// Goal: the host's own page of an account never says "up to date" while something is outstanding.
#include "EngineFixture.h"

#include "engine/LedgerAccountFeed.h"
#include "store/AccountLinkRepository.h"
#include "store/BankAccountRepository.h"
#include "store/OutboxRepository.h"
#include "store/TenantErasureRepository.h"

#include <functional>

namespace bankfeed::engine
{

class LedgerAccountFeedTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LedgerAccountFeedTest);
    CPPUNIT_TEST(whatIsOutstandingIsTold);
    CPPUNIT_TEST(nothingFeedsItOnceTheBankIsDisconnected);
    CPPUNIT_TEST(syncNowEndsTheRestOfAJobThatFailed);
    CPPUNIT_TEST(nothingIsAskedForWhileTheTenantIsErased);
    CPPUNIT_TEST_SUITE_END();

    using State = LedgerAccountFeed::State;

    struct Silent final : Wake
    {
        void wake(WakeReason) noexcept override {}
    };

    static void linkOne(EngineFixture& f)
    {
        f.addConnection("a", "con_1");
        f.write(
            [&](store::Unit& unit)
            {
                store::BankAccount account;
                account.id = "acc_1";
                account.connectionId = "con_1";
                account.providerAccountId = "p1";
                account.feedId = "feed_1";
                account.name = "Checking";
                account.currency = "USD";
                account.exponent = 2;
                CPPUNIT_ASSERT(store::BankAccountRepository(unit, "a").insert(account));
                store::AccountLink link;
                link.id = "lnk_1";
                link.bankAccountId = "acc_1";
                link.feedId = "feed_1";
                link.ledgerAccountId = "l1";
                link.state = store::linkState::active;
                CPPUNIT_ASSERT(store::AccountLinkRepository(unit, "a").insert(link));
                store::OutboxRepository(unit, "a").ensureFeed("feed_1", f.random);
            });
    }

    static State stateOf(EngineFixture& f)
    {
        Silent wake;
        LedgerAccountFeed feed(*f.database, f.clock, f.random, wake);
        return feed.find("a", "l1").value()->state;
    }

    static void run(EngineFixture& f, const std::string& sql)
    {
        f.write([&](store::Unit& unit) { unit.execute(sql, {}); });
    }

public:
    void whatIsOutstandingIsTold()
    {
        struct Case
        {
            const char* name;
            State expected;
            const char* sql;
        };
        const std::vector<Case> cases{
            {"nothing", State::UpToDate, "UPDATE feed SET next_seq = 1"},
            {"held", State::NeedsPerson,
                "UPDATE feed SET next_seq = 2, state = 'held', held_reason = 'account_closed'"},
            {"a rebuild held", State::NeedsPerson,
                "UPDATE feed SET state = 'rebuilding', held_reason = 'broken'"},
            {"rebuilding", State::Working, "UPDATE feed SET state = 'rebuilding'"},
            {"undelivered", State::Working, "UPDATE feed SET next_seq = 2"},
            {"delivered", State::UpToDate,
                "UPDATE feed SET next_seq = 2, acked_epoch = epoch, acked_seq = 1"},
            {"of an epoch before", State::Working,
                "UPDATE feed SET next_seq = 2, acked_epoch = epoch - 1, acked_seq = 1"},
            {"opening due", State::Working, "UPDATE account_link SET opening = 'due'"},
            {"releasing", State::Working, "UPDATE account_link SET state = 'releasing'"},
            {"no login", State::NeedsPerson, "UPDATE connection SET state = 'needs_user'"},
        };
        for (const Case& one : cases)
            onBothEngines(
                [&](EngineFixture& f)
                {
                    linkOne(f);
                    run(f, one.sql);
                    CPPUNIT_ASSERT_MESSAGE(one.name, one.expected == stateOf(f));
                });
        onBothEngines(
            [](EngineFixture& f)
            {
                linkOne(f);
                run(f, "UPDATE account_link SET opening = 'due'");
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::NoticeRepository(unit, "a").open(f.random,
                            store::notice::openingOutstanding, "lnk_1", "warning", "{}",
                            f.clock.now());
                    });
                CPPUNIT_ASSERT(State::NeedsPerson == stateOf(f));
            });
    }

    void nothingFeedsItOnceTheBankIsDisconnected()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                linkOne(f);
                run(f, "UPDATE connection SET state = 'removed', removed_at = 1");
                Silent wake;
                LedgerAccountFeed feed(*f.database, f.clock, f.random, wake);
                CPPUNIT_ASSERT(!feed.find("a", "l1").value());
                // What was read before is still on its way, or waits for the books.
                run(f, "UPDATE feed SET next_seq = 2");
                CPPUNIT_ASSERT(State::Working == stateOf(f));
                run(f, "UPDATE feed SET state = 'held', held_reason = 'account_closed'");
                CPPUNIT_ASSERT(State::NeedsPerson == stateOf(f));
            });
    }

    void syncNowEndsTheRestOfAJobThatFailed()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                linkOne(f);
                f.ask("a", store::job::sync, "con_1");
                const auto lease = f.claim();
                const UtcTime later = plusMs(f.clock.now(), 3'600'000);
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::JobRepository(unit).end(lease, f.clock.now(),
                            {store::JobEnd::Kind::Failed, later, "http.down", "Unreachable."});
                    });
                f.clock.advanceMs(120'000);
                Silent wake;
                LedgerAccountFeed feed(*f.database, f.clock, f.random, wake);
                CPPUNIT_ASSERT(feed.syncNow("a", "l1").value() == LedgerAccountFeed::Asked::Asked);
                CPPUNIT_ASSERT(f.job("a", store::job::sync, "con_1").dueAt <= f.clock.now());
            });
    }

    void nothingIsAskedForWhileTheTenantIsErased()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                linkOne(f);
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::TenantErasure erasure;
                        erasure.askedAt = f.clock.now();
                        CPPUNIT_ASSERT(store::TenantErasureRepository(unit, "a").begin(erasure));
                    });
                Silent wake;
                const auto asked =
                    LedgerAccountFeed(*f.database, f.clock, f.random, wake).syncNow("a", "l1");
                CPPUNIT_ASSERT(!asked.ok());
                CPPUNIT_ASSERT_EQUAL(std::string("tenant.erasing"), asked.error().code);
                CPPUNIT_ASSERT(!f.job("a", store::job::sync, "con_1").exists);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LedgerAccountFeedTest);

} // namespace bankfeed::engine
