#include "store/OutboxRepository.h"

#include "base/LedgerDigest.h"
#include "support/BothEngines.h"
#include "support/SeededRandom.h"

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::good;
using bankfeed::testing::onBothEngines;
using bankfeed::testing::SeededRandom;
using bankfeed::testing::TestDatabase;

namespace
{

LedgerChange change(const std::string& rootKey, std::int64_t units = -100)
{
    LedgerChange made;
    made.rootKey = rootKey;
    made.revision = 1;
    made.ledgerAccountId = "led";
    made.counterAccount = "role:suspense";
    made.units = units;
    made.currency = "USD";
    made.bookedOn = "2026-03-01";
    made.description = "Coffee";
    return made;
}

/// The outbox of one tenant, a unit for each call.
class Outbox
{
public:
    explicit Outbox(TestDatabase& database, std::string tenant = "t1")
        : database_(database), tenant_(std::move(tenant))
    {
    }

    template <class Call>
    auto in(Call&& call)
    {
        using Value = std::invoke_result_t<Call, OutboxRepository&>;
        auto result = database_->write(
            [&](Unit& unit) -> Result<Value>
            {
                OutboxRepository outbox(unit, tenant_);
                return call(outbox);
            });
        good(result);
        return std::move(result).value();
    }

    std::vector<LedgerChange> append(
        const std::string& feedId, std::vector<LedgerChange> changes, std::int64_t atMs = 0)
    {
        return in(
            [&](OutboxRepository& outbox)
            {
                outbox.append(feedId, changes, random_, UtcTime{atMs * nsPerMs});
                return changes;
            });
    }
    Feed feed(const std::string& feedId)
    {
        const auto found = in([&](OutboxRepository& outbox) { return outbox.feed(feedId); });
        CPPUNIT_ASSERT(found);
        return *found;
    }
    std::vector<LedgerChange> all(const std::string& feedId)
    {
        const auto epoch = feed(feedId).epoch;
        return in([&](OutboxRepository& outbox) { return outbox.range(feedId, epoch, 1, 1000); });
    }
    void acked(const std::string& feedId, std::uint64_t epoch, std::uint64_t seq)
    {
        in(
            [&](OutboxRepository& outbox)
            {
                outbox.acked(feedId, epoch, seq, UtcTime{5});
                return true;
            });
    }
    bool startEpoch(const std::string& feedId, std::uint64_t oldEpoch, std::uint64_t newEpoch,
        const std::optional<Watermark>& base = {})
    {
        return in([&](OutboxRepository& outbox)
            { return outbox.startEpoch(feedId, oldEpoch, newEpoch, base); });
    }
    void rebuiltTo(const std::string& feedId, const std::string& rootKey, bool complete)
    {
        in(
            [&](OutboxRepository& outbox)
            {
                outbox.rebuiltTo(feedId, rootKey, complete);
                return true;
            });
    }
    std::size_t withWork()
    {
        return in([](OutboxRepository& outbox) { return outbox.feedsWithWork("", 10); }).size();
    }
    std::int64_t prune(const std::string& feedId, std::int64_t beforeMs, std::size_t count = 100)
    {
        const UtcTime before{beforeMs * nsPerMs};
        const Feed now = feed(feedId);
        return in(
            [&](OutboxRepository& outbox)
            {
                const bool expected = outbox.prunable(now, before);
                const auto pruned = outbox.prune(feedId, before, count);
                CPPUNIT_ASSERT_EQUAL(expected, pruned > 0);
                return pruned;
            });
    }

private:
    TestDatabase& database_;
    std::string tenant_;
    SeededRandom random_{1};
};

} // namespace

class OutboxRepositoryTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(OutboxRepositoryTest);
    CPPUNIT_TEST(changesAreNumberedAndChainedWithoutAGap);
    CPPUNIT_TEST(whatIsReadIsWhatWasWritten);
    CPPUNIT_TEST(oneRevisionOfARowIsInAnEpochOnce);
    CPPUNIT_TEST(aRebuildIsLeftWhatItHasYetToComeTo);
    CPPUNIT_TEST(onlyOneStartsANewEpochAndItsBaseIsKept);
    CPPUNIT_TEST(anAnswerOfAnOldEpochSaysNothingOfTheNewOne);
    CPPUNIT_TEST(aFeedHasWorkUntilTheBooksHaveAllOfItOrItIsHeld);
    CPPUNIT_TEST(theLastDeliveredChangeIsNeverPruned);
    CPPUNIT_TEST(olderEpochsArePruned);
    CPPUNIT_TEST(aTenantTouchesItsOwnFeedsOnly);
    CPPUNIT_TEST_SUITE_END();

public:
    void changesAreNumberedAndChainedWithoutAGap()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Outbox outbox(database);
                outbox.append("f", {change("a"), change("b")});
                outbox.append("f", {});
                outbox.append("f", {change("c")});
                Digest chain{};
                std::uint64_t seq = 0;
                for (const LedgerChange& one : outbox.all("f"))
                {
                    CPPUNIT_ASSERT_EQUAL(++seq, one.seq);
                    CPPUNIT_ASSERT(one.contentDigest == contentDigest(one));
                    chain = nextInChain(chain, seq, one.contentDigest);
                    CPPUNIT_ASSERT(one.chainDigest == chain);
                }
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, seq);
                const Feed feed = outbox.feed("f");
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{4}, feed.nextSeq);
                CPPUNIT_ASSERT(feed.chainDigest == chain && feed.epoch != 0 && !feed.base);
            });
    }

    void whatIsReadIsWhatWasWritten()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Outbox outbox(database);
                LedgerChange made = change("a", INT64_MAX);
                made.kind = ChangeKind::Amend;
                made.revision = 7;
                made.exponent = 3;
                made.authorizedOn = "2026-02-28";
                made.originalDescription = "COFFEE 1";
                made.merchant = "Bean";
                made.category = "FOOD";
                outbox.append("f", {made, change("b", -INT64_MAX)});
                const auto read = outbox.all("f");
                const LedgerChange& one = read.at(0);
                CPPUNIT_ASSERT(one.kind == made.kind && one.rootKey == "a" && one.revision == 7 &&
                               one.ledgerAccountId == made.ledgerAccountId &&
                               one.counterAccount == made.counterAccount);
                CPPUNIT_ASSERT(one.units == INT64_MAX && one.exponent == 3 &&
                               one.currency == made.currency && one.bookedOn == made.bookedOn &&
                               one.authorizedOn == made.authorizedOn);
                CPPUNIT_ASSERT(one.description == made.description &&
                               one.originalDescription == made.originalDescription &&
                               one.merchant == made.merchant && one.category == made.category);
                CPPUNIT_ASSERT_EQUAL(-INT64_MAX, read.at(1).units);
            });
    }

    void oneRevisionOfARowIsInAnEpochOnce()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Outbox outbox(database);
                outbox.append("f", {change("a")});
                SeededRandom random{2};
                std::vector<LedgerChange> again{change("a")};
                const auto written = database->write(
                    [&](Unit& unit) -> Result<void>
                    {
                        OutboxRepository(unit, "t1").append("f", again, random, UtcTime{1});
                        return success();
                    });
                CPPUNIT_ASSERT(!written.ok());
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, outbox.all("f").size());
                outbox.append("g", {change("a")});
            });
    }

    void aRebuildIsLeftWhatItHasYetToComeTo()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Outbox outbox(database);
                outbox.append("f", {change("a")});
                CPPUNIT_ASSERT(outbox.startEpoch("f", outbox.feed("f").epoch, 99));
                outbox.append("f", {change("a")});
                CPPUNIT_ASSERT(outbox.all("f").empty());
                outbox.rebuiltTo("f", "m", false);
                outbox.append("f", {change("a"), change("m"), change("n")});
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, outbox.all("f").size());
                outbox.rebuiltTo("f", "z", true);
                outbox.append("f", {change("zz")});
                CPPUNIT_ASSERT_EQUAL(std::size_t{3}, outbox.all("f").size());
            });
    }

    void onlyOneStartsANewEpochAndItsBaseIsKept()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Outbox outbox(database);
                const auto told = outbox.append("f", {change("a")});
                const std::uint64_t old = outbox.feed("f").epoch;
                const Watermark base{old, 1, told.at(0).chainDigest};
                CPPUNIT_ASSERT(outbox.startEpoch("f", old, 99, base));
                CPPUNIT_ASSERT(!outbox.startEpoch("f", old, 98));
                const Feed feed = outbox.feed("f");
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{99}, feed.epoch);
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, feed.nextSeq);
                CPPUNIT_ASSERT(feed.chainDigest == Digest{});
                CPPUNIT_ASSERT_EQUAL(std::string(feedState::rebuilding), feed.state);
                CPPUNIT_ASSERT(feed.base && feed.base->epoch == old && feed.base->lastSeq == 1 &&
                               feed.base->chainDigest == base.chainDigest);
            });
    }

    void anAnswerOfAnOldEpochSaysNothingOfTheNewOne()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Outbox outbox(database);
                outbox.append("f", {change("a")});
                const std::uint64_t old = outbox.feed("f").epoch;
                CPPUNIT_ASSERT(outbox.startEpoch("f", old, 99));
                outbox.acked("f", old, 1);
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, outbox.feed("f").ackedSeq);
                outbox.acked("f", 99, 1);
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, outbox.feed("f").ackedSeq);
            });
    }

    void aFeedHasWorkUntilTheBooksHaveAllOfItOrItIsHeld()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Outbox outbox(database);
                outbox.append("f", {});
                CPPUNIT_ASSERT_EQUAL(std::size_t{0}, outbox.withWork());
                outbox.append("f", {change("a"), change("b")});
                const std::uint64_t epoch = outbox.feed("f").epoch;
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, outbox.withWork());
                outbox.acked("f", epoch, 1);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, outbox.withWork());
                const auto hold = [](OutboxRepository& box) { return box.hold("f", "closed"); };
                const auto resume = [](OutboxRepository& box) { return box.resume("f"); };
                const auto held = [&] { return outbox.feed("f").onHold(); };
                CPPUNIT_ASSERT(outbox.in(hold) && !outbox.in(hold));
                CPPUNIT_ASSERT(held());
                CPPUNIT_ASSERT_EQUAL(std::size_t{0}, outbox.withWork());
                CPPUNIT_ASSERT(outbox.in(resume) && !outbox.in(resume));
                CPPUNIT_ASSERT(!held());
                outbox.acked("f", epoch, 2);
                CPPUNIT_ASSERT_EQUAL(std::size_t{0}, outbox.withWork());
                CPPUNIT_ASSERT(outbox.startEpoch("f", epoch, 99));
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, outbox.withWork());
                CPPUNIT_ASSERT(outbox.in(hold) && !outbox.in(hold));
                CPPUNIT_ASSERT_EQUAL(std::size_t{0}, outbox.withWork());
                CPPUNIT_ASSERT(held());
                CPPUNIT_ASSERT(outbox.in(resume));
                CPPUNIT_ASSERT_EQUAL(std::string(feedState::rebuilding), outbox.feed("f").state);
            });
    }

    void theLastDeliveredChangeIsNeverPruned()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Outbox outbox(database);
                outbox.append("f", {change("a"), change("b")}, 10);
                outbox.append("f", {change("c"), change("d")}, 20);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, outbox.prune("f", 100));
                const std::uint64_t epoch = outbox.feed("f").epoch;
                outbox.acked("f", epoch, 3);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, outbox.prune("f", 10));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, outbox.prune("f", 11, 1));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, outbox.prune("f", 100));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, outbox.prune("f", 100));
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, outbox.all("f").at(0).seq);
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, outbox.all("f").size());
            });
    }

    void olderEpochsArePruned()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                // Epochs are random: the older one may have the higher number.
                for (const std::uint64_t next : {std::uint64_t{1}, std::uint64_t{INT64_MAX}})
                {
                    Outbox outbox(database);
                    const std::string feedId = "f" + std::to_string(next);
                    outbox.append(feedId, {change("a" + feedId)}, 1000);
                    const std::uint64_t old = outbox.feed(feedId).epoch;
                    outbox.acked(feedId, old, 1);
                    CPPUNIT_ASSERT(outbox.startEpoch(feedId, old, next));
                    outbox.rebuiltTo(feedId, "z", true);
                    outbox.append(feedId, {change("a" + feedId)});
                    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, outbox.prune(feedId, 0));
                    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, outbox.prune(feedId, 2000));
                    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, outbox.all(feedId).size());
                }
            });
    }

    void aTenantTouchesItsOwnFeedsOnly()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Outbox ours(database);
                Outbox theirs(database, "t2");
                ours.append("f", {change("a")});
                const std::uint64_t epoch = ours.feed("f").epoch;
                theirs.acked("f", epoch, 1);
                theirs.rebuiltTo("f", "z", false);
                const auto look = [&](OutboxRepository& outbox)
                {
                    return !outbox.feed("f") && outbox.range("f", epoch, 1, 10).empty() &&
                           !outbox.digestAt("f", epoch, 1) && outbox.oldest("f", epoch) == 0 &&
                           outbox.feeds("", 10).empty() && !outbox.hold("f", "x") &&
                           !outbox.startEpoch("f", epoch, 9, {}) &&
                           outbox.prune("f", UtcTime{INT64_MAX}, 10) == 0;
                };
                CPPUNIT_ASSERT(theirs.in(look));
                CPPUNIT_ASSERT_EQUAL(std::size_t{0}, theirs.withWork());
                const Feed feed = ours.feed("f");
                CPPUNIT_ASSERT(feed.ackedSeq == 0 && feed.state == feedState::active);
                CPPUNIT_ASSERT(ours.in([&](OutboxRepository& outbox)
                    { return outbox.digestAt("f", epoch, 1) && outbox.oldest("f", epoch) == 1; }));
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OutboxRepositoryTest);
