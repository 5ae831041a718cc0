#include "unit/link/LinkWorld.h"

#include <cppunit/extensions/HelperMacros.h>

#include <barrier>
#include <thread>

namespace bankfeed::testing
{

/// Whose session is it, and how many are there: threat C3.
class LinkBindingTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LinkBindingTest);
    CPPUNIT_TEST(onlyTheLoginThatBeganItSeesTheAddress);
    CPPUNIT_TEST(anotherTenantDoesNotFindIt);
    CPPUNIT_TEST(theSameLoginGetsTheSameSession);
    CPPUNIT_TEST(theSamePersonElsewhereTakesItOver);
    CPPUNIT_TEST(anotherPurposeTakesItsPlace);
    CPPUNIT_TEST(whatWasTakenOverLeavesNoJobBehind);
    CPPUNIT_TEST(onePersonBeginsNoMoreThanTenInAMinute);
    CPPUNIT_TEST(anotherPersonIsToldWhoIsAtIt);
    CPPUNIT_TEST(anOldSessionIsNotInTheWay);
    CPPUNIT_TEST(aSessionThatIsBeingFinishedIsInTheWayOfEverybody);
    CPPUNIT_TEST(severalPeopleMayConnectAtOnce);
    CPPUNIT_TEST(twoThatBeginAtOnceMakeOneSession);
    CPPUNIT_TEST(purposeAndConnectionBelongTogether);
    CPPUNIT_TEST(connectionsOfOthersAndEndedOnesCannotBeUpdated);
    CPPUNIT_TEST(thereAreNotTooManyAtOnce);
    CPPUNIT_TEST(noConnectionIsBegunThatCouldNotBeKept);
    CPPUNIT_TEST(noConnectionIsBegunWhoseAccountsCouldNotBeKept);
    CPPUNIT_TEST_SUITE_END();

public:
    void onlyTheLoginThatBeganItSeesTheAddress()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = w.begin();
                w.runJobs();
                CPPUNIT_ASSERT(!w.show(id).hostedUrl.empty());
                CPPUNIT_ASSERT(w.show(id, LinkWorld::adaElsewhere()).hostedUrl.empty());
                CPPUNIT_ASSERT(w.show(id, LinkWorld::ben()).hostedUrl.empty());
                // Another person with the same login id: a host that is confused.
                CPPUNIT_ASSERT(w.show(id, {"u2", "Ben Books", "login-1"}).hostedUrl.empty());
                CPPUNIT_ASSERT(w.show(id).session.linkTokenSealed.empty());
            });
    }

    void anotherTenantDoesNotFindIt()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = w.begin();
                const auto foreign = w.sessions.show("other", LinkWorld::ada(), id);
                const auto nothing = w.sessions.show("other", LinkWorld::ada(), "lks_nothing");
                CPPUNIT_ASSERT(!foreign.ok() && !nothing.ok());
                CPPUNIT_ASSERT_EQUAL(nothing.error().code, foreign.error().code);
                CPPUNIT_ASSERT_EQUAL(nothing.error().text, foreign.error().text);
                CPPUNIT_ASSERT(!w.sessions.connectAnyway("other", LinkWorld::ada(), id).ok());
            });
    }

    void theSameLoginGetsTheSameSession()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto connection = world.connect();
                const auto id = w.begin(LinkPurpose::AddAccounts, connection);
                CPPUNIT_ASSERT_EQUAL(id, w.begin(LinkPurpose::AddAccounts, connection));
                const auto fresh = w.begin();
                CPPUNIT_ASSERT_EQUAL(fresh, w.begin());
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(fresh, w.begin());
                // One that is about to end is of no use.
                world.clock.advanceMs(4 * 3600 * 1000 - 30'000);
                CPPUNIT_ASSERT(fresh != w.begin());
                CPPUNIT_ASSERT_EQUAL(std::string("expired"), w.stored(fresh).state);
            });
    }

    void theSamePersonElsewhereTakesItOver()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto connection = world.connect();
                const auto id = w.begin(LinkPurpose::Repair, connection);
                w.runJobs();
                const auto other =
                    w.begin(LinkPurpose::Repair, connection, LinkWorld::adaElsewhere());
                CPPUNIT_ASSERT(id != other);
                CPPUNIT_ASSERT_EQUAL(std::string("expired"), w.stored(id).state);
                CPPUNIT_ASSERT_EQUAL(std::string("link.superseded"), w.stored(id).errorCode);
                CPPUNIT_ASSERT(w.show(id).hostedUrl.empty());
            });
    }

    void anotherPurposeTakesItsPlace()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto connection = world.connect();
                const auto repair = w.begin(LinkPurpose::Repair, connection);
                CPPUNIT_ASSERT(repair != w.begin(LinkPurpose::AddAccounts, connection));
                CPPUNIT_ASSERT_EQUAL(std::string("expired"), w.stored(repair).state);
            });
    }

    void whatWasTakenOverLeavesNoJobBehind()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto connection = world.connect();
                w.begin(LinkPurpose::Repair, connection);
                const auto last = w.begin(LinkPurpose::AddAccounts, connection);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                    world.count("SELECT COUNT(*) FROM job WHERE kind = 'link-session'"));
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(std::string("open"), w.stored(last).state);
                CPPUNIT_ASSERT_EQUAL(1, w.bank.starts);
            });
    }

    void onePersonBeginsNoMoreThanTenInAMinute()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto known = world.connect();
                const auto other = world.connect();
                const auto refusal = [&](const std::string& connection, const link::Person& person)
                {
                    const auto purpose = connection.empty()    ? LinkPurpose::Connect
                                         : connection == known ? LinkPurpose::Repair
                                                               : LinkPurpose::AddAccounts;
                    const auto tried =
                        w.sessions.start(World::tenant, person, purpose, connection, "");
                    return tried.ok() ? std::string("begun") : tried.error().code;
                };
                for (int i = 0; i < 10; ++i)
                    w.begin(i % 2 == 0 ? LinkPurpose::AddAccounts : LinkPurpose::Repair, known,
                        i < 5 ? LinkWorld::ada() : LinkWorld::adaElsewhere());
                const auto audit = world.count("SELECT COUNT(*) FROM audit");
                CPPUNIT_ASSERT_EQUAL(
                    std::string("link.too_many"), refusal(known, LinkWorld::ada()));
                // Who is refused leaves nothing behind, and keeps nobody else out.
                CPPUNIT_ASSERT_EQUAL(audit, world.count("SELECT COUNT(*) FROM audit"));
                CPPUNIT_ASSERT_EQUAL(std::string("begun"), refusal(other, LinkWorld::ada()));
                CPPUNIT_ASSERT_EQUAL(std::string("begun"), refusal("", LinkWorld::ada()));
                CPPUNIT_ASSERT_EQUAL(std::string("begun"), refusal("", LinkWorld::ben()));
                world.clock.advanceMs(60'001);
                CPPUNIT_ASSERT_EQUAL(std::string("begun"), refusal(known, LinkWorld::ada()));
            });
    }

    void anotherPersonIsToldWhoIsAtIt()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto connection = world.connect();
                const auto id = w.begin(LinkPurpose::AddAccounts, connection);
                const auto started =
                    w.start(LinkPurpose::AddAccounts, connection, LinkWorld::ben());
                CPPUNIT_ASSERT(started.busy);
                CPPUNIT_ASSERT_EQUAL(id, started.busy->sessionId);
                CPPUNIT_ASSERT_EQUAL(std::string("Ada Admin"), started.busy->by);
                CPPUNIT_ASSERT(!started.busy->mine);
                CPPUNIT_ASSERT_EQUAL(
                    std::int64_t{1}, world.count("SELECT COUNT(*) FROM link_session"));
            });
    }

    void anOldSessionIsNotInTheWay()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto connection = world.connect();
                const auto id = w.begin(LinkPurpose::AddAccounts, connection);
                w.runJobs();
                world.clock.advanceMs(5 * 3600 * 1000);
                w.begin(LinkPurpose::AddAccounts, connection, LinkWorld::ben());
                CPPUNIT_ASSERT_EQUAL(std::string("expired"), w.stored(id).state);
            });
    }

    void aSessionThatIsBeingFinishedIsInTheWayOfEverybody()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto connection = world.connect();
                const auto id = w.begin(LinkPurpose::AddAccounts, connection);
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::LinkSessionRepository sessions(unit, World::tenant);
                        auto session = *sessions.find(id);
                        session.state = std::string(store::sessionState::finishing);
                        sessions.update(session);
                    });
                const auto started = w.start(LinkPurpose::AddAccounts, connection);
                CPPUNIT_ASSERT(started.busy && started.busy->mine);
            });
    }

    void severalPeopleMayConnectAtOnce()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto one = w.begin();
                const auto two = w.begin(LinkPurpose::Connect, "", LinkWorld::ben());
                const auto three = w.begin(LinkPurpose::Connect, "", LinkWorld::adaElsewhere());
                CPPUNIT_ASSERT(one != two && two != three && one != three);
            });
    }

    void twoThatBeginAtOnceMakeOneSession()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                for (int round = 0; round < 8; ++round)
                {
                    const auto connection = world.connect();
                    std::barrier together(2);
                    std::optional<Result<link::LinkSessions::Started>> ada;
                    std::optional<Result<link::LinkSessions::Started>> ben;
                    const auto begin = [&](auto& outcome, const link::Person& person)
                    {
                        together.arrive_and_wait();
                        outcome = w.sessions.start(
                            World::tenant, person, LinkPurpose::AddAccounts, connection, "");
                    };
                    std::thread other([&] { begin(ben, LinkWorld::ben()); });
                    begin(ada, LinkWorld::ada());
                    other.join();
                    CPPUNIT_ASSERT(
                        valueOf(*ada).busy.has_value() != valueOf(*ben).busy.has_value());
                    CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                        world.count("SELECT COUNT(*) FROM link_session WHERE connection_id = '" +
                                    connection + "'"));
                }
            });
    }

    void purposeAndConnectionBelongTogether()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto start = [&](LinkPurpose purpose, const std::string& connection) {
                    return w.sessions.start(
                        World::tenant, LinkWorld::ada(), purpose, connection, "");
                };
                CPPUNIT_ASSERT(!start(LinkPurpose::Connect, world.connect()).ok());
                CPPUNIT_ASSERT(!start(LinkPurpose::Repair, "").ok());
                CPPUNIT_ASSERT_EQUAL(
                    std::string("link.purpose"), start(LinkPurpose::AddAccounts, "").error().code);
                CPPUNIT_ASSERT(!link::purposeNamed("steal"));
            });
    }

    void connectionsOfOthersAndEndedOnesCannotBeUpdated()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto start = [&](const std::string& connection)
                {
                    return w.sessions.start(
                        World::tenant, LinkWorld::ada(), LinkPurpose::AddAccounts, connection, "");
                };
                CPPUNIT_ASSERT_EQUAL(std::string("connection.unknown"),
                    start(world.connect("ins_1", "Bank", "other")).error().code);
                const auto ended = world.connect();
                world.endConnection(ended);
                CPPUNIT_ASSERT_EQUAL(std::string("connection.removed"), start(ended).error().code);
            });
    }

    void thereAreNotTooManyAtOnce()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                Result<link::LinkSessions::Started> last = Error::internal("test.none", "");
                for (int i = 0; i < 51; ++i)
                    last = w.sessions.start(World::tenant,
                        {"u" + std::to_string(i), "Somebody", "login"}, LinkPurpose::Connect, "",
                        "");
                CPPUNIT_ASSERT(!last.ok() && last.error().kind == ErrorKind::Exhausted);
            });
    }

    void noConnectionIsBegunThatCouldNotBeKept()
    {
        inBothWorlds(
            [](World& world)
            {
                link::LinkSettings settings;
                settings.connectionsMax = 2;
                LinkWorld w(world, settings);
                const auto known = world.connect();
                w.begin();
                const auto third =
                    w.sessions.start(World::tenant, LinkWorld::ben(), LinkPurpose::Connect, "", "");
                CPPUNIT_ASSERT(!third.ok());
                CPPUNIT_ASSERT_EQUAL(std::string("connection.too_many"), third.error().code);
                // What there is can be repaired all the same.
                w.begin(LinkPurpose::Repair, known, LinkWorld::ben());
            });
    }

    void noConnectionIsBegunWhoseAccountsCouldNotBeKept()
    {
        inBothWorlds(
            [](World& world)
            {
                link::LinkSettings settings;
                settings.bankAccountsMax = 2;
                LinkWorld w(world, settings);
                const auto known = world.connect();
                world.look(known, {shownAccount("p1", "Checking", "0000"),
                                      shownAccount("p2", "Savings", "1111")});
                const auto another =
                    w.sessions.start(World::tenant, LinkWorld::ben(), LinkPurpose::Connect, "", "");
                CPPUNIT_ASSERT(!another.ok());
                CPPUNIT_ASSERT_EQUAL(std::string("connection.too_many"), another.error().code);
                w.begin(LinkPurpose::Repair, known, LinkWorld::ben());
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LinkBindingTest);

} // namespace bankfeed::testing
