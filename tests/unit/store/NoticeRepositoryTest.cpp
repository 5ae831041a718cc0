#include "store/NoticeRepository.h"
#include "store/AuditRepository.h"
#include "support/BothEngines.h"
#include "support/SeededRandom.h"

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::good;
using bankfeed::testing::onBothEngines;
using bankfeed::testing::SeededRandom;
using bankfeed::testing::TestDatabase;

class NoticeRepositoryTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(NoticeRepositoryTest);
    CPPUNIT_TEST(aNoticeIsOpenUntilItsCauseIsGone);
    CPPUNIT_TEST(anOpenNoticeIsBroughtUpToDate);
    CPPUNIT_TEST(aTenantSeesItsOwn);
    CPPUNIT_TEST(theAuditLogSaysOnceThatANoticeOpened);
    CPPUNIT_TEST_SUITE_END();

    template <class Call>
    static void inUnit(TestDatabase& database, const std::string& tenant, Call&& call)
    {
        good(database->write(
            [&](Unit& unit) -> Result<void>
            {
                NoticeRepository notices(unit, tenant);
                call(notices);
                return success();
            }));
    }

public:
    void aNoticeIsOpenUntilItsCauseIsGone()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                SeededRandom random(1);
                inUnit(database, "t1",
                    [&](NoticeRepository& notices)
                    {
                        CPPUNIT_ASSERT(!notices.isOpen(notice::needsLogin, "c1"));
                        CPPUNIT_ASSERT(
                            notices.open(random, notice::needsLogin, "c1", "error", "{}", {10}));
                        CPPUNIT_ASSERT(notices.isOpen(notice::needsLogin, "c1"));
                        CPPUNIT_ASSERT(!notices.isOpen(notice::newAccounts, "c1"));
                        CPPUNIT_ASSERT(notices.clear(notice::needsLogin, "c1", {20}));
                        CPPUNIT_ASSERT(!notices.clear(notice::needsLogin, "c1", {30}));
                        CPPUNIT_ASSERT(!notices.isOpen(notice::needsLogin, "c1"));
                        CPPUNIT_ASSERT(notices.openOnes().empty());
                        CPPUNIT_ASSERT(
                            notices.open(random, notice::needsLogin, "c1", "error", "{}", {40}));
                    });
            });
    }

    void anOpenNoticeIsBroughtUpToDate()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                SeededRandom random(2);
                inUnit(database, "t1",
                    [&](NoticeRepository& notices)
                    {
                        notices.open(random, notice::newAccounts, "c1", "info", "{\"n\":1}", {10});
                        notices.open(random, notice::needsLogin, "c1", "error", "{}", {5});
                        CPPUNIT_ASSERT(!notices.open(
                            random, notice::newAccounts, "c1", "warning", "{\"n\":2}", {20}));
                        const auto open = notices.openOnes();
                        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, open.size());
                        CPPUNIT_ASSERT_EQUAL(std::string(notice::needsLogin), open[1].kind);
                        CPPUNIT_ASSERT_EQUAL(std::string("warning"), open[0].severity);
                        CPPUNIT_ASSERT_EQUAL(std::string("{\"n\":2}"), open[0].params);
                        CPPUNIT_ASSERT(UtcTime{10} == open[0].openedAt);
                    });
            });
    }

    void theAuditLogSaysOnceThatANoticeOpened()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                SeededRandom random(4);
                good(database->write(
                    [&](Unit& unit) -> Result<void>
                    {
                        NoticeRepository notices(unit, "t1");
                        notices.open(random, notice::feedHeld, "f1", "error", "{\"n\":1}", {10});
                        notices.open(random, notice::feedHeld, "f1", "error", "{\"n\":2}", {20});
                        const auto entries = AuditRepository(unit, "t1").entries(0, 10);
                        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, entries.size());
                        CPPUNIT_ASSERT_EQUAL(std::string("notice.opened"), entries[0].action);
                        CPPUNIT_ASSERT_EQUAL(std::string("f1"), entries[0].subject);
                        CPPUNIT_ASSERT_EQUAL(
                            std::string("{\"kind\":\"feed_held\",\"params\":{\"n\":1}}"),
                            entries[0].detail);
                        return success();
                    }));
            });
    }

    void aTenantSeesItsOwn()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                SeededRandom random(3);
                inUnit(database, "t1",
                    [&](NoticeRepository& notices)
                    { notices.open(random, notice::setupWrong, "", "error", "{}", {1}); });
                inUnit(database, "t2",
                    [&](NoticeRepository& notices)
                    {
                        CPPUNIT_ASSERT(notices.openOnes().empty());
                        CPPUNIT_ASSERT(!notices.clear(notice::setupWrong, "", {2}));
                        CPPUNIT_ASSERT(
                            notices.open(random, notice::setupWrong, "", "error", "{}", {1}));
                    });
                inUnit(database, "t1",
                    [&](NoticeRepository& notices)
                    { CPPUNIT_ASSERT(notices.isOpen(notice::setupWrong, "")); });
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(NoticeRepositoryTest);
