#include "store/AuditRepository.h"
#include "store/BankChangeRepository.h"
#include "unit/console/ConsoleWorld.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

class ActivityApiTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ActivityApiTest);
    CPPUNIT_TEST(activityComesNewestFirstInPages);
    CPPUNIT_TEST(activityIsFilteredByPersonConnectionAndAccount);
    CPPUNIT_TEST(theChoicesAreOfThisTenant);
    CPPUNIT_TEST(theLogIsCheckedStepByStep);
    CPPUNIT_TEST(aChangedEntryIsNamed);
    CPPUNIT_TEST(positionsOfTheCheckAreRead);
    CPPUNIT_TEST(changesOfTheBankShowBeforeAndAfter);
    CPPUNIT_TEST(changesComeInPagesOfThisTenant);
    CPPUNIT_TEST_SUITE_END();

    static void log(World& world, const std::string& actor, const std::string& subject,
        int count = 1, const std::string& tenant = World::tenant)
    {
        world.write(
            [&](store::Unit& unit)
            {
                store::AuditRepository audit(unit, tenant);
                for (int i = 0; i < count; ++i)
                    audit.append(world.clock.now(), {actor, "Name of " + actor}, "account.linked",
                        subject, "{}");
            });
    }

    static std::size_t entriesOf(const std::string& json)
    {
        std::size_t count = 0;
        for (auto at = json.find("\"seq\":"); at != std::string::npos;
             at = json.find("\"seq\":", at + 1))
            ++count;
        return count;
    }

    static store::BankChange changeOf(const std::string& connection, const std::string& account,
        const std::string& id, UtcTime at)
    {
        store::BankTransaction before;
        before.connectionId = connection;
        before.bankAccountId = account;
        before.providerTransactionId = id;
        before.amountExact = "-12.5";
        before.currency = "USD";
        before.exponent = 2;
        before.bookedOn = "2026-11-02";
        before.name = "COFFEE";
        before.revision = 1;
        store::BankTransaction after = before;
        after.amountExact = "-13.75";
        after.bookedOn = "2026-11-03";
        after.revision = 2;
        after.changedAt = at;
        return *store::BankChange::between(before, after);
    }

public:
    void activityComesNewestFirstInPages()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::AuditRepository audit(unit, World::tenant);
                        for (int i = 0; i < 60; ++i)
                            audit.append(world.clock.now(), World::ada(), "account.linked", "acc_1",
                                R"({"n":)" + std::to_string(i) + "}");
                        store::AuditRepository(unit, "other")
                            .append(world.clock.now(), World::ada(), "connection.added", "x", "{}");
                    });
                const auto first = w.get("api/activity");
                CPPUNIT_ASSERT_EQUAL(std::string("action,actor,actor_id,at,detail,seq,subject"),
                    keysAt(first, "entries.0"));
                CPPUNIT_ASSERT_EQUAL(std::string("60"), at(first, "entries.0.seq"));
                CPPUNIT_ASSERT_EQUAL(std::string("59"), at(first, "entries.0.detail.n"));
                CPPUNIT_ASSERT_EQUAL(std::string("11"), at(first, "next"));
                const auto second = w.get("api/activity?before=11");
                CPPUNIT_ASSERT_EQUAL(std::string("10"), at(second, "entries.0.seq"));
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(second, "next"));
                for (const char* before : {"0", "-1", "x", "1x", "99999999999999999999", "%00"})
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(before, 400,
                        w.ask("GET", std::string("api/activity?before=") + before).status);
            });
    }

    void activityIsFilteredByPersonConnectionAndAccount()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto one = world.connect();
                world.look(one, {shownAccount("a1", "Checking", "0000")});
                const auto account = world.account(one, "Checking").id;
                const auto before = entriesOf(w.get("api/activity?connection=" + one));
                log(world, "u7", one);
                log(world, "u7", account);
                log(world, "u8", account);
                log(world, "u8", "con_elsewhere");
                const auto count = [&](const std::string& filter)
                { return entriesOf(w.get("api/activity?" + filter)); };
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, count("person=u7"));
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, count("person=u8"));
                CPPUNIT_ASSERT_EQUAL(before + 3, count("connection=" + one));
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, count("bank_account=" + account));
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, count("person=u8&bank_account=" + account));
                CPPUNIT_ASSERT_EQUAL(std::size_t{0}, count("person=nobody"));
                const auto shown = w.get("api/activity?person=u8");
                CPPUNIT_ASSERT_EQUAL(std::string("u8"), at(shown, "entries.0.actor_id"));
                // A page of a filter goes on where it ended, however many others lie between.
                log(world, "u9", "x", 60);
                log(world, "u1", "y", 60);
                const auto page = w.get("api/activity?person=u9");
                CPPUNIT_ASSERT_EQUAL(std::size_t{50}, entriesOf(page));
                CPPUNIT_ASSERT_EQUAL(std::size_t{10},
                    entriesOf(w.get("api/activity?person=u9&before=" + at(page, "next"))));
            });
    }

    void theChoicesAreOfThisTenant()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto one = world.connect();
                world.look(one, {shownAccount("a1", "Checking", "0000")});
                log(world, "u7", one, 3);
                log(world, "stranger", "x", 1, "other");
                const auto choices = w.get("api/activity/choices");
                CPPUNIT_ASSERT(choices.find("stranger") == std::string::npos);
                CPPUNIT_ASSERT(
                    choices.find(R"({"id":"u7","name":"Name of u7"})") != std::string::npos);
                CPPUNIT_ASSERT_EQUAL(one, at(choices, "connections.0.id"));
                CPPUNIT_ASSERT(choices.find(R"("accounts":[])") != std::string::npos);
                const auto chosen = w.get("api/activity/choices?connection=" + one);
                CPPUNIT_ASSERT_EQUAL(std::string("Checking"), at(chosen, "accounts.0.name"));
                auto stranger = adaPrincipal();
                stranger.tenant = "other";
                const auto theirs =
                    w.ask("GET", "api/activity/choices?connection=" + one, "", stranger);
                CPPUNIT_ASSERT(theirs.body.find("Checking") == std::string::npos);
            });
    }

    void theLogIsCheckedStepByStep()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto empty = w.get("api/activity/check");
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(empty, "up_to"));
                CPPUNIT_ASSERT_EQUAL(std::string("true"), at(empty, "at_head"));
                log(world, "u7", "x", 1'200);
                const auto first = w.get("api/activity/check");
                CPPUNIT_ASSERT_EQUAL(std::string("1000"), at(first, "up_to.seq"));
                CPPUNIT_ASSERT_EQUAL(std::string("false"), at(first, "at_head"));
                const auto second = w.get("api/activity/check?after=" + at(first, "up_to.seq") +
                                          "." + at(first, "up_to.hash"));
                CPPUNIT_ASSERT_EQUAL(std::string("1200"), at(second, "up_to.seq"));
                CPPUNIT_ASSERT_EQUAL(std::string("true"), at(second, "at_head"));
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(second, "broken"));
            });
    }

    void aChangedEntryIsNamed()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                log(world, "u7", "x", 5);
                const auto whole = w.get("api/activity/check");
                world.write([](store::Unit& unit)
                    { unit.execute("UPDATE audit SET actor_name = 'Eve' WHERE seq = 3"); });
                const auto broken = w.get("api/activity/check");
                CPPUNIT_ASSERT_EQUAL(std::string("3"), at(broken, "broken"));
                CPPUNIT_ASSERT_EQUAL(std::string("2"), at(broken, "up_to.seq"));
                CPPUNIT_ASSERT_EQUAL(std::string("false"), at(broken, "at_head"));
                // Cut off behind what was found whole before.
                world.write(
                    [](store::Unit& unit) { unit.execute("DELETE FROM audit WHERE seq > 4"); });
                const auto cut = w.get("api/activity/check?after=5." + at(whole, "up_to.hash"));
                CPPUNIT_ASSERT_EQUAL(std::string("5"), at(cut, "broken"));
            });
    }

    void positionsOfTheCheckAreRead()
    {
        World world(store::Engine::Sqlite);
        ConsoleWorld w(world);
        const std::string hash(64, 'a');
        for (const std::string& after : {std::string("x"), std::string("5"), "." + hash,
                 "0." + hash, "5." + hash + "a", "5.A" + hash.substr(1)})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                after, 400, w.ask("GET", "api/activity/check?after=" + after).status);
    }

    void changesOfTheBankShowBeforeAndAfter()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                const auto account = world.account(connection, "Checking").id;
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::BankChangeRepository(unit, World::tenant)
                            .add({changeOf(connection, account, "t1", world.clock.now())});
                    });
                const auto page = w.get("api/changes");
                CPPUNIT_ASSERT_EQUAL(std::string("account,after,at,bank_account_id,before,"
                                                 "connection_id,id,kind,mask,outcome"),
                    keysAt(page, "changes.0"));
                CPPUNIT_ASSERT_EQUAL(std::string("amended"), at(page, "changes.0.kind"));
                CPPUNIT_ASSERT_EQUAL(std::string("told"), at(page, "changes.0.outcome"));
                CPPUNIT_ASSERT_EQUAL(std::string("-12.5"), at(page, "changes.0.before.exact"));
                CPPUNIT_ASSERT_EQUAL(std::string("-13.75"), at(page, "changes.0.after.exact"));
                CPPUNIT_ASSERT_EQUAL(std::string("2026-11-03"), at(page, "changes.0.after.date"));
                CPPUNIT_ASSERT_EQUAL(std::string("Checking"), at(page, "changes.0.account"));
            });
    }

    void changesComeInPagesOfThisTenant()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                world.write(
                    [&](store::Unit& unit)
                    {
                        std::vector<store::BankChange> changes;
                        for (int i = 100; i < 175; ++i)
                            changes.push_back(changeOf(connection, i < 110 ? "acc_1" : "acc_2",
                                "t" + std::to_string(i), plusMs(world.clock.now(), i / 10)));
                        store::BankChangeRepository(unit, World::tenant).add(changes);
                        store::BankChangeRepository(unit, "other")
                            .add({changeOf("con_other", "acc_1", "secret", world.clock.now())});
                    });
                const auto first = w.get("api/changes");
                CPPUNIT_ASSERT_EQUAL(std::string("t174"), at(first, "changes.0.id"));
                const auto second = w.get("api/changes?before=" + at(first, "next"));
                CPPUNIT_ASSERT_EQUAL(std::string("t124"), at(second, "changes.0.id"));
                CPPUNIT_ASSERT_EQUAL(std::string("t100"), at(second, "changes.24.id"));
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(second, "next"));
                CPPUNIT_ASSERT(second.find("secret") == std::string::npos);
                CPPUNIT_ASSERT_EQUAL(std::string("t109"),
                    at(w.get("api/changes?bank_account=acc_1"), "changes.0.id"));
                CPPUNIT_ASSERT_EQUAL(std::string("t174"),
                    at(w.get("api/changes?connection=" + connection), "changes.0.id"));
                CPPUNIT_ASSERT(
                    w.get("api/changes?connection=con_other").find("secret") == std::string::npos);
                for (const char* before : {"x", "12", "12.", ".t", "0.t", "-1.t"})
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(before, 400,
                        w.ask("GET", std::string("api/changes?before=") + before).status);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ActivityApiTest);

} // namespace bankfeed::testing
