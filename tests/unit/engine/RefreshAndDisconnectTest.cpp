// Goal: a refresh writes what the provider says and nothing when it lost its lease, and catches up
// on the word of new accounts that was lost; a disconnect ends at the provider first.
#include "EngineFixture.h"

#include "engine/ConnectionRefresh.h"
#include "engine/Core.h"
#include "engine/Disconnect.h"
#include "store/AccountLinkRepository.h"
#include "store/BalanceProofRepository.h"
#include "store/BankAccountRepository.h"
#include "store/LinkSessionRepository.h"
#include "store/SyncLoopRepository.h"

#include <functional>
#include <map>

namespace bankfeed::engine
{

namespace
{

class Provider final : public BankProvider
{
public:
    Result<LinkStart> startLink(const LinkRequest&) override { return unused(); }
    Result<LinkOutcome> linkOutcome(const Secret&, LinkPurpose) override { return unused(); }
    Result<NewConnection> exchange(const Secret&) override { return unused(); }
    Result<ConnectionFacts> connection(const Secret&) override
    {
        ++calls;
        if (meanwhile) meanwhile();
        return facts;
    }
    Result<void> removeConnection(const Secret&) override
    {
        ++removals;
        if (meanwhile) meanwhile();
        if (removalFails) return Error::retry("http.down", "Unreachable.");
        return success();
    }
    Result<std::vector<ProviderAccount>> accounts(const Secret&) override
    {
        ++calls;
        return shown;
    }
    Result<TransactionPage> transactions(const Secret&, const std::string&) override
    {
        ++calls;
        return unused();
    }

    ConnectionFacts facts;
    std::vector<ProviderAccount> shown;
    std::function<void()> meanwhile; ///< What happens elsewhere during a call.
    bool removalFails = false;
    int calls = 0; ///< Reading ones.
    int removals = 0;

private:
    static Error unused() { return Error::internal("test.unused", "Not used here."); }
};

class Tokens final : public AccessTokenSource
{
public:
    Result<Secret> accessToken(const std::string&, const std::string&) override
    {
        return Secret("access-canary");
    }
};

struct Verifier final : WebhookVerifier
{
    Result<VerifiedWebhook> verify(
        const std::vector<WebhookHeader>&, std::string_view, UtcTime) override
    {
        return Error::denied("webhook.refused", "Not used here.");
    }
};

struct Silent final : Wake
{
    void wake(WakeReason) noexcept override {}
};

} // namespace

class RefreshAndDisconnectTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RefreshAndDisconnectTest);
    CPPUNIT_TEST(troubleIsAnErrorAndNothingElseIsRead);
    CPPUNIT_TEST(anAnswerAboutAnotherConnectionIsNotTakenOver);
    CPPUNIT_TEST(aRefreshThatLostItsLeaseWritesNothing);
    CPPUNIT_TEST(wordOfNewAccountsThatWasLostIsCaughtUpOn);
    CPPUNIT_TEST(whatHasBeenDealtWithIsNotToldAgain);
    CPPUNIT_TEST(aDisconnectThatLostItsLeaseWritesNothing);
    CPPUNIT_TEST(theWordOfADoubledLoginGoesWithEitherConnection);
    CPPUNIT_TEST(aDisconnectSaysWhichOpeningBalancesTheBooksLack);
    CPPUNIT_TEST(aDisconnectDropsWhatASyncHasStaged);
    CPPUNIT_TEST(nothingIsReadWhileADisconnectWaits);
    CPPUNIT_TEST_SUITE_END();

    static Result<store::JobEnd> refresh(EngineFixture& f, Provider& provider)
    {
        Tokens tokens;
        accounts::Discovery discovery(f.random, f.log);
        ConnectionRefresh job(
            *f.database, provider, tokens, discovery, f.health, f.clock, f.random);
        f.ask("a", store::job::refresh, "con_1");
        const auto lease = f.claim();
        auto end = job.run(lease);
        f.write([&](store::Unit& unit)
            { unit.execute("DELETE FROM job WHERE job_id = $1", {lease.jobId}); });
        return end;
    }

    static void stagePage(store::Unit& unit, store::LoopRecord& loop, int rows)
    {
        TransactionPage page;
        for (int i = 0; i < rows; ++i)
            page.removed.push_back({"t" + std::to_string(loop.rowCount + i), "a1"});
        store::SyncLoopRepository loops(unit, "a");
        loops.stage(loop, page);
        loop.rowCount += rows;
        loops.save(loop);
    }
    static std::optional<store::LoopRecord> loopOf(EngineFixture& f, const std::string& id)
    {
        return f.read(
            [&](store::Unit& unit) { return store::SyncLoopRepository(unit, "a").find(id); });
    }

    /// The lease runs out and another run begins.
    static void loseTheLease(EngineFixture& f)
    {
        f.clock.advanceMs(61'000);
        (void)f.claim();
    }

public:
    void troubleIsAnErrorAndNothingElseIsRead()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                Provider provider;
                Error trouble = Error::internal("plaid.item_login_required", "Log in again.");
                trouble.providerCode = "ITEM_LOGIN_REQUIRED";
                trouble.remedy = Remedy::Repair;
                provider.facts.trouble = trouble;
                const auto end = refresh(f, provider);
                CPPUNIT_ASSERT(!end.ok());
                CPPUNIT_ASSERT_EQUAL(std::string("ITEM_LOGIN_REQUIRED"), end.error().providerCode);
                CPPUNIT_ASSERT_EQUAL(1, provider.calls);
            });
    }

    void anAnswerAboutAnotherConnectionIsNotTakenOver()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                Provider provider;
                provider.facts.providerConnectionId = "item-of-somebody-else";
                provider.facts.institutionName = "Another Bank";
                provider.shown.push_back({});
                const auto refused = refresh(f, provider);
                CPPUNIT_ASSERT(!refused.ok());
                CPPUNIT_ASSERT_EQUAL(std::string("connection.other_answer"), refused.error().code);
                CPPUNIT_ASSERT_EQUAL(1, provider.calls); // Its accounts were not even asked for.
                CPPUNIT_ASSERT_EQUAL(
                    std::string("First Platypus Bank"), f.connection("a", "con_1").institutionName);
                provider.facts.providerConnectionId = "item-con_1";
                provider.shown.clear();
                CPPUNIT_ASSERT(refresh(f, provider).ok());
            });
    }

    void aRefreshThatLostItsLeaseWritesNothing()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                Provider provider;
                provider.facts.institutionName = "Another Name";
                provider.meanwhile = [&] { loseTheLease(f); };
                CPPUNIT_ASSERT(refresh(f, provider).ok());
                CPPUNIT_ASSERT_EQUAL(
                    std::string("First Platypus Bank"), f.connection("a", "con_1").institutionName);
            });
    }

    void wordOfNewAccountsThatWasLostIsCaughtUpOn()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                Provider provider;
                f.clock.advanceMs(3'600'000);
                provider.facts.newAccountsSaidAt = f.clock.now();
                f.clock.advanceMs(3'600'000);
                for (int i = 0; i < 3; ++i)
                    CPPUNIT_ASSERT(refresh(f, provider).ok());
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.notices("a").size());
                CPPUNIT_ASSERT_EQUAL(std::string("new_accounts"), f.notices("a").at(0));
                CPPUNIT_ASSERT(f.connection("a", "con_1").newAccountsSince ==
                               provider.facts.newAccountsSaidAt);
            });
    }

    void whatHasBeenDealtWithIsNotToldAgain()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                Provider provider;
                // The bank said it before the connection was made.
                provider.facts.newAccountsSaidAt = plusMs(f.clock.now(), -1'000);
                f.addConnection("a", "con_1");
                CPPUNIT_ASSERT(refresh(f, provider).ok());
                CPPUNIT_ASSERT(f.notices("a").empty());
                // The webhook came.
                f.clock.advanceMs(600'000);
                provider.facts.newAccountsSaidAt = f.clock.now();
                f.write(
                    [&](store::Unit& unit) {
                        store::ConnectionRepository(unit, "a").setLastWebhookAt(
                            "con_1", f.clock.now());
                    });
                CPPUNIT_ASSERT(refresh(f, provider).ok());
                CPPUNIT_ASSERT(f.notices("a").empty());
                // It did not, and a person chose accounts since.
                f.clock.advanceMs(600'000);
                provider.facts.newAccountsSaidAt = f.clock.now();
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::LinkSession session;
                        session.id = "lks_1";
                        session.purpose = "add_accounts";
                        session.connectionId = "con_1";
                        session.state = std::string(store::sessionState::done);
                        session.finishedAt = plusMs(f.clock.now(), 1'000);
                        CPPUNIT_ASSERT(store::LinkSessionRepository(unit, "a").insert(session));
                    });
                f.clock.advanceMs(2'000);
                CPPUNIT_ASSERT(refresh(f, provider).ok());
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void aDisconnectThatLostItsLeaseWritesNothing()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                Provider provider;
                Tokens tokens;
                provider.meanwhile = [&] { loseTheLease(f); };
                Disconnect job(*f.database, provider, tokens, f.clock, f.random);
                f.ask("a", store::job::disconnect, "con_1");
                CPPUNIT_ASSERT(job.run(f.claim()).ok());
                CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", "con_1").state);
                provider.meanwhile = nullptr;
                f.clock.advanceMs(61'000);
                CPPUNIT_ASSERT(job.run(f.claim()).ok());
                CPPUNIT_ASSERT_EQUAL(std::string("removed"), f.connection("a", "con_1").state);
            });
    }

    void theWordOfADoubledLoginGoesWithEitherConnection()
    {
        for (const std::string ended : {"con_1", "con_2"})
            onBothEngines(
                [&](EngineFixture& f)
                {
                    f.addConnection("a", "con_1");
                    f.addConnection("a", "con_2");
                    f.write(
                        [&](store::Unit& unit)
                        {
                            store::ConnectionRepository(unit, "a").setDoubles("con_2", "con_1");
                            store::NoticeRepository(unit, "a").open(f.random,
                                store::notice::loginDoubled, "con_1", "warning", "{}",
                                f.clock.now());
                        });
                    Provider provider;
                    Tokens tokens;
                    Disconnect job(*f.database, provider, tokens, f.clock, f.random);
                    f.ask("a", store::job::disconnect, ended);
                    CPPUNIT_ASSERT(job.run(f.claim()).ok());
                    CPPUNIT_ASSERT(f.notices("a").empty());
                });
    }

    void aDisconnectSaysWhichOpeningBalancesTheBooksLack()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                f.write(
                    [&](store::Unit& unit)
                    {
                        // Of the fourth the books have what the bank has; the fifth goes on with
                        // what an opening balance of the link before it began.
                        for (const std::string n : {"1", "2", "3", "4", "5"})
                        {
                            store::BankAccount account;
                            account.id = "acc_" + n;
                            account.connectionId = "con_1";
                            account.providerAccountId = "p" + n;
                            account.feedId = "feed_" + n;
                            account.name = "Account " + n;
                            store::BankAccountRepository(unit, "a").insert(account);
                            store::AccountLink link;
                            link.id = "lnk_" + n;
                            link.bankAccountId = account.id;
                            link.feedId = account.feedId;
                            link.ledgerAccountId = "l" + n;
                            link.state = store::linkState::active;
                            const bool due = n == "1" || n == "4" || n == "5";
                            link.opening =
                                due ? store::openingState::due : store::openingState::posted;
                            link.openingRevision = due ? 0 : 1;
                            link.openingChecks = n == "3" ? 1 : 0;
                            CPPUNIT_ASSERT(store::AccountLinkRepository(unit, "a").insert(link));
                        }
                        store::BalanceProof proof;
                        proof.bankAccountId = "acc_4";
                        proof.ledgerAccountId = "l4";
                        proof.state = store::proofState::proven;
                        store::BalanceProofRepository(unit, "a").save(proof);
                        store::AccountLink before;
                        before.id = "lnk_before";
                        before.bankAccountId = "acc_before";
                        before.feedId = "feed_before";
                        before.ledgerAccountId = "l5";
                        before.opening = store::openingState::posted;
                        before.openingRevision = 1;
                        before.endedAt = f.clock.now();
                        before.state = store::linkState::ended;
                        CPPUNIT_ASSERT(store::AccountLinkRepository(unit, "a").insert(before));
                        for (const auto kind :
                            {store::notice::accountNotShared, store::notice::mergedAway})
                            store::NoticeRepository(unit, "a").open(
                                f.random, kind, "acc_2", "warning", "{}", f.clock.now());
                        store::NoticeRepository(unit, "a").open(f.random,
                            store::notice::openingOutstanding, "lnk_1", "warning", "{}",
                            f.clock.now());
                    });
                Provider provider;
                Tokens tokens;
                Disconnect job(*f.database, provider, tokens, f.clock, f.random);
                f.ask("a", store::job::disconnect, "con_1");
                CPPUNIT_ASSERT(job.run(f.claim()).ok());
                const auto open = f.read([](store::Unit& unit)
                    { return store::NoticeRepository(unit, "a").openOnes(); });
                std::map<std::string, std::string> told;
                for (const auto& notice : open)
                {
                    CPPUNIT_ASSERT_EQUAL(std::string("opening_missing"), notice.kind);
                    told[notice.subject] = notice.params;
                }
                CPPUNIT_ASSERT_EQUAL(std::size_t{3}, told.size());
                CPPUNIT_ASSERT(told.at("lnk_1").find("Account 1") != std::string::npos);
                CPPUNIT_ASSERT(told.at("lnk_1").find("\"booked\":0") != std::string::npos);
                // Booked, but nobody will check it: due to whoever connects the account anew.
                CPPUNIT_ASSERT(told.at("lnk_3").find("\"booked\":1") != std::string::npos);
                CPPUNIT_ASSERT(told.at("lnk_5").find("\"booked\":1") != std::string::npos);
                (void)f.read(
                    [](store::Unit& unit)
                    {
                        store::AccountLinkRepository links(unit, "a");
                        CPPUNIT_ASSERT_EQUAL(std::string("posted"), links.find("lnk_2")->opening);
                        CPPUNIT_ASSERT_EQUAL(std::string("due"), links.find("lnk_3")->opening);
                        return true;
                    });
            });
    }

    void aDisconnectDropsWhatASyncHasStaged()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                for (const char* id : {"con_1", "con_2"})
                {
                    f.addConnection("a", id);
                    store::LoopRecord loop;
                    loop.connectionId = id;
                    loop.loopId = std::string("loop_") + id;
                    loop.state = store::loopState::sealed;
                    for (int page = 0; page < 3; ++page)
                        f.write([&](store::Unit& unit) { stagePage(unit, loop, 500); });
                }
                Provider provider;
                Tokens tokens;
                Disconnect job(*f.database, provider, tokens, f.clock, f.random);
                f.ask("a", store::job::disconnect, "con_1");
                int steps = 0;
                for (bool more = true; more; ++steps)
                {
                    const auto lease = f.claim();
                    const auto end = job.run(lease);
                    CPPUNIT_ASSERT(end.ok());
                    more = end->kind == store::JobEnd::Kind::Again;
                    f.write([&](store::Unit& unit)
                        { store::JobRepository(unit).end(lease, f.clock.now(), *end); });
                    CPPUNIT_ASSERT(!loopOf(f, "con_1"));
                }
                CPPUNIT_ASSERT_EQUAL(5, steps); // The end, three pages, and a look.
                CPPUNIT_ASSERT_EQUAL(1, provider.removals);
                CPPUNIT_ASSERT_EQUAL(std::string("removed"), f.connection("a", "con_1").state);
                CPPUNIT_ASSERT(loopOf(f, "con_2"));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1'500},
                    f.read(
                        [](store::Unit& unit) {
                            return unit.query("SELECT COUNT(*) FROM sync_stage", {}).number(0, 0);
                        }));
            });
    }

    void nothingIsReadWhileADisconnectWaits()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                Provider provider;
                Verifier verifier;
                Silent wake;
                auto vault =
                    store::TokenVault::make(Secret(std::string(32, 'k')), f.random).value();
                const auto sealed =
                    vault->seal("a", "con_1", "access_token_sealed", Secret("access-canary"));
                f.write([&](store::Unit& unit)
                    { store::ConnectionRepository(unit, "a").setAccessToken("con_1", sealed); });
                Core core({*f.database, *vault, provider, verifier, f.clock, f.random, wake, f.log},
                    CoreSettings{});
                provider.removalFails = true;
                f.ask("a", store::job::disconnect, "con_1");
                for (int i = 0; i < 20; ++i)
                {
                    f.ask("a", store::job::refresh, "con_1");
                    f.ask("a", store::job::sync, "con_1");
                    while (core.engine().runNext().value())
                    {
                    }
                    f.clock.advanceMs(3 * 3'600'000);
                }
                CPPUNIT_ASSERT_EQUAL(0, provider.calls);
                CPPUNIT_ASSERT_EQUAL(20, provider.removals);
                provider.removalFails = false;
                while (core.engine().runNext().value())
                {
                }
                CPPUNIT_ASSERT_EQUAL(std::string("removed"), f.connection("a", "con_1").state);
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RefreshAndDisconnectTest);

} // namespace bankfeed::engine
