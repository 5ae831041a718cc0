// Goal: without any webhook every connection is looked at once after a start, then once an
// interval, and never in a storm.
#include "EngineFixture.h"

#include "engine/Schedule.h"
#include "store/LedgerAccountRepository.h"
#include "store/LinkSessionRepository.h"

namespace bankfeed::engine
{

class ScheduleTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ScheduleTest);
    CPPUNIT_TEST(everyConnectionIsLookedAtOnceAfterAStart);
    CPPUNIT_TEST(aConnectionIsAskedAgainOnlyAfterTheInterval);
    CPPUNIT_TEST(aClockThatWasYearsAheadStopsNothingAndMakesNoStorm);
    CPPUNIT_TEST(tenThousandConnectionsMakeNoStorm);
    CPPUNIT_TEST(aRemovedConnectionIsLeftAlone);
    CPPUNIT_TEST(aConnectionThatNeedsAPersonIsLookedAtAndNotSynced);
    CPPUNIT_TEST(aConnectionThatIsBeingEndedIsLeftAlone);
    CPPUNIT_TEST(forgedWebhooksAreToldWithTheirCountAndForgottenAfterAQuietHour);
    CPPUNIT_TEST(whatEndedLongAgoIsDeleted);
    CPPUNIT_TEST_SUITE_END();

public:
    static constexpr std::int64_t intervalMs = 3'600'000;

    /// One round of the schedule; then the jobs it asked for are thrown away, as if they were done.
    static std::int64_t round(EngineFixture& f, Schedule& schedule)
    {
        f.ask("", store::job::schedule, "");
        const auto lease = f.claim();
        CPPUNIT_ASSERT_EQUAL(std::string(store::job::schedule), lease.kind);
        const auto end = schedule.run(lease);
        CPPUNIT_ASSERT(end.ok() && end->kind == store::JobEnd::Kind::Again);
        CPPUNIT_ASSERT(end->dueAt > f.clock.now() && end->dueAt <= plusMs(f.clock.now(), 60'000));
        std::int64_t asked = 0;
        f.write(
            [&](store::Unit& unit)
            {
                asked = unit.query("SELECT COUNT(*) FROM job WHERE kind = 'sync'").number(0, 0);
                unit.execute("DELETE FROM job");
            });
        return asked;
    }

    void everyConnectionIsLookedAtOnceAfterAStart()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                f.addConnection("b", "con_2");
                Schedule first(*f.database, f.clock, f.random, intervalMs, f.clock.now());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, round(f, first));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, round(f, first));
                f.clock.advanceMs(10'000);
                Schedule restarted(*f.database, f.clock, f.random, intervalMs, f.clock.now());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, round(f, restarted));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, round(f, restarted));
            });
    }

    void aConnectionIsAskedAgainOnlyAfterTheInterval()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                Schedule schedule(*f.database, f.clock, f.random, intervalMs, f.clock.now());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, round(f, schedule));
                f.clock.advanceMs(intervalMs - 1);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, round(f, schedule));
                f.clock.advanceMs(2);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, round(f, schedule));
            });
    }

    void aClockThatWasYearsAheadStopsNothingAndMakesNoStorm()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                const UtcTime now = f.clock.now();
                f.addConnection("a", "con_1");
                f.clock.advanceMs(2LL * 365 * 86'400'000);
                Schedule schedule(*f.database, f.clock, f.random, intervalMs, f.clock.now());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, round(f, schedule));
                f.clock.jumpTo(now);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, round(f, schedule));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, round(f, schedule));
                f.clock.advanceMs(intervalMs + 1);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, round(f, schedule));
                // The job itself was put off to then.
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::JobRepository(unit).ask(f.random, "", store::job::schedule, "", now,
                            plusMs(now, 2LL * 86'400'000));
                    });
                CPPUNIT_ASSERT_EQUAL(std::string(store::job::schedule), f.claim().kind);
            });
    }

    static void addMany(EngineFixture& f, int count)
    {
        for (int from = 0; from < count; from += 500)
            f.write(
                [&](store::Unit& unit)
                {
                    for (int i = from; i < from + 500; ++i)
                    {
                        store::Connection one;
                        one.id = "con_" + std::to_string(i);
                        one.provider = "plaid";
                        one.providerConnectionId = "item-" + std::to_string(i);
                        one.createdAt = f.clock.now();
                        CPPUNIT_ASSERT(store::ConnectionRepository(unit, "a").insert(one));
                    }
                });
    }

    /// After a start everybody is due. What becomes due in any minute is what the provider allows,
    /// and who asks meanwhile is first.
    void tenThousandConnectionsMakeNoStorm()
    {
        EngineFixture f(store::Engine::Sqlite);
        addMany(f, 10'000);
        const UtcTime start = f.clock.now();
        Schedule schedule(*f.database, f.clock, f.random, 6 * intervalMs, start);
        f.ask("", store::job::schedule, "");
        for (int step = 0; step < 50; ++step)
        {
            const auto lease = f.claim();
            CPPUNIT_ASSERT_EQUAL(std::string(store::job::schedule), lease.kind);
            const auto end = schedule.run(lease);
            f.write([&](store::Unit& unit)
                { CPPUNIT_ASSERT(store::JobRepository(unit).end(lease, f.clock.now(), *end)); });
            f.clock.jumpTo(end->dueAt);
        }
        f.read(
            [&](store::Unit& unit)
            {
                const auto minutes = unit.query(R"(SELECT COUNT(*) FROM job WHERE kind = 'sync'
                    GROUP BY (due_at - $1) / 60000000000 ORDER BY 1)",
                    {start.ns});
                std::int64_t all = 0;
                for (std::size_t i = 0; i < minutes.size(); ++i)
                {
                    all += minutes.number(i, 0);
                    CPPUNIT_ASSERT(minutes.number(i, 0) <= 1'400);
                }
                CPPUNIT_ASSERT_EQUAL(std::int64_t{10'000}, all);
                const auto moments =
                    unit.query("SELECT COUNT(DISTINCT due_at) FROM job WHERE kind = 'sync'");
                CPPUNIT_ASSERT(moments.number(0, 0) > 4'000);
                return 0;
            });
        f.write(
            [&](store::Unit& unit)
            {
                store::JobRepository(unit).askAtOnce(
                    f.random, "a", store::job::sync, "con_9999", f.clock.now());
                store::JobRepository(unit).askAtOnce(f.random, "a", store::job::sync, "con_9998",
                    f.clock.now(), store::Urgency::News);
            });
        const auto person = f.claim();
        CPPUNIT_ASSERT_EQUAL(std::string("con_9999"), person.subject);
        std::string next = f.claim().subject;
        if (next.empty()) next = f.claim().subject; // The schedule itself.
        CPPUNIT_ASSERT_EQUAL(std::string("con_9998"), next);
    }

    void aRemovedConnectionIsLeftAlone()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                f.write(
                    [&](store::Unit& unit) {
                        store::ConnectionRepository(unit, "a").markRemoved(
                            "con_1", "disconnected", f.clock.now());
                    });
                Schedule schedule(*f.database, f.clock, f.random, intervalMs, f.clock.now());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, round(f, schedule));
            });
    }

    void aConnectionThatNeedsAPersonIsLookedAtAndNotSynced()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::ConnectionRepository(unit, "a").setState(
                            "con_1", store::connectionState::needsUser, "ITEM_LOGIN_REQUIRED");
                    });
                Schedule schedule(*f.database, f.clock, f.random, intervalMs, f.clock.now());
                f.ask("", store::job::schedule, "");
                CPPUNIT_ASSERT(schedule.run(f.claim()).ok());
                CPPUNIT_ASSERT(f.job("a", store::job::refresh, "con_1").exists);
                CPPUNIT_ASSERT(!f.job("a", store::job::sync, "con_1").exists);
            });
    }

    void aConnectionThatIsBeingEndedIsLeftAlone()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::JobRepository(unit).ask(f.random, "a", store::job::disconnect,
                            "con_1", f.clock.now(), plusMs(f.clock.now(), 3'600'000));
                    });
                Schedule schedule(*f.database, f.clock, f.random, intervalMs, f.clock.now());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, round(f, schedule));
            });
    }

    void forgedWebhooksAreToldWithTheirCountAndForgottenAfterAQuietHour()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                f.addConnection("b", "con_2");
                std::uint64_t refused = 0;
                std::uint64_t all = 0;
                Schedule schedule(*f.database, f.clock, f.random, intervalMs, f.clock.now(),
                    [&] {
                        return engine::WebhookVerdicts{all + refused, refused};
                    });
                const auto minutes = [&](int count, std::uint64_t each)
                {
                    for (int i = 0; i < count; ++i)
                    {
                        refused += each;
                        round(f, schedule);
                        f.clock.advanceMs(60'000);
                    }
                };
                minutes(1, 10);
                CPPUNIT_ASSERT(f.notices("a").empty());
                minutes(20, 0);
                // Not more than a fifth of what came: that is not worth a word.
                all += 72;
                minutes(2, 9);
                CPPUNIT_ASSERT(f.notices("a").empty());
                minutes(20, 0);
                all += 71;
                minutes(2, 9);
                CPPUNIT_ASSERT_EQUAL(std::string("forged_webhooks"), f.notices("a").at(0));
                CPPUNIT_ASSERT_EQUAL(std::string("forged_webhooks"), f.notices("b").at(0));
                const auto open = f.read([](store::Unit& unit)
                    { return store::NoticeRepository(unit, "a").openOnes(); });
                CPPUNIT_ASSERT_EQUAL(std::string(R"({"count":18})"), open[0].params);
                minutes(59, 0);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.notices("a").size());
                // After a restart the count begins anew, and so does the hour.
                Schedule restarted(*f.database, f.clock, f.random, intervalMs, f.clock.now());
                round(f, restarted);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.notices("a").size());
                minutes(3, 0);
                CPPUNIT_ASSERT(f.notices("a").empty());
                CPPUNIT_ASSERT(f.notices("b").empty());
            });
    }

    void whatEndedLongAgoIsDeleted()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                const auto end = [&](const std::string& id)
                {
                    f.write(
                        [&](store::Unit& unit)
                        {
                            store::LinkSession session;
                            session.id = id;
                            session.purpose = "connect";
                            session.finishedAt = f.clock.now();
                            store::LinkSessionRepository(unit, "a").insert(session);
                            for (const auto* state : {"made", "failed", "waiting"})
                            {
                                store::LedgerAccountWish wish;
                                wish.id = id + state;
                                wish.state = state;
                                wish.createdAt = f.clock.now();
                                store::LedgerAccountRepository(unit, "a").insertWish(wish);
                            }
                            store::NoticeRepository notices(unit, "a");
                            notices.open(f.random, store::notice::needsLogin, id, "error", "{}",
                                f.clock.now());
                            notices.clear(store::notice::needsLogin, id, f.clock.now());
                        });
                };
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::NoticeRepository(unit, "a").open(f.random, store::notice::needsLogin,
                            "still open", "error", "{}", f.clock.now());
                        store::LinkSession open;
                        open.id = "still open";
                        open.purpose = "connect";
                        store::LinkSessionRepository(unit, "a").insert(open);
                    });
                end("lks_old");
                f.clock.advanceMs(std::int64_t{90} * 86'400'000);
                end("lks_new");
                f.clock.advanceMs(1'000);
                Schedule schedule(*f.database, f.clock, f.random, intervalMs, f.clock.now());
                round(f, schedule);
                f.read(
                    [&](store::Unit& unit)
                    {
                        CPPUNIT_ASSERT_EQUAL(
                            std::size_t{2}, unit.query("SELECT 1 FROM notice").size());
                        CPPUNIT_ASSERT_EQUAL(
                            std::size_t{2}, unit.query("SELECT 1 FROM link_session").size());
                        CPPUNIT_ASSERT(!store::LinkSessionRepository(unit, "a").find("lks_old"));
                        store::LedgerAccountRepository wishes(unit, "a");
                        CPPUNIT_ASSERT(!wishes.findWish("lks_oldmade"));
                        CPPUNIT_ASSERT(wishes.findWish("lks_oldfailed"));
                        CPPUNIT_ASSERT(wishes.findWish("lks_oldwaiting"));
                        CPPUNIT_ASSERT(wishes.findWish("lks_newmade"));
                        return 0;
                    });
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ScheduleTest);

} // namespace bankfeed::engine
