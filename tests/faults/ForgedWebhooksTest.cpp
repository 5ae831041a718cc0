// Webhooks that Plaid did not sign, and keys that change or cannot be had.
#include "Passing.h"

using namespace bankfeed;
using namespace bankfeed::testing;

namespace
{

constexpr const char* keyPath = "/webhook_verification_key/get";

} // namespace

class ForgedWebhooksTest : public PassingFault
{
    CPPUNIT_TEST_SUITE(ForgedWebhooksTest);
    CPPUNIT_TEST(refusesOneWithoutASignature);
    CPPUNIT_TEST(refusesAlgorithmNone);
    CPPUNIT_TEST(refusesHs256);
    CPPUNIT_TEST(refusesABadSignature);
    CPPUNIT_TEST(refusesSwappedHalves);
    CPPUNIT_TEST(refusesADerSignature);
    CPPUNIT_TEST(refusesAWrongHashOfTheBody);
    CPPUNIT_TEST(refusesAReindentedBody);
    CPPUNIT_TEST(refusesOneThatIsTooOld);
    CPPUNIT_TEST(refusesOneOfTheFuture);
    CPPUNIT_TEST(refusesAnUnknownKeyAndAsksForItOnce);
    CPPUNIT_TEST(refusesRubbishInPlaceOfAToken);
    CPPUNIT_TEST(refusesAGoodTokenWithAnotherBody);
    CPPUNIT_TEST(refusesAReplayOfFiveMinutesAgo);
    CPPUNIT_TEST(refusesTenMegabytesUnread);
    CPPUNIT_TEST(takesInvalidUtf8ThatIsSignedAndDoesNothing);
    CPPUNIT_TEST(fetchesANewKeyOnce);
    CPPUNIT_TEST(takesBothKeysWhileBothSign);
    CPPUNIT_TEST(waitsForAKeyThatIsSlowToCome);
    CPPUNIT_TEST(waitsForAKeyBehindAnInternalError);
    CPPUNIT_TEST(waitsForAKeyBehindARateLimit);
    CPPUNIT_TEST_SUITE_END();

public:
    void refusesOneWithoutASignature() { isRefused("no_header"); }
    void refusesAlgorithmNone() { isRefused("alg_none"); }
    void refusesHs256() { isRefused("alg_hs256"); }
    void refusesABadSignature() { isRefused("bad_signature"); }
    void refusesSwappedHalves() { isRefused("swapped_halves"); }
    void refusesADerSignature() { isRefused("der_signature"); }
    void refusesAWrongHashOfTheBody() { isRefused("wrong_body_hash"); }
    void refusesAReindentedBody() { isRefused("reindented"); }
    void refusesOneThatIsTooOld() { isRefused("stale"); }
    void refusesOneOfTheFuture() { isRefused("future"); }
    void refusesRubbishInPlaceOfAToken() { isRefused("garbage_token"); }
    void refusesAGoodTokenWithAnotherBody() { isRefused("other_body"); }
    void refusesTenMegabytesUnread() { isRefused("huge", 413); }

    void refusesAnUnknownKeyAndAsksForItOnce()
    {
        // The simulator forges with one key that this environment does not know.
        isRefused("unknown_kid", 401, 1);
    }

    void refusesAReplayOfFiveMinutesAgo()
    {
        const std::string name = world_->post("1.23", "Once");
        world_->settle();
        CPPUNIT_ASSERT(world_->mirrorHolds(name));
        const Json sent = world_->look("/_sim/webhooks");
        const Json last = sent.at("webhooks").back();
        const Json replay = {{"index", last.at("index")}, {"replay_jwt", true}};
        CPPUNIT_ASSERT_EQUAL_MESSAGE("a repeat is taken, and does nothing", 200,
            world_->pull("/_sim/webhooks/resend", replay).at("status").get<int>());
        const auto rows = world_->count("SELECT COUNT(*) FROM inbox");
        world_->pass(301);
        CPPUNIT_ASSERT_EQUAL(
            401, world_->pull("/_sim/webhooks/resend", replay).at("status").get<int>());
        CPPUNIT_ASSERT_EQUAL(rows, world_->count("SELECT COUNT(*) FROM inbox"));
        allIsWell();
    }

    void takesInvalidUtf8ThatIsSignedAndDoesNothing()
    {
        CPPUNIT_ASSERT_EQUAL(200, world_->forge("invalid_utf8", id_));
        world_->settle();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, world_->core->intake().counts().notUnderstood);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->calls("/item/get"));
        allIsWell();
    }

    void fetchesANewKeyOnce()
    {
        world_->pull("/_sim/keys/rotate");
        for (int i = 0; i < 10; ++i)
            world_->post("1.23", "Row " + std::to_string(i));
        world_->settle();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->calls(keyPath));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, world_->core->intake().counts().refused);
        allIsWell();
    }

    void takesBothKeysWhileBothSign()
    {
        world_->pull("/_sim/keys/rotate", {{"overlap_seconds", 600}});
        for (int i = 0; i < 10; ++i)
        {
            world_->post("1.23", "Row " + std::to_string(i));
            world_->pass(90);
        }
        CPPUNIT_ASSERT(world_->calls(keyPath) <= 3);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, world_->core->intake().counts().refused);
        allIsWell();
    }

    void waitsForAKeyThatIsSlowToCome()
    {
        world_->fault("late", {{"endpoint", keyPath}, {"seconds", 15}});
        isWaitedFor();
    }
    void waitsForAKeyBehindAnInternalError()
    {
        world_->fault("http_500", {{"endpoint", keyPath}});
        isWaitedFor();
    }
    void waitsForAKeyBehindARateLimit()
    {
        world_->fault("rate_limit", {{"endpoint", keyPath}, {"code", "RATE_LIMIT"}});
        isWaitedFor();
    }

private:
    void isRefused(const std::string& kind, int status = 401, std::size_t keyCallsMost = 0)
    {
        const auto rows = world_->count("SELECT COUNT(*) FROM inbox");
        const auto entries = world_->books.entries.applied;
        for (int i = 0; i < 3; ++i)
            CPPUNIT_ASSERT_EQUAL(status, world_->forge(kind, id_));
        world_->settle();
        CPPUNIT_ASSERT_EQUAL(rows, world_->count("SELECT COUNT(*) FROM inbox"));
        CPPUNIT_ASSERT_EQUAL(entries, world_->books.entries.applied);
        CPPUNIT_ASSERT(world_->calls(keyPath) <= keyCallsMost);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->calls("/item/get"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->calls("/transactions/sync"));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("a good one passes", 200, world_->forge("unknown_code", id_));
        world_->settle();
        allIsWell();
    }

    /// The key cannot be had at first: 503, and Plaid sends it again.
    void isWaitedFor()
    {
        world_->pull("/_sim/keys/rotate");
        const std::string name = world_->post("1.23", "Signed with a new key");
        world_->settle();
        CPPUNIT_ASSERT(!world_->mirrorHolds(name));
        CPPUNIT_ASSERT(world_->core->intake().counts().postponed >= 1);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, world_->core->intake().counts().refused);
        world_->pass(600);
        CPPUNIT_ASSERT(world_->mirrorHolds(name));
        CPPUNIT_ASSERT(world_->calls(keyPath) <= 4);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, world_->core->intake().counts().refused);
        allIsWell();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ForgedWebhooksTest);
