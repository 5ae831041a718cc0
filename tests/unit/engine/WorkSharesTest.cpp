// Goal: whatever hangs, and however much one tenant asks for, a worker is left for the others.
#include "EngineFixture.h"

#include "engine/Engine.h"

#include <algorithm>

namespace bankfeed::engine
{

namespace
{

/// An engine whose jobs hang: while one runs, the workers that are left take what they may, and so
/// on, until nothing more may be begun. Then all end.
struct Hanging
{
    Hanging(EngineFixture& fixture, int workers)
        : f(fixture), engine(*f.database, f.clock, f.random, f.log, f.health, handlers())
    {
        engine.share(workers);
    }

    std::map<std::string, JobHandler, std::less<>> handlers()
    {
        std::map<std::string, JobHandler, std::less<>> all;
        for (const auto kind :
            {store::job::sync, store::job::linkSession, store::job::release, store::job::inbox})
            all[std::string(kind)] = [this](const store::JobLease& lease) -> Result<store::JobEnd>
            {
                began.push_back(lease.tenant + "/" + lease.kind + "/" + lease.subject);
                while (hang && engine.runNext().value())
                {
                }
                hang = false; // What is left runs when these have ended.
                if (due.empty()) due.push_back(engine.nextDue().value());
                return store::JobEnd{};
            };
        return all;
    }

    void ask(const std::string& tenant, std::string_view kind, const std::string& subject)
    {
        f.clock.advanceMs(1);
        f.write(
            [&](store::Unit& unit) {
                store::JobRepository(unit).askAtOnce(
                    f.random, tenant, kind, subject, f.clock.now());
            });
    }

    /// The jobs that are under way at once, in the order of their beginning.
    std::vector<std::string> under()
    {
        began.clear();
        due.clear();
        hang = true;
        CPPUNIT_ASSERT(engine.runNext().value());
        return began;
    }

    EngineFixture& f;
    std::vector<std::string> began;
    std::vector<std::optional<UtcTime>> due; ///< As the last that began sees it.
    bool hang = true;
    Engine engine;
};

using Order = std::vector<std::string>;

} // namespace

class WorkSharesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(WorkSharesTest);
    CPPUNIT_TEST(slowSyncsOfOneTenantLeaveAWorkerForALinkSessionOfAnother);
    CPPUNIT_TEST(webhooksAreReadWhileEveryBankHangs);
    CPPUNIT_TEST(oneTenantsSlowJobsTakeHalfOfTheWorkers);
    CPPUNIT_TEST(oneTenantNeverTakesAllWorkers);
    CPPUNIT_TEST(theTurnGoesRoundAmongTenants);
    CPPUNIT_TEST(oneWorkerAloneDoesEverything);
    CPPUNIT_TEST_SUITE_END();

public:
    void slowSyncsOfOneTenantLeaveAWorkerForALinkSessionOfAnother()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                Hanging w(f, 2);
                for (const auto* const id : {"c1", "c2", "c3"})
                    w.ask("a", store::job::sync, id);
                w.ask("b", store::job::linkSession, "s1");
                CPPUNIT_ASSERT(w.under() == (Order{"a/sync/c1", "b/link-session/s1"}));
                // What may not be begun is nothing to wake up for.
                CPPUNIT_ASSERT(!w.due.at(0).has_value());
                CPPUNIT_ASSERT(w.under() == (Order{"a/sync/c2"}));
                CPPUNIT_ASSERT(w.under() == (Order{"a/sync/c3"}));
            });
    }

    void webhooksAreReadWhileEveryBankHangs()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                Hanging w(f, 3);
                for (const auto* const tenant : {"a", "b", "c"})
                    w.ask(tenant, store::job::sync, std::string("c-") + tenant);
                w.ask("", store::job::inbox, "");
                w.ask("d", store::job::release, "l1");
                auto begun = w.under();
                CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{2},
                    std::count_if(begun.begin(), begun.end(),
                        [](const std::string& one) { return one.find("sync") != one.npos; }));
                CPPUNIT_ASSERT(std::find(begun.begin(), begun.end(), "/inbox/") != begun.end());
                CPPUNIT_ASSERT(
                    std::find(begun.begin(), begun.end(), "d/release/l1") != begun.end());
            });
    }

    void oneTenantsSlowJobsTakeHalfOfTheWorkers()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                Hanging w(f, 4);
                for (const auto* const id : {"c1", "c2", "c3", "c4"})
                    w.ask("a", store::job::sync, id);
                w.ask("b", store::job::sync, "c5");
                w.ask("b", store::job::sync, "c6");
                CPPUNIT_ASSERT(w.under() == (Order{"a/sync/c1", "b/sync/c5", "a/sync/c2"}));
                CPPUNIT_ASSERT(w.under() == (Order{"b/sync/c6", "a/sync/c3", "a/sync/c4"}));
            });
    }

    void oneTenantNeverTakesAllWorkers()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                Hanging w(f, 3);
                for (const auto* const id : {"s1", "s2", "s3", "s4"})
                    w.ask("a", store::job::linkSession, id);
                CPPUNIT_ASSERT(w.under() == (Order{"a/link-session/s1", "a/link-session/s2"}));
                w.ask("b", store::job::linkSession, "s5");
                CPPUNIT_ASSERT(w.under() == (Order{"b/link-session/s5", "a/link-session/s3",
                                                "a/link-session/s4"}));
            });
    }

    void theTurnGoesRoundAmongTenants()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                Hanging w(f, 0);
                for (const auto* const id : {"c1", "c2", "c3", "c4"})
                    w.ask("a", store::job::sync, id);
                w.ask("b", store::job::sync, "c5");
                w.ask("c", store::job::sync, "c6");
                w.ask("b", store::job::sync, "c7");
                CPPUNIT_ASSERT(
                    w.under() == (Order{"a/sync/c1", "b/sync/c5", "c/sync/c6", "a/sync/c2",
                                     "b/sync/c7", "a/sync/c3", "a/sync/c4"}));
            });
    }

    void oneWorkerAloneDoesEverything()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                Hanging w(f, 1);
                w.ask("a", store::job::sync, "c1");
                w.ask("a", store::job::release, "l1");
                w.hang = false;
                CPPUNIT_ASSERT(w.engine.runNext().value());
                CPPUNIT_ASSERT(w.engine.runNext().value());
                CPPUNIT_ASSERT(w.began == (Order{"a/sync/c1", "a/release/l1"}));
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WorkSharesTest);

} // namespace bankfeed::engine
