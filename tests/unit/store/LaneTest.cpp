#include "store/Lane.h"
#include "support/Moment.h"

#include <cppunit/extensions/HelperMacros.h>

#include <thread>
#include <vector>

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::awaitUntil;

namespace
{

constexpr std::int64_t longWaitMs = 30'000;

} // namespace

class LaneTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LaneTest);
    CPPUNIT_TEST(webhooksGoFirst);
    CPPUNIT_TEST(othersGoAfterAFloodOfWebhooks);
    CPPUNIT_TEST(waitingEndsInTime);
    CPPUNIT_TEST(severalPlacesAreTakenAtOnce);
    CPPUNIT_TEST(closingWaitsForThoseInside);
    CPPUNIT_TEST_SUITE_END();

    /// Lets `turns` queue up behind one occupant, in this order, and gives the order in which they
    /// were served.
    static std::string served(const std::string& turns)
    {
        Lane lane(1);
        (void)lane.enter(Turn::Normal, longWaitMs).ok();
        std::string order;
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < turns.size(); ++i)
        {
            threads.emplace_back(
                [&lane, &order, turn = turns[i]]
                {
                    const auto entered =
                        lane.enter(turn == 'w' ? Turn::First : Turn::Normal, longWaitMs);
                    if (!entered.ok()) return;
                    order.push_back(turn);
                    lane.leave();
                });
            awaitUntil([&] { return lane.waiting() == i + 1; });
        }
        lane.leave();
        for (std::thread& thread : threads)
            thread.join();
        return order;
    }

public:
    void webhooksGoFirst() { CPPUNIT_ASSERT_EQUAL(std::string("wwwnn"), served("nwwnw")); }

    void othersGoAfterAFloodOfWebhooks()
    {
        const std::string flood(static_cast<std::size_t>(Lane::firstsInARow), 'w');
        CPPUNIT_ASSERT_EQUAL(flood + "nwwn", served("nn" + flood + "ww"));
    }

    void waitingEndsInTime()
    {
        Lane lane(1);
        CPPUNIT_ASSERT(lane.enter(Turn::Normal, 0).ok());
        const auto second = lane.enter(Turn::First, 20);
        CPPUNIT_ASSERT(!second.ok() && second.error().code == "store.busy");
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, lane.waiting());
        lane.leave();
        CPPUNIT_ASSERT(lane.enter(Turn::First, 0).ok());
        lane.leave();
    }

    void severalPlacesAreTakenAtOnce()
    {
        Lane lane(2);
        CPPUNIT_ASSERT(lane.enter(Turn::Normal, 0).ok());
        CPPUNIT_ASSERT(lane.enter(Turn::Normal, 0).ok());
        CPPUNIT_ASSERT(!lane.enter(Turn::First, 0).ok());
        lane.leave();
        CPPUNIT_ASSERT(lane.enter(Turn::First, 0).ok());
        lane.leave();
        lane.leave();
        CPPUNIT_ASSERT_THROW(lane.leave(), BrokenInvariant);
    }

    void closingWaitsForThoseInside()
    {
        Lane lane(1);
        CPPUNIT_ASSERT(lane.enter(Turn::Normal, 0).ok());
        Result<void> waited;
        std::thread waiter([&] { waited = lane.enter(Turn::Normal, longWaitMs); });
        awaitUntil([&] { return lane.waiting() == 1; });
        bool left = false;
        std::thread closer(
            [&]
            {
                lane.close();
                CPPUNIT_ASSERT(left);
            });
        waiter.join();
        CPPUNIT_ASSERT(!waited.ok() && waited.error().kind == ErrorKind::Stopping);
        left = true;
        lane.leave();
        closer.join();
        CPPUNIT_ASSERT(lane.enter(Turn::First, longWaitMs).error().kind == ErrorKind::Stopping);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LaneTest);
