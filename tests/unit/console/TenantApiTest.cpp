// Goal: only who operates, and repeats the tenant's name, begins its erasure; meanwhile every other
// request says that it is under way, and another tenant notices nothing.
#include "engine/TenantErasure.h"
#include "store/TenantErasureRepository.h"
#include "unit/console/ConsoleWorld.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

class TenantApiTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TenantApiTest);
    CPPUNIT_TEST(theNameMustBeRepeated);
    CPPUNIT_TEST(meanwhileOtherRequestsSayThatItIsUnderWay);
    CPPUNIT_TEST(whatIsYetToEndIsTold);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* confirmed = R"({"confirm":"main"})";

public:
    void theNameMustBeRepeated()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                for (const char* body : {"{}", R"({"confirm":"Main"})", R"({"confirm":"other"})",
                         R"({"confirm":"main "})"})
                    CPPUNIT_ASSERT_EQUAL(std::string("tenant.confirm"),
                        at(w.post("api/tenant/erase", body, 400), "error.code"));
                CPPUNIT_ASSERT_EQUAL(std::string("console.body"),
                    at(w.post("api/tenant/erase", R"({"confirm":"main","x":1})", 400),
                        "error.code"));
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(w.get("api/tenant"), "erasure"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("main"), at(w.post("api/tenant/erase", confirmed, 202), "tenant"));
                CPPUNIT_ASSERT(world.jobAsked(store::job::eraseTenant, "main"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("Ada Admin"), at(w.get("api/tenant"), "erasure.asked_by"));
            });
    }

    void meanwhileOtherRequestsSayThatItIsUnderWay()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                const auto session = w.links.begin();
                w.post("api/tenant/erase", confirmed, 202);
                for (const char* target : {"api/overview", "api/activity", "api/link-sessions/x"})
                {
                    const auto answer = w.ask("GET", target);
                    CPPUNIT_ASSERT_EQUAL(409, answer.status);
                    CPPUNIT_ASSERT_EQUAL(
                        std::string("tenant.erasing"), at(answer.body, "error.code"));
                }
                CPPUNIT_ASSERT_EQUAL(std::string("tenant.erasing"),
                    at(w.post("api/connections/" + connection + "/sync", "", 409), "error.code"));
                w.get("api/session");
                w.get("api/health");
                // Nothing is connected any more by what had begun.
                CPPUNIT_ASSERT(w.links.stored(session).finishedAt.has_value());
                auto stranger = adaPrincipal();
                stranger.tenant = "other";
                CPPUNIT_ASSERT_EQUAL(200, w.ask("GET", "api/overview", "", stranger).status);
                CPPUNIT_ASSERT_EQUAL(std::string("null"),
                    at(w.ask("GET", "api/tenant", "", stranger).body, "erasure"));
            });
    }

    void whatIsYetToEndIsTold()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                w.post("api/tenant/erase", confirmed, 202);
                const auto told = w.get("api/tenant");
                CPPUNIT_ASSERT_EQUAL(std::string("ending_connections"), at(told, "erasure.phase"));
                CPPUNIT_ASSERT_EQUAL(connection, at(told, "erasure.ending.0.connection_id"));
                CPPUNIT_ASSERT_EQUAL(std::string("0"), at(told, "erasure.tokens_lost"));
                w.post("api/tenant/erase", R"({"confirm":"main","give_up_tokens":true})", 202);
                const bool givenUp = world.write([](store::Unit& unit)
                    { return store::TenantErasureRepository(unit, "main").find()->giveUp; });
                CPPUNIT_ASSERT(givenUp);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TenantApiTest);

} // namespace bankfeed::testing
