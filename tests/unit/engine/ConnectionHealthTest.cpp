// Goal: failures make of a connection what the protocol says they mean: nobody is asked to log in
// because a bank is down or because our own keys are wrong, and nobody is left alone with a login
// that is broken.
#include "Failures.h"

#include "engine/AccessTokens.h"
#include "store/TokenVault.h"

namespace bankfeed::engine
{

class ConnectionHealthTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ConnectionHealthTest);
    CPPUNIT_TEST(aBrokenLoginAsksForThePerson);
    CPPUNIT_TEST(aBankThatIsDownAsksForNobody);
    CPPUNIT_TEST(ourOwnWrongKeysMarkNoConnectionBroken);
    CPPUNIT_TEST(anyWordOfTheBankAboutALoginProvesTheSetUpMended);
    CPPUNIT_TEST(aDamagedTokenAsksForTheBankToBeConnectedAgain);
    CPPUNIT_TEST(aRevokedConsentStopsTheConnection);
    CPPUNIT_TEST(aGoodAnswerClearsStateAndNotices);
    CPPUNIT_TEST(consentThatEndsSoonIsSaidWithItsDate);
    CPPUNIT_TEST(aConnectionThatIsRefusedForGoodIsNotTheSetUp);
    CPPUNIT_TEST(aRepairedLoginIsReadAtOnce);
    CPPUNIT_TEST(anAccessThatCameBackIsReadAtOnce);
    CPPUNIT_TEST_SUITE_END();

public:
    void aBrokenLoginAsksForThePerson()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                const auto end = fail(f, providerError("ITEM_LOGIN_REQUIRED", Remedy::Repair));
                CPPUNIT_ASSERT(end.kind == store::JobEnd::Kind::Done);
                const auto connection = f.connection("a", "con_1");
                CPPUNIT_ASSERT_EQUAL(std::string("needs_user"), connection.state);
                CPPUNIT_ASSERT_EQUAL(std::string("ITEM_LOGIN_REQUIRED"), connection.stateReason);
                CPPUNIT_ASSERT_EQUAL(std::string("req123"), connection.errorRequestId);
                CPPUNIT_ASSERT_EQUAL(std::string("needs_login"), f.notices("a").at(0));
            });
    }

    void aBankThatIsDownAsksForNobody()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                const auto end = fail(f, providerError("INSTITUTION_DOWN", Remedy::Later));
                CPPUNIT_ASSERT(end.kind == store::JobEnd::Kind::Failed);
                CPPUNIT_ASSERT(end.dueAt >= plusMs(f.clock.now(), 3'600'000));
                CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", "con_1").state);
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void ourOwnWrongKeysMarkNoConnectionBroken()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                fail(f, providerError("INVALID_API_KEYS", Remedy::Stop));
                CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", "con_1").state);
                CPPUNIT_ASSERT_EQUAL(std::string("setup_wrong"), f.notices("a").at(0));
            });
    }

    void anyWordOfTheBankAboutALoginProvesTheSetUpMended()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                fail(f, providerError("INVALID_API_KEYS", Remedy::Stop));
                fail(f, providerError("INTERNAL_SERVER_ERROR", Remedy::Retry)); // Before the keys.
                CPPUNIT_ASSERT_EQUAL(std::string("setup_wrong"), kindsOf(f));
                fail(f, providerError("ITEM_LOGIN_REQUIRED", Remedy::Repair));
                CPPUNIT_ASSERT_EQUAL(std::string("needs_login"), kindsOf(f));
            });
    }

    void aDamagedTokenAsksForTheBankToBeConnectedAgain()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                const auto vault =
                    store::TokenVault::make(Secret(std::string(32, 'k')), f.random).value();
                AccessTokens tokens(*f.database, *vault);
                for (const std::string id : {"con_1", "con_2"})
                    f.addConnection("a", id);
                const std::string whole =
                    vault->seal("a", "con_1", "access_token_sealed", Secret{"access-sandbox-1"});
                const auto keep = [&](const std::string& sealed)
                {
                    f.write(
                        [&](store::Unit& unit) {
                            unit.execute(
                                "UPDATE connection SET access_token_sealed = $1", {sealed});
                        });
                };
                for (const std::string& damaged : {whole.substr(0, whole.size() - 3) + "AAA",
                         std::string("sealed"), std::string()})
                {
                    keep(damaged);
                    const auto token = tokens.accessToken("a", "con_1");
                    CPPUNIT_ASSERT_EQUAL(
                        std::string("connection.token_damaged"), token.error().code);
                    for (const auto kind : {store::job::sync, store::job::refresh})
                    {
                        const auto end = fail(f, token.error(), 0, kind);
                        CPPUNIT_ASSERT(end.kind == store::JobEnd::Kind::Done);
                        CPPUNIT_ASSERT_EQUAL(
                            std::string("needs_user"), f.connection("a", "con_1").state);
                        CPPUNIT_ASSERT_EQUAL(std::string("connection.token_damaged"),
                            f.connection("a", "con_1").stateReason);
                        CPPUNIT_ASSERT(
                            f.notices("a") == std::vector<std::string>{"access_revoked"});
                    }
                }
                keep(whole);
                CPPUNIT_ASSERT(tokens.accessToken("a", "con_1").ok());
                // Another row's, put here.
                CPPUNIT_ASSERT_EQUAL(std::string("connection.token_damaged"),
                    tokens.accessToken("a", "con_2").error().code);
                goodAnswer(f);
                CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", "con_1").state);
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void aRevokedConsentStopsTheConnection()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                fail(f, providerError("USER_PERMISSION_REVOKED", Remedy::Relink));
                CPPUNIT_ASSERT_EQUAL(std::string("revoked"), f.connection("a", "con_1").state);
                CPPUNIT_ASSERT_EQUAL(std::string("access_revoked"), f.notices("a").at(0));
            });
    }

    void aGoodAnswerClearsStateAndNotices()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                fail(f, providerError("ITEM_LOGIN_REQUIRED", Remedy::Repair));
                fail(f, providerError("INVALID_API_KEYS", Remedy::Stop));
                goodAnswer(f);
                CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", "con_1").state);
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void consentThatEndsSoonIsSaidWithItsDate()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                goodAnswer(f, plusMs(f.clock.now(), std::int64_t{13} * 86'400'000));
                CPPUNIT_ASSERT_EQUAL(std::string("expiring"), f.connection("a", "con_1").state);
                CPPUNIT_ASSERT_EQUAL(std::string("consent_ending"), f.notices("a").at(0));
                goodAnswer(f, plusMs(f.clock.now(), std::int64_t{300} * 86'400'000));
                CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", "con_1").state);
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void aConnectionThatIsRefusedForGoodIsNotTheSetUp()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                f.addConnection("a", "con_2");
                fail(f, providerError("INSTITUTION_NO_LONGER_SUPPORTED", Remedy::Stop));
                f.write([&](store::Unit& unit)
                    { f.health.wentWell(unit, "a", "con_2", ConnectionFacts{}, f.clock.now()); });
                const auto open = f.read([](store::Unit& unit)
                    { return store::NoticeRepository(unit, "a").openOnes(); });
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, open.size());
                CPPUNIT_ASSERT_EQUAL(std::string("sync_failing"), open[0].kind);
                CPPUNIT_ASSERT_EQUAL(std::string("con_1"), open[0].subject);
                CPPUNIT_ASSERT_EQUAL(std::string("error"), open[0].severity);
            });
    }

    void anAccessThatCameBackIsReadAtOnce()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                fail(f, providerError("USER_PERMISSION_REVOKED", Remedy::Relink));
                goodAnswer(f);
                CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", "con_1").state);
                CPPUNIT_ASSERT(f.job("a", store::job::sync, "con_1").exists);
            });
    }

    void aRepairedLoginIsReadAtOnce()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                goodAnswer(f);
                CPPUNIT_ASSERT(!f.job("a", store::job::sync, "con_1").exists);
                fail(f, providerError("ITEM_LOGIN_REQUIRED", Remedy::Repair));
                goodAnswer(f);
                CPPUNIT_ASSERT(f.job("a", store::job::sync, "con_1").exists);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConnectionHealthTest);

} // namespace bankfeed::engine
