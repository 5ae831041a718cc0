// Goal: while a bank does not answer, or the provider refuses our own keys, one connection at a
// time tries at a stated time, the others wait without failing, nobody is asked to log in, and one
// notice says it; other banks and tenants go on.
#include "EngineFixture.h"

#include "base/Date.h"
#include "engine/Engine.h"
#include "engine/Schedule.h"
#include "store/OutageRepository.h"
#include "store/SyncLoopRepository.h"

#include <algorithm>
#include <functional>
#include <map>

namespace bankfeed::engine
{

namespace
{

constexpr std::int64_t minuteMs = 60'000;

Error bankDown()
{
    Error error;
    error.kind = ErrorKind::Provider;
    error.code = "plaid.institution_down";
    error.text = "The bank is not available at the moment.";
    error.providerCode = "INSTITUTION_DOWN";
    error.providerRequestId = "req123";
    error.remedy = Remedy::Later;
    error.concern = Concern::Institution;
    return error;
}

Error wrongKeys()
{
    Error error = bankDown();
    error.code = "plaid.invalid_api_keys";
    error.providerCode = "INVALID_API_KEYS";
    error.remedy = Remedy::Stop;
    error.concern = Concern::SetUp;
    return error;
}

/// Connections at banks, and whoever reads them.
struct Banks
{
    explicit Banks(EngineFixture& fixture) : f(fixture) {}

    void add(const std::string& tenant, const std::string& id, const std::string& bank)
    {
        f.addConnection(tenant, id);
        f.write(
            [&](store::Unit& unit) {
                store::ConnectionRepository(unit, tenant)
                    .setFacts(id, bank, "Bank " + bank, std::nullopt);
            });
        bankOf[id] = bank;
        tenantOf[id] = tenant;
    }

    Result<store::JobEnd> sync(const store::JobLease& lease)
    {
        asked.push_back(lease.subject);
        if (beforeAnswer) std::exchange(beforeAnswer, nullptr)();
        if (const auto found = failing.find(bankOf[lease.subject]); found != failing.end())
            return found->second;
        f.write(
            [&](store::Unit& unit) {
                store::ConnectionRepository(unit, lease.tenant)
                    .recordSuccess(lease.subject, f.clock.now());
            });
        return store::JobEnd{};
    }

    /// Runs what is due; gives how many calls were made.
    std::size_t run()
    {
        const std::size_t before = asked.size();
        for (int i = 0; i < 500; ++i)
            if (!engine.runNext().value()) return asked.size() - before;
        CPPUNIT_FAIL("the jobs do not come to an end");
        return 0;
    }

    void syncAll()
    {
        for (const auto& [id, tenant] : tenantOf)
            f.ask(tenant, store::job::sync, id);
    }

    std::optional<store::Outage> outage(const std::string& tenant, const std::string& bank)
    {
        return f.read(
            [&](store::Unit& unit) { return store::OutageRepository(unit, tenant).find(bank); });
    }

    EngineFixture& f;
    std::map<std::string, std::string> bankOf;
    std::map<std::string, std::string> tenantOf;
    std::map<std::string, Error> failing; ///< By bank.
    std::vector<std::string> asked;
    std::function<void()> beforeAnswer;
    Engine engine{*f.database, f.clock, f.random, f.log, f.health,
        {{"sync", [this](const store::JobLease& lease) { return sync(lease); }}}};
};

void withBanks(const std::function<void(EngineFixture&, Banks&)>& body)
{
    onBothEngines(
        [&](EngineFixture& f)
        {
            Banks banks(f);
            body(f, banks);
        });
}

} // namespace

class BankOutagesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BankOutagesTest);
    CPPUNIT_TEST(oneFailingConnectionHoldsNobodyBack);
    CPPUNIT_TEST(theOthersOfABankThatIsDownWaitWithoutFailing);
    CPPUNIT_TEST(otherBanksAndOtherTenantsGoOn);
    CPPUNIT_TEST(oneTriesAtTheStatedTimeAndTheTimesGrowApart);
    CPPUNIT_TEST(twoNeverTryAtOnce);
    CPPUNIT_TEST(aBankThatAnswersIsReadByAllAtOnce);
    CPPUNIT_TEST(aRestartForgetsNothing);
    CPPUNIT_TEST(aPersonWhoAsksGetsOneTryAMinute);
    CPPUNIT_TEST(whatWasReadToItsEndIsApplied);
    CPPUNIT_TEST(whoTriesAndDiesHoldsTheOthersUpForALeaseOnly);
    CPPUNIT_TEST(anOutageThatNobodyTriesAnyMoreIsForgotten);
    CPPUNIT_TEST(itIsNotPolledWhileItIsDown);
    CPPUNIT_TEST(wrongKeysOfOursStopEverybodyButOne);
    CPPUNIT_TEST(keysThatWereMendedAreTriedAtOnce);
    CPPUNIT_TEST_SUITE_END();

public:
    void oneFailingConnectionHoldsNobodyBack()
    {
        withBanks(
            [](EngineFixture& f, Banks& banks)
            {
                banks.add("a", "con_1", "ins_1");
                banks.add("a", "con_2", "ins_2");
                banks.failing["ins_1"] = bankDown();
                banks.syncAll();
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, banks.run());
                CPPUNIT_ASSERT(!banks.outage("a", "ins_1"));
                CPPUNIT_ASSERT(f.notices("a").empty());
                CPPUNIT_ASSERT_EQUAL(
                    std::int64_t{1}, f.job("a", store::job::sync, "con_1").attempts);
            });
    }

    void theOthersOfABankThatIsDownWaitWithoutFailing()
    {
        withBanks(
            [](EngineFixture& f, Banks& banks)
            {
                for (int i = 1; i <= 5; ++i)
                    banks.add("a", "con_" + std::to_string(i), "ins_1");
                banks.failing["ins_1"] = bankDown();
                banks.syncAll();
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, banks.run());
                const auto outage = banks.outage("a", "ins_1");
                CPPUNIT_ASSERT(outage.has_value() && outage->nextTryAt > f.clock.now());
                for (const auto& [id, bank] : banks.bankOf)
                {
                    if (std::find(banks.asked.begin(), banks.asked.end(), id) != banks.asked.end())
                        continue;
                    const auto job = f.job("a", store::job::sync, id);
                    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, job.attempts);
                    CPPUNIT_ASSERT(job.dueAt >= outage->nextTryAt);
                    CPPUNIT_ASSERT_EQUAL(std::string(), f.connection("a", id).errorCode);
                    CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", id).state);
                }
                const auto open = f.read([](store::Unit& unit)
                    { return store::NoticeRepository(unit, "a").openOnes(); });
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, open.size());
                CPPUNIT_ASSERT_EQUAL(std::string("bank_not_answering"), open[0].kind);
                CPPUNIT_ASSERT_EQUAL(std::string("ins_1"), open[0].subject);
                CPPUNIT_ASSERT(
                    open[0].params.find(rfc3339(outage->nextTryAt)) != std::string::npos);
                CPPUNIT_ASSERT(open[0].params.find("req123") != std::string::npos);
            });
    }

    void otherBanksAndOtherTenantsGoOn()
    {
        withBanks(
            [](EngineFixture& f, Banks& banks)
            {
                banks.add("a", "con_1", "ins_1");
                banks.add("a", "con_2", "ins_1");
                banks.failing["ins_1"] = bankDown();
                banks.syncAll();
                banks.run();
                CPPUNIT_ASSERT(banks.outage("a", "ins_1").has_value());
                banks.add("a", "con_3", "ins_2");
                banks.add("b", "con_4", "ins_1");
                f.ask("a", store::job::sync, "con_3");
                f.ask("b", store::job::sync, "con_4");
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, banks.run());
                CPPUNIT_ASSERT(!banks.outage("b", "ins_1"));
                CPPUNIT_ASSERT(f.notices("b").empty());
            });
    }

    static void goDown(Banks& banks, int connections)
    {
        for (int i = 1; i <= connections; ++i)
            banks.add("a", "con_" + std::to_string(i), "ins_1");
        banks.failing["ins_1"] = bankDown();
        banks.syncAll();
        banks.run();
    }

    void oneTriesAtTheStatedTimeAndTheTimesGrowApart()
    {
        withBanks(
            [](EngineFixture& f, Banks& banks)
            {
                goDown(banks, 5);
                std::int64_t before = 0;
                for (int round = 0; round < 6; ++round)
                {
                    const auto next = banks.outage("a", "ins_1")->nextTryAt;
                    const std::int64_t wait = (next.ns - f.clock.now().ns) / nsPerMs;
                    CPPUNIT_ASSERT(wait >= 15 * minuteMs && wait <= 66 * minuteMs);
                    CPPUNIT_ASSERT(wait >= before || wait >= 60 * minuteMs);
                    before = wait;
                    f.clock.jumpTo(plusMs(next, -1));
                    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, banks.run());
                    // Long after: all of them are due, and one asks.
                    f.clock.jumpTo(plusMs(next, 10 * minuteMs));
                    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, banks.run());
                }
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.notices("a").size());
            });
    }

    void twoNeverTryAtOnce()
    {
        withBanks(
            [](EngineFixture& f, Banks& banks)
            {
                goDown(banks, 4);
                f.clock.jumpTo(plusMs(banks.outage("a", "ins_1")->nextTryAt, 10 * minuteMs));
                std::size_t meanwhile = 1;
                banks.beforeAnswer = [&]
                {
                    const std::size_t before = banks.asked.size();
                    while (banks.engine.runNext().value())
                    {
                    }
                    meanwhile = banks.asked.size() - before;
                };
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, banks.run());
                CPPUNIT_ASSERT_EQUAL(std::size_t{0}, meanwhile);
            });
    }

    void aBankThatAnswersIsReadByAllAtOnce()
    {
        withBanks(
            [](EngineFixture& f, Banks& banks)
            {
                goDown(banks, 5);
                f.clock.jumpTo(banks.outage("a", "ins_1")->nextTryAt);
                banks.failing.clear();
                CPPUNIT_ASSERT_EQUAL(std::size_t{5}, banks.run());
                CPPUNIT_ASSERT(!banks.outage("a", "ins_1"));
                CPPUNIT_ASSERT(f.notices("a").empty());
                CPPUNIT_ASSERT(!f.job("a", store::job::sync, "con_1").exists);
                // What was seen before says nothing any more: a single failure is one.
                banks.failing["ins_1"] = bankDown();
                f.ask("a", store::job::sync, "con_1");
                banks.run();
                CPPUNIT_ASSERT(!banks.outage("a", "ins_1"));
            });
    }

    void aRestartForgetsNothing()
    {
        withBanks(
            [](EngineFixture& f, Banks& banks)
            {
                goDown(banks, 3);
                Banks after(f);
                after.bankOf = banks.bankOf;
                after.tenantOf = banks.tenantOf;
                after.failing = banks.failing;
                after.syncAll();
                CPPUNIT_ASSERT_EQUAL(std::size_t{0}, after.run());
            });
    }

    void aPersonWhoAsksGetsOneTryAMinute()
    {
        withBanks(
            [](EngineFixture& f, Banks& banks)
            {
                goDown(banks, 3);
                const auto click = [&]
                {
                    f.write(
                        [&](store::Unit& unit) {
                            store::JobRepository(unit).askAtOnce(
                                f.random, "a", store::job::sync, "con_3", f.clock.now());
                        });
                };
                click();
                CPPUNIT_ASSERT_EQUAL(std::size_t{0}, banks.run());
                f.clock.advanceMs(minuteMs);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, banks.run());
                // The click had its try; nothing repeats it.
                f.clock.advanceMs(2 * minuteMs);
                CPPUNIT_ASSERT_EQUAL(std::size_t{0}, banks.run());
                click();
                banks.failing.clear();
                f.clock.advanceMs(minuteMs);
                // Who was asked for while it waited is read once more.
                CPPUNIT_ASSERT_EQUAL(std::size_t{4}, banks.run());
                CPPUNIT_ASSERT_EQUAL(std::string("con_3"), *(banks.asked.end() - 4));
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void whatWasReadToItsEndIsApplied()
    {
        withBanks(
            [](EngineFixture& f, Banks& banks)
            {
                goDown(banks, 3);
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::LoopRecord loop;
                        loop.connectionId = "con_3";
                        loop.loopId = "loop_1";
                        loop.state = store::loopState::sealed;
                        store::SyncLoopRepository(unit, "a").save(loop);
                    });
                f.ask("a", store::job::sync, "con_3");
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, banks.run());
                CPPUNIT_ASSERT_EQUAL(std::string("con_3"), banks.asked.back());
            });
    }

    void whoTriesAndDiesHoldsTheOthersUpForALeaseOnly()
    {
        withBanks(
            [](EngineFixture& f, Banks& banks)
            {
                goDown(banks, 3);
                f.clock.jumpTo(plusMs(banks.outage("a", "ins_1")->nextTryAt, 10 * minuteMs));
                f.write(
                    [&](store::Unit& unit)
                    {
                        CPPUNIT_ASSERT(store::OutageRepository(unit, "a").takeProbe(
                            "ins_1", "job_dead", f.clock.now(), plusMs(f.clock.now(), 180'000)));
                    });
                CPPUNIT_ASSERT_EQUAL(std::size_t{0}, banks.run());
                f.clock.advanceMs(4 * minuteMs);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, banks.run());
            });
    }

    void anOutageThatNobodyTriesAnyMoreIsForgotten()
    {
        withBanks(
            [](EngineFixture& f, Banks& banks)
            {
                goDown(banks, 2);
                f.write([](store::Unit& unit) { unit.execute("DELETE FROM job"); });
                f.clock.advanceMs(14 * 60 * minuteMs);
                f.write([&](store::Unit& unit) { BankOutages::forgetStale(unit, f.clock.now()); });
                CPPUNIT_ASSERT(!banks.outage("a", "ins_1"));
                CPPUNIT_ASSERT(f.notices("a").empty());
                const auto signs = f.read([](store::Unit& unit)
                    { return unit.query("SELECT COUNT(*) FROM outage_sign").number(0, 0); });
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, signs);
            });
    }

    void itIsNotPolledWhileItIsDown()
    {
        withBanks(
            [](EngineFixture& f, Banks& banks)
            {
                goDown(banks, 2);
                banks.add("a", "con_9", "ins_1");
                banks.add("a", "con_8", "ins_2");
                const auto due = f.read(
                    [&](store::Unit& unit) {
                        return store::ConnectionRepository::dueForPoll(
                            unit, plusMs(f.clock.now(), 1), 100);
                    });
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, due.size());
                CPPUNIT_ASSERT_EQUAL(std::string("con_8"), due[0].connectionId);
            });
    }

    void wrongKeysOfOursStopEverybodyButOne()
    {
        withBanks(
            [](EngineFixture& f, Banks& banks)
            {
                for (int i = 1; i <= 4; ++i)
                    banks.add(
                        i < 3 ? "a" : "b", "con_" + std::to_string(i), "ins_" + std::to_string(i));
                for (const auto& [id, bank] : banks.bankOf)
                    banks.failing[bank] = wrongKeys();
                banks.syncAll();
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, banks.run());
                std::size_t withTheRequest = 0;
                for (const std::string tenant : {"a", "b"})
                {
                    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.notices(tenant).size());
                    CPPUNIT_ASSERT_EQUAL(std::string("setup_wrong"), f.notices(tenant)[0]);
                    const auto params = f.read([&](store::Unit& unit)
                        { return store::NoticeRepository(unit, tenant).openOnes()[0].params; });
                    withTheRequest += params.find("req123") != std::string::npos ? 1U : 0U;
                }
                // Another tenant's request is none of theirs.
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, withTheRequest);
                for (const auto& [id, tenant] : banks.tenantOf)
                {
                    CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection(tenant, id).state);
                    CPPUNIT_ASSERT_EQUAL(
                        std::int64_t{0}, f.job(tenant, store::job::sync, id).attempts);
                }
                for (int hour = 0; hour < 3; ++hour)
                {
                    f.clock.jumpTo(plusMs(banks.outage("", "")->nextTryAt, 2 * minuteMs));
                    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, banks.run());
                }
                banks.failing.clear();
                f.clock.jumpTo(plusMs(banks.outage("", "")->nextTryAt, 2 * minuteMs));
                CPPUNIT_ASSERT_EQUAL(std::size_t{4}, banks.run());
                CPPUNIT_ASSERT(f.notices("a").empty() && f.notices("b").empty());
            });
    }

    void keysThatWereMendedAreTriedAtOnce()
    {
        withBanks(
            [](EngineFixture& f, Banks& banks)
            {
                banks.add("a", "con_1", "ins_1");
                banks.add("a", "con_2", "ins_2");
                banks.failing["ins_1"] = wrongKeys();
                banks.failing["ins_2"] = wrongKeys();
                banks.syncAll();
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, banks.run());
                banks.failing.clear();
                f.write([&](store::Unit& unit) { BankOutages::trySetUpNow(unit, f.clock.now()); });
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, banks.run());
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BankOutagesTest);

} // namespace bankfeed::engine
