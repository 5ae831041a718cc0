// Worker threads against an engine whose database does what no database should.
#include "Workers.h"

#include "adapters/SystemClock.h"
#include "engine/ConnectionHealth.h"
#include "support/MemoryLog.h"
#include "support/Moment.h"
#include "support/SeededRandom.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <csignal>
#include <new>

namespace bankfeed::testing
{

namespace
{

/// Has no memory left, whatever it is asked, and notes how the thread that asks handles signals.
class ExhaustedDatabase final : public store::Database
{
public:
    std::atomic<int> asked = 0;
    std::atomic<bool> signalsOpen = false;

    [[nodiscard]] store::Engine engine() const override { return store::Engine::Sqlite; }
    void close() override {}

protected:
    Result<void> runUnit(Mode mode, const std::function<Result<void>(store::Unit&)>&) override
    {
        sigset_t blocked;
        sigemptyset(&blocked);
        pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
        if (sigismember(&blocked, SIGTERM) == 0) signalsOpen = true;
        ++asked;
        if (mode == Mode::Read) throw std::bad_alloc();
        return Error::retry("store.busy", "Not now.");
    }
};

} // namespace

class WorkersTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(WorkersTest);
    CPPUNIT_TEST(aWorkerThatRunsOutOfMemoryGoesOn);
    CPPUNIT_TEST_SUITE_END();

public:
    void aWorkerThatRunsOutOfMemoryGoesOn()
    {
        ExhaustedDatabase database;
        adapters::SystemClock clock;
        SeededRandom random(1);
        MemoryLog log;
        engine::ConnectionHealth health(database, clock, random, log);
        engine::Engine engine(database, clock, random, log, health, {});
        plugin::Workers workers(engine, clock, log);
        workers.start(1);
        awaitUntil([&] { return database.asked >= 4; }); // The second round of claim and look.
        workers.stop();
        CPPUNIT_ASSERT(workers.joinUntil(clock.monoNs() + 60 * nsPerSecond));
        CPPUNIT_ASSERT_MESSAGE("the host's signals reach a worker", !database.signalsOpen);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WorkersTest);

} // namespace bankfeed::testing
