// Delivery into books that lose answers and refuse changes, on both engines.
#include "store/TenantErasureRepository.h"
#include "unit/delivery/DeliveryFixture.h"

#include <cppunit/extensions/HelperMacros.h>


namespace bankfeed
{

using testing::DeliveryFixture;

template <store::Engine engine>
class RelayTest : public DeliveryFixture
{
    CPPUNIT_TEST_SUITE(RelayTest);
    CPPUNIT_TEST(changesAreDeliveredInBatchesAndOnce);
    CPPUNIT_TEST(nothingIsToldOfATenantThatIsErased);
    CPPUNIT_TEST(aLostAnswerIsReadFromTheWatermark);
    CPPUNIT_TEST(aCrashOfTheHostBeforeItsCommitIsSentAgain);
    CPPUNIT_TEST(anUnknownWatermarkStopsOnlyThisCall);
    CPPUNIT_TEST(aStaleNoteOfWhatIsDeliveredIsIgnored);
    CPPUNIT_TEST(booksThatSayThatThereIsAGapAreAskedAgainAndHoldNothing);
    CPPUNIT_TEST(aRefusedChangeHoldsItsFeedAndOthersGoOn);
    CPPUNIT_TEST(aHoldEndsWhenItsCauseIsGone);
    CPPUNIT_TEST(aHoldThatAPersonGaveUpIsTriedOnInSilence);
    CPPUNIT_TEST(aCallEndsWithItsBatches);
    CPPUNIT_TEST(aBrokenOutboxHoldsItsFeed);
    CPPUNIT_TEST(pruningKeepsTheLastDeliveredChange);
    CPPUNIT_TEST(oldDeliveredChangesAreDeletedAndTheFeedGoesOn);
    CPPUNIT_TEST_SUITE_END();

public:
    RelayTest() : DeliveryFixture(engine) {}

    void changesAreDeliveredInBatchesAndOnce()
    {
        putRows(1'200, "a");
        syncAndDeliver();
        check();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1'200}, world_->ledger.applied);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, world_->ledger.batches);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->ledger.epochStarts);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1'200}, feed().ackedSeq);
        world_->pump();
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, world_->ledger.batches);
    }

    void nothingIsToldOfATenantThatIsErased()
    {
        putRows(3, "a");
        world_->sync();
        const auto erase = [&](bool under)
        {
            CPPUNIT_ASSERT(world_->plain
                               .write(
                                   [&](store::Unit& unit) -> Result<void>
                                   {
                                       store::TenantErasureRepository one(unit, world_->tenant);
                                       if (under)
                                           one.begin({});
                                       else
                                           one.end();
                                       return success();
                                   })
                               .ok());
        };
        erase(true);
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, world_->ledger.applied);
        erase(false);
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, world_->ledger.applied);
    }

    void aLostAnswerIsReadFromTheWatermark()
    {
        putRows(3, "a");
        world_->sync();
        world_->ledger.losesAnswers = 1;
        world_->pump();
        putRows(2, "b");
        syncAndDeliver();
        check();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{5}, world_->ledger.applied);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->ledger.epochStarts);
    }

    void aCrashOfTheHostBeforeItsCommitIsSentAgain()
    {
        putRows(3, "a");
        world_->sync();
        world_->ledger.failsBefore = 2;
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, world_->ledger.applied);
        world_->pump();
        world_->pump();
        check();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, world_->ledger.applied);
    }

    void anUnknownWatermarkStopsOnlyThisCall()
    {
        putRows(3, "a");
        world_->sync();
        world_->ledger.watermarkFails = true;
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->ledger.batches);
        world_->ledger.watermarkFails = false;
        world_->pump();
        check();
    }

    /// The plugin died between the host's yes and its own note of it.
    void aStaleNoteOfWhatIsDeliveredIsIgnored()
    {
        putRows(5, "a");
        syncAndDeliver();
        const auto batches = world_->ledger.batches;
        write("UPDATE feed SET acked_seq = 1");
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(batches, world_->ledger.batches);
        CPPUNIT_ASSERT_EQUAL(feed().nextSeq - 1, feed().ackedSeq);
        check();
    }

    void booksThatSayThatThereIsAGapAreAskedAgainAndHoldNothing()
    {
        putRows(2, "a");
        world_->sync();
        for (const auto reason : {RefusalReason::Gap, RefusalReason::Epoch})
        {
            world_->ledger.refuses["Assets:checking"] = reason;
            world_->pump();
            CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
            CPPUNIT_ASSERT(!noticeOpen("checking"));
        }
        world_->ledger.refuses.clear();
        world_->pump();
        check();
    }

    void aRefusedChangeHoldsItsFeedAndOthersGoOn()
    {
        putRows(3, "a");
        putRows(3, "s", "savings");
        world_->sync();
        world_->ledger.refuses["Assets:checking"] = RefusalReason::Currency;
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::string("held"), feed().state);
        CPPUNIT_ASSERT_EQUAL(std::string("currency"), feed().heldReason);
        CPPUNIT_ASSERT(noticeOpen("checking"));
        const auto notices = world_->look(
            [](store::Unit& unit) { return store::NoticeRepository(unit, "main").openOnes(); });
        CPPUNIT_ASSERT(
            notices.front().params.find("\"bank_account_id\":\"acc_") != std::string::npos);
        world_->checkBooks("savings", "Assets:savings");
        const auto batches = world_->ledger.batches;
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(batches, world_->ledger.batches);
    }

    void aHoldEndsWhenItsCauseIsGone()
    {
        putRows(3, "a");
        world_->sync();
        world_->ledger.refuses["Assets:checking"] = RefusalReason::UnknownAccount;
        world_->pump();
        world_->clock.advanceMs(16 * 60 * 1000);
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::string("held"), feed().state);
        world_->ledger.refuses.clear();
        world_->clock.advanceMs(16 * 60 * 1000);
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        CPPUNIT_ASSERT(!noticeOpen("checking"));
        check();
    }

    void aHoldThatAPersonGaveUpIsTriedOnInSilence()
    {
        putRows(3, "a");
        world_->sync();
        world_->ledger.refuses["Assets:checking"] = RefusalReason::UnknownAccount;
        world_->pump();
        CPPUNIT_ASSERT(noticeOpen("checking"));
        // While something still comes, nobody gives up: the notice stands again.
        write("UPDATE notice SET cleared_at = 1 WHERE cleared_at IS NULL");
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT(noticeOpen("checking"));
        write("UPDATE connection SET removed_at = 1");
        write("UPDATE notice SET cleared_at = 1 WHERE cleared_at IS NULL");
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT(!noticeOpen("checking"));
        write("UPDATE connection SET removed_at = NULL");
        CPPUNIT_ASSERT_EQUAL(std::string("held"), feed().state);
        world_->ledger.refuses.clear();
        world_->restart();
        world_->pump();
        check();
        // Another hold is news.
        putRows(1, "b");
        world_->sync();
        world_->ledger.refuses["Assets:checking"] = RefusalReason::Currency;
        world_->pump();
        CPPUNIT_ASSERT(noticeOpen("checking"));
    }

    void aCallEndsWithItsBatches()
    {
        putRows(1'100, "a");
        putRows(700, "s", "savings");
        world_->sync();
        delivery::Relay relay(
            world_->database, world_->ledger, world_->clock, world_->random, world_->log);
        std::uint64_t delivered = 0;
        for (int call = 0; call < 5; ++call)
        {
            const auto report = relay.pump(1, 1'000);
            CPPUNIT_ASSERT(report.ok());
            CPPUNIT_ASSERT(report->delivered <= 500);
            delivered += report->delivered;
            CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(call + 1), world_->ledger.batches);
        }
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1'800}, delivered);
        check();
    }

    void aBrokenOutboxHoldsItsFeed()
    {
        putRows(3, "a");
        putRows(3, "s", "savings");
        world_->sync();
        write("UPDATE outbox SET units = units + 1 WHERE root_key = '" +
              world_->rootKey(world_->bank.truth().at("a1")) + "'");
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::string("held"), feed().state);
        CPPUNIT_ASSERT_EQUAL(std::string("digest"), feed().heldReason);
        world_->checkBooks("savings", "Assets:savings");
    }

    void pruningKeepsTheLastDeliveredChange()
    {
        putRows(10, "a");
        syncAndDeliver();
        const auto pruned = world_->plain.write(
            [&](store::Unit& unit) -> Result<std::int64_t>
            {
                return store::OutboxRepository(unit, "main")
                    .prune(world_->feedId("checking"), plusMs(world_->clock.now(), 1'000), 500);
            });
        CPPUNIT_ASSERT(pruned.ok());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9}, *pruned);
        const auto epoch = feed().epoch;
        putRows(2, "b");
        world_->sync();
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(epoch, feed().epoch);
        check();
    }

    void oldDeliveredChangesAreDeletedAndTheFeedGoesOn()
    {
        putRows(10, "a");
        syncAndDeliver();
        world_->clock.advanceMs(200LL * 24 * 3600 * 1000);
        putRows(2, "b");
        syncAndDeliver();
        world_->clock.advanceMs(16 * 60 * 1000);
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, world_->count("SELECT COUNT(*) FROM outbox"));
        putRows(1, "c");
        world_->sync();
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->ledger.epochStarts);
        check();
    }
};

using RelayOnSqliteTest = RelayTest<store::Engine::Sqlite>;
using RelayOnPostgresqlTest = RelayTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(RelayOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(RelayOnPostgresqlTest);

} // namespace bankfeed
