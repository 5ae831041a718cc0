#include "store/NoticeRepository.h"
#include "unit/link/LinkWorld.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

class DuplicateLoginTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DuplicateLoginTest);
    CPPUNIT_TEST(aLoginThatIsConnectedIsNotExchanged);
    CPPUNIT_TEST(itIsDroppedWhenNobodyAnswers);
    CPPUNIT_TEST(aPersonMaySayThatItIsNone);
    CPPUNIT_TEST(aPersonMaySaySoUntilItExpires);
    CPPUNIT_TEST(onlyTheLoginThatBeganItMaySaySo);
    CPPUNIT_TEST(othersAtTheSameBankAreNoDuplicates);
    CPPUNIT_TEST(anEndedConnectionIsNoDuplicate);
    CPPUNIT_TEST(whoseAccessEndedAtTheBankConnectsAnew);
    CPPUNIT_TEST(anotherTenantsConnectionIsNoDuplicate);
    CPPUNIT_TEST_SUITE_END();

    static LinkAccount checking()
    {
        return {"new-id", "Checking", "0000", "depository", "checking"};
    }

    static std::string existing(World& world)
    {
        const auto connection = world.connect();
        world.look(connection,
            {shownAccount("a1", "Checking", "0000"), shownAccount("a2", "Savings", "1111")});
        return connection;
    }

    static std::string finished(
        LinkWorld& w, std::vector<LinkAccount> accounts, const std::string& institution = "ins_1")
    {
        const auto id = w.begin();
        w.runJobs();
        w.bank.succeed(institution, std::move(accounts));
        w.world.clock.advanceMs(5'000);
        w.runJobs();
        return id;
    }

public:
    void aLoginThatIsConnectedIsNotExchanged()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto known = existing(world);
                const auto id = finished(w, {checking()});
                const auto shown = w.show(id);
                CPPUNIT_ASSERT_EQUAL(std::string("duplicate"), shown.session.state);
                CPPUNIT_ASSERT_EQUAL(known, shown.session.duplicateOf);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("First Platypus Bank"), shown.duplicateInstitution);
                CPPUNIT_ASSERT_EQUAL(0, w.bank.exchanges);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, w.connections());
                const auto stored = w.stored(id);
                CPPUNIT_ASSERT(!stored.publicTokenSealed.empty());
                CPPUNIT_ASSERT(stored.publicTokenSealed.find("canary") == std::string::npos);
            });
    }

    void itIsDroppedWhenNobodyAnswers()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                existing(world);
                const auto id = finished(w, {checking()});
                world.clock.advanceMs(31 * 60 * 1000);
                w.runJobs();
                const auto session = w.stored(id);
                CPPUNIT_ASSERT_EQUAL(std::string("duplicate"), session.state);
                CPPUNIT_ASSERT(session.finishedAt && session.publicTokenSealed.empty());
                CPPUNIT_ASSERT_EQUAL(0, w.bank.exchanges);
                const auto late = w.sessions.connectAnyway(World::tenant, LinkWorld::ada(), id);
                CPPUNIT_ASSERT_EQUAL(std::string("link.not_waiting"), late.error().code);
            });
    }

    void aPersonMaySayThatItIsNone()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto old = existing(world);
                const auto id = finished(w, {checking()});
                mustBeOk(w.sessions.connectAnyway(World::tenant, LinkWorld::ada(), id));
                CPPUNIT_ASSERT(!w.sessions.connectAnyway(World::tenant, LinkWorld::ada(), id).ok());
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(std::string("done"), w.stored(id).state);
                CPPUNIT_ASSERT_EQUAL(1, w.bank.exchanges);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, w.connections());
                // The bank may end the older one for it: that one says why.
                const auto fresh = w.stored(id).connectionId.value_or("");
                CPPUNIT_ASSERT_EQUAL(old, world.connection(fresh).doubles);
                CPPUNIT_ASSERT(world.write(
                    [&](store::Unit& unit) {
                        return store::NoticeRepository(unit, World::tenant)
                            .isOpen(store::notice::loginDoubled, old);
                    }));
            });
    }

    void aPersonMaySaySoUntilItExpires()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                existing(world);
                const auto id = finished(w, {checking()});
                // Its job has not come yet; the result is of no use any more all the same.
                world.clock.jumpTo(w.stored(id).expiresAt);
                CPPUNIT_ASSERT(!w.stored(id).finishedAt);
                const auto late = w.sessions.connectAnyway(World::tenant, LinkWorld::ada(), id);
                CPPUNIT_ASSERT(!late.ok());
                CPPUNIT_ASSERT_EQUAL(std::string("link.not_waiting"), late.error().code);
            });
    }

    void onlyTheLoginThatBeganItMaySaySo()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                existing(world);
                const auto id = finished(w, {checking()});
                for (const auto& person : {LinkWorld::ben(), LinkWorld::adaElsewhere()})
                {
                    const auto refused = w.sessions.connectAnyway(World::tenant, person, id);
                    CPPUNIT_ASSERT(!refused.ok() && refused.error().kind == ErrorKind::Denied);
                }
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(0, w.bank.exchanges);
            });
    }

    void othersAtTheSameBankAreNoDuplicates()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                existing(world);
                auto mask = checking();
                mask.mask = "9999";
                auto name = checking();
                name.name = "Main";
                auto subtype = checking();
                subtype.subtype = "savings";
                const auto id = finished(w, {mask, name, subtype});
                CPPUNIT_ASSERT_EQUAL(std::string("done"), w.stored(id).state);
                w.bank.itemId = "item-2";
                w.bank.singleUse = false;
                const auto bank = finished(w, {checking()}, "ins_2");
                CPPUNIT_ASSERT_EQUAL(std::string("done"), w.stored(bank).state);
            });
    }

    void anEndedConnectionIsNoDuplicate()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto known = existing(world);
                world.endConnection(known);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("done"), w.stored(finished(w, {checking()})).state);
            });
    }

    void whoseAccessEndedAtTheBankConnectsAnew()
    {
        for (const auto state : {store::connectionState::revoked, store::connectionState::gone})
            inBothWorlds(
                [&](World& world)
                {
                    LinkWorld w(world);
                    const auto known = existing(world);
                    world.write(
                        [&](store::Unit& unit) {
                            store::ConnectionRepository(unit, World::tenant)
                                .setState(known, state, "TEST");
                        });
                    CPPUNIT_ASSERT_EQUAL(
                        std::string("done"), w.stored(finished(w, {checking()})).state);
                });
    }

    void anotherTenantsConnectionIsNoDuplicate()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto theirs = world.connect("ins_1", "Bank", "other");
                accounts::Discovery discovery(world.random, world.database.log());
                CPPUNIT_ASSERT(
                    discovery
                        .apply(*world.database, "other", theirs,
                            {shownAccount("a1", "Checking", "0000")}, world.clock.now(), "")
                        .ok());
                CPPUNIT_ASSERT_EQUAL(
                    std::string("done"), w.stored(finished(w, {checking()})).state);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DuplicateLoginTest);

} // namespace bankfeed::testing
