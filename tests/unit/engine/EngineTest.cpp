// Goal: a job is run once for each time it is asked for, its failures come back at a stated time,
// and a broken one holds nothing back but itself.
#include "EngineFixture.h"

#include "base/BankProvider.h"
#include "base/Limits.h"
#include "engine/Engine.h"

#include <stdexcept>

namespace bankfeed::engine
{

class EngineTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(EngineTest);
    CPPUNIT_TEST(runsWhatIsDueAndNothingElse);
    CPPUNIT_TEST(aJobAskedForWhileItRunsRunsOnceMore);
    CPPUNIT_TEST(aFailureComesBackLaterEachTime);
    CPPUNIT_TEST(waitingForTheBudgetIsNobodysFailure);
    CPPUNIT_TEST(whatAPersonWaitsForTakesTheFirstCallThatFits);
    CPPUNIT_TEST(aHandlerThatThrowsRestsWithANoticeWhileOthersGoOn);
    CPPUNIT_TEST(theNoticeOfABrokenInvariantNamesTheBankAndGoesWithIt);
    CPPUNIT_TEST(aJobThatGoesWellDoesNotClearWhatAnotherBroke);
    CPPUNIT_TEST(aBrokenRunWithoutItsLeaseOpensNothing);
    CPPUNIT_TEST(aKindWithoutHandlerIsHeldAndNotLost);
    CPPUNIT_TEST(aJobWhoseWorkerDiedRunsAgainAfterItsLease);
    CPPUNIT_TEST_SUITE_END();

public:
    static Engine make(EngineFixture& f, std::map<std::string, JobHandler, std::less<>> handlers)
    {
        return Engine(*f.database, f.clock, f.random, f.log, f.health, std::move(handlers));
    }

    void runsWhatIsDueAndNothingElse()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                std::vector<std::string> ran;
                auto engine = make(f, {{"sync",
                                          [&](const store::JobLease& lease) -> Result<store::JobEnd>
                                          {
                                              ran.push_back(lease.tenant + "/" + lease.subject);
                                              return store::JobEnd{};
                                          }}});
                CPPUNIT_ASSERT_EQUAL(false, engine.runNext().value());
                f.ask("a", store::job::sync, "con_1");
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::JobRepository(unit).ask(f.random, "a", store::job::sync, "con_2",
                            f.clock.now(), plusMs(f.clock.now(), 1000));
                    });
                CPPUNIT_ASSERT_EQUAL(true, engine.runNext().value());
                CPPUNIT_ASSERT_EQUAL(false, engine.runNext().value());
                CPPUNIT_ASSERT_EQUAL(plusMs(f.clock.now(), 1000).ns, engine.nextDue().value()->ns);
                f.clock.advanceMs(1000);
                CPPUNIT_ASSERT_EQUAL(true, engine.runNext().value());
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, ran.size());
                CPPUNIT_ASSERT_EQUAL(std::string("a/con_1"), ran[0]);
                CPPUNIT_ASSERT_EQUAL(std::string("a/con_2"), ran[1]);
                CPPUNIT_ASSERT(!engine.nextDue().value().has_value());
            });
    }

    void aJobAskedForWhileItRunsRunsOnceMore()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                int runs = 0;
                auto engine = make(f, {{"sync",
                                          [&](const store::JobLease&) -> Result<store::JobEnd>
                                          {
                                              // Ten webhooks during one run cost one more run.
                                              if (++runs == 1)
                                                  for (int i = 0; i < 10; ++i)
                                                      f.ask("a", store::job::sync, "con_1");
                                              return store::JobEnd{};
                                          }}});
                f.ask("a", store::job::sync, "con_1");
                while (engine.runNext().value())
                {
                }
                CPPUNIT_ASSERT_EQUAL(2, runs);
            });
    }

    void aFailureComesBackLaterEachTime()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                auto engine =
                    make(f, {{"sync", [](const store::JobLease&) -> Result<store::JobEnd> {
                                  return Error::retry("http.connect", "No connection.");
                              }}});
                f.ask("a", store::job::sync, "con_1");
                for (int attempt = 1; attempt <= 4; ++attempt)
                {
                    CPPUNIT_ASSERT_EQUAL(true, engine.runNext().value());
                    const auto status = f.job("a", store::job::sync, "con_1");
                    CPPUNIT_ASSERT_EQUAL(std::int64_t{attempt}, status.attempts);
                    CPPUNIT_ASSERT(status.dueAt > f.clock.now());
                    CPPUNIT_ASSERT(status.dueAt <= plusMs(f.clock.now(), 300'200));
                    CPPUNIT_ASSERT_EQUAL(std::string("http.connect"), status.errorCode);
                    f.clock.jumpTo(status.dueAt);
                }
            });
    }

    void waitingForTheBudgetIsNobodysFailure()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                int refusals = 30;
                auto engine =
                    make(f, {{"sync",
                                [&](const store::JobLease&) -> Result<store::JobEnd>
                                {
                                    if (refusals-- > 0)
                                        return Error::retry(std::string(callBudgetCode),
                                            "Too many calls.", std::chrono::milliseconds{40'000});
                                    return store::JobEnd{};
                                }}});
                f.ask("a", store::job::sync, "con_1");
                for (int i = 0; i < 30; ++i)
                {
                    CPPUNIT_ASSERT_EQUAL(true, engine.runNext().value());
                    const auto job = f.job("a", store::job::sync, "con_1");
                    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, job.attempts);
                    CPPUNIT_ASSERT_EQUAL(std::string(), job.errorCode);
                    CPPUNIT_ASSERT(job.dueAt >= plusMs(f.clock.now(), 40'000));
                    CPPUNIT_ASSERT(job.dueAt <= plusMs(f.clock.now(), 50'000));
                    f.clock.jumpTo(job.dueAt);
                }
                CPPUNIT_ASSERT_EQUAL(std::string(), f.connection("a", "con_1").errorCode);
                CPPUNIT_ASSERT(f.notices("a").empty());
                CPPUNIT_ASSERT_EQUAL(true, engine.runNext().value());
                CPPUNIT_ASSERT(!f.job("a", store::job::sync, "con_1").exists);
            });
    }

    void whatAPersonWaitsForTakesTheFirstCallThatFits()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                bool fits = false;
                std::vector<std::string> served;
                auto engine =
                    make(f, {{"sync",
                                [&](const store::JobLease& lease) -> Result<store::JobEnd>
                                {
                                    if (!fits)
                                        return Error::retry(std::string(callBudgetCode),
                                            "Too many calls.", std::chrono::milliseconds{40'000});
                                    served.push_back(lease.subject);
                                    return store::JobEnd{};
                                }}});
                for (int i = 1; i <= 5; ++i)
                    f.ask("a", store::job::sync, "con_" + std::to_string(i));
                while (engine.runNext().value())
                {
                }
                f.write(
                    [&](store::Unit& unit) {
                        store::JobRepository(unit).askAtOnce(
                            f.random, "a", store::job::sync, "con_5", f.clock.now());
                    });
                while (engine.runNext().value())
                {
                }
                fits = true;
                f.clock.advanceMs(60'000);
                while (engine.runNext().value())
                {
                }
                CPPUNIT_ASSERT(served.size() >= 5);
                CPPUNIT_ASSERT_EQUAL(std::string("con_5"), served[0]);
            });
    }

    void aHandlerThatThrowsRestsWithANoticeWhileOthersGoOn()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                int refreshed = 0;
                auto engine = make(f, {{"sync",
                                           [](const store::JobLease&) -> Result<store::JobEnd>
                                           { throw BrokenInvariant("a sum does not add up"); }},
                                          {"refresh",
                                              [&](const store::JobLease&) -> Result<store::JobEnd>
                                              {
                                                  ++refreshed;
                                                  return store::JobEnd{};
                                              }}});
                f.ask("a", store::job::sync, "con_1");
                f.ask("a", store::job::refresh, "con_1");
                while (engine.runNext().value())
                {
                }
                CPPUNIT_ASSERT_EQUAL(1, refreshed);
                CPPUNIT_ASSERT_EQUAL(std::string("broken_invariant"), f.notices("a").at(0));
                CPPUNIT_ASSERT_EQUAL(plusMs(f.clock.now(), 3'600'000).ns,
                    f.job("a", store::job::sync, "con_1").dueAt.ns);
            });
    }

    void theNoticeOfABrokenInvariantNamesTheBankAndGoesWithIt()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                bool broken = true;
                auto engine = make(f, {{"sync",
                                          [&](const store::JobLease&) -> Result<store::JobEnd>
                                          {
                                              if (broken) throw BrokenInvariant("a sum");
                                              return store::JobEnd{};
                                          }}});
                f.ask("a", store::job::sync, "con_1");
                CPPUNIT_ASSERT(engine.runNext().value());
                const auto open = f.read([](store::Unit& unit)
                    { return store::NoticeRepository(unit, "a").openOnes(); });
                CPPUNIT_ASSERT_EQUAL(std::string("con_1"), open.at(0).subject);
                CPPUNIT_ASSERT_EQUAL(
                    std::string(R"({"institution":"First Platypus Bank"})"), open.at(0).params);
                broken = false;
                f.clock.advanceMs(3'600'001);
                CPPUNIT_ASSERT(engine.runNext().value());
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void aJobThatGoesWellDoesNotClearWhatAnotherBroke()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                auto engine =
                    make(f, {{"sync",
                                 [](const store::JobLease&) -> Result<store::JobEnd>
                                 { throw BrokenInvariant("a sum does not add up"); }},
                                {"refresh", [](const store::JobLease&) -> Result<store::JobEnd> {
                                     return store::JobEnd{};
                                 }}});
                f.ask("a", store::job::sync, "con_1");
                CPPUNIT_ASSERT(engine.runNext().value());
                f.ask("a", store::job::refresh, "con_1");
                CPPUNIT_ASSERT(engine.runNext().value());
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.notices("a").size());
            });
    }

    void aBrokenRunWithoutItsLeaseOpensNothing()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                auto engine = make(f, {{"sync",
                                          [&](const store::JobLease&) -> Result<store::JobEnd>
                                          {
                                              // It sleeps past its lease, and another run begins.
                                              f.clock.advanceMs(limits::jobLeaseMs + 1);
                                              (void)f.claim();
                                              throw BrokenInvariant("a sum does not add up");
                                          }}});
                f.ask("a", store::job::sync, "con_1");
                CPPUNIT_ASSERT(engine.runNext().value());
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void aKindWithoutHandlerIsHeldAndNotLost()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                auto engine = make(f, {});
                f.ask("a", store::job::release, "lnk_1");
                CPPUNIT_ASSERT_EQUAL(true, engine.runNext().value());
                CPPUNIT_ASSERT(f.job("a", store::job::release, "lnk_1").exists);
            });
    }

    void aJobWhoseWorkerDiedRunsAgainAfterItsLease()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                int runs = 0;
                auto engine = make(f, {{"sync",
                                          [&](const store::JobLease&) -> Result<store::JobEnd>
                                          {
                                              ++runs;
                                              return store::JobEnd{};
                                          }}});
                f.ask("a", store::job::sync, "con_1");
                const auto dead = f.claim();
                CPPUNIT_ASSERT_EQUAL(false, engine.runNext().value());
                f.clock.advanceMs(60'001);
                CPPUNIT_ASSERT_EQUAL(true, engine.runNext().value());
                CPPUNIT_ASSERT_EQUAL(1, runs);
                // The dead one comes back to life: it holds nothing any more.
                bool held = true;
                f.write([&](store::Unit& unit) { held = store::JobRepository(unit).holds(dead); });
                CPPUNIT_ASSERT(!held);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EngineTest);

} // namespace bankfeed::engine
