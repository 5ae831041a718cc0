// A loop of many pages that the bank's data, or the bank, does not let come to its end.
#include "Passing.h"

using namespace bankfeed;
using namespace bankfeed::testing;

namespace
{

constexpr const char* syncPath = "/transactions/sync";

} // namespace

class PagingFaultsTest : public PassingFault
{
    CPPUNIT_TEST_SUITE(PagingFaultsTest);
    CPPUNIT_TEST(beginsAgainAfterAMutation);
    CPPUNIT_TEST(beginsAgainWhenTheDataReallyChanges);
    CPPUNIT_TEST(beginsAgainAfterEachOfFiveMutations);
    CPPUNIT_TEST(readsEverythingAnewAfterTheSixthMutation);
    CPPUNIT_TEST(givesUpForTheTimeBeingWhenMutationsNeverEnd);
    CPPUNIT_TEST(appliesNothingOfALoopThatFailsInTheMiddle);
    CPPUNIT_TEST(beginsAtTheFirstCursorAgainAfterACrashInTheMiddle);
    CPPUNIT_TEST(stopsAtACursorThatRepeats);
    CPPUNIT_TEST(stopsAtPagesWithoutAnEnd);
    CPPUNIT_TEST(keepsOneRowThatComesOnTwoPages);
    CPPUNIT_TEST(passesOverTheRemovalOfARowThatNeverWas);
    CPPUNIT_TEST(readsEverythingAnewWhenTheCursorIsOfAnotherItem);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        PassingFault::setUp();
        world_->pull("/_sim/settings", {{"page_size_cap", 20}});
    }

    void beginsAgainAfterAMutation()
    {
        world_->fault("mutation", {{"page", 3}});
        news();
        world_->settle();
        stillBefore();
        world_->pass(60);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->faultsWaiting());
        CPPUNIT_ASSERT(world_->calls(syncPath) <= 20);
        allIsWell();
    }

    void beginsAgainWhenTheDataReallyChanges()
    {
        world_->fault("late_change", {{"page", 3}});
        news();
        world_->pass(60);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->faultsWaiting());
        CPPUNIT_ASSERT(world_->calls(syncPath) <= 20);
        allIsWell();
    }

    void beginsAgainAfterEachOfFiveMutations()
    {
        world_->fault("mutation", {{"page", 2}, {"count", 5}});
        news();
        world_->pass(300);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->faultsWaiting());
        CPPUNIT_ASSERT_EQUAL_MESSAGE("it was not read anew", std::size_t{0}, fromTheBeginning());
        allIsWell();
    }

    void readsEverythingAnewAfterTheSixthMutation()
    {
        world_->fault("mutation", {{"page", 2}, {"count", 6}});
        news();
        world_->pass(600);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->faultsWaiting());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, fromTheBeginning());
        allIsWell();
    }

    void givesUpForTheTimeBeingWhenMutationsNeverEnd()
    {
        world_->fault("mutation", {{"page", 2}, {"count", -1}});
        news();
        world_->pass(7'200);
        CPPUNIT_ASSERT_EQUAL(std::string("healthy"), world_->connection(id_).state);
        CPPUNIT_ASSERT(world_->notices() == std::vector<std::string>{"sync_failing"});
        CPPUNIT_ASSERT_EQUAL(before_.cursor, world_->connection(id_).cursor);
        // Twelve tries of the job; each is six loops of two pages, the first twelve loops.
        CPPUNIT_ASSERT(world_->calls(syncPath) <= 13 * 12);
        world_->clearFaults();
        world_->pass(22'000, false);
        allIsWell();
    }

    void appliesNothingOfALoopThatFailsInTheMiddle()
    {
        world_->fault("http_500", {{"endpoint", syncPath}, {"page", 3}});
        news();
        world_->settle();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->faultsWaiting());
        stillBefore();
        untouched("healthy");
        world_->pass(10);
        CPPUNIT_ASSERT(world_->calls(syncPath) <= 20);
        allIsWell();
    }

    void beginsAtTheFirstCursorAgainAfterACrashInTheMiddle()
    {
        world_->fault("http_500", {{"endpoint", syncPath}, {"page", 3}});
        news();
        world_->settle();
        world_->restart();
        stillBefore();
        world_->pass(60);
        allIsWell();
    }

    void stopsAtACursorThatRepeats()
    {
        world_->fault("same_cursor", {{"count", -1}});
        neverEnds("sync.cursor_repeats");
        CPPUNIT_ASSERT(world_->calls(syncPath) <= 13);
        heals();
    }

    void stopsAtPagesWithoutAnEnd()
    {
        world_->fault("endless_more", {{"count", -1}});
        // Behind the last page the bank gives its cursor again and again.
        neverEnds("sync.cursor_repeats");
        CPPUNIT_ASSERT(world_->calls(syncPath) <= 12 * 9);
        heals();
    }

    void keepsOneRowThatComesOnTwoPages()
    {
        world_->fault("repeated_row", {{"page", 2}});
        news();
        world_->pass(10);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->faultsWaiting());
        allIsWell();
    }

    void passesOverTheRemovalOfARowThatNeverWas()
    {
        world_->fault("unknown_removal");
        const auto voids = world_->books.entries.voids;
        world_->post("1.23", "Beside a removal");
        world_->settle();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->faultsWaiting());
        CPPUNIT_ASSERT_EQUAL(voids, world_->books.entries.voids);
        allIsWell();
    }

    void readsEverythingAnewWhenTheCursorIsOfAnotherItem()
    {
        world_->fault("error",
            {{"endpoint", syncPath}, {"status", 400},
                {"body", {{"error_type", "INVALID_REQUEST"}, {"error_code", "INVALID_FIELD"},
                             {"error_message", "cursor not associated with access_token"}}}});
        const auto posts = world_->books.entries.posts;
        world_->post("1.23", "Behind a wrong cursor");
        world_->pass(30);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, fromTheBeginning());
        CPPUNIT_ASSERT_EQUAL_MESSAGE(
            "nothing was posted twice", posts + 1, world_->books.entries.posts);
        allIsWell();
    }

private:
    /// Seven pages of news.
    void news()
    {
        before_ = world_->connection(id_);
        applied_ = world_->books.entries.applied;
        world_->postMany(130);
    }

    void stillBefore()
    {
        CPPUNIT_ASSERT_EQUAL(before_.cursor, world_->connection(id_).cursor);
        CPPUNIT_ASSERT(!world_->mirrorHolds("Row 0"));
        CPPUNIT_ASSERT_EQUAL(applied_, world_->books.entries.applied);
    }

    /// How many loops asked without a cursor.
    [[nodiscard]] std::size_t fromTheBeginning() const
    {
        std::size_t count = 0;
        const Json all = world_->look("/_sim/requests");
        for (const Json& call : all.at("requests"))
        {
            if (call.at("path") == syncPath && !call.at("request").contains("cursor") &&
                call.at("status") == 200)
                ++count;
        }
        return count;
    }

    void neverEnds(const std::string& code)
    {
        news();
        world_->pass(7'200);
        const auto now = world_->connection(id_);
        CPPUNIT_ASSERT_EQUAL(std::string("healthy"), now.state);
        CPPUNIT_ASSERT_EQUAL(code, now.errorCode);
        CPPUNIT_ASSERT(world_->notices() == std::vector<std::string>{"sync_failing"});
        stillBefore();
    }

    void heals()
    {
        world_->clearFaults();
        world_->pass(22'000, false);
        allIsWell();
    }

    store::Connection before_;
    std::uint64_t applied_ = 0;
};

CPPUNIT_TEST_SUITE_REGISTRATION(PagingFaultsTest);
