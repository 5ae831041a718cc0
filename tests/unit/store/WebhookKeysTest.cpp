#include "store/WebhookKeys.h"
#include "support/BothEngines.h"

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::good;
using bankfeed::testing::onBothEngines;
using bankfeed::testing::TestDatabase;

class WebhookKeysTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(WebhookKeysTest);
    CPPUNIT_TEST(keysAreThereAfterARestart);
    CPPUNIT_TEST(theSixteenLatestAreKept);
    CPPUNIT_TEST_SUITE_END();

public:
    void keysAreThereAfterARestart()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                {
                    WebhookKeys keys(*database);
                    good(keys.keep({"one", "{}"}, {1}));
                    good(keys.keep({"two", "{}"}, {2}));
                    good(keys.keep({"one", "{\"newer\":1}"}, {3}));
                }
                database.reopen();
                WebhookKeys keys(*database);
                const auto all = keys.load({1});
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, good(all)->size());
                CPPUNIT_ASSERT_EQUAL(std::string("one"), (*all)[0].keyId);
                CPPUNIT_ASSERT_EQUAL(std::string("{\"newer\":1}"), (*all)[0].answer);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, good(keys.load({2}))->size());
            });
    }

    void theSixteenLatestAreKept()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                WebhookKeys keys(*database);
                for (std::int64_t i = 1; i <= 20; ++i)
                    good(keys.keep({"key-" + std::to_string(i), "{}"}, {i}));
                const auto all = keys.load({0});
                CPPUNIT_ASSERT_EQUAL(std::size_t{16}, good(all)->size());
                CPPUNIT_ASSERT_EQUAL(std::string("key-20"), all->front().keyId);
                CPPUNIT_ASSERT_EQUAL(std::string("key-5"), all->back().keyId);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WebhookKeysTest);
