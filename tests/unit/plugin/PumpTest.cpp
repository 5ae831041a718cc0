// Goal: whatever a host answers, delivery ends in a state that a later, healthy call repairs, and
// nothing is booked twice. Method: feeds with changes, and a host whose answers are told.
#include "PluginFixture.h"
#include "SeededFeeds.h"

#include <functional>
#include <vector>

namespace bankfeed::testing
{

namespace
{

decltype(bf_host_ledger_post::post_batch) books = nullptr;

/// A host that marks what stands in front of a refused change as not tried.
bf_status postAndForget(const bf_host* host, const bf_batch* batch, bf_change_result* results,
    std::uint32_t resultSize, bf_watermark* after, bf_error* err) noexcept
{
    const bf_status status = books(host, batch, results, resultSize, after, err);
    for (std::uint32_t i = 0; status == BF_E_REJECTED && i < batch->change_count; ++i)
        if (results[i].outcome == BF_OUTCOME_ALREADY) results[i].outcome = BF_OUTCOME_NOT_TRIED;
    return status;
}

bf_status lost = BF_OK;

/// A host that applies a batch, and whose answer does not arrive as it was given.
bf_status postAndLose(const bf_host* host, const bf_batch* batch, bf_change_result* results,
    std::uint32_t resultSize, bf_watermark* after, bf_error* err) noexcept
{
    const bf_status status = books(host, batch, results, resultSize, after, err);
    return status == BF_OK ? lost : status;
}

std::uint32_t revisionTold = 0;

/// A host that says of every change that its head has a revision that no plugin ever gave.
bf_status tellRevision(const bf_host*, const char*, const char* const*, std::uint32_t count,
    bf_head* heads, std::uint32_t headSize, bf_error*) noexcept
{
    auto* bytes = reinterpret_cast<char*>(heads);
    for (std::uint32_t i = 0; i < count; ++i)
        reinterpret_cast<bf_head*>(bytes + std::size_t{headSize} * i)->revision = revisionTold;
    return BF_OK;
}

} // namespace

class PumpTest : public RunningPluginFixture
{
    CPPUNIT_TEST_SUITE(PumpTest);
    CPPUNIT_TEST(everythingIsDeliveredOnce);
    CPPUNIT_TEST(aCallKeepsToItsBatches);
    CPPUNIT_TEST(tenantsThatCannotBeListedAreAnError);
    CPPUNIT_TEST(tenantsOutsideTheSpecificationAreAnError);
    CPPUNIT_TEST(anUnknownWatermarkBooksNothing);
    CPPUNIT_TEST(anyStatusOfABatchIsRepairedByTheWatermark);
    CPPUNIT_TEST(aRefusalHoldsTheFeedAndTheOtherGoesOn);
    CPPUNIT_TEST(changesInFrontOfARefusedOneMayBeNotTried);
    CPPUNIT_TEST(answersThatContradictThemselvesBookNothing);
    CPPUNIT_TEST(aHostThatSaysTheDigestsAreWrongHoldsTheFeed);
    CPPUNIT_TEST(aHostThatSaysTheBatchBreaksTheRulesHoldsTheFeed);
    CPPUNIT_TEST(headsThatCannotBeToldWait);
    CPPUNIT_TEST(entriesThatCannotBeListedWaitAndOddOnesAreLeftOut);
    CPPUNIT_TEST(aHostWithoutVisitEntriesIsNotAskedForThem);
    CPPUNIT_TEST(headsAboveEveryRevisionHoldTheFeedUntilTheyAreTrue);
    CPPUNIT_TEST(theHostsWordsAreMadeSafe);
    CPPUNIT_TEST_SUITE_END();

public:
    void prepare() override { seedFeeds(*host, rows); }

    void everythingIsDeliveredOnce()
    {
        bf_pump_result out{};
        assertOk(plugin_->pump(out));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2 * rows}, out.delivered);
        CPPUNIT_ASSERT_EQUAL(0U, out.remaining);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, out.feeds_held);
        assertOk(plugin_->pump(out));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, out.delivered);
        assertBooked();
        // A new life reads the watermarks again, and has nothing to send.
        assertOk(plugin_->stop());
        assertOk(plugin_->start());
        assertOk(plugin_->pump(out));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, out.delivered);
        assertBooked();
    }

    void aCallKeepsToItsBatches()
    {
        bf_pump_result out{};
        assertOk(plugin_->pump(out, 1));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, host->callsOf("ledger-post.post_batch"));
        CPPUNIT_ASSERT_EQUAL(1U, out.remaining);
        pumpToTheEnd();
        assertBooked();
    }

    void tenantsThatCannotBeListedAreAnError()
    {
        bf_pump_result out{};
        bf_tick_result ticked{};
        for (const bf_status status : everyStatus)
        {
            if (status == BF_OK) continue;
            host->faults.tenants = status;
            CPPUNIT_ASSERT(plugin_->pump(out).status < 0);
            CPPUNIT_ASSERT(plugin_->tick(ticked).status < 0);
        }
        host->faults.tenants = BF_OK;
        pumpToTheEnd();
        assertBooked();
    }

    void tenantsOutsideTheSpecificationAreAnError()
    {
        bf_pump_result out{};
        for (const std::string& bad :
            {std::string(), std::string(BF_ID_MAX + 1, 't'), std::string("caf\xC3")})
        {
            host->tenants = {bad};
            CPPUNIT_ASSERT(plugin_->pump(out).status < 0);
        }
        host->tenants = {"main"};
        pumpToTheEnd();
        assertBooked();
    }

    void anUnknownWatermarkBooksNothing()
    {
        bf_pump_result out{};
        for (const bf_status status : everyStatus)
        {
            if (status == BF_OK) continue;
            host->faults.watermark = status;
            assertOk(plugin_->pump(out));
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, out.delivered);
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, host->callsOf("ledger-post.post_batch"));
        host->faults.watermark = BF_OK;
        pumpToTheEnd();
        assertBooked();
    }

    void anyStatusOfABatchIsRepairedByTheWatermark()
    {
        // Statuses that leave the outcome open: the batch is in the books all the same.
        for (const bf_status status : {BF_E_RETRY, BF_E_INTERNAL, BF_E_DENIED, BF_E_EXHAUSTED,
                 BF_E_STOPPING, BF_E_NOT_FOUND, BF_E_INVALID, BF_E_CORRUPT, BF_ALREADY, 7, -77})
        {
            tearDown();
            setUp();
            books = host->tables.post.post_batch;
            host->tables.post.post_batch = postAndLose;
            lost = status;
            bf_pump_result out{};
            assertOk(plugin_->pump(out));
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, out.delivered);
            const std::size_t sent = host->callsOf("ledger-post.post_batch");
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, sent);
            assertOk(plugin_->stop()); // A start looks at held and stalled feeds at once.
            assertOk(plugin_->start());
            pumpToTheEnd();
            assertOk(plugin_->pump(out));
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, out.feeds_held);
            CPPUNIT_ASSERT_EQUAL(sent, host->callsOf("ledger-post.post_batch"));
            assertBooked();
        }
    }

    void aRefusalHoldsTheFeedAndTheOtherGoesOn()
    {
        host->books.refuses["Assets:checking"] = RefusalReason::Currency;
        bf_pump_result out{};
        assertOk(plugin_->pump(out));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{rows}, out.delivered);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, out.feeds_held);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, host->books.sum("Assets:checking"));
        host->books.refuses.clear();
        assertOk(plugin_->stop());
        assertOk(plugin_->start()); // A start tries held feeds again.
        pumpToTheEnd();
        assertBooked();
    }

    void changesInFrontOfARefusedOneMayBeNotTried()
    {
        books = host->tables.post.post_batch;
        host->tables.post.post_batch = postAndForget;
        // All rows are of one day, so that the refusal of the last is believed of its account's
        // others.
        host->books.refusesRow = [](const LedgerChange& change)
        {
            const bool last = change.units == 100 + rows - 1 && change.ledgerAccountId[7] == 'c';
            return last ? RefusalReason::PeriodClosed : RefusalReason::None;
        };
        bf_pump_result out{};
        assertOk(plugin_->pump(out));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, out.feeds_held);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{rows}, out.delivered);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, host->books.sum("Assets:checking"));
    }

    void answersThatContradictThemselvesBookNothing()
    {
        using Results = const std::vector<bf_change_result*>&;
        const std::vector<std::function<bf_status(const bf_batch&, Results)>> lies{
            // "All applied", but not each.
            [](const bf_batch&, Results) -> bf_status { return BF_OK; },
            [](const bf_batch&, Results results) -> bf_status
            {
                results.front()->outcome = BF_OUTCOME_APPLIED;
                results.back()->outcome = BF_OUTCOME_REJECTED;
                return BF_OK;
            },
            // An outcome that does not exist.
            [](const bf_batch&, Results results) -> bf_status
            {
                for (auto* result : results)
                    result->outcome = 99;
                return BF_OK;
            },
        };
        bf_pump_result out{};
        for (const auto& lie : lies)
        {
            host->faults.post = lie;
            assertOk(plugin_->pump(out));
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, out.delivered);
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, out.feeds_held);
        }
        host->faults.post = nullptr;
        pumpToTheEnd();
        assertBooked();
    }

    void aHostThatSaysTheDigestsAreWrongHoldsTheFeed()
    {
        host->faults.post = [](const bf_batch&, const auto&) -> bf_status { return BF_E_CORRUPT; };
        bf_pump_result out{};
        assertOk(plugin_->pump(out));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, out.feeds_held);
        host->faults.post = nullptr;
        assertOk(plugin_->stop());
        assertOk(plugin_->start());
        pumpToTheEnd();
        assertBooked();
    }

    void aHostThatSaysTheBatchBreaksTheRulesHoldsTheFeed()
    {
        host->faults.post = [](const bf_batch&, const auto&) -> bf_status { return BF_E_INVALID; };
        pumpToTheEnd();
        bf_pump_result out{};
        assertOk(plugin_->pump(out));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, out.feeds_held);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, host->callsOf("ledger-post.post_batch"));
        host->faults.post = nullptr;
        assertOk(plugin_->stop());
        assertOk(plugin_->start());
        pumpToTheEnd();
        assertBooked();
    }

    void headsAboveEveryRevisionHoldTheFeedUntilTheyAreTrue()
    {
        const auto honest = host->tables.post.find_heads;
        for (const std::uint32_t revision : {BF_REVISION_MAX + 1, 0xFFFFFFFFU})
        {
            revisionTold = revision;
            host->tables.post.find_heads = honest;
            pumpToTheEnd();
            meanAnotherHistory();
            host->tables.post.find_heads = tellRevision;
            assertOk(plugin_->stop());
            assertOk(plugin_->start());
            const std::size_t before = host->callsOf("ledger-post.post_batch");
            pumpToTheEnd();
            bf_pump_result out{};
            assertOk(plugin_->pump(out));
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, out.feeds_held);
            CPPUNIT_ASSERT_EQUAL(before, host->callsOf("ledger-post.post_batch"));
            host->tables.post.find_heads = honest;
            assertOk(plugin_->stop());
            assertOk(plugin_->start());
            pumpToTheEnd();
            assertBooked();
        }
        CPPUNIT_ASSERT(host->logHolds("The host told a head with revision 4294967295"));
    }

    /// The books were told more than the plugin knows.
    void forgetTheLast()
    {
        for (auto& [feed, mark] : host->books.books.watermarks)
            mark.lastSeq += 1'000;
    }

    void entriesThatCannotBeListedWaitAndOddOnesAreLeftOut()
    {
        pumpToTheEnd();
        forgetTheLast();
        assertOk(plugin_->stop());
        assertOk(plugin_->start());
        bf_pump_result out{};
        const std::vector<std::function<void(bf_booked&)>> faults{[](bf_booked& entry)
            { entry.struct_size = 8; },
            [](bf_booked& entry) { entry.root_key = "not an id"; },
            [](bf_booked& entry) { entry.root_key = "a"; }};
        for (const auto& fault : faults)
        {
            host->faults.spoilEntry = fault;
            assertOk(plugin_->stop());
            assertOk(plugin_->start());
            assertOk(plugin_->pump(out));
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, out.delivered);
        }
        for (const bf_status status : everyStatus)
        {
            if (status == BF_OK) continue;
            host->faults.entries = status;
            assertOk(plugin_->pump(out));
        }
        host->faults.entries = BF_OK;
        host->faults.spoilEntry = [](bf_booked& entry) { entry.kind = 9; };
        assertOk(plugin_->stop());
        assertOk(plugin_->start());
        pumpToTheEnd();
        assertBooked();
        CPPUNIT_ASSERT(host->logHolds("kind is none"));
    }

    void aHostWithoutVisitEntriesIsNotAskedForThem()
    {
        pumpToTheEnd();
        forgetTheLast();
        assertOk(plugin_->stop());
        host->tables.post.struct_size = offsetof(bf_host_ledger_post, visit_entries);
        assertOk(plugin_->start());
        pumpToTheEnd();
        assertBooked();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, host->callsOf("ledger-post.visit_entries"));
    }

    void headsThatCannotBeToldWait()
    {
        pumpToTheEnd();
        meanAnotherHistory();
        assertOk(plugin_->stop());
        assertOk(plugin_->start());
        bf_pump_result out{};
        for (const bf_status status : everyStatus)
        {
            if (status == BF_OK) continue;
            host->faults.heads = status;
            assertOk(plugin_->pump(out));
        }
        CPPUNIT_ASSERT(host->callsOf("ledger-post.find_heads") > 0);
        host->faults.heads = BF_OK;
        assertOk(plugin_->stop()); // BF_E_INVALID has held the feeds.
        assertOk(plugin_->start());
        pumpToTheEnd();
        assertBooked();
    }

    void theHostsWordsAreMadeSafe()
    {
        // FakeHost notes lines that are not one safe line.
        host->faults.words = "bad\r\n\x1b[31m words caf\xC3 access-sandbox-12-34 ";
        host->faults.words += std::string(300, 'x');
        host->faults.watermark = BF_E_RETRY;
        bf_pump_result out{};
        assertOk(plugin_->pump(out));
        CPPUNIT_ASSERT(host->logHolds("words"));
        CPPUNIT_ASSERT(!host->logHolds("access-sandbox"));
        host->faults.watermark = BF_OK;
    }

private:
    static constexpr int rows = 4;

    void pumpToTheEnd()
    {
        bf_pump_result out{};
        int calls = 0;
        do
        {
            assertOk(plugin_->pump(out));
            CPPUNIT_ASSERT(++calls < 50);
        } while (out.remaining != 0);
    }
    /// The watermarks of the host are of another history than the plugin's, its entries are not:
    /// the feeds are written anew.
    void meanAnotherHistory()
    {
        for (auto& [feed, watermark] : host->books.books.watermarks)
            watermark.chainDigest[0] ^= 1U;
    }
    /// Every row is in the books once, with its amount.
    void assertBooked()
    {
        std::int64_t sum = 0;
        for (int i = 0; i < rows; ++i)
            sum += 100 + i;
        for (const char* account : {"Assets:checking", "Assets:savings"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(account, sum, std::abs(host->books.sum(account)));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2 * rows}, host->books.posts);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, host->books.amends + host->books.voids);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PumpTest);

} // namespace bankfeed::testing
