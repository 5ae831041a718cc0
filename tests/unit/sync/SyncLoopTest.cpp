// The sync loop: its units, what interrupts it, and who else runs beside it, on both engines.
#include "SyncFixture.h"

#include "base/Limits.h"
#include "store/NoticeRepository.h"
#include "store/SyncLoopRepository.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <string_view>

namespace bankfeed
{

template <store::Engine engine>
class SyncLoopTest final : public testing::TwoAccountsFixture
{
    CPPUNIT_TEST_SUITE(SyncLoopTest);
    CPPUNIT_TEST(aSmallSyncCommitsRowsOutboxAndCursorTogether);
    CPPUNIT_TEST(aLongSyncIsStagedSealedAndApplied);
    CPPUNIT_TEST(nothingIsStagedOfAConnectionThatEndedMeanwhile);
    CPPUNIT_TEST(whatWasSealedIsAppliedAfterTheAccessWasTakenBack);
    CPPUNIT_TEST(whatWasNotSealedIsDroppedAfterTheAccessWasTakenBack);
    CPPUNIT_TEST(noUnitWritesMoreRowsThanTheLimit);
    CPPUNIT_TEST(aPageThatAnotherSyncPassedOverWritesNothing);
    CPPUNIT_TEST(aPageOfALoopThatHasGoneOnMeanwhileIsNotStaged);
    CPPUNIT_TEST(aLostLeaseWritesNothing);
    CPPUNIT_TEST(aSyncThatGoesWellClearsTheNoticeOfRepeatedFailures);
    CPPUNIT_TEST(aPausedConnectionIsNotSynced);
    CPPUNIT_TEST_SUITE_END();

public:
    SyncLoopTest() : TwoAccountsFixture(engine) {}

    void aSmallSyncCommitsRowsOutboxAndCursorTogether()
    {
        linkChecking();
        world_->run();
        putRows(3);
        const auto units = faulty_->writeUnits;
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(units + 1, faulty_->writeUnits);
        CPPUNIT_ASSERT_EQUAL(std::string("c3"), world_->connection().cursor);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, world_->outbox("checking").size());
        CPPUNIT_ASSERT_EQUAL(std::string("complete"), world_->connection().history);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, world_->connection().generation);
        CPPUNIT_ASSERT(world_->connection().lastSuccessAt.has_value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->wakesOfPump);
        world_->checkMirror();
    }

    void whatWasSealedIsAppliedAfterTheAccessWasTakenBack()
    {
        for (const std::int64_t applied : {0, 1})
        {
            tearDown();
            setUp();
            linkChecking();
            world_->run();
            world_->bank.pageSize = 500;
            putRows(2'100);
            readUntil(store::loopState::sealed, applied);
            const std::size_t calls = world_->bank.calls;
            revoke(store::connectionState::revoked);
            world_->run();
            CPPUNIT_ASSERT_EQUAL(calls, world_->bank.calls);
            CPPUNIT_ASSERT_EQUAL(std::int64_t{2'100}, world_->count("SELECT COUNT(*) FROM outbox"));
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM sync_stage"));
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM job"));
            world_->checkMirror();
        }
    }

    void whatWasNotSealedIsDroppedAfterTheAccessWasTakenBack()
    {
        linkChecking();
        world_->run();
        world_->bank.pageSize = 500;
        putRows(3'000);
        readUntil(store::loopState::staging);
        const std::size_t calls = world_->bank.calls;
        revoke(store::connectionState::gone);
        world_->run();
        CPPUNIT_ASSERT_EQUAL(calls, world_->bank.calls);
        CPPUNIT_ASSERT(world_->outbox("checking").empty());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM sync_stage"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM sync_loop"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM job"));
        // An access that comes back is read from where the last whole loop ended.
        revoke(store::connectionState::healthy);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3'000}, world_->count("SELECT COUNT(*) FROM outbox"));
        world_->checkMirror();
    }

    void aLongSyncIsStagedSealedAndApplied()
    {
        linkChecking();
        world_->bank.pageSize = 7;
        putRows(60);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("c60"), world_->connection().cursor);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM sync_stage"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM sync_loop"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{60}, world_->outbox("checking").size());
        world_->checkMirror();
    }

    void nothingIsStagedOfAConnectionThatEndedMeanwhile()
    {
        linkChecking();
        world_->bank.pageSize = 7;
        putRows(60);
        world_->bank.afterPage = [&]
        {
            const auto ended = world_->plain.write(
                [&](store::Unit& unit) -> Result<void>
                {
                    store::ConnectionRepository(unit, world_->tenant)
                        .markRemoved(world_->connectionId, "disconnected", world_->clock.now());
                    return success();
                });
            CPPUNIT_ASSERT(ended.ok());
        };
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM sync_stage"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM sync_loop"));
    }

    void noUnitWritesMoreRowsThanTheLimit()
    {
        linkChecking();
        putRows(1'234);
        world_->sync();
        CPPUNIT_ASSERT(faulty_->rowsInUnitMax <= static_cast<std::int64_t>(limits::rowsPerUnit));
        world_->checkMirror();
        world_->pump();
        world_->checkBooks("checking", "Assets:Checking");
    }

    void aPageThatAnotherSyncPassedOverWritesNothing()
    {
        linkChecking();
        world_->run();
        for (const char* meanwhile : {"UPDATE connection SET generation = generation + 1",
                 "UPDATE connection SET cursor = 'another'"})
        {
            putRows(1);
            world_->bank.afterPage = [&] { write(meanwhile); };
            const auto cursor = world_->connection().cursor;
            world_->ask(store::job::sync, world_->connectionId);
            CPPUNIT_ASSERT(world_->runOne());
            CPPUNIT_ASSERT(!world_->bank.afterPage);
            CPPUNIT_ASSERT_EQUAL(
                std::int64_t{0}, world_->count("SELECT COUNT(*) FROM bank_transaction"));
            CPPUNIT_ASSERT(world_->outbox("checking").empty());
            write("UPDATE connection SET cursor = '" + cursor + "'");
        }
        world_->sync();
        world_->checkMirror();
    }

    void aPageOfALoopThatHasGoneOnMeanwhileIsNotStaged()
    {
        linkChecking();
        world_->run();
        world_->bank.pageSize = 2;
        putRows(7);
        for (const char* meanwhile :
            {"UPDATE sync_loop SET pages = pages + 1", "UPDATE sync_loop SET cursor = 'another'",
                "UPDATE sync_loop SET loop_id = 'loop_other'",
                "UPDATE sync_loop SET state = 'sealed'", "DELETE FROM sync_loop"})
        {
            world_->ask(store::job::sync, world_->connectionId);
            CPPUNIT_ASSERT(world_->runOne());
            const auto staged = world_->count("SELECT COUNT(*) FROM sync_stage");
            CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, staged);
            world_->bank.afterPage = [&] { write(meanwhile); };
            CPPUNIT_ASSERT(world_->runOne());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                meanwhile, staged, world_->count("SELECT COUNT(*) FROM sync_stage"));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(meanwhile, std::string(), world_->connection().cursor);
            write("DELETE FROM sync_loop");
            write("DELETE FROM sync_stage");
            write("DELETE FROM job");
        }
        world_->sync();
        world_->checkMirror();
        CPPUNIT_ASSERT_EQUAL(std::size_t{7}, world_->outbox("checking").size());
    }

    void aLostLeaseWritesNothing()
    {
        linkChecking();
        world_->run();
        putRows(3);
        world_->bank.beforePage = [&](std::size_t)
        {
            // Somebody else takes the job over while the bank is slow.
            world_->bank.beforePage = nullptr;
            world_->clock.advanceMs(limits::jobLeaseMs + 1);
            const auto taken = world_->plain.write(
                [&](store::Unit& unit) -> Result<bool> {
                    return store::JobRepository(unit)
                        .claim(world_->clock.now(), limits::jobLeaseMs)
                        .has_value();
                });
            CPPUNIT_ASSERT(taken.ok() && *taken);
        };
        world_->ask(store::job::sync, world_->connectionId);
        CPPUNIT_ASSERT(world_->runOne());
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{0}, world_->count("SELECT COUNT(*) FROM bank_transaction"));
        CPPUNIT_ASSERT_EQUAL(std::string(), world_->connection().cursor);
        world_->clock.advanceMs(limits::jobLeaseMs + 1);
        world_->run();
        world_->checkMirror();
    }

    void aSyncThatGoesWellClearsTheNoticeOfRepeatedFailures()
    {
        putRows(1);
        CPPUNIT_ASSERT(world_->plain
                           .write(
                               [&](store::Unit& unit) -> Result<void>
                               {
                                   store::NoticeRepository(unit, world_->tenant)
                                       .open(world_->random, store::notice::syncFailing,
                                           world_->connectionId, "warning", "{}",
                                           world_->clock.now());
                                   return success();
                               })
                           .ok());
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{0}, world_->count("SELECT COUNT(*) FROM notice WHERE cleared_at IS NULL"));
    }

    void aPausedConnectionIsNotSynced()
    {
        putRows(1);
        CPPUNIT_ASSERT(world_->plain
                           .write(
                               [&](store::Unit& unit) -> Result<void>
                               {
                                   store::ConnectionRepository(unit, "main")
                                       .pause(world_->connectionId, world_->clock.now(), "Ada");
                                   return success();
                               })
                           .ok());
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->bank.calls);
    }

private:
    /// Reads until the loop has that state, and at least `applied` rows are applied.
    void readUntil(std::string_view state, std::int64_t applied = 0)
    {
        world_->ask(store::job::sync, world_->connection().id);
        for (int i = 0; i < 200; ++i)
        {
            const auto loop = world_->look([&](store::Unit& unit)
                { return store::SyncLoopRepository(unit, "main").find(world_->connectionId); });
            if (loop && loop->state == state && loop->pages > 2 && loop->applied >= applied) return;
            CPPUNIT_ASSERT(world_->runOne());
        }
        CPPUNIT_FAIL("the loop never came so far");
    }

    void revoke(std::string_view state)
    {
        write(
            [&](store::Unit& unit)
            {
                store::ConnectionRepository(unit, "main")
                    .setState(world_->connectionId, state, "USER_PERMISSION_REVOKED");
            });
    }
};

using SyncLoopOnSqliteTest = SyncLoopTest<store::Engine::Sqlite>;
using SyncLoopOnPostgresqlTest = SyncLoopTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(SyncLoopOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(SyncLoopOnPostgresqlTest);

} // namespace bankfeed
