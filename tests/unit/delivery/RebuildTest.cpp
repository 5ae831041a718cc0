// Feeds that are written anew while syncs, other processes and the books do what they do, on both
// engines.
#include "support/PluginBackup.h"
#include "unit/delivery/DeliveryFixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace bankfeed
{

using testing::BankRow;
using testing::DeliveryFixture;
using testing::FaultyDatabase;
using testing::PluginBackup;
using testing::SyncWorld;

template <store::Engine engine>
class RebuildTest : public DeliveryFixture
{
    CPPUNIT_TEST_SUITE(RebuildTest);
    CPPUNIT_TEST(aSyncThatLandsInARebuildHoldsNothing);
    CPPUNIT_TEST(aRowThatComesWhileTheBooksAreAskedIsToldByTheRebuild);
    CPPUNIT_TEST(anOpeningBalanceThatComesWhileTheBooksAreAskedIsToldByTheRebuild);
    CPPUNIT_TEST(rowsThatAnotherProcessHasRebuiltMeanwhileAreAskedForAgain);
    CPPUNIT_TEST(aConflictThatNoRebuildEndsIsHeldHoweverShortTheCallsAre);
    CPPUNIT_TEST(anOpeningBalanceThatTheBooksHoldOtherwiseIsMeasuredAnewAfterARebuild);
    CPPUNIT_TEST(aRebuildTellsNothingOfWordsThatTheBooksAreNeverTold);
    CPPUNIT_TEST(aRebuildThatHasNothingToTellComesToAnEnd);
    CPPUNIT_TEST(aRebuildWaitsForBooksThatDoNotAnswer);
    CPPUNIT_TEST(aRebuildThatBreaksIsHeldAndGoesOnWhenItCan);
    CPPUNIT_TEST_SUITE_END();

public:
    RebuildTest() : DeliveryFixture(engine) {}

private:
    /// Runs `meanwhile` once, while a rebuild that has come to `place` asks the books. How often
    /// the books were asked.
    int rebuildBeside(const std::string& place, const std::function<void()>& meanwhile)
    {
        write(
            "UPDATE feed SET epoch = epoch + 2, base = '' WHERE feed_id = '" + feed().feedId + "'");
        world_->restart();
        int asked = 0;
        bool ran = false;
        world_->ledger.beforeHeads = [&]
        {
            ++asked;
            if (ran || feed().rebuildAfter != place) return;
            ran = true;
            meanwhile();
        };
        world_->pump();
        world_->ledger.beforeHeads = nullptr;
        CPPUNIT_ASSERT(ran);
        return asked;
    }

    void measureOpenings()
    {
        write("UPDATE account_link SET opening = 'due'");
        world_->sync();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:checking"));
    }

    /// Each lands behind the place that the rebuild has come to, so that the rebuild does not ask
    /// for what the books know of these rows.
    void aSyncThatLandsInARebuildHoldsNothing()
    {
        putRows(600, "a");
        world_->sync();
        world_->pump();
        PluginBackup backup(world_->plain);
        world_->ledger.listsEntries = false;
        for (const std::string row : {"b", "c"})
        {
            putRows(20, row);
            world_->sync();
            for (int i = 0; i < 20; ++i)
            {
                BankRow renamed = world_->bank.truth().at(row + std::to_string(i));
                renamed.merchant = "Blue Bottle";
                world_->bank.put(renamed);
            }
        }
        world_->pump();
        const auto posts = world_->ledger.posts;
        backup.restore();
        world_->restart();
        world_->bank.heldBack = 40; // The first sync brings b, the second c.
        std::set<std::uint64_t> epochs;
        world_->ledger.beforeHeads = [&]
        {
            const store::Feed now = feed();
            if (!now.rebuildAfter.starts_with("tx1_") || !epochs.insert(now.epoch).second) return;
            world_->sync();
            world_->bank.heldBack = 0;
        };
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, epochs.size());
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        CPPUNIT_ASSERT(!noticeOpen("checking"));
        CPPUNIT_ASSERT_EQUAL(posts, world_->ledger.posts);
        check();
    }

    void aRowThatComesWhileTheBooksAreAskedIsToldByTheRebuild()
    {
        putRows(5, "a");
        world_->sync();
        world_->pump();
        (void)rebuildBeside("ob1_~",
            [&]
            {
                putRows(5, "b");
                world_->sync();
            });
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        check();
    }

    void anOpeningBalanceThatComesWhileTheBooksAreAskedIsToldByTheRebuild()
    {
        putRows(5, "a");
        measureOpenings();
        world_->unlink(links_["checking"]);
        world_->clock.advanceMs(1);
        const std::string later =
            world_->link("acc_main_checking", "Assets:later", "2026-01-20", true);
        (void)rebuildBeside("",
            [&]
            {
                // One that was being written as the rebuild began.
                write("UPDATE account_link SET opening = 'posted', opening_units = 77, "
                      "opening_on = '2026-01-20', opening_revision = 1, opening_ordinal = 2 "
                      "WHERE link_id = '" +
                      later + "'");
            });
        CPPUNIT_ASSERT_EQUAL(std::int64_t{77}, world_->ledger.sum("Assets:later"));
    }

    void rowsThatAnotherProcessHasRebuiltMeanwhileAreAskedForAgain()
    {
        putRows(5, "a");
        world_->sync();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(1, rebuildBeside("ob1_~", [] {}));
        for (const char* meanwhile :
            {"UPDATE feed SET epoch = epoch + 2", "UPDATE feed SET rebuild_after = 'ob1_~~'"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                meanwhile, 2, rebuildBeside("ob1_~", [&] { write(meanwhile); }));
        (void)rebuildBeside("ob1_~", [&] { write("UPDATE feed SET state = 'active'"); });
        CPPUNIT_ASSERT_EQUAL(std::string("ob1_~"), feed().rebuildAfter);
        check();
    }

    void aConflictThatNoRebuildEndsIsHeldHoweverShortTheCallsAre()
    {
        putRows(3, "a");
        world_->sync();
        world_->ledger.refuses["Assets:checking"] = RefusalReason::NoEntry;
        delivery::Relay relay(
            world_->database, world_->ledger, world_->clock, world_->random, world_->log);
        for (int call = 0; call < 20; ++call)
            CPPUNIT_ASSERT(relay.pump(1, 1'000).ok());
        CPPUNIT_ASSERT_EQUAL(std::string("held"), feed().state);
        CPPUNIT_ASSERT_EQUAL(std::string("no_entry"), feed().heldReason);
        CPPUNIT_ASSERT(noticeOpen("checking"));
        // One, and not one for each call.
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, world_->ledger.batches);
        world_->ledger.refuses.clear();
        world_->clock.advanceMs(16 * 60 * 1000);
        CPPUNIT_ASSERT(relay.pump(10, 1'000).ok());
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        check();
    }

    void anOpeningBalanceThatTheBooksHoldOtherwiseIsMeasuredAnewAfterARebuild()
    {
        putRows(3, "a");
        measureOpenings();
        PluginBackup backup(world_->plain);
        world_->bank.addAccount({"checking", "USD", 70'000});
        measureOpenings();
        world_->bank.addAccount({"checking", "USD", 5'000});
        backup.restore();
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        world_->run();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:checking"));
        // The next one goes on above what the books hold now.
        const auto epoch = feed().epoch;
        world_->bank.addAccount({"checking", "USD", 9'000});
        measureOpenings();
        CPPUNIT_ASSERT_EQUAL(epoch, feed().epoch);
    }

    void aRebuildTellsNothingOfWordsThatTheBooksAreNeverTold()
    {
        putRows(2, "a");
        world_->sync();
        world_->pump();
        BankRow row = world_->bank.truth().at("a0");
        row.merchant = "Blue Bottle"; // The provider's guess: no reason for an amend.
        world_->bank.put(row);
        world_->sync();
        world_->pump();
        write("UPDATE feed SET epoch = epoch + 2");
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, world_->ledger.amends);
        check();
    }

    void aRebuildThatHasNothingToTellComesToAnEnd()
    {
        putRows(2, "a");
        world_->sync();
        world_->pump();
        write("UPDATE feed SET epoch = epoch + 2");
        world_->restart();
        world_->pump();
        const auto epoch = feed().epoch;
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(epoch, feed().epoch);
        putRows(1, "b");
        world_->sync();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(epoch, feed().epoch);
        check();
    }

    void aRebuildThatBreaksIsHeldAndGoesOnWhenItCan()
    {
        putRows(600, "a");
        world_->sync();
        world_->pump();
        write(
            "UPDATE feed SET epoch = epoch + 2, base = '' WHERE feed_id = '" + feed().feedId + "'");
        world_->restart();
        int asked = 0;
        world_->ledger.beforeHeads = [&]
        {
            ++asked;
            throw BrokenInvariant("A state that must not exist.");
        };
        world_->pump();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(1, asked);
        CPPUNIT_ASSERT(noticeOpen("checking"));
        CPPUNIT_ASSERT_EQUAL(std::string("broken"), feed().heldReason);
        CPPUNIT_ASSERT_EQUAL(std::string("rebuilding"), feed().state);
        putRows(2, "b"); // What comes meanwhile is the rebuild's.
        world_->sync();
        world_->clock.advanceMs(16 * 60 * 1000);
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(2, asked);
        int onHold = 0;
        int calls = 0;
        world_->ledger.beforeHeads = [&]
        {
            ++calls;
            onHold += feed().onHold() ? 1 : 0;
        };
        world_->clock.advanceMs(16 * 60 * 1000);
        world_->pump();
        world_->ledger.beforeHeads = nullptr;
        // It ends with the first portion, so that the others do not wait for the next round.
        CPPUNIT_ASSERT(calls > 1);
        CPPUNIT_ASSERT_EQUAL(1, onHold);
        CPPUNIT_ASSERT(!noticeOpen("checking"));
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        CPPUNIT_ASSERT(!feed().onHold());
        check();
    }

    void aRebuildWaitsForBooksThatDoNotAnswer()
    {
        putRows(2, "a");
        world_->sync();
        world_->pump();
        write("UPDATE feed SET epoch = epoch + 2");
        world_->restart();
        world_->ledger.headsFail = true;
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::string("rebuilding"), feed().state);
        world_->ledger.headsFail = false;
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, world_->ledger.applied);
        check();
    }
};

using RebuildOnSqliteTest = RebuildTest<store::Engine::Sqlite>;
using RebuildOnPostgresqlTest = RebuildTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(RebuildOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(RebuildOnPostgresqlTest);

} // namespace bankfeed
