// Goal: no budget, no clock and no patience of a host keeps changes from the books, and a host that
// takes nothing is seen by its monitoring. Method: feeds with changes, and a clock that is told.
#include "PluginFixture.h"
#include "SeededFeeds.h"

#include <atomic>
#include <chrono>
#include <cstring>

namespace bankfeed::testing
{

namespace
{

/// What the clock of these tests is ahead of the machine's, and by how much each look moves it.
std::atomic<std::int64_t> aheadNs{0};
std::atomic<std::int64_t> leapNs{0};

std::int64_t monoOfTest(const bf_host* /*host*/) noexcept
{
    using namespace std::chrono;
    aheadNs += leapNs;
    return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count() + aheadNs;
}

/// A host that says that it applied a batch, and did not.
std::atomic<int> lies{0};
decltype(bf_host_ledger_post::post_batch) honest = nullptr;

bf_status postOrLie(const bf_host* host, const bf_batch* batch, bf_change_result* results,
    std::uint32_t resultSize, bf_watermark* after, bf_error* err) noexcept
{
    if (lies == 0) return honest(host, batch, results, resultSize, after, err);
    --lies;
    for (std::uint32_t i = 0; i < batch->change_count; ++i)
        results[i].outcome = BF_OUTCOME_APPLIED;
    after->present = 1;
    after->epoch = batch->epoch;
    after->last_seq = batch->changes[0].seq - 1;
    return BF_OK;
}

constexpr std::int64_t minuteNs = 60LL * 1'000'000'000;

} // namespace

class PumpLimitsTest : public RunningPluginFixture
{
    CPPUNIT_TEST_SUITE(PumpLimitsTest);
    CPPUNIT_TEST(withoutABudgetEachCallStillDoesSomething);
    CPPUNIT_TEST(aClockThatLeapsDoesNotStopDelivery);
    CPPUNIT_TEST(aHostThatAsksForPatienceIsLeftAlone);
    CPPUNIT_TEST(booksThatTakeNothingForTenMinutesAreDegraded);
    CPPUNIT_TEST(tenantsThatCannotBeListedForTenMinutesAreDegraded);
    CPPUNIT_TEST(heldFeedsAreDegradedAndTriedAgainWithANewConfiguration);
    CPPUNIT_TEST(aTenantThatIsListedTwiceCountsOnce);
    CPPUNIT_TEST(aHostThatOnlySaysThatItAppliedIsAskedAtOnce);
    CPPUNIT_TEST(aHostThatAlwaysLiesIsNotAskedForEver);
    CPPUNIT_TEST_SUITE_END();

public:
    void prepare() override
    {
        aheadNs = 0;
        leapNs = 0;
        lies = 0;
        honest = host->tables.post.post_batch;
        host->tables.post.post_batch = postOrLie;
        host->tables.clock.mono_ns = monoOfTest;
        seedFeeds(*host, rows);
    }
    void tearDown() override
    {
        leapNs = 0;
        aheadNs = 0;
        RunningPluginFixture::tearDown();
    }

    void withoutABudgetEachCallStillDoesSomething()
    {
        pumpToTheEnd(0);
        assertBooked();
    }

    void aClockThatLeapsDoesNotStopDelivery()
    {
        leapNs = 60 * minuteNs;
        pumpToTheEnd(10'000);
        assertBooked();
    }

    void aHostThatAsksForPatienceIsLeftAlone()
    {
        host->faults.watermark = BF_E_RETRY;
        host->faults.retryAfterMs = 60'000;
        bf_pump_result out{};
        assertOk(plugin_->pump(out));
        const std::size_t asked = host->callsOf("ledger-post.get_watermark");
        assertOk(plugin_->pump(out));
        CPPUNIT_ASSERT_EQUAL(asked, host->callsOf("ledger-post.get_watermark"));
        CPPUNIT_ASSERT_EQUAL(0U, out.remaining);
        CPPUNIT_ASSERT(host->logHolds("(status -5)"));
        host->faults.watermark = BF_OK;
        aheadNs += minuteNs + 1;
        pumpToTheEnd(10'000);
        assertBooked();
    }

    void booksThatTakeNothingForTenMinutesAreDegraded()
    {
        host->faults.post = [](const bf_batch&, const auto&) -> bf_status { return BF_E_RETRY; };
        bf_pump_result out{};
        assertOk(plugin_->pump(out));
        assertHealth(BF_HEALTH_OK);
        aheadNs += 11 * minuteNs;
        assertOk(plugin_->pump(out));
        assertHealth(BF_HEALTH_DEGRADED);
        std::string json;
        assertOk(plugin_->health(json));
        CPPUNIT_ASSERT_MESSAGE(
            json, json.find("\"delivery_stalled_seconds\":66") != std::string::npos);
        host->faults.post = nullptr;
        pumpToTheEnd(10'000);
        assertHealth(BF_HEALTH_OK);
        assertBooked();
    }

    void tenantsThatCannotBeListedForTenMinutesAreDegraded()
    {
        bf_pump_result out{};
        host->faults.tenants = BF_E_INTERNAL;
        CPPUNIT_ASSERT(plugin_->pump(out).status < 0);
        assertHealth(BF_HEALTH_OK);
        aheadNs += 11 * minuteNs;
        CPPUNIT_ASSERT(plugin_->pump(out).status < 0);
        assertHealth(BF_HEALTH_DEGRADED);
        host->faults.tenants = BF_OK;
        pumpToTheEnd(10'000);
        assertHealth(BF_HEALTH_OK);
    }

    void heldFeedsAreDegradedAndTriedAgainWithANewConfiguration()
    {
        host->books.refuses["Assets:checking"] = RefusalReason::UnknownAccount;
        bf_pump_result out{};
        assertOk(plugin_->pump(out));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, out.feeds_held);
        assertHealth(BF_HEALTH_DEGRADED);
        host->books.refuses.clear();
        assertOk(plugin_->pump(out));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, out.feeds_held);
        ++host->revision;
        bf_tick_result ticked{};
        assertOk(plugin_->tick(ticked));
        assertOk(plugin_->pump(out));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, out.feeds_held);
        assertHealth(BF_HEALTH_OK);
        assertBooked();
    }

    void aTenantThatIsListedTwiceCountsOnce()
    {
        host->tenants = {"main", "main"};
        host->books.refuses["Assets:checking"] = RefusalReason::UnknownAccount;
        bf_pump_result out{};
        assertOk(plugin_->pump(out));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, out.feeds_held);
    }

    void aHostThatOnlySaysThatItAppliedIsAskedAtOnce()
    {
        lies = 1;
        bf_pump_result out{};
        assertOk(plugin_->pump(out));
        assertBooked();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2 * rows}, out.delivered);
        CPPUNIT_ASSERT(host->logHolds("but not by the watermark"));
    }

    void aHostThatAlwaysLiesIsNotAskedForEver()
    {
        lies = 1'000;
        bf_pump_result out{};
        assertOk(plugin_->pump(out));
        CPPUNIT_ASSERT_EQUAL(0U, out.remaining);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, out.delivered);
        CPPUNIT_ASSERT_EQUAL(1'000 - 4, lies.load());
        lies = 0;
        pumpToTheEnd(10'000);
        assertBooked();
    }

private:
    static constexpr int rows = 4;

    void pumpToTheEnd(std::uint32_t budgetMs)
    {
        bf_pump_result out{};
        int calls = 0;
        do
        {
            assertOk(plugin_->pump(out, 1000, budgetMs));
            CPPUNIT_ASSERT(++calls < 20);
        } while (out.remaining != 0);
    }
    void assertHealth(std::uint32_t expected)
    {
        std::uint32_t state = BF_HEALTH_FAILED;
        assertOk(plugin_->live(state));
        CPPUNIT_ASSERT_EQUAL(expected, state);
    }
    /// Every row is in the books once.
    void assertBooked()
    {
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2 * rows}, host->books.posts);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, host->books.amends + host->books.voids);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PumpLimitsTest);

} // namespace bankfeed::testing
