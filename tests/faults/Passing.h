// What every fault that passes has in common: it strikes, nothing has changed, time goes by, and
// all is as it should be.
#pragma once

#include "World.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>

namespace bankfeed::testing
{

/// A bank with two accounts that are connected, fed and in step, before every test.
class PassingFault : public CppUnit::TestFixture
{
public:
    void setUp() override
    {
        world_ = std::make_unique<World>();
        id_ = world_->connected();
        world_->forgetCalls();
    }
    void tearDown() override { world_.reset(); }

protected:
    struct Expected
    {
        std::string endpoint = "/transactions/sync";
        double leastSeconds = 0;     ///< Nothing is tried again before.
        double mostSeconds = 10;     ///< By then all is well again.
        std::size_t callsAtOnce = 1; ///< Of the try that the fault strikes.
        std::size_t callsMost = 3; ///< The try, the next, and one more for a webhook between them.
    };

    void strikesAndPasses(const std::string& kind, Json more, const Expected& expected)
    {
        const bool ofSync = expected.endpoint == "/transactions/sync";
        more["endpoint"] = expected.endpoint;
        const auto before = world_->connection(id_);
        const auto applied = world_->books.entries.applied;
        world_->fault(kind, more);
        const std::string name = world_->post("12.34", "Bought during " + kind);
        world_->settle();
        CPPUNIT_ASSERT_EQUAL_MESSAGE("it has struck", std::size_t{0}, world_->faultsWaiting());
        CPPUNIT_ASSERT_EQUAL(expected.callsAtOnce, world_->calls(expected.endpoint));
        untouched(before.state);
        if (ofSync)
        {
            CPPUNIT_ASSERT_EQUAL(before.cursor, world_->connection(id_).cursor);
            CPPUNIT_ASSERT(!world_->mirrorHolds(name));
            CPPUNIT_ASSERT_EQUAL(applied, world_->books.entries.applied);
        }
        if (expected.leastSeconds > 0)
        {
            world_->pass(expected.leastSeconds);
            CPPUNIT_ASSERT_EQUAL_MESSAGE("it waits; the log: " + world_->logged(),
                expected.callsAtOnce, world_->calls(expected.endpoint));
            untouched(before.state);
        }
        world_->pass(expected.mostSeconds - expected.leastSeconds);
        CPPUNIT_ASSERT(world_->calls(expected.endpoint) <= expected.callsMost);
        CPPUNIT_ASSERT(world_->mirrorHolds(name));
        untouched(before.state);
        allIsWell();
    }

    /// No state, and nobody was told of anything.
    void untouched(const std::string& state)
    {
        CPPUNIT_ASSERT_EQUAL(state, world_->connection(id_).state);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->notices().size());
    }

    void allIsWell()
    {
        world_->checkInStep();
        world_->checkNothingStuck();
        const auto now = world_->connection(id_);
        CPPUNIT_ASSERT_EQUAL(std::string("healthy"), now.state);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->notices().size());
    }

    std::unique_ptr<World> world_;
    std::string id_;
};

} // namespace bankfeed::testing
