// Goal: who changes the audit log in the database is found out, and where it stood is noted
// outside.
#include "EngineFixture.h"

#include "engine/AuditWatch.h"
#include "store/AuditRepository.h"

namespace bankfeed::engine
{

class AuditWatchTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AuditWatchTest);
    CPPUNIT_TEST(tellsWhereAWholeLogStandsOnceAnHourWhileItGrows);
    CPPUNIT_TEST(aChangedEntryIsSaidInItsTenantAndNoOther);
    CPPUNIT_TEST(aChangedEntryIsFoundAfterAStart);
    CPPUNIT_TEST(whatIsCutOffOrChangedAfterItWasSeenIsFound);
    CPPUNIT_TEST(aLogThatIsWholeAgainAfterAStartClearsTheNotice);
    CPPUNIT_TEST(theLogOfAnErasedTenantBeginsAnew);
    CPPUNIT_TEST(longLogsAndManyTenantsTakeMoreThanOneStep);
    CPPUNIT_TEST_SUITE_END();

public:
    static void fill(EngineFixture& f, const std::string& tenant, int count)
    {
        f.write(
            [&](store::Unit& unit)
            {
                for (int i = 0; i < count; ++i)
                    store::AuditRepository(unit, tenant)
                        .append(f.clock.now(), {"u1", "Ada"}, "test.done", "x", "{}");
            });
    }
    static void change(EngineFixture& f, const std::string& tenant, std::int64_t seq)
    {
        f.write(
            [&](store::Unit& unit)
            {
                unit.execute(
                    "UPDATE audit SET actor_name = 'Eve' WHERE tenant_id = $1 AND seq = $2",
                    {tenant, seq});
            });
    }
    static void look(EngineFixture& f, AuditWatch& watch, int steps = 2)
    {
        f.ask("", store::job::schedule, "");
        const auto lease = f.claim();
        for (int i = 0; i < steps; ++i)
            watch.step(lease);
        f.write([&](store::Unit& unit)
            { unit.execute("DELETE FROM job WHERE job_id = $1", {lease.jobId}); });
    }
    static AuditWatch watchOf(EngineFixture& f)
    {
        return AuditWatch(*f.database, f.clock, f.random, f.log);
    }
    static bool saysBroken(EngineFixture& f, const std::string& tenant)
    {
        return f.notices(tenant) == std::vector<std::string>{"audit_broken"};
    }

    void tellsWhereAWholeLogStandsOnceAnHourWhileItGrows()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                auto watch = watchOf(f);
                fill(f, "a", 3);
                look(f, watch, 10);
                CPPUNIT_ASSERT(f.log.holds("tenant a is whole up to entry 3, with the hash "));
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.log.lines().size());
                f.clock.advanceMs(3'600'001);
                look(f, watch, 10);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.log.lines().size());
                fill(f, "a", 1);
                look(f, watch, 10);
                CPPUNIT_ASSERT(f.log.holds("up to entry 4"));
                fill(f, "a", 1);
                look(f, watch, 10);
                CPPUNIT_ASSERT(!f.log.holds("up to entry 5"));
            });
    }

    void aChangedEntryIsSaidInItsTenantAndNoOther()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                fill(f, "a", 3);
                fill(f, "b", 3);
                change(f, "a", 2);
                auto watch = watchOf(f);
                look(f, watch);
                CPPUNIT_ASSERT(saysBroken(f, "a"));
                CPPUNIT_ASSERT(f.notices("b").empty());
                CPPUNIT_ASSERT(f.log.holds("tenant a does not fit from entry 2 on"));
                CPPUNIT_ASSERT(f.log.holds("tenant b is whole"));
            });
    }

    void aChangedEntryIsFoundAfterAStart()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                fill(f, "a", 5);
                auto watch = watchOf(f);
                look(f, watch);
                change(f, "a", 1);
                look(f, watch);
                CPPUNIT_ASSERT(f.notices("a").empty()); // It lies behind.
                auto again = watchOf(f);
                look(f, again);
                CPPUNIT_ASSERT(saysBroken(f, "a"));
            });
    }

    void whatIsCutOffOrChangedAfterItWasSeenIsFound()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                for (const std::string tenant : {"a", "b"})
                    fill(f, tenant, 3);
                auto watch = watchOf(f);
                look(f, watch);
                f.write([](store::Unit& unit)
                    { unit.execute("DELETE FROM audit WHERE tenant_id = 'a' AND seq = 3"); });
                fill(f, "b", 2);
                change(f, "b", 5);
                look(f, watch);
                CPPUNIT_ASSERT(saysBroken(f, "a"));
                CPPUNIT_ASSERT(saysBroken(f, "b"));
                // Written anew it has the same length, and another head.
                fill(f, "a", 1);
                look(f, watch);
                CPPUNIT_ASSERT(saysBroken(f, "a"));
            });
    }

    void aLogThatIsWholeAgainAfterAStartClearsTheNotice()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                fill(f, "a", 3);
                change(f, "a", 2);
                auto watch = watchOf(f);
                look(f, watch);
                f.write(
                    [](store::Unit& unit) {
                        unit.execute("UPDATE audit SET actor_name = 'Ada' WHERE tenant_id = 'a' "
                                     "AND seq = 2");
                    });
                look(f, watch);
                CPPUNIT_ASSERT(saysBroken(f, "a"));
                auto again = watchOf(f);
                look(f, again);
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void theLogOfAnErasedTenantBeginsAnew()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                fill(f, "a", 3);
                auto watch = watchOf(f);
                look(f, watch);
                f.clock.advanceMs(1);
                f.write(
                    [&](store::Unit& unit)
                    {
                        unit.execute("DELETE FROM audit WHERE tenant_id = 'a'");
                        store::AuditRepository(unit, "a").append(
                            f.clock.now(), {"u1", "Ada"}, "tenant.erased", "a", "{}");
                    });
                for (int i = 0; i < 3; ++i)
                {
                    f.clock.advanceMs(60'000);
                    look(f, watch);
                }
                CPPUNIT_ASSERT(f.notices("a").empty());
                CPPUNIT_ASSERT(f.log.holds("up to entry 1"));
                change(f, "a", 1);
                auto again = watchOf(f);
                look(f, again, 9);
                CPPUNIT_ASSERT(saysBroken(f, "a"));
                CPPUNIT_ASSERT_EQUAL(std::size_t{3}, f.log.lines().size());
            });
    }

    void longLogsAndManyTenantsTakeMoreThanOneStep()
    {
        EngineFixture f(store::Engine::Sqlite);
        for (int i = 0; i < 20; ++i)
            fill(f, "t" + std::to_string(10 + i), i == 0 ? 2'100 : 2);
        change(f, "t10", 2'050);
        auto watch = watchOf(f);
        look(f, watch, 3);
        CPPUNIT_ASSERT(f.notices("t10").empty());
        CPPUNIT_ASSERT(f.log.holds("tenant t29 is whole"));
        look(f, watch, 6);
        CPPUNIT_ASSERT(saysBroken(f, "t10"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AuditWatchTest);

} // namespace bankfeed::engine
