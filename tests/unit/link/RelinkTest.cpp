// A new login that takes the place of a connection: how it is begun, and what it turns out to be.
#include "unit/link/LinkWorld.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <barrier>
#include <thread>

namespace bankfeed::testing
{

using As = link::LinkSessions::As;

class RelinkTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RelinkTest);
    CPPUNIT_TEST(theNewConnectionNamesTheOneWhosePlaceItTakes);
    CPPUNIT_TEST(theOldConnectionIsNotAskedForItsToken);
    CPPUNIT_TEST(theReplacedLoginIsNoDuplicateButAnotherOneIs);
    CPPUNIT_TEST(anotherLoginWaitsForAPersonsWord);
    CPPUNIT_TEST(anotherLoginMayBeConnectedBesideOrAllTheSame);
    CPPUNIT_TEST(whatWaitsCanBeDropped);
    CPPUNIT_TEST(whatTheBankDoesNotNameIsNotDoubted);
    CPPUNIT_TEST(aRenamedAccountIsRecognisedByItsMask);
    CPPUNIT_TEST(onlyOneTakesThePlace);
    CPPUNIT_TEST(anAbandonedRelinkLeavesEverythingAsItWas);
    CPPUNIT_TEST(anUpdateOfAConnectionThatIsGoneGoesOnAsARelink);
    CPPUNIT_TEST(anUpdateWithADamagedTokenGoesOnAsARelink);
    CPPUNIT_TEST(aConnectionThatWasEndedMeanwhileIsNotReplaced);
    CPPUNIT_TEST(aDuplicateMayTakeThePlaceOfTheOneItDuplicates);
    CPPUNIT_TEST(aDuplicateBecomesASessionThatAddsToTheExisting);
    CPPUNIT_TEST(whoeverDidNotBeginItDecidesNothing);
    CPPUNIT_TEST(whatThePersonMetAtTheBankIsTold);
    CPPUNIT_TEST(wordByWebhookAndByPollingAtOnceEndsItOnce);
    CPPUNIT_TEST(aTokenThatExpiredIsMadeAnewWithTheNextClick);
    CPPUNIT_TEST(aDuplicateWithoutNameOrMaskIsKnownByItsBank);
    CPPUNIT_TEST_SUITE_END();

    static LinkAccount checking()
    {
        return {"new-id", "Checking", "0000", "depository", "checking"};
    }

    static std::string existing(
        World& world, const std::string& institution = "ins_1", const std::string& mask = "0000")
    {
        const auto connection = world.connect(institution);
        world.look(connection, {shownAccount("a1" + mask, "Checking", mask),
                                   shownAccount("a2" + mask, "Savings", "")});
        return connection;
    }

    /// Runs a session through to its success at the bank.
    static std::string finished(LinkWorld& w, LinkPurpose purpose, const std::string& connection,
        std::vector<LinkAccount> accounts, const std::string& institution = "ins_1")
    {
        const auto id = w.begin(purpose, connection);
        w.runJobs();
        w.bank.succeed(institution, std::move(accounts));
        w.world.clock.advanceMs(5'000);
        w.runJobs();
        return id;
    }

    static std::string made(LinkWorld& w, const std::string& session)
    {
        const auto stored = w.stored(session);
        CPPUNIT_ASSERT_EQUAL(std::string("done"), stored.state);
        return stored.connectionId.value();
    }

public:
    void theNewConnectionNamesTheOneWhosePlaceItTakes()
    {
        for (const auto state : {store::connectionState::healthy, store::connectionState::needsUser,
                 store::connectionState::revoked, store::connectionState::gone})
            inBothWorlds(
                [&](World& world)
                {
                    LinkWorld w(world);
                    const auto old = existing(world);
                    world.write(
                        [&](store::Unit& unit) {
                            store::ConnectionRepository(unit, World::tenant)
                                .setState(old, state, "TEST");
                        });
                    const auto id = finished(w, LinkPurpose::Relink, old, {checking()});
                    const auto fresh = made(w, id);
                    CPPUNIT_ASSERT(fresh != old);
                    CPPUNIT_ASSERT_EQUAL(old, world.connection(fresh).replaces);
                    CPPUNIT_ASSERT_EQUAL(old, w.stored(id).replaces);
                    CPPUNIT_ASSERT(!world.connection(old).removedAt);
                    CPPUNIT_ASSERT(w.bank.removed.empty());
                    CPPUNIT_ASSERT_EQUAL(1, w.bank.exchanges);
                });
    }

    void theOldConnectionIsNotAskedForItsToken()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto old = existing(world);
                w.tokens.goneId = old; // One that cannot be opened is no hindrance.
                w.begin(LinkPurpose::Relink, old);
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(1, w.bank.starts);
                CPPUNIT_ASSERT(w.bank.lastRequest.accessToken.empty());
                CPPUNIT_ASSERT(w.bank.lastRequest.purpose == LinkPurpose::Relink);
            });
    }

    void theReplacedLoginIsNoDuplicateButAnotherOneIs()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto old = existing(world);
                const auto other = existing(world, "ins_1", "5555");
                auto theirs = checking();
                theirs.mask = "5555";
                const auto id = finished(w, LinkPurpose::Relink, old, {theirs});
                CPPUNIT_ASSERT_EQUAL(std::string("duplicate"), w.stored(id).state);
                CPPUNIT_ASSERT_EQUAL(other, w.stored(id).duplicateOf);
                CPPUNIT_ASSERT_EQUAL(0, w.bank.exchanges);
            });
    }

    void anotherLoginWaitsForAPersonsWord()
    {
        auto another = checking();
        another.mask = "9999";
        struct Case
        {
            std::string institution;
            LinkAccount account;
        };
        for (const auto& one : {Case{"ins_2", checking()}, Case{"ins_1", another}})
            inBothWorlds(
                [&](World& world)
                {
                    LinkWorld w(world);
                    const auto old = world.connect();
                    world.look(old, {shownAccount("a1", "Checking", "0000")});
                    const auto id =
                        finished(w, LinkPurpose::Relink, old, {one.account}, one.institution);
                    CPPUNIT_ASSERT_EQUAL(std::string("other_login"), w.stored(id).state);
                    CPPUNIT_ASSERT_EQUAL(0, w.bank.exchanges);
                    // Nobody answers: it is dropped, and the old connection stays.
                    world.clock.advanceMs(31 * 60 * 1000);
                    w.runJobs();
                    const auto session = w.stored(id);
                    CPPUNIT_ASSERT(session.finishedAt && session.publicTokenSealed.empty());
                    CPPUNIT_ASSERT_EQUAL(std::string("link.other_login"), session.errorCode);
                    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, w.connections());
                    CPPUNIT_ASSERT(!world.connection(old).removedAt && w.bank.removed.empty());
                });
    }

    void anotherLoginMayBeConnectedBesideOrAllTheSame()
    {
        for (const As as : {As::Own, As::Successor})
            inBothWorlds(
                [&](World& world)
                {
                    LinkWorld w(world);
                    const auto old = existing(world);
                    const auto id = finished(w, LinkPurpose::Relink, old, {checking()}, "ins_2");
                    mustBeOk(w.sessions.connectAnyway(World::tenant, LinkWorld::ada(), id, as));
                    w.runJobs();
                    const auto fresh = made(w, id);
                    CPPUNIT_ASSERT_EQUAL(as == As::Successor ? old : std::string(),
                        world.connection(fresh).replaces);
                });
    }

    void whatWaitsCanBeDropped()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto old = existing(world);
                const auto id = finished(w, LinkPurpose::Relink, old, {checking()}, "ins_2");
                mustBeOk(w.sessions.drop(World::tenant, LinkWorld::ada(), id));
                CPPUNIT_ASSERT(w.stored(id).publicTokenSealed.empty());
                CPPUNIT_ASSERT(!w.sessions.drop(World::tenant, LinkWorld::ada(), id).ok());
                CPPUNIT_ASSERT(!w.sessions.connectAnyway(World::tenant, LinkWorld::ada(), id).ok());
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(0, w.bank.exchanges);
                w.begin(LinkPurpose::Relink, old); // And is not in the way.
            });
    }

    void whatTheBankDoesNotNameIsNotDoubted()
    {
        LinkAccount nameless{"new-id", "", "", "depository", "checking"};
        for (const auto& accounts :
            {std::vector<LinkAccount>{}, std::vector<LinkAccount>{nameless}})
            for (const std::string institution : {"", "ins_1"})
                inBothWorlds(
                    [&](World& world)
                    {
                        LinkWorld w(world);
                        const auto old = existing(world);
                        made(w, finished(w, LinkPurpose::Relink, old, accounts, institution));
                    });
    }

    void aRenamedAccountIsRecognisedByItsMask()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto old = existing(world);
                auto renamed = checking();
                renamed.name = "Everyday";
                made(w, finished(w, LinkPurpose::Relink, old, {renamed}));
            });
    }

    void onlyOneTakesThePlace()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto old = existing(world);
                const auto fresh = made(w, finished(w, LinkPurpose::Relink, old, {checking()}));
                const auto second =
                    w.sessions.start(World::tenant, LinkWorld::ada(), LinkPurpose::Relink, old, "");
                CPPUNIT_ASSERT_EQUAL(std::string("link.replaced"), second.error().code);
                // One whose own access ended again is no hindrance.
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::ConnectionRepository(unit, World::tenant)
                            .setState(fresh, store::connectionState::revoked, "TEST");
                    });
                w.begin(LinkPurpose::Relink, old);
            });
    }

    void anAbandonedRelinkLeavesEverythingAsItWas()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto old = existing(world);
                const auto id = w.begin(LinkPurpose::Relink, old);
                w.runJobs();
                w.bank.outcome.state = LinkState::Exited;
                world.clock.advanceMs(5'000);
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(std::string("exited"), w.stored(id).state);
                CPPUNIT_ASSERT_EQUAL(old, w.stored(id).connectionId.value());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, w.connections());
                CPPUNIT_ASSERT(w.bank.removed.empty());
                CPPUNIT_ASSERT(!world.jobAsked(store::job::disconnect, old));
            });
    }

    void anUpdateOfAConnectionThatIsGoneGoesOnAsARelink()
    {
        for (const LinkPurpose purpose : {LinkPurpose::Repair, LinkPurpose::AddAccounts})
            inBothWorlds(
                [&](World& world)
                {
                    LinkWorld w(world);
                    const auto old = existing(world);
                    w.bank.startFailures.push_back(
                        LinkBank::providerError("ITEM_NOT_FOUND", Remedy::Relink));
                    const auto id = w.begin(purpose, old);
                    w.runJobs();
                    CPPUNIT_ASSERT_EQUAL(std::string("open"), w.stored(id).state);
                    CPPUNIT_ASSERT_EQUAL(std::string("relink"), w.stored(id).purpose);
                    CPPUNIT_ASSERT(w.bank.lastRequest.accessToken.empty());
                    w.bank.succeed("ins_1", {checking()});
                    world.clock.advanceMs(5'000);
                    w.runJobs();
                    CPPUNIT_ASSERT_EQUAL(old, world.connection(made(w, id)).replaces);
                });
    }

    void anUpdateWithADamagedTokenGoesOnAsARelink()
    {
        for (const LinkPurpose purpose : {LinkPurpose::Repair, LinkPurpose::AddAccounts})
            inBothWorlds(
                [&](World& world)
                {
                    LinkWorld w(world);
                    const auto old = existing(world);
                    w.tokens.damagedId = old;
                    const auto id = w.begin(purpose, old);
                    w.runJobs();
                    CPPUNIT_ASSERT_EQUAL(std::string("open"), w.stored(id).state);
                    CPPUNIT_ASSERT_EQUAL(std::string("relink"), w.stored(id).purpose);
                    CPPUNIT_ASSERT(w.bank.lastRequest.accessToken.empty());
                });
    }

    void aConnectionThatWasEndedMeanwhileIsNotReplaced()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto old = existing(world);
                const auto id = w.begin(LinkPurpose::Relink, old);
                w.runJobs();
                world.endConnection(old);
                w.bank.succeed("ins_1", {checking()});
                world.clock.advanceMs(5'000);
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(std::string(), world.connection(made(w, id)).replaces);
            });
    }

    void aDuplicateMayTakeThePlaceOfTheOneItDuplicates()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto old = existing(world);
                const auto id = finished(w, LinkPurpose::Connect, "", {checking()});
                CPPUNIT_ASSERT_EQUAL(std::string("duplicate"), w.stored(id).state);
                mustBeOk(
                    w.sessions.connectAnyway(World::tenant, LinkWorld::ada(), id, As::Successor));
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(old, world.connection(made(w, id)).replaces);
                CPPUNIT_ASSERT_EQUAL(std::string(), world.connection(made(w, id)).doubles);
            });
    }

    void aDuplicateBecomesASessionThatAddsToTheExisting()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto old = existing(world);
                const auto id = finished(w, LinkPurpose::Connect, "", {checking()});
                const auto started = valueOf(
                    w.sessions.addToExisting(World::tenant, LinkWorld::ada(), id, "https://h/"));
                CPPUNIT_ASSERT(!started.busy);
                const auto added = w.stored(started.sessionId);
                CPPUNIT_ASSERT_EQUAL(std::string("add_accounts"), added.purpose);
                CPPUNIT_ASSERT_EQUAL(old, added.connectionId.value());
                CPPUNIT_ASSERT(w.stored(id).finishedAt);
                CPPUNIT_ASSERT(w.stored(id).publicTokenSealed.empty());
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(0, w.bank.exchanges);
                CPPUNIT_ASSERT_EQUAL(std::string("access-canary-0"),
                    std::string(w.bank.lastRequest.accessToken.reveal()));
                CPPUNIT_ASSERT(
                    !w.sessions.addToExisting(World::tenant, LinkWorld::ada(), id, "").ok());
            });
    }

    void whoeverDidNotBeginItDecidesNothing()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto old = existing(world);
                const auto id = finished(w, LinkPurpose::Connect, "", {checking()});
                for (const auto& person : {LinkWorld::ben(), LinkWorld::adaElsewhere()})
                {
                    CPPUNIT_ASSERT_EQUAL(std::string("link.not_yours"),
                        w.sessions.addToExisting(World::tenant, person, id, "").error().code);
                    CPPUNIT_ASSERT_EQUAL(std::string("link.not_yours"),
                        w.sessions.drop(World::tenant, person, id).error().code);
                }
                CPPUNIT_ASSERT_EQUAL(std::string("link.unknown"),
                    w.sessions.drop("other", LinkWorld::ada(), id).error().code);
                CPPUNIT_ASSERT_EQUAL(std::string("link.unknown"),
                    w.sessions.addToExisting("other", LinkWorld::ada(), id, "").error().code);
                CPPUNIT_ASSERT_EQUAL(std::string("duplicate"), w.stored(id).state);
                CPPUNIT_ASSERT(!world.jobAsked(store::job::disconnect, old));
            });
    }

    void whatThePersonMetAtTheBankIsTold()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = w.begin(LinkPurpose::Repair, existing(world));
                w.runJobs();
                w.bank.outcome.state = LinkState::Exited;
                w.bank.outcome.trouble =
                    LinkBank::providerError("INVALID_UPDATED_USERNAME", Remedy::Repair);
                world.clock.advanceMs(5'000);
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(std::string("exited"), w.stored(id).state);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("INVALID_UPDATED_USERNAME"), w.stored(id).errorCode);
                CPPUNIT_ASSERT_EQUAL(std::string("req-1"), w.stored(id).errorRequestId);
            });
    }

    void wordByWebhookAndByPollingAtOnceEndsItOnce()
    {
        for (const LinkPurpose purpose :
            {LinkPurpose::AddAccounts, LinkPurpose::Connect, LinkPurpose::Relink})
            inBothWorlds(
                [&](World& world)
                {
                    LinkWorld w(world);
                    const auto old = existing(world);
                    const auto id = w.begin(purpose, purpose == LinkPurpose::Connect ? "" : old);
                    w.runJobs();
                    w.bank.succeed("ins_9", {});
                    w.bank.singleUse = false;
                    world.clock.advanceMs(5'000);
                    const auto lease = world.write([&](store::Unit& unit)
                        { return store::JobRepository(unit).claim(world.clock.now(), 180'000); });
                    std::barrier together(3);
                    const auto look = [&]
                    {
                        together.arrive_and_wait();
                        (void)w.sessions.step(*lease);
                    };
                    std::thread polls(look);
                    std::thread another(look);
                    together.arrive_and_wait();
                    world.write(
                        [&](store::Unit& unit)
                        {
                            store::JobRepository(unit).askAtOnce(world.random, World::tenant,
                                store::job::linkSession, id, world.clock.now());
                        });
                    polls.join();
                    another.join();
                    w.finishJob(*lease, {});
                    w.runJobs();
                    world.clock.advanceMs(200'000);
                    w.runJobs();
                    const auto ended = world.auditActions();
                    const auto count = [&](const char* action)
                    { return std::count(ended.begin(), ended.end(), action); };
                    const bool made = purpose == LinkPurpose::Connect;
                    CPPUNIT_ASSERT_EQUAL(
                        std::string(purpose == LinkPurpose::Relink ? "other_login" : "done"),
                        w.stored(id).state);
                    CPPUNIT_ASSERT_EQUAL(std::int64_t{made ? 2 : 1}, w.connections());
                    CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{made ? 1 : 0}, count("connection.added"));
                    CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{purpose == LinkPurpose::Relink ? 0 : 1},
                        count("link_session.finished"));
                });
    }

    void aTokenThatExpiredIsMadeAnewWithTheNextClick()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto old = existing(world);
                const auto first = w.begin(LinkPurpose::AddAccounts, old);
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(1, w.bank.starts);
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::LinkSessionRepository sessions(unit, World::tenant);
                        auto session = *sessions.lock(first);
                        session.expiresAt = plusMs(session.createdAt, 30 * 60 * 1000);
                        sessions.update(session);
                    });
                world.clock.advanceMs(31 * 60 * 1000);
                // The job may have come or not: the next click begins anew either way.
                const auto second = w.begin(LinkPurpose::AddAccounts, old);
                w.runJobs();
                CPPUNIT_ASSERT(second != first);
                CPPUNIT_ASSERT_EQUAL(2, w.bank.starts);
                CPPUNIT_ASSERT_EQUAL(std::string("expired"), w.stored(first).state);
                CPPUNIT_ASSERT_EQUAL(std::string("open"), w.stored(second).state);
                CPPUNIT_ASSERT(w.stored(first).linkTokenSealed.empty());
                CPPUNIT_ASSERT(!w.show(second).hostedUrl.empty());
            });
    }

    void aDuplicateWithoutNameOrMaskIsKnownByItsBank()
    {
        LinkAccount noMask = checking();
        noMask.mask.clear();
        LinkAccount noName = checking();
        noName.name.clear();
        LinkAccount neither{"x", "", "", "", ""};
        for (const auto& accounts :
            {std::vector<LinkAccount>{noMask}, std::vector<LinkAccount>{noName},
                std::vector<LinkAccount>{neither}, std::vector<LinkAccount>{}})
            inBothWorlds(
                [&](World& world)
                {
                    LinkWorld w(world);
                    existing(world);
                    const auto id = finished(w, LinkPurpose::Connect, "", accounts);
                    CPPUNIT_ASSERT_EQUAL(std::string("duplicate"), w.stored(id).state);
                    w.bank.outcome = {};
                    const auto other = finished(w, LinkPurpose::Connect, "", accounts, "ins_other");
                    CPPUNIT_ASSERT_EQUAL(std::string("done"), w.stored(other).state);
                });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RelinkTest);

} // namespace bankfeed::testing
