// Goal: failures make of a connection what the protocol says they mean: nobody is asked to log in
// because a bank is down or because our own keys are wrong, and nobody is left alone with a login
// that is broken.
#include "EngineFixture.h"

#include "base/Date.h"
#include "engine/AccessTokens.h"
#include "store/AccountLinkRepository.h"
#include "store/BankAccountRepository.h"
#include "store/TokenVault.h"

#include <algorithm>

namespace bankfeed::engine
{

class ConnectionHealthTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ConnectionHealthTest);
    CPPUNIT_TEST(aBrokenLoginAsksForThePerson);
    CPPUNIT_TEST(whatASyncMetWithIsCheckedWithTheConnectionItself);
    CPPUNIT_TEST(aBankThatIsDownAsksForNobody);
    CPPUNIT_TEST(theNoticeOfRepeatedFailuresSaysWhenTheNextTryIs);
    CPPUNIT_TEST(ourOwnWrongKeysMarkNoConnectionBroken);
    CPPUNIT_TEST(anyWordOfTheBankAboutALoginProvesTheSetUpMended);
    CPPUNIT_TEST(triesOfManyConnectionsAreSpread);
    CPPUNIT_TEST(aDamagedTokenAsksForTheBankToBeConnectedAgain);
    CPPUNIT_TEST(aRevokedConsentStopsTheConnection);
    CPPUNIT_TEST(repeatedFailuresOpenANotice);
    CPPUNIT_TEST(aRateLimitWaitsAtLeastThirtySeconds);
    CPPUNIT_TEST(aGoodAnswerClearsStateAndNotices);
    CPPUNIT_TEST(theNoticeOfRepeatedFailuresGoesWhenNeitherJobFails);
    CPPUNIT_TEST(aSyncThatWasRefusedForGoodIsSaidUntilASyncSucceeds);
    CPPUNIT_TEST(anErrorGoesWithTheJobThatMetIt);
    CPPUNIT_TEST(consentThatEndsSoonIsSaidWithItsDate);
    CPPUNIT_TEST(theTwelfthFailureIsTheLast);
    CPPUNIT_TEST(aDisconnectNeverGivesUp);
    CPPUNIT_TEST(aRunWithoutItsLeaseWritesNothing);
    CPPUNIT_TEST(aConnectionThatIsRefusedForGoodIsNotTheSetUp);
    CPPUNIT_TEST(aRepairedLoginIsReadAtOnce);
    CPPUNIT_TEST(anAccessThatCameBackIsReadAtOnce);
    CPPUNIT_TEST(anOpeningBalanceThatCannotBeComputedIsSaid);
    CPPUNIT_TEST(aFailingCheckOfAnOpeningBalanceIsNotSaid);
    CPPUNIT_TEST(theNoticeOfAnOpeningBalanceEndsWithItsLink);
    CPPUNIT_TEST(anOpeningBalanceThatNoSyncWillBringIsSaidToBeMissing);
    CPPUNIT_TEST(whatIsKnownToBeRevokedIsNotToldAgain);
    CPPUNIT_TEST_SUITE_END();

public:
    static constexpr std::int64_t failuresToNotice = 4;

    static Error providerError(const char* code, Remedy remedy)
    {
        Error error;
        error.kind = ErrorKind::Provider;
        error.code = "plaid.error";
        error.text = "A sentence for the administrator.";
        error.providerCode = code;
        error.providerRequestId = "req123";
        error.remedy = remedy;
        if (error.providerCode == "INSTITUTION_DOWN") error.concern = Concern::Institution;
        if (error.providerCode == "INVALID_API_KEYS") error.concern = Concern::SetUp;
        return error;
    }

    /// A job fails for the (attempts + 1)th time, and is taken away.
    static store::JobEnd fail(EngineFixture& f, const Error& error, std::int64_t attempts = 0,
        std::string_view kind = store::job::refresh, const std::string& subject = "con_1")
    {
        f.ask("a", kind, subject);
        f.write(
            [&](store::Unit& unit) {
                unit.execute(
                    "UPDATE job SET due_at = 0, attempts = $1 WHERE kind = $2", {attempts, kind});
            });
        const auto lease = f.claim();
        const auto end = f.health.afterFailure(lease, error);
        f.write([&](store::Unit& unit)
            { unit.execute("DELETE FROM job WHERE job_id = $1", {lease.jobId}); });
        return end;
    }

    static void goodAnswer(EngineFixture& f, std::optional<UtcTime> consentEndsAt = std::nullopt)
    {
        ConnectionFacts facts;
        facts.consentEndsAt = consentEndsAt;
        f.write([&](store::Unit& unit)
            { f.health.wentWell(unit, "a", "con_1", facts, f.clock.now()); });
    }

    /// A linked account whose opening balance is as said.
    static void addOpening(EngineFixture& f, std::string_view opening)
    {
        f.addConnection("a", "con_1");
        f.write(
            [&](store::Unit& unit)
            {
                store::BankAccount account;
                account.id = "acc_1";
                account.connectionId = "con_1";
                account.providerAccountId = "p1";
                account.feedId = "feed_1";
                account.name = "Checking";
                store::BankAccountRepository(unit, "a").insert(account);
                store::AccountLink link;
                link.id = "lnk_1";
                link.bankAccountId = "acc_1";
                link.feedId = "feed_1";
                link.ledgerAccountId = "l1";
                link.state = store::linkState::active;
                link.opening = opening;
                CPPUNIT_ASSERT(store::AccountLinkRepository(unit, "a").insert(link));
            });
    }

    /// The kinds of the open notices, sorted, with commas.
    static std::string kindsOf(EngineFixture& f)
    {
        auto kinds = f.notices("a");
        std::sort(kinds.begin(), kinds.end());
        std::string all;
        for (const auto& kind : kinds)
            all += (all.empty() ? "" : ",") + kind;
        return all;
    }

    static store::JobEnd failOpening(EngineFixture& f, const Error& error, std::int64_t attempts)
    {
        return fail(f, error, attempts, store::job::opening, "lnk_1");
    }

    void anOpeningBalanceThatCannotBeComputedIsSaid()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                addOpening(f, store::openingState::due);
                const auto down = providerError("INTERNAL_SERVER_ERROR", Remedy::Retry);
                CPPUNIT_ASSERT(failOpening(f, down, 0).kind == store::JobEnd::Kind::Failed);
                CPPUNIT_ASSERT(f.notices("a").empty());
                const auto end =
                    failOpening(f, Error::retry("opening.no_balance", "No balance."), 1);
                CPPUNIT_ASSERT(end.kind == store::JobEnd::Kind::Failed);
                CPPUNIT_ASSERT_EQUAL(std::string("opening_outstanding"), f.notices("a").at(0));
                CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", "con_1").state);
                // The next sync asks for it again.
                CPPUNIT_ASSERT(failOpening(f, down, 11).kind == store::JobEnd::Kind::Done);
                failOpening(f, providerError("ITEM_LOGIN_REQUIRED", Remedy::Repair), 0);
                CPPUNIT_ASSERT(f.job("a", store::job::refresh, "con_1").exists);
            });
    }

    void aFailingCheckOfAnOpeningBalanceIsNotSaid()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                addOpening(f, store::openingState::posted);
                failOpening(f, Error::retry("opening.no_balance", "No balance."), 11);
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void theNoticeOfAnOpeningBalanceEndsWithItsLink()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                addOpening(f, store::openingState::due);
                failOpening(f, Error::retry("opening.no_balance", "No balance."), 0);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.notices("a").size());
                f.write([&](store::Unit& unit)
                    { store::AccountLinkRepository(unit, "a").end("lnk_1", f.clock.now()); });
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void anOpeningBalanceThatNoSyncWillBringIsSaidToBeMissing()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                addOpening(f, store::openingState::due);
                failOpening(f, Error::retry("opening.no_balance", "No balance."), 0);
                const auto gone = providerError("ITEM_NOT_FOUND", Remedy::Relink);
                fail(f, gone);
                CPPUNIT_ASSERT_EQUAL(std::string("access_revoked,opening_missing"), kindsOf(f));
                goodAnswer(f); // It came back: its next sync measures it.
                CPPUNIT_ASSERT_EQUAL(std::string(), kindsOf(f));
                fail(f, gone);
                f.write([&](store::Unit& unit)
                    { store::AccountLinkRepository(unit, "a").end("lnk_1", f.clock.now()); });
                CPPUNIT_ASSERT_EQUAL(std::string("access_revoked"), kindsOf(f));
            });
    }

    void whatIsKnownToBeRevokedIsNotToldAgain()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                addOpening(f, store::openingState::due);
                fail(f, providerError("USER_PERMISSION_REVOKED", Remedy::Relink));
                CPPUNIT_ASSERT_EQUAL(std::string("access_revoked,opening_missing"), kindsOf(f));
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::NoticeRepository notices(unit, "a");
                        notices.clear(store::notice::accessRevoked, "con_1", f.clock.now());
                        notices.clear(store::notice::openingMissing, "lnk_1", f.clock.now());
                    });
                fail(f, providerError("USER_PERMISSION_REVOKED", Remedy::Relink));
                CPPUNIT_ASSERT_EQUAL(std::string(), kindsOf(f));
                fail(f, providerError("ITEM_NOT_FOUND", Remedy::Relink));
                CPPUNIT_ASSERT_EQUAL(std::string("gone"), f.connection("a", "con_1").state);
                CPPUNIT_ASSERT_EQUAL(std::string(), kindsOf(f));
            });
    }

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

    void whatASyncMetWithIsCheckedWithTheConnectionItself()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                // Its answer is from before a repair that a refresh has written already.
                fail(f, providerError("ITEM_LOGIN_REQUIRED", Remedy::Repair), 0, store::job::sync);
                CPPUNIT_ASSERT(f.job("a", store::job::refresh, "con_1").exists);
                goodAnswer(f);
                CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", "con_1").state);
            });
    }

    void theNoticeOfRepeatedFailuresSaysWhenTheNextTryIs()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                const auto end =
                    fail(f, providerError("INSTITUTION_DOWN", Remedy::Later), failuresToNotice);
                const auto open = f.read([](store::Unit& unit)
                    { return store::NoticeRepository(unit, "a").openOnes(); });
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, open.size());
                const auto has = [&](const std::string& text)
                { return open[0].params.find(text) != std::string::npos; };
                CPPUNIT_ASSERT(has("\"next_try_at\":\"" + rfc3339(end.dueAt) + "\""));
                CPPUNIT_ASSERT(has("\"request_id\":\"req123\""));
                CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", "con_1").state);
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

    void triesOfManyConnectionsAreSpread()
    {
        EngineFixture f(store::Engine::Sqlite);
        f.addConnection("a", "con_1");
        const auto failure = providerError("INTERNAL_SERVER_ERROR", Remedy::Retry);
        std::int64_t early = 0;
        for (int i = 0; i < 40; ++i)
        {
            const auto due = fail(f, failure, 6).dueAt; // Of at most 64 seconds.
            CPPUNIT_ASSERT(due > f.clock.now());
            CPPUNIT_ASSERT(due <= plusMs(f.clock.now(), 64'100));
            early += due < plusMs(f.clock.now(), 32'000) ? 1 : 0;
        }
        CPPUNIT_ASSERT(early > 8 && early < 32);
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

    void repeatedFailuresOpenANotice()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                for (std::int64_t attempts = 0; attempts < 4; ++attempts)
                    fail(f, providerError("INTERNAL_SERVER_ERROR", Remedy::Retry), attempts);
                CPPUNIT_ASSERT(f.notices("a").empty());
                fail(f, providerError("INTERNAL_SERVER_ERROR", Remedy::Retry), 4);
                CPPUNIT_ASSERT_EQUAL(std::string("sync_failing"), f.notices("a").at(0));
            });
    }

    void theNoticeOfRepeatedFailuresGoesWhenNeitherJobFails()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                const auto failure = providerError("INTERNAL_SERVER_ERROR", Remedy::Retry);
                f.ask("a", store::job::sync, "con_1");
                const auto lease = f.claim();
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::JobRepository(unit).end(lease, f.clock.now(),
                            {store::JobEnd::Kind::Failed, f.clock.now(), "", ""});
                    });
                fail(f, failure, 4);
                goodAnswer(f);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.notices("a").size());
                const auto again = f.claim();
                f.write([&](store::Unit& unit)
                    { store::JobRepository(unit).end(again, f.clock.now(), store::JobEnd{}); });
                goodAnswer(f);
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void aSyncThatWasRefusedForGoodIsSaidUntilASyncSucceeds()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                const auto end =
                    fail(f, providerError("CREDITS_EXHAUSTED", Remedy::Stop), 0, store::job::sync);
                CPPUNIT_ASSERT(end.kind == store::JobEnd::Kind::Done);
                goodAnswer(f); // The refresh beside it has nothing to do with it.
                CPPUNIT_ASSERT_EQUAL(std::string("sync_failing"), kindsOf(f));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("CREDITS_EXHAUSTED"), f.connection("a", "con_1").errorCode);
                f.write(
                    [&](store::Unit& unit) {
                        store::ConnectionRepository(unit, "a").recordSuccess(
                            "con_1", f.clock.now());
                    });
                goodAnswer(f);
                CPPUNIT_ASSERT_EQUAL(std::string(), kindsOf(f));
                CPPUNIT_ASSERT_EQUAL(std::string(), f.connection("a", "con_1").errorCode);
            });
    }

    void anErrorGoesWithTheJobThatMetIt()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                fail(f, providerError("INTERNAL_SERVER_ERROR", Remedy::Retry));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("INTERNAL_SERVER_ERROR"), f.connection("a", "con_1").errorCode);
                goodAnswer(f);
                const auto well = f.connection("a", "con_1");
                CPPUNIT_ASSERT_EQUAL(std::string(), well.errorCode);
                CPPUNIT_ASSERT_EQUAL(std::string(), well.errorText);
                CPPUNIT_ASSERT_EQUAL(std::string(), well.errorRequestId);
                fail(f, providerError("INTERNAL_SERVER_ERROR", Remedy::Retry), 0, store::job::sync);
                goodAnswer(f); // A sync has met with that one.
                CPPUNIT_ASSERT_EQUAL(
                    std::string("INTERNAL_SERVER_ERROR"), f.connection("a", "con_1").errorCode);
            });
    }

    void aRateLimitWaitsAtLeastThirtySeconds()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                const auto end = fail(f, providerError("TRANSACTIONS_SYNC_LIMIT", Remedy::Retry));
                CPPUNIT_ASSERT(end.dueAt >= plusMs(f.clock.now(), 30'000));
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

    void theTwelfthFailureIsTheLast()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                const auto failure = providerError("INTERNAL_SERVER_ERROR", Remedy::Retry);
                CPPUNIT_ASSERT(fail(f, failure, 10).kind == store::JobEnd::Kind::Failed);
                CPPUNIT_ASSERT(fail(f, failure, 11).kind == store::JobEnd::Kind::Done);
            });
    }

    void aDisconnectNeverGivesUp()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                for (const auto remedy : {Remedy::Retry, Remedy::Stop, Remedy::Repair,
                         Remedy::Relink, Remedy::Later, Remedy::None})
                {
                    for (const std::int64_t attempts : {0, 11, 12, 1'000'000})
                    {
                        const auto end =
                            fail(f, providerError("X", remedy), attempts, store::job::disconnect);
                        CPPUNIT_ASSERT(end.kind == store::JobEnd::Kind::Failed);
                        CPPUNIT_ASSERT(end.dueAt > f.clock.now());
                        CPPUNIT_ASSERT(end.dueAt <= plusMs(f.clock.now(), 3 * 3'600'000));
                        // It does not hammer for ever either.
                        CPPUNIT_ASSERT(
                            attempts == 0 || end.dueAt >= plusMs(f.clock.now(), 3'600'000));
                    }
                }
                // Nobody is asked to log in to what has been ended.
                CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", "con_1").state);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.notices("a").size());
                CPPUNIT_ASSERT_EQUAL(std::string("sync_failing"), f.notices("a").at(0));
            });
    }

    void aRunWithoutItsLeaseWritesNothing()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                f.ask("a", store::job::refresh, "con_1");
                const auto old = f.claim();
                f.clock.advanceMs(61'000);
                (void)f.claim();
                (void)f.health.afterFailure(
                    old, providerError("ITEM_LOGIN_REQUIRED", Remedy::Repair));
                CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", "con_1").state);
                CPPUNIT_ASSERT_EQUAL(std::string(), f.connection("a", "con_1").errorCode);
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
