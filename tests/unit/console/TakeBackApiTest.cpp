#include "store/ImportRepository.h"
#include "unit/console/ConsoleWorld.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

class TakeBackApiTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TakeBackApiTest);
    CPPUNIT_TEST(whatItWouldDoIsShownAndThenDone);
    CPPUNIT_TEST(whatStandsInTheWayIsToldBothTimes);
    CPPUNIT_TEST_SUITE_END();

    /// "Checking" goes on with the feed of one of a login that has ended.
    struct Ready
    {
        explicit Ready(World& world) : w(world)
        {
            world.ledgerAccounts({booksAccount("l1", "Assets:Bank:Checking")});
            const auto before = world.connect();
            world.look(before, {shownAccount("a1", "Checking", "0000")});
            world.apply(before, {decideExisting(world.account(before, "Checking"), "l1")});
            world.clock.advanceMs(1'000);
            world.endConnection(before);
            world.clock.advanceMs(1'000);
            connection = world.connect();
            world.look(connection, {shownAccount("b1", "Checking", "0000")});
            account = world.account(connection, "Checking");
            world.apply(connection, {decideExisting(account, "l1")});
            link = world.linkOf(account.id)->id;
            path = "api/links/" + link + "/take-back";
        }
        void books() { setState(store::linkState::active); }
        void setState(std::string_view state)
        {
            w.world.write([&](store::Unit& unit)
                { store::AccountLinkRepository(unit, World::tenant).setState(link, state); });
        }
        ConsoleWorld w;
        std::string connection;
        store::BankAccount account;
        std::string link;
        std::string path;
    };

public:
    void whatItWouldDoIsShownAndThenDone()
    {
        inBothWorlds(
            [](World& world)
            {
                Ready ready(world);
                ready.books();
                const auto review = ready.w.get("api/connections/" + ready.connection + "/review");
                CPPUNIT_ASSERT_EQUAL(
                    std::string("true"), at(review, "accounts.0.account.link.continues"));
                const auto shown = ready.w.get(ready.path);
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(shown, "conflict"));
                CPPUNIT_ASSERT_EQUAL(std::string("Checking"), at(shown, "old_account.name"));
                CPPUNIT_ASSERT_EQUAL(std::string("false"), at(shown, "feeds_again"));
                CPPUNIT_ASSERT_EQUAL(std::string("not_shared"), at(shown, "why_not"));
                CPPUNIT_ASSERT_EQUAL(std::string("0"), at(shown, "gives_back"));
                const int wakes = world.wake.jobs;
                for (int i = 0; i < 2; ++i)
                    CPPUNIT_ASSERT_EQUAL(std::string("taking_back"),
                        at(ready.w.post(ready.path, "{}", 202), "state"));
                CPPUNIT_ASSERT(world.wake.jobs > wakes);
                CPPUNIT_ASSERT(world.jobAsked(store::job::takeBack, ready.link));
                CPPUNIT_ASSERT_EQUAL(std::string("true"), at(ready.w.get(ready.path), "under_way"));
                CPPUNIT_ASSERT_EQUAL(std::string("taking_back"),
                    at(ready.w.get("api/connections/" + ready.connection + "/progress"),
                        "accounts.0.phase"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("account.take_back_asked"), world.auditActions().front());
            });
    }

    void whatStandsInTheWayIsToldBothTimes()
    {
        inBothWorlds(
            [](World& world)
            {
                Ready ready(world);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("link.waits_for_books"), at(ready.w.get(ready.path), "conflict"));
                CPPUNIT_ASSERT_EQUAL(std::string("link.waits_for_books"),
                    at(ready.w.post(ready.path, "{}", 409), "error.code"));
                CPPUNIT_ASSERT(!world.jobAsked(store::job::takeBack, ready.link));
                ready.books();
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::ImportRepository imports(unit, World::tenant);
                        const auto id = imports.add({ready.connection, "run", "sync", ""}, 1,
                            world.random, world.clock.now());
                        auto import = *imports.find(id);
                        import.state = store::importState::undoing;
                        imports.save(import);
                    });
                CPPUNIT_ASSERT_EQUAL(std::string("import.busy"),
                    at(ready.w.post(ready.path, "{}", 409), "error.code"));
                ready.w.post("api/links/lnk_none/take-back", "{}", 404);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TakeBackApiTest);

} // namespace bankfeed::testing
