// What an account link is refused for, and what a person may waive of it.
#include "accounts/LedgerName.h"
#include "unit/accounts/LinkingSetting.h"

#include <cppunit/extensions/HelperMacros.h>

#include <functional>
#include <string>
#include <vector>

namespace bankfeed::testing
{

using accounts::Choice;
using accounts::Decision;

namespace
{

Decision starting(Decision decision, const char* date, bool acceptOverlap = false)
{
    decision.startDate = Date::parse(date);
    decision.acceptOverlap = acceptOverlap;
    return decision;
}

struct Case
{
    const char* name;
    std::function<std::vector<Decision>(const LinkingSetting&)> decisions;
    const char* conflicts;
};

std::vector<Case> existingCases()
{
    const auto one = [](const char* account, const char* ledger)
    {
        return [=](const LinkingSetting& s)
        { return std::vector<Decision>{decideExisting(s.of(account), ledger)}; };
    };
    return {
        {"a free account", one("Checking", "free"), ""},
        {"a card to a liability", one("Card", "card"), ""},
        {"taken by a live feed", one("Checking", "taken"), "ledger_account_taken"},
        {"free again after its connection ended", one("Checking", "stale"), ""},
        {"another currency", one("Checking", "euro"), "currency_differs"},
        {"another exponent", one("Checking", "mills"), "currency_differs"},
        {"an asset to a liability", one("Checking", "card"), "type_differs"},
        {"a card to an asset", one("Card", "free"), "type_differs"},
        {"an expense account", one("Checking", "food"), "type_differs"},
        {"a closed account", one("Checking", "closed"), "ledger_account_closed"},
        {"an account the host keeps to itself", one("Checking", "control"),
            "ledger_account_closed"},
        {"an unknown ledger account", one("Checking", "nothing"), "ledger_account_unknown"},
        {"no ledger account", one("Checking", ""), "ledger_account_unknown"},
        {"balances only", one("401k", "free"), "balances_only"},
        {"an account that is missing", one("Gone", "free"), "not_shared"},
        {"a linked account", one("Linked", "free"), "already_linked"},
        {"one ledger account for two",
            [](const LinkingSetting& s)
            {
                return std::vector<Decision>{decideExisting(s.of("Checking"), "free"),
                    decideExisting(s.of("Savings"), "free")};
            },
            "ledger_account_chosen_twice"},
        {"several things at once", one("Card", "euro"), "currency_differs,type_differs"},
        {"history, no start date", one("Checking", "used"), ""},
        {"a start after the last entry",
            [](const LinkingSetting& s) {
                return std::vector<Decision>{
                    starting(decideExisting(s.of("Checking"), "used"), "2026-09-01")};
            },
            ""},
        {"a start on the day of the last entry",
            [](const LinkingSetting& s) {
                return std::vector<Decision>{
                    starting(decideExisting(s.of("Checking"), "used"), "2026-08-31")};
            },
            "start_before_last_entry"},
        {"a start in the future",
            [](const LinkingSetting& s) {
                return std::vector<Decision>{
                    starting(decideExisting(s.of("Checking"), "free"), "2026-01-04")};
            },
            "start_in_future"},
        {"a start tomorrow",
            [](const LinkingSetting& s) {
                return std::vector<Decision>{
                    starting(decideExisting(s.of("Checking"), "free"), "2026-01-02")};
            },
            ""},
        {"an overlap that is accepted",
            [](const LinkingSetting& s)
            {
                return std::vector<Decision>{
                    starting(decideExisting(s.of("Checking"), "used"), "2026-08-01", true)};
            },
            ""},
    };
}

std::vector<Case> otherCases()
{
    const auto named = [](const char* account, std::string name)
    {
        return [=](const LinkingSetting& s)
        { return std::vector<Decision>{decideNew(s.of(account), name)}; };
    };
    const auto chosen = [](const char* account, Choice choice)
    {
        return [=](const LinkingSetting& s)
        { return std::vector<Decision>{decide(s.of(account), choice)}; };
    };
    return {
        {"a new account", named("Checking", "Event Fund"), ""},
        {"a new account, blanks around", named("Checking", "  Event Fund\t"), ""},
        {"no name", named("Checking", ""), "name_missing"},
        {"only blanks", named("Checking", "  "), "name_missing"},
        {"a name in the books", named("Checking", "Assets:Bank:Free"), "name_taken"},
        {"a name in other letters", named("Checking", "assets:bank:FREE"), "name_taken"},
        {"a name that is being made", named("Checking", "Linked"), "name_taken"},
        {"one name for two",
            [](const LinkingSetting& s)
            {
                return std::vector<Decision>{
                    decideNew(s.of("Checking"), "Fund"), decideNew(s.of("Savings"), "fund")};
            },
            "name_taken"},
        {"new for balances only", named("401k", "Pension"), "balances_only"},
        {"new for a missing account", named("Gone", "Gone"), "not_shared"},
        {"new for a linked account", named("Linked", "Twice"), "already_linked"},
        {"aside", chosen("Checking", Choice::None), ""},
        {"aside, balances only", chosen("401k", Choice::None), ""},
        {"aside, missing", chosen("Gone", Choice::None), ""},
        {"aside, linked", chosen("Linked", Choice::None), "already_linked"},
        {"later", chosen("Checking", Choice::Later), ""},
        {"later, linked", chosen("Linked", Choice::Later), ""},
        {"one good, one bad: nothing",
            [](const LinkingSetting& s)
            {
                return std::vector<Decision>{decideExisting(s.of("Checking"), "free"),
                    decideExisting(s.of("Savings"), "taken")};
            },
            "ledger_account_taken"},
    };
}

} // namespace

class LinkingConflictsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LinkingConflictsTest);
    CPPUNIT_TEST(everyCaseOfTheTable);
    CPPUNIT_TEST(conflictsSayWhoStandsInTheWay);
    CPPUNIT_TEST(oneAccountAtTheBankFeedsTheBooksOnce);
    CPPUNIT_TEST(theSameLoginConnectedTwiceBooksNothingTwice);
    CPPUNIT_TEST(acceptingADuplicateWaivesNothingElse);
    CPPUNIT_TEST(aNameIsTakenByTheLastPartOfAnotherOfItsKind);
    CPPUNIT_TEST(namesAreTidiedOfSpacesAndOfWhatNobodySees);
    CPPUNIT_TEST(decisionsThatMakeNoSenseAreRefused);
    CPPUNIT_TEST_SUITE_END();

public:
    void everyCaseOfTheTable()
    {
        auto cases = existingCases();
        for (auto& one : otherCases())
            cases.push_back(one);
        CPPUNIT_ASSERT(cases.size() >= 40);
        // What is refused changes nothing, so that one world does for all refusals.
        inBothWorlds(
            [&](World& world)
            {
                const LinkingSetting setting(world);
                for (const Case& one : cases)
                    if (*one.conflicts != '\0') checkRefused(world, setting, one);
            });
        for (const Case& one : cases)
            if (*one.conflicts == '\0')
                inBothWorlds([&](World& world) { checkApplied(world, one); });
    }

    void conflictsSayWhoStandsInTheWay()
    {
        inBothWorlds(
            [](World& world)
            {
                const LinkingSetting setting(world);
                const auto applied = world.apply(
                    setting.connection, {decideExisting(setting.of("Checking"), "taken")});
                const auto& conflict = applied.conflicts.at(0);
                CPPUNIT_ASSERT_EQUAL(setting.of("Checking").id, conflict.bankAccountId);
                const std::vector<std::pair<std::string, std::string>> params{
                    {"ledger_account", "Assets:Bank:Taken"},
                    {"fed_by", "Elsewhere \u2022\u20229999"}, {"institution", "Other Bank"}};
                CPPUNIT_ASSERT(conflict.params == params);
                CPPUNIT_ASSERT(
                    (conflict.choices == std::vector<std::string>{"choose_another", "later"}));
            });
    }

    void oneAccountAtTheBankFeedsTheBooksOnce()
    {
        inBothWorlds(
            [](World& world)
            {
                auto shown = shownAccount("a1", "Checking", "0000");
                shown.persistentId = "persistent-1";
                const auto first = world.connect();
                world.look(first, {shown});
                world.apply(first, {decideNew(world.account(first, "Checking"), "Checking")});
                world.clock.advanceMs(1000);
                const auto second = world.connect();
                shown.providerAccountId = "b1";
                world.look(second, {shown});
                const auto twin = world.account(second, "Checking");
                auto decision = decideNew(twin, "Twin");
                CPPUNIT_ASSERT_EQUAL(
                    std::string("already_linked"), codesOf(world.apply(second, {decision})));
                decision.acceptDuplicate = true; // The bank's own word is not to be waived.
                CPPUNIT_ASSERT_EQUAL(
                    std::string("already_linked"), codesOf(world.apply(second, {decision})));
            });
    }

    void acceptingADuplicateWaivesNothingElse()
    {
        inBothWorlds(
            [](World& world)
            {
                const LinkingSetting setting(world);
                world.clock.advanceMs(60'000);
                const std::vector<std::pair<std::string, std::string>> expected{
                    {"401k", "balances_only"}, {"Linked", "already_linked"}};
                for (const auto& [name, code] : expected)
                {
                    auto decision = decideNew(setting.of(name), "Another " + name);
                    decision.acceptDuplicate = true;
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(
                        name, code, codesOf(world.apply(setting.connection, {decision})));
                }
            });
    }

    void theSameLoginConnectedTwiceBooksNothingTwice()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto first = world.connect();
                world.look(first, {shownAccount("a1", "Checking", "0000")});
                world.clock.advanceMs(1000);
                const auto second = world.connect();
                world.look(second, {shownAccount("b1", "Checking", "0000")});
                const auto original = world.account(first, "Checking");
                const auto twin = world.account(second, "Checking");
                // The younger one may be linked first: it stands in the way all the same.
                auto decision = decideNew(twin, "Twin");
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, world.apply(second, {decision}).linked);
                const auto refused = world.apply(first, {decideNew(original, "Checking")});
                CPPUNIT_ASSERT_EQUAL(std::string("looks_already_linked"), codesOf(refused));
                const auto& conflict = refused.conflicts.at(0);
                const std::vector<std::pair<std::string, std::string>> params{
                    {"fed_by", "Checking \u2022\u20220000"}, {"institution", "First Platypus Bank"},
                    {"ledger_account", "Twin"}};
                CPPUNIT_ASSERT(conflict.params == params);
                CPPUNIT_ASSERT((conflict.choices ==
                                std::vector<std::string>{"none", "later", "accept_duplicate"}));
                decision = decideNew(original, "Checking");
                decision.acceptDuplicate = true;
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, world.apply(first, {decision}).linked);
            });
    }

    void aNameIsTakenByTheLastPartOfAnotherOfItsKind()
    {
        inBothWorlds(
            [](World& world)
            {
                const LinkingSetting setting(world);
                const auto checking = setting.of("Checking");
                CPPUNIT_ASSERT_EQUAL(std::string("name_taken"),
                    codesOf(world.apply(setting.connection, {decideNew(checking, "free")})));
                // Not those of another kind, and not a part of the last part.
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                    world.apply(setting.connection, {decideNew(checking, "Food")}).linked);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                    world.apply(setting.connection, {decideNew(setting.of("Savings"), "ree")})
                        .linked);
            });
    }

    void namesAreTidiedOfSpacesAndOfWhatNobodySees()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("Event Fund"),
            accounts::tidyName("\u00a0\tEvent\u2003 \u3000Fund\u200b\ufeff "));
        CPPUNIT_ASSERT_EQUAL(std::string(), accounts::tidyName(" \u200d\u2060\u3164 "));
        // A joiner shapes the letters that it stands between.
        CPPUNIT_ASSERT_EQUAL(std::string("\u0645\u06cc\u200c\u062e\u0648"),
            accounts::tidyName("\u0645\u06cc\u200c\u062e\u0648\u200c"));
        CPPUNIT_ASSERT_EQUAL(std::string("\u50a8\u84c4 \U0001F4B0"),
            accounts::tidyName("\u3000\u50a8\u84c4\u3000\U0001F4B0"));
        CPPUNIT_ASSERT_EQUAL(std::string("\xff "), accounts::tidyName("\xff "));
        inBothWorlds(
            [](World& world)
            {
                const LinkingSetting setting(world);
                CPPUNIT_ASSERT_EQUAL(std::string("name_missing"),
                    codesOf(world.apply(
                        setting.connection, {decideNew(setting.of("Checking"), "\u3000\u200b")})));
            });
    }

    void decisionsThatMakeNoSenseAreRefused()
    {
        inBothWorlds(
            [](World& world)
            {
                const LinkingSetting setting(world);
                auto linking = world.linking();
                const auto refusal = [&](std::vector<Decision> decisions)
                {
                    const auto applied = linking.apply(
                        World::tenant, World::ada(), setting.connection, std::move(decisions));
                    return applied.ok() ? std::string() : applied.error().code;
                };
                const auto checking = setting.of("Checking");
                CPPUNIT_ASSERT_EQUAL(std::string("review.decisions"), refusal({}));
                CPPUNIT_ASSERT_EQUAL(std::string("review.decisions"),
                    refusal({decide(checking, Choice::None), decide(checking, Choice::Later)}));
                CPPUNIT_ASSERT_EQUAL(std::string("review.name"),
                    refusal({decideNew(checking, std::string(201, 'n'))}));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("review.name"), refusal({decideNew(checking, "a\nb")}));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("review.name"), refusal({decideNew(checking, "\xff")}));
                CPPUNIT_ASSERT_EQUAL(std::string("account.unknown"),
                    refusal({decide(setting.elsewhere, Choice::None)}));
            });
    }

private:
    static void checkApplied(World& world, const Case& one)
    {
        const LinkingSetting setting(world);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name, std::string(),
            codesOf(world.apply(setting.connection, one.decisions(setting))));
    }

    static void checkRefused(World& world, const LinkingSetting& setting, const Case& one)
    {
        const std::string counts =
            "SELECT (SELECT COUNT(*) FROM account_link) * 100000 + (SELECT COUNT(*) FROM "
            "ledger_account_request) * 10000 + (SELECT COUNT(*) FROM audit) * 10 + (SELECT "
            "COUNT(*) FROM bank_account WHERE decision <> 'open')";
        const std::int64_t before = world.count(counts);
        const auto applied = world.apply(setting.connection, one.decisions(setting));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name, std::string(one.conflicts), codesOf(applied));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name, std::int64_t{0}, applied.linked + applied.aside);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name, before, world.count(counts));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LinkingConflictsTest);

} // namespace bankfeed::testing
