// Delivery into books that lose answers, refuse changes and are restored from backups, on both
// engines.
#include "store/TenantErasureRepository.h"
#include "support/PluginBackup.h"
#include "unit/delivery/DeliveryFixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <map>
#include <memory>

namespace bankfeed
{

using testing::BankRow;
using testing::DeliveryFixture;
using testing::FaultyDatabase;
using testing::PluginBackup;
using testing::SyncWorld;

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
    CPPUNIT_TEST(hostRestoredFromBackupGetsTheMissingChangesOnce);
    CPPUNIT_TEST(hostThatLostEverythingGetsEverythingOnce);
    CPPUNIT_TEST(hostBelowTheOldestKeptChangeGetsANewEpoch);
    CPPUNIT_TEST(pluginRestoredFromBackupStartsANewEpochAndBooksNothingTwice);
    CPPUNIT_TEST(anEpochThatIsBuiltAnewBeginsEachLostRowWithItsFirstRevision);
    CPPUNIT_TEST(pluginRestoredWithNewGuessesOfTheProviderBooksNothingTwice);
    CPPUNIT_TEST(aRebuildTakesOverARevisionThatTheBooksHoldWithTheSameContent);
    CPPUNIT_TEST(aConflictWithAnEarlierLifeIsSettledAboveTheHead);
    CPPUNIT_TEST(pluginRestoredAndGrownPastTheBooksIsNoticedByTheDigest);
    CPPUNIT_TEST(bothRestored);
    CPPUNIT_TEST(bothRestoredToDifferentEpochs);
    CPPUNIT_TEST(aSyncBesideARebuildLosesNothing);
    CPPUNIT_TEST(openingBalancesSurviveARebuild);
    CPPUNIT_TEST(aRebuildOfAFeedWithVoidsKeepsThemOut);
    CPPUNIT_TEST(aBrokenOutboxHoldsItsFeed);
    CPPUNIT_TEST(pruningKeepsTheLastDeliveredChange);
    CPPUNIT_TEST(oldDeliveredChangesAreDeletedAndTheFeedGoesOn);
    CPPUNIT_TEST_SUITE_END();

public:
    RelayTest() : DeliveryFixture(engine) {}

private:
    void changesAreDeliveredInBatchesAndOnce()
    {
        putRows(1'200, "a");
        world_->sync();
        world_->pump();
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
        world_->sync();
        world_->pump();
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
        world_->sync();
        world_->pump();
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

    void hostRestoredFromBackupGetsTheMissingChangesOnce()
    {
        putRows(3, "a");
        world_->sync();
        world_->pump();
        const auto backup = world_->ledger.books;
        putRows(4, "b");
        world_->bank.remove("a1");
        world_->sync();
        world_->pump();
        world_->ledger.books = backup;
        world_->restart();
        world_->pump();
        check();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->ledger.epochStarts);
    }

    void hostThatLostEverythingGetsEverythingOnce()
    {
        putRows(3, "a");
        world_->sync();
        world_->pump();
        world_->ledger.books = {};
        world_->restart();
        world_->pump();
        check();
    }

    void hostBelowTheOldestKeptChangeGetsANewEpoch()
    {
        putRows(3, "a");
        world_->sync();
        world_->pump();
        const auto backup = world_->ledger.books;
        putRows(4, "b");
        world_->bank.put({"a0", "checking", 999});
        world_->bank.remove("a1");
        world_->sync();
        world_->pump();
        CPPUNIT_ASSERT(world_->plain
                           .write(
                               [&](store::Unit& unit) -> Result<std::int64_t>
                               {
                                   return store::OutboxRepository(unit, "main")
                                       .prune(world_->feedId("checking"),
                                           plusMs(world_->clock.now(), 1'000), 500);
                               })
                           .ok());
        const auto epoch = feed().epoch;
        world_->ledger.books = backup;
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT(epoch != feed().epoch);
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        check();
    }

    void pluginRestoredFromBackupStartsANewEpochAndBooksNothingTwice()
    {
        putRows(5, "a");
        world_->sync();
        world_->pump();
        PluginBackup backup(world_->plain);
        putRows(4, "b");
        world_->bank.put({"a0", "checking", 999});
        world_->bank.remove("a1");
        world_->sync();
        world_->pump();
        const auto epoch = feed().epoch;
        const auto posts = world_->ledger.posts;
        backup.restore();
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT(epoch != feed().epoch);
        world_->sync();
        world_->pump();
        check();
        CPPUNIT_ASSERT_EQUAL(posts, world_->ledger.posts);
    }

    void anEpochThatIsBuiltAnewBeginsEachLostRowWithItsFirstRevision()
    {
        putRows(2, "a");
        world_->sync();
        world_->pump();
        const auto books = world_->ledger.books;
        PluginBackup backup(world_->plain);
        putRows(2, "b");
        world_->sync();
        world_->pump();
        backup.restore();
        world_->restart();
        world_->pump();
        world_->sync();
        world_->pump();
        world_->bank.put({"b0", "checking", 999}); // Its second revision, in the second epoch.
        world_->sync();
        world_->pump();
        world_->ledger.books = books;
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        check();
    }

    void pluginRestoredWithNewGuessesOfTheProviderBooksNothingTwice()
    {
        putRows(2, "a");
        world_->sync();
        world_->pump();
        PluginBackup backup(world_->plain);
        putRows(2, "b");
        world_->sync();
        world_->pump();
        BankRow row = world_->bank.truth().at("b0");
        row.merchant = "Blue Bottle";
        world_->bank.put(row);
        const auto posts = world_->ledger.posts;
        backup.restore();
        world_->restart();
        world_->sync();
        world_->pump();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        check();
        CPPUNIT_ASSERT_EQUAL(posts, world_->ledger.posts);
    }

    void aRebuildTakesOverARevisionThatTheBooksHoldWithTheSameContent()
    {
        putRows(2, "a");
        world_->sync();
        world_->pump();
        PluginBackup backup(world_->plain);
        const BankRow row = world_->bank.truth().at("a0");
        world_->bank.remove("a0");
        world_->sync();
        world_->bank.put(row);
        world_->sync();
        world_->pump();
        const auto applied = world_->ledger.applied;
        backup.restore();
        world_->restart();
        world_->pump();
        world_->sync();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(applied, world_->ledger.applied);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, world_->row("a0")->revision);
        world_->bank.put({"a0", "checking", 8});
        world_->sync();
        world_->pump();
        check();
    }

    void aConflictWithAnEarlierLifeIsSettledAboveTheHead()
    {
        putRows(2, "a");
        world_->sync();
        world_->pump();
        PluginBackup backup(world_->plain);
        putRows(2, "b");
        world_->sync();
        world_->pump();
        BankRow row = world_->bank.truth().at("b0");
        row.merchant = "Blue Bottle";
        world_->bank.put(row);
        const auto posts = world_->ledger.posts;
        backup.restore();
        world_->restart();
        world_->ledger.listsEntries = false;
        // The rebuild does not know b0 yet; the sync then posts it with other words.
        world_->pump();
        world_->sync();
        const auto epoch = feed().epoch;
        world_->pump();
        CPPUNIT_ASSERT(epoch != feed().epoch);
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        CPPUNIT_ASSERT(!noticeOpen("checking"));
        CPPUNIT_ASSERT_EQUAL(posts, world_->ledger.posts);
        check();
    }

    void pluginRestoredAndGrownPastTheBooksIsNoticedByTheDigest()
    {
        putRows(5, "a");
        world_->sync();
        world_->pump();
        PluginBackup backup(world_->plain);
        putRows(1, "b");
        world_->sync();
        world_->pump();
        const auto epoch = feed().epoch;
        backup.restore();
        // Another change has the number that the books know as b0.
        putRows(2, "c");
        world_->bank.put({"b0", "checking", 321});
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{9}, feed().nextSeq);
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT(epoch != feed().epoch);
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        check();
    }

    void bothRestored()
    {
        putRows(3, "a");
        world_->sync();
        world_->pump();
        const auto books = world_->ledger.books;
        putRows(3, "b");
        world_->sync();
        world_->pump();
        PluginBackup backup(world_->plain);
        putRows(3, "c");
        world_->bank.remove("b1");
        world_->sync();
        world_->pump();
        backup.restore();
        world_->ledger.books = books;
        world_->restart();
        world_->pump();
        world_->sync();
        world_->pump();
        check();
    }

    void bothRestoredToDifferentEpochs()
    {
        putRows(3, "a");
        world_->sync();
        world_->pump();
        PluginBackup backup(world_->plain);
        const auto early = world_->ledger.books;
        putRows(3, "b");
        world_->sync();
        world_->pump();
        const auto late = world_->ledger.books;
        backup.restore();
        world_->restart();
        world_->pump();
        world_->sync();
        world_->pump();
        check();
        // The plugin lives in a second epoch now, and the books go back into the first.
        world_->ledger.books = late;
        world_->restart();
        world_->pump();
        check();
        world_->ledger.books = early;
        world_->restart();
        world_->pump();
        check();
    }

    void aSyncBesideARebuildLosesNothing()
    {
        putRows(1'300, "a");
        world_->sync();
        world_->pump();
        PluginBackup backup(world_->plain);
        world_->bank.put({"a0", "checking", 999});
        putRows(1, "b");
        world_->sync();
        world_->pump();
        backup.restore();
        delivery::Relay relay(
            world_->database, world_->ledger, world_->clock, world_->random, world_->log);
        int syncs = 0;
        for (int call = 0; call < 40; ++call)
        {
            const auto report = relay.pump(1, 1'000);
            CPPUNIT_ASSERT(report.ok());
            if (feed().state != store::feedState::rebuilding || syncs > 6) continue;
            for (int i = 0; i < 40; ++i)
            {
                const std::string id = "a" + std::to_string((syncs * 173 + i * 29) % 1'300);
                if (!world_->bank.truth().contains(id)) continue;
                if (i % 3 == 0)
                    world_->bank.remove(id);
                else
                    world_->bank.put({id, "checking", 5'000 + i});
            }
            world_->bank.put({"new" + std::to_string(syncs), "checking", 17});
            world_->sync();
            ++syncs;
        }
        CPPUNIT_ASSERT(syncs >= 2);
        world_->pump();
        check();
    }

    void openingBalancesSurviveARebuild()
    {
        CPPUNIT_ASSERT(world_->plain
                           .write(
                               [&](store::Unit& unit) -> Result<void>
                               {
                                   unit.execute("UPDATE account_link SET opening = 'due'");
                                   return success();
                               })
                           .ok());
        putRows(3, "a");
        world_->sync();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:checking"));
        PluginBackup backup(world_->plain);
        putRows(2, "b");
        world_->sync();
        world_->pump();
        const auto amends = world_->ledger.amends;
        backup.restore();
        world_->restart();
        world_->pump();
        world_->sync();
        world_->pump();
        check();
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:checking"));
        CPPUNIT_ASSERT_EQUAL(amends, world_->ledger.amends);
        world_->ledger.books = {};
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:checking"));
    }

    void aRebuildOfAFeedWithVoidsKeepsThemOut()
    {
        putRows(4, "a");
        world_->sync();
        world_->pump();
        world_->bank.remove("a0");
        world_->sync();
        world_->pump();
        world_->ledger.books = {};
        write("UPDATE feed SET epoch = epoch + 2");
        world_->restart();
        world_->pump();
        check();
        world_->bank.put({"a0", "checking", 12});
        world_->sync();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
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
        world_->sync();
        world_->pump();
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
        world_->sync();
        world_->pump();
        world_->clock.advanceMs(200LL * 24 * 3600 * 1000);
        putRows(2, "b");
        world_->sync();
        world_->pump();
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
