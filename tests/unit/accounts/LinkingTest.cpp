#include "accounts/LedgerName.h"
#include "store/BookFacts.h"
#include "store/JobRepository.h"
#include "store/LedgerAccountRepository.h"
#include "unit/accounts/World.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

namespace bankfeed::testing
{

using accounts::Choice;
using accounts::Decision;

namespace
{

/// A connection with one account of every kind, and books with accounts of every kind. `taken` is
/// fed by a live account of another connection, `stale` by one of an ended connection.
struct Setting
{
    explicit Setting(World& w) : world(w)
    {
        world.ledgerAccounts({booksAccount("free", "Assets:Bank:Free"),
            booksAccount("second", "Assets:Bank:Second"),
            booksAccount("taken", "Assets:Bank:Taken"), booksAccount("stale", "Assets:Bank:Stale"),
            booksAccount("euro", "Assets:Euro", LedgerAccountType::Asset, "EUR"),
            booksAccount("mills", "Assets:Mills", LedgerAccountType::Asset, "USD", 3),
            booksAccount("card", "Liabilities:Card", LedgerAccountType::Liability),
            booksAccount("food", "Expenses:Food", LedgerAccountType::Expense), closed(), control(),
            used()});
        const auto other = world.connect("ins_9", "Other Bank");
        world.look(other,
            {shownAccount("o1", "Elsewhere", "9999"), shownAccount("o2", "Sleeping", "8888")});
        elsewhere = world.account(other, "Elsewhere");
        world.apply(other, {decideExisting(elsewhere, "taken")});
        const auto ended = world.connect("ins_8", "Ended Bank");
        world.look(ended, {shownAccount("e1", "Former", "7777")});
        former = world.account(ended, "Former");
        world.apply(ended, {decideExisting(former, "stale")});
        world.write(
            [&](store::Unit& unit)
            {
                store::ConnectionRepository(unit, World::tenant)
                    .markRemoved(ended, "disconnected", world.clock.now());
            });
        connection = world.connect();
        world.look(connection,
            {shownAccount("a1", "Checking", "0000"), shownAccount("a2", "Savings", "1111"),
                shownAccount("a3", "Card", "3333", "credit", "credit card"),
                shownAccount("a4", "401k", "4444", "investment", "401k"),
                shownAccount("a5", "Gone", "5555"), shownAccount("a6", "Linked", "6666")});
        world.apply(connection, {decideNew(world.account(connection, "Linked"), "Linked")});
        world.clock.advanceMs(60'000);
        world.look(connection,
            {shownAccount("a1", "Checking", "0000"), shownAccount("a2", "Savings", "1111"),
                shownAccount("a3", "Card", "3333", "credit", "credit card"),
                shownAccount("a4", "401k", "4444", "investment", "401k"),
                shownAccount("a6", "Linked", "6666")});
    }

    [[nodiscard]] store::BankAccount of(const std::string& name) const
    {
        return world.account(connection, name);
    }

    static LedgerAccount closed()
    {
        LedgerAccount account = booksAccount("closed", "Assets:Closed");
        account.open = false;
        return account;
    }
    static LedgerAccount control()
    {
        LedgerAccount account = booksAccount("control", "Assets:Control");
        account.feedable = false;
        return account;
    }
    static LedgerAccount used()
    {
        LedgerAccount account = booksAccount("used", "Assets:Used");
        account.lastEntryOn = Date::parse("2026-08-31");
        return account;
    }

    World& world;
    std::string connection;
    store::BankAccount elsewhere;
    store::BankAccount former;
};

Decision starting(Decision decision, const char* date, bool acceptOverlap = false)
{
    decision.startDate = Date::parse(date);
    decision.acceptOverlap = acceptOverlap;
    return decision;
}

/// "code,code" of the conflicts; "" when all was applied.
std::string codesOf(const accounts::Linking::Applied& applied)
{
    std::string codes;
    for (const auto& conflict : applied.conflicts)
        codes += (codes.empty() ? "" : ",") + conflict.code;
    return codes;
}

struct Case
{
    const char* name;
    std::function<std::vector<Decision>(const Setting&)> decisions;
    const char* conflicts;
};

std::vector<Case> existingCases()
{
    const auto one = [](const char* account, const char* ledger)
    {
        return [=](const Setting& s)
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
            [](const Setting& s)
            {
                return std::vector<Decision>{decideExisting(s.of("Checking"), "free"),
                    decideExisting(s.of("Savings"), "free")};
            },
            "ledger_account_chosen_twice"},
        {"several things at once", one("Card", "euro"), "currency_differs,type_differs"},
        {"history, no start date", one("Checking", "used"), ""},
        {"a start after the last entry",
            [](const Setting& s) {
                return std::vector<Decision>{
                    starting(decideExisting(s.of("Checking"), "used"), "2026-09-01")};
            },
            ""},
        {"a start on the day of the last entry",
            [](const Setting& s) {
                return std::vector<Decision>{
                    starting(decideExisting(s.of("Checking"), "used"), "2026-08-31")};
            },
            "start_before_last_entry"},
        {"a start in the future",
            [](const Setting& s) {
                return std::vector<Decision>{
                    starting(decideExisting(s.of("Checking"), "free"), "2026-01-04")};
            },
            "start_in_future"},
        {"a start tomorrow",
            [](const Setting& s) {
                return std::vector<Decision>{
                    starting(decideExisting(s.of("Checking"), "free"), "2026-01-02")};
            },
            ""},
        {"an overlap that is accepted",
            [](const Setting& s)
            {
                return std::vector<Decision>{
                    starting(decideExisting(s.of("Checking"), "used"), "2026-08-01", true)};
            },
            ""},
    };
}

std::vector<Case> otherCases()
{
    const auto named = [](const char* account, std::string name) {
        return [=](const Setting& s)
        { return std::vector<Decision>{decideNew(s.of(account), name)}; };
    };
    const auto chosen = [](const char* account, Choice choice) {
        return [=](const Setting& s)
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
            [](const Setting& s)
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
            [](const Setting& s)
            {
                return std::vector<Decision>{decideExisting(s.of("Checking"), "free"),
                    decideExisting(s.of("Savings"), "taken")};
            },
            "ledger_account_taken"},
    };
}

} // namespace

class LinkingTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LinkingTest);
    CPPUNIT_TEST(everyCaseOfTheTable);
    CPPUNIT_TEST(aLinkToAnExistingAccountWaitsForALookAtTheBooks);
    CPPUNIT_TEST(linkingToANewAccountAsksTheHostFirst);
    CPPUNIT_TEST(theStartDateDefaultsToTheDayAfterTheLastEntry);
    CPPUNIT_TEST(onlyAnAccountThatIsNewToTheBooksGetsAnOpeningBalance);
    CPPUNIT_TEST(anAccountWithoutEntriesGetsAnOpeningBalanceToo);
    CPPUNIT_TEST(anOpeningBalanceCanBeDeclined);
    CPPUNIT_TEST(aLedgerAccountWithEntriesOnTheirWayIsNotNewToTheBooks);
    CPPUNIT_TEST(anOpeningBalanceThatWasStillDueIsDueWhenTheLoginIsConnectedAnew);
    CPPUNIT_TEST(anOpeningBalanceIsDueOnceMoreOnlyToWhomItWasOwed);
    CPPUNIT_TEST(keptAsideIsRememberedAndCanBeUndone);
    CPPUNIT_TEST(takingOverEndsTheOldLinkInTheSameUnit);
    CPPUNIT_TEST(aLinkToALedgerAccountThatIsGoneStandsInNobodysWay);
    CPPUNIT_TEST(oneThatWasMergedAwayIsRefusedBeforeTheHostsListSaysSo);
    CPPUNIT_TEST(conflictsSayWhoStandsInTheWay);
    CPPUNIT_TEST(oneAccountAtTheBankFeedsTheBooksOnce);
    CPPUNIT_TEST(theSameLoginConnectedTwiceBooksNothingTwice);
    CPPUNIT_TEST(acceptingADuplicateWaivesNothingElse);
    CPPUNIT_TEST(aNameIsTakenByTheLastPartOfAnotherOfItsKind);
    CPPUNIT_TEST(namesAreTidiedOfSpacesAndOfWhatNobodySees);
    CPPUNIT_TEST(decisionsThatMakeNoSenseAreRefused);
    CPPUNIT_TEST(anAccountOfAnotherTenantIsUnknown);
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
                const Setting setting(world);
                for (const Case& one : cases)
                    if (*one.conflicts != '\0') checkRefused(world, setting, one);
            });
        for (const Case& one : cases)
            if (*one.conflicts == '\0')
                inBothWorlds([&](World& world) { checkApplied(world, one); });
    }

    void aLinkToAnExistingAccountWaitsForALookAtTheBooks()
    {
        inBothWorlds(
            [](World& world)
            {
                const Setting setting(world);
                const auto account = setting.of("Checking");
                const auto applied =
                    world.apply(setting.connection, {decideExisting(account, "free")});
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, applied.linked);
                const auto link = world.linkOf(account.id);
                CPPUNIT_ASSERT(link);
                CPPUNIT_ASSERT_EQUAL(std::string("free"), *link->ledgerAccountId);
                CPPUNIT_ASSERT_EQUAL(std::string("checking_books"), link->state);
                CPPUNIT_ASSERT_EQUAL(std::string("Ada Admin"), link->createdBy);
                CPPUNIT_ASSERT_EQUAL(account.feedId, link->feedId);
                CPPUNIT_ASSERT(!world.jobAsked(store::job::release, link->id));
                CPPUNIT_ASSERT(world.wake.ticks > 0);
                CPPUNIT_ASSERT_EQUAL(std::string("linked"), setting.of("Checking").decision);
                CPPUNIT_ASSERT_EQUAL(std::string("account.linked"), world.auditActions().at(0));
            });
    }

    void linkingToANewAccountAsksTheHostFirst()
    {
        inBothWorlds(
            [](World& world)
            {
                const Setting setting(world);
                const auto account = setting.of("Card");
                world.apply(setting.connection, {decideNew(account, "Company Card")});
                const auto link = world.linkOf(account.id);
                CPPUNIT_ASSERT(link && !link->ledgerAccountId);
                CPPUNIT_ASSERT_EQUAL(std::string("waiting_for_account"), link->state);
                CPPUNIT_ASSERT_EQUAL(std::string("due"), link->opening);
                CPPUNIT_ASSERT(!world.jobAsked(store::job::release, link->id));
                CPPUNIT_ASSERT(world.wake.ticks > 0);
                const auto wishes = world.write([&](store::Unit& unit)
                    { return store::LedgerAccountRepository(unit, World::tenant).waiting(10); });
                const auto wish = std::find_if(wishes.begin(), wishes.end(),
                    [&](const auto& one) { return one.linkId == link->id; });
                CPPUNIT_ASSERT(wish != wishes.end());
                CPPUNIT_ASSERT_EQUAL(std::string("Company Card"), wish->name);
                CPPUNIT_ASSERT(wish->type == LedgerAccountType::Liability);
                CPPUNIT_ASSERT_EQUAL(2, wish->exponent);
            });
    }

    void theStartDateDefaultsToTheDayAfterTheLastEntry()
    {
        inBothWorlds(
            [](World& world)
            {
                const Setting setting(world);
                world.apply(setting.connection, {decideExisting(setting.of("Checking"), "used")});
                CPPUNIT_ASSERT_EQUAL(
                    std::string("2026-09-01"), world.linkOf(setting.of("Checking").id)->startDate);
                world.apply(setting.connection, {decideExisting(setting.of("Savings"), "free")});
                CPPUNIT_ASSERT_EQUAL(
                    std::string(), world.linkOf(setting.of("Savings").id)->startDate);
            });
    }

    void onlyAnAccountThatIsNewToTheBooksGetsAnOpeningBalance()
    {
        inBothWorlds(
            [](World& world)
            {
                const Setting setting(world);
                // "used" has a past of its own; "free" exists and has not a single entry.
                world.apply(setting.connection, {decideExisting(setting.of("Checking"), "used")});
                world.apply(setting.connection, {decideExisting(setting.of("Savings"), "free")});
                CPPUNIT_ASSERT_EQUAL(
                    std::string("none"), world.linkOf(setting.of("Checking").id)->opening);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("due"), world.linkOf(setting.of("Savings").id)->opening);
            });
    }

    void anAccountWithoutEntriesGetsAnOpeningBalanceToo()
    {
        inBothWorlds(
            [](World& world)
            {
                const Setting setting(world);
                world.apply(setting.connection, {decideExisting(setting.of("Checking"), "free"),
                                                    decideExisting(setting.of("Savings"), "used")});
                CPPUNIT_ASSERT_EQUAL(
                    std::string("due"), world.linkOf(setting.of("Checking").id)->opening);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("none"), world.linkOf(setting.of("Savings").id)->opening);
            });
    }

    void anOpeningBalanceCanBeDeclined()
    {
        inBothWorlds(
            [](World& world)
            {
                const Setting setting(world);
                auto decision = decideNew(setting.of("Checking"), "Fund");
                decision.openingBalance = false;
                world.apply(setting.connection, {decision});
                CPPUNIT_ASSERT_EQUAL(
                    std::string("none"), world.linkOf(setting.of("Checking").id)->opening);
            });
    }

    void aLedgerAccountWithEntriesOnTheirWayIsNotNewToTheBooks()
    {
        // A feed waits, because the account was closed: the books have not a single entry yet.
        for (const bool opening : {true, false})
            inBothWorlds(
                [&](World& world)
                {
                    const Setting setting(world);
                    if (opening)
                        write(world, R"(UPDATE account_link SET opening = 'posted',
                            opening_revision = 1 WHERE ledger_account_id = 'stale')");
                    else
                        tell(world, setting.former, "stale");
                    const auto account = setting.of("Checking");
                    world.apply(setting.connection, {decideExisting(account, "stale")});
                    CPPUNIT_ASSERT_EQUAL(std::string("none"), world.linkOf(account.id)->opening);
                });
    }

    void anOpeningBalanceThatWasStillDueIsDueWhenTheLoginIsConnectedAnew()
    {
        inBothWorlds(
            [](World& world)
            {
                const Setting setting(world);
                const auto again = connectedAnew(world, setting, "7777");
                world.apply(again.connectionId, {decideExisting(again, "stale")});
                const auto link = world.linkOf(again.id);
                CPPUNIT_ASSERT_EQUAL(std::string("due"), link->opening);
                // The books had changed when they were looked at once more: decided anew.
                write(world, "UPDATE account_link SET ended_at = 1, state = 'ended' WHERE "
                             "ledger_account_id = 'stale'");
                write(world, "UPDATE bank_account SET decision = 'open' WHERE decision = 'linked' "
                             "AND mask = '7777'");
                world.clock.advanceMs(1000);
                world.apply(again.connectionId, {decideExisting(again, "stale")});
                CPPUNIT_ASSERT(world.linkOf(again.id)->id != link->id);
                CPPUNIT_ASSERT_EQUAL(std::string("due"), world.linkOf(again.id)->opening);
            });
    }

    void anOpeningBalanceIsDueOnceMoreOnlyToWhomItWasOwed()
    {
        enum class Why
        {
            Another,  // Another account at the bank.
            Posted,   // It was told.
            Declined, // The person declines it.
            Untold,   // The books have entries, and none of ours: the person's own past.
        };
        for (const Why why : {Why::Another, Why::Posted, Why::Declined, Why::Untold})
            inBothWorlds(
                [&](World& world)
                {
                    const Setting setting(world);
                    const auto again =
                        connectedAnew(world, setting, why == Why::Another ? "7778" : "7777");
                    if (why == Why::Posted)
                        write(world, "UPDATE account_link SET opening = 'posted'");
                    if (why == Why::Untold) write(world, "DELETE FROM bank_transaction");
                    Decision decision = decideExisting(again, "stale");
                    decision.openingBalance = why != Why::Declined;
                    world.apply(again.connectionId, {decision});
                    CPPUNIT_ASSERT_EQUAL(std::string("none"), world.linkOf(again.id)->opening);
                });
    }

    void keptAsideIsRememberedAndCanBeUndone()
    {
        inBothWorlds(
            [](World& world)
            {
                const Setting setting(world);
                world.apply(setting.connection, {decide(setting.of("Checking"), Choice::None)});
                const auto aside = setting.of("Checking");
                CPPUNIT_ASSERT_EQUAL(std::string("aside"), aside.decision);
                CPPUNIT_ASSERT_EQUAL(std::string("Ada Admin"), aside.decidedBy);
                world.look(setting.connection, {shownAccount("a1", "Checking", "0000")});
                CPPUNIT_ASSERT_EQUAL(std::string("aside"), setting.of("Checking").decision);
                world.apply(setting.connection, {decide(aside, Choice::Later)});
                CPPUNIT_ASSERT_EQUAL(std::string("open"), setting.of("Checking").decision);
                const auto actions = world.auditActions();
                CPPUNIT_ASSERT(
                    std::find(actions.begin(), actions.end(), "account.reopened") != actions.end());
                world.apply(setting.connection, {decide(aside, Choice::None)});
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                    world.apply(setting.connection, {decideExisting(aside, "free")}).linked);
            });
    }

    void takingOverEndsTheOldLinkInTheSameUnit()
    {
        inBothWorlds(
            [](World& world)
            {
                const Setting setting(world);
                const auto old = world.linkOf(setting.former.id);
                CPPUNIT_ASSERT(old);
                world.apply(setting.connection, {decideExisting(setting.of("Checking"), "stale")});
                CPPUNIT_ASSERT(!world.linkOf(setting.former.id));
                const auto ended = world.write([&](store::Unit& unit)
                    { return store::AccountLinkRepository(unit, World::tenant).find(old->id); });
                CPPUNIT_ASSERT_EQUAL(std::string("ended"), ended->state);
                CPPUNIT_ASSERT_EQUAL(std::string("stale"), *ended->ledgerAccountId);
                const auto actions = world.auditActions();
                CPPUNIT_ASSERT_EQUAL(std::string("account.linked"), actions.at(0));
                CPPUNIT_ASSERT_EQUAL(std::string("account.kept_aside"), actions.at(1));
            });
    }

    void oneThatWasMergedAwayIsRefusedBeforeTheHostsListSaysSo()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                world.ledgerAccounts({booksAccount("l1", "Cash"), booksAccount("l2", "Bank")});
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                const auto account = world.account(connection, "Checking");
                world.write([](store::Unit& unit)
                    { store::BookFacts(unit, World::tenant).setMerged("l1", "l2", 0); });
                CPPUNIT_ASSERT_EQUAL(std::string("ledger_account_closed"),
                    codesOf(world.apply(connection, {decideExisting(account, "l1")})));
                CPPUNIT_ASSERT_EQUAL(std::string(),
                    codesOf(world.apply(connection, {decideExisting(account, "l2")})));
            });
    }

    void aLinkToALedgerAccountThatIsGoneStandsInNobodysWay()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                world.ledgerAccounts({booksAccount("l1", "Cash")});
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                const auto account = world.account(connection, "Checking");
                world.apply(connection, {decideExisting(account, "l1")});
                const auto old = world.linkOf(account.id);
                auto gone = booksAccount("l1", "Cash");
                gone.open = false; // So the mirror has what the host does not list any more.
                world.ledgerAccounts({gone, booksAccount("l2", "Bank")});
                // Not for a decision that cannot be carried out.
                CPPUNIT_ASSERT_EQUAL(std::string("ledger_account_closed"),
                    codesOf(world.apply(connection, {decideExisting(account, "l1")})));
                CPPUNIT_ASSERT_EQUAL(old->id, world.linkOf(account.id)->id);
                CPPUNIT_ASSERT_EQUAL(std::string(),
                    codesOf(world.apply(connection, {decideExisting(account, "l2")})));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("l2"), world.linkOf(account.id)->ledgerAccountId.value_or(""));
                CPPUNIT_ASSERT_EQUAL(std::string("account.unlinked"), world.auditActions().at(1));
            });
    }

    void conflictsSayWhoStandsInTheWay()
    {
        inBothWorlds(
            [](World& world)
            {
                const Setting setting(world);
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
                const Setting setting(world);
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
                const Setting setting(world);
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
                const Setting setting(world);
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
                const Setting setting(world);
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

    void anAccountOfAnotherTenantIsUnknown()
    {
        inBothWorlds(
            [](World& world)
            {
                const Setting setting(world);
                auto linking = world.linking();
                const auto foreign = linking.apply("other", World::ada(), setting.connection,
                    {decideNew(setting.of("Checking"), "Mine")});
                CPPUNIT_ASSERT(!foreign.ok());
                CPPUNIT_ASSERT_EQUAL(std::string("connection.unknown"), foreign.error().code);
                world.ledgerAccounts({booksAccount("theirs", "Assets:Theirs")}, "other");
                CPPUNIT_ASSERT_EQUAL(std::string("ledger_account_unknown"),
                    codesOf(world.apply(
                        setting.connection, {decideExisting(setting.of("Checking"), "theirs")})));
            });
    }

private:
    static void write(World& world, const std::string& sql)
    {
        world.write([&](store::Unit& unit) { unit.execute(sql); });
    }

    /// A row of the account is in the books, or on its way there.
    static void tell(
        World& world, const store::BankAccount& account, const std::string& ledgerAccountId)
    {
        world.orphan(account.connectionId, account.providerAccountId, "t1");
        world.write(
            [&](store::Unit& unit)
            {
                unit.execute(R"(UPDATE bank_transaction SET bank_account_id = $1, lane = 'booked',
                    revision = 1, sent_ledger_account_id = $2, sent_units = -100)",
                    {account.id, ledgerAccountId});
            });
    }

    /// "Former" fed "stale", which owes an opening balance and has an entry. The same login again,
    /// with an account of this mask.
    static store::BankAccount connectedAnew(
        World& world, const Setting& setting, const std::string& mask)
    {
        tell(world, setting.former, "stale");
        LedgerAccount stale = booksAccount("stale", "Assets:Bank:Stale");
        stale.lastEntryOn = Date::parse("2026-01-01");
        world.ledgerAccounts({stale});
        const auto connection = world.connect("ins_8", "Ended Bank");
        world.look(connection, {shownAccount("n1", "Former", mask)});
        return world.account(connection, "Former");
    }

    static void checkApplied(World& world, const Case& one)
    {
        const Setting setting(world);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name, std::string(),
            codesOf(world.apply(setting.connection, one.decisions(setting))));
    }

    static void checkRefused(World& world, const Setting& setting, const Case& one)
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

CPPUNIT_TEST_SUITE_REGISTRATION(LinkingTest);

} // namespace bankfeed::testing
