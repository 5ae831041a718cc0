// Goal: every error that Plaid documents ends, run through the engine, in the state, the notice and
// the next try that it asks for; whichever job meets it, nothing runs for ever.
#include "EngineFixture.h"

#include "engine/Engine.h"
#include "plaid/ErrorCatalogue.h"

#include <algorithm>
#include <set>

namespace bankfeed::engine
{

namespace
{

/// What becomes of a connection whose jobs meet with an error.
struct Fate
{
    std::string state;
    std::set<std::string> notices; ///< At once, not after repeated failures.
    bool comesAgain = false;       ///< A job waits to try again.
};

Fate fateOf(const plaid::CatalogueEntry& entry)
{
    const std::string code(entry.code);
    if (entry.concern == Concern::SetUp) return {"healthy", {"setup_wrong"}, true};
    switch (entry.remedy)
    {
    case Remedy::Repair: return {"needs_user", {"needs_login"}, false};
    case Remedy::Relink:
        if (entry.concern == Concern::Access) return {"needs_user", {"access_revoked"}, false};
        return {code == "USER_PERMISSION_REVOKED" ? "revoked" : "gone", {"access_revoked"}, false};
    case Remedy::Stop: return {"healthy", {"sync_failing"}, false};
    default: return {"healthy", {}, true};
    }
}

Error errorOf(const plaid::CatalogueEntry& entry)
{
    plaid::PlaidError error;
    error.type = entry.type;
    error.code = entry.code;
    error.requestId = "req123";
    error.status = entry.type == "RATE_LIMIT_EXCEEDED" ? 429 : 400;
    return plaid::errorOf(error);
}

/// A connection whose syncs, or refreshes, meet with an error until it is mended.
struct Jobs
{
    explicit Jobs(EngineFixture& fixture) : f(fixture) {}

    Result<store::JobEnd> sync(const store::JobLease& lease)
    {
        ++syncs;
        if (ofSync) return *ofSync;
        f.write(
            [&](store::Unit& unit) {
                store::ConnectionRepository(unit, "a").recordSuccess(lease.subject, f.clock.now());
            });
        return store::JobEnd{};
    }
    Result<store::JobEnd> refresh(const store::JobLease& lease)
    {
        ++refreshes;
        if (ofRefresh) return *ofRefresh;
        f.write([&](store::Unit& unit)
            { f.health.wentWell(unit, "a", lease.subject, ConnectionFacts{}, f.clock.now()); });
        return store::JobEnd{};
    }
    void run(const std::string& code)
    {
        for (int i = 0; i < 12; ++i)
            if (!engine.runNext().value()) return;
        CPPUNIT_FAIL(code + ": the jobs ask for each other for ever");
    }

    EngineFixture& f;
    std::optional<Error> ofSync;
    std::optional<Error> ofRefresh;
    int syncs = 0;
    int refreshes = 0;
    Engine engine{*f.database, f.clock, f.random, f.log, f.health,
        {{"sync", [this](const store::JobLease& lease) { return sync(lease); }},
            {"refresh", [this](const store::JobLease& lease) { return refresh(lease); }}}};
};

void forget(EngineFixture& f)
{
    for (const char* table : {"connection", "job", "notice", "audit", "outage", "outage_sign"})
        f.write([&](store::Unit& unit) { unit.execute(std::string("DELETE FROM ") + table); });
    f.addConnection("a", "con_1");
}

void expectFate(EngineFixture& f, const std::string& code, const Fate& fate)
{
    CPPUNIT_ASSERT_EQUAL_MESSAGE(code, fate.state, f.connection("a", "con_1").state);
    const auto open = f.notices("a");
    CPPUNIT_ASSERT_MESSAGE(code, std::set<std::string>(open.begin(), open.end()) == fate.notices);
    const bool waits = f.job("a", store::job::sync, "con_1").exists ||
                       f.job("a", store::job::refresh, "con_1").exists;
    CPPUNIT_ASSERT_EQUAL_MESSAGE(code, fate.comesAgain, waits);
}

} // namespace

class CatalogueTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CatalogueTest);
    CPPUNIT_TEST(everyErrorOfBothJobsEndsWhereItShould);
    CPPUNIT_TEST(whatOnlyAReadingShowsIsEndedByAReadingOnly);
    CPPUNIT_TEST(everyNoticeQuotesTheRequest);
    CPPUNIT_TEST_SUITE_END();

public:
    void everyErrorOfBothJobsEndsWhereItShould()
    {
        EngineFixture f(store::Engine::Sqlite);
        for (const auto& entry : plaid::errorCatalogue())
        {
            const std::string code(entry.code);
            forget(f);
            Jobs jobs(f);
            jobs.ofSync = jobs.ofRefresh = errorOf(entry);
            f.ask("a", store::job::sync, "con_1");
            f.ask("a", store::job::refresh, "con_1");
            jobs.run(code);
            expectFate(f, code, fateOf(entry));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(code, code, f.connection("a", "con_1").errorCode);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                code, std::string(entry.sentence), f.connection("a", "con_1").errorText);
        }
    }

    void whatOnlyAReadingShowsIsEndedByAReadingOnly()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                for (const auto& entry : plaid::errorCatalogue())
                {
                    if (entry.concern != Concern::Access) continue;
                    const std::string code(entry.code);
                    forget(f);
                    Jobs jobs(f); // The login itself is well.
                    jobs.ofSync = errorOf(entry);
                    f.ask("a", store::job::sync, "con_1");
                    jobs.run(code);
                    const Fate fate = fateOf(entry);
                    expectFate(f, code, fate);
                    f.ask("a", store::job::refresh, "con_1");
                    jobs.run(code);
                    expectFate(f, code, fate);
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(code, 1, jobs.syncs);
                    const auto due = f.read(
                        [&](store::Unit& unit) {
                            return store::ConnectionRepository::dueForPoll(
                                unit, plusMs(f.clock.now(), 1), 10);
                        });
                    CPPUNIT_ASSERT_MESSAGE(code, due.size() == 1 && !due[0].needsUser);
                    jobs.ofSync.reset();
                    f.ask("a", store::job::sync, "con_1");
                    jobs.run(code);
                    expectFate(f, code, {"healthy", {}, false});
                }
            });
    }

    void everyNoticeQuotesTheRequest()
    {
        EngineFixture f(store::Engine::Sqlite);
        for (const auto& entry : plaid::errorCatalogue())
        {
            forget(f);
            Jobs jobs(f);
            jobs.ofSync = jobs.ofRefresh = errorOf(entry);
            f.ask("a", store::job::refresh, "con_1");
            jobs.run(std::string(entry.code));
            for (const auto& notice : f.read([](store::Unit& unit)
                     { return store::NoticeRepository(unit, "a").openOnes(); }))
            {
                CPPUNIT_ASSERT(notice.params.find("req123") != std::string::npos);
                CPPUNIT_ASSERT(notice.params.find(std::string(entry.code)) != std::string::npos);
            }
            CPPUNIT_ASSERT_EQUAL(std::string("req123"), f.connection("a", "con_1").errorRequestId);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CatalogueTest);

} // namespace bankfeed::engine
