// Which account is which, case by case, as people met them: each case names the thread or the bank
// that taught it. What is looked at is the first account of `after`: its relation to those of
// before, what is proposed for it, and what stands in its way.
#include "unit/accounts/ReviewRows.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

namespace bankfeed::testing
{

namespace
{

struct Shown
{
    const char* id;
    const char* mask = "0000";
    const char* persistent = "";
    const char* name = "Checking";
    const char* type = "depository";
    const char* subtype = "checking";
    const char* currency = "USD";
    const char* official = "";
};

/// What became of the connection of before, or of its accounts.
enum class End : unsigned char
{
    Stays,    ///< It goes on beside the new one.
    Ended,    ///< Disconnected, or revoked at the bank.
    Replaced, ///< The new connection takes its place.
    Unticked, ///< One connection: two looks without the old accounts, then `after`.
    Missing,  ///< One connection: the look that first misses the old accounts shows `after`.
};

struct Case
{
    const char* source;
    const char* what;
    std::vector<Shown> before;
    const char* fed; ///< The ledger account that the first of them feeds; "" for none.
    End end;
    std::vector<Shown> after;
    const char* relation; ///< "" for none.
    const char* proposal; ///< A ledger account, "new", or "" for none.
    const char* conflict = "";
    std::vector<LedgerAccount> books{};
    const char* institution = "ins_1"; ///< Of the connection of `after`.
    bool closes = false;               ///< The ledger account of before is closed meanwhile.
};

ProviderAccount made(const Shown& shown)
{
    auto account =
        shownAccount(shown.id, shown.name, shown.mask, shown.type, shown.subtype, shown.currency);
    account.persistentId = shown.persistent;
    account.officialName = shown.official;
    return account;
}

LedgerAccount closed(LedgerAccount account)
{
    account.open = false;
    return account;
}

const Shown anchor{"anchor", "9876", "", "Anchor", "depository", "savings"};
const Shown old{"old"};
const Shown fresh{"new"};

std::vector<Case> sameNames()
{
    const Shown second{"new2", "1111"};
    const Shown lasting{"old", "0000", "p1"};
    return {
        {"erpnext #38785: two accounts of one name overwrote each other",
            "two accounts of one name are two, and nothing tells them apart in the books", {}, "",
            End::Stays, {fresh, second}, "", "new", "", {booksAccount("b", "Assets:Checking")}},
        {"erpnext #52442: merged with the wrong account of the same name",
            "the last digits in the books tell which of two namesakes is meant", {}, "", End::Stays,
            {fresh, second}, "", "b0", "",
            {booksAccount("b0", "Assets:Checking 0000"),
                booksAccount("b1", "Assets:Checking 1111")}},
        {"erpnext #52610", "a new namesake beside one that feeds is another account", {old}, "l1",
            End::Stays, {second}, "", "new", "", {}, "ins_2"},
        {"opencollective #7775: several accounts in one connection",
            "a namesake in the same connection is no relation", {old}, "l1", End::Unticked,
            {second}, "", "new"},
        {"sure #3198: users make duplicates",
            "an account of the books that has the very name is proposed", {}, "", End::Stays,
            {fresh}, "", "b", "", {booksAccount("b", "Assets:Bank:Checking")}},
        {"bigcapital #1458: feed an existing ledger account",
            "case and punctuation make no other name", {}, "", End::Stays, {fresh}, "", "b", "",
            {booksAccount("b", "Assets:Bank:CHECKING.")}},
        {"bigcapital #1463", "the bank's official name counts as a name", {}, "", End::Stays,
            {{"new", "0000", "", "Nick", "depository", "checking", "USD", "Everyday Account"}}, "",
            "b", "", {booksAccount("b", "Assets:Everyday Account")}},
        {"maybe PR #2244: a sync overwrote a custom name",
            "a name that is only similar proposes nothing", {}, "", End::Stays,
            {{"new", "0000", "", "Checking Plus"}}, "", "new", "",
            {booksAccount("b", "Assets:Checking")}},
        {"erpnext #55213", "two ledger accounts of the name: neither is proposed", {}, "",
            End::Stays, {fresh}, "", "new", "",
            {booksAccount("b", "Assets:Here:Checking"),
                booksAccount("c", "Assets:There:Checking")}},
        {"bigcapital #1458: validate that it is free",
            "a namesake in the books that is fed is not proposed", {lasting}, "b", End::Stays,
            {second}, "", "new", "", {booksAccount("b", "Assets:Checking")}},
        {"opencollective #8040: keep accounts apart on our side",
            "a name in another part of the books' tree is no match", {}, "", End::Stays, {fresh},
            "", "new", "", {booksAccount("b", "Checking:Petty cash")}},
        {"KMyMoney manual, Matching", "a closed namesake in the books is not proposed", {}, "",
            End::Stays, {fresh}, "", "new", "", {closed(booksAccount("b", "Assets:Checking"))}},
        {"bigcapital #1458: validate the type", "a namesake that is a debt takes no asset", {}, "",
            End::Stays, {fresh}, "", "new", "",
            {booksAccount("b", "Liabilities:Checking", LedgerAccountType::Liability)}},
        {"bigcapital #1458: validate the type", "a card finds its debt by name", {}, "", End::Stays,
            {{"new", "3333", "", "Card", "credit", "credit card"}}, "", "b", "",
            {booksAccount("b", "Liabilities:Card", LedgerAccountType::Liability),
                booksAccount("c", "Assets:Card")}},
    };
}

std::vector<Case> sameMasks()
{
    const Shown twin{"new2"};
    return {
        {"sure #3657: a login connected again made a duplicate",
            "a live look-alike that feeds stands in the way until a person says otherwise", {old},
            "l1", End::Stays, {fresh}, "also_shared", "", "looks_already_linked"},
        {"sure #3657", "a look-alike that feeds nothing is told, and in nobody's way", {old}, "",
            End::Stays, {fresh}, "also_shared", "new"},
        {"plaid/support #198", "the same digits at another bank are another account", {old}, "l1",
            End::Stays, {fresh}, "", "new", "", {}, "ins_2"},
        {"plaid/support #178", "the same digits of another kind are another account", {old}, "l1",
            End::Stays, {{"new", "0000", "", "Savings", "depository", "savings"}}, "", "new"},
        {"deprecated-link #78", "the same digits on a card are another account", {old}, "l1",
            End::Stays, {{"new", "0000", "", "Card", "credit", "credit card"}}, "", "new"},
        {"budget-tracker PR #492", "without digits nothing is told from them", {{"old", ""}}, "l1",
            End::Stays, {{"new", ""}}, "", "new"},
        {"erpnext #38785", "two of one connection with the same digits are two", {}, "", End::Stays,
            {fresh, twin}, "", "new"},
        {"securo #445", "two lasting numbers that differ say that it is another account",
            {{"old", "0000", "p1"}}, "l1", End::Stays, {{"new", "0000", "p2"}}, "", "new"},
        {"securo #562", "the digits in a ledger account's name are evidence", {}, "", End::Stays,
            {fresh}, "", "b", "", {booksAccount("b", "Assets:Main (0000)")}},
        {"securo #562", "two digits or three are too few to go by", {}, "", End::Stays,
            {{"new", "123"}}, "", "new", "", {booksAccount("b", "Assets:Main 123")}},
        {"erpnext #25488", "the digits in two names of the books point to neither", {}, "",
            End::Stays, {fresh}, "", "new", "",
            {booksAccount("b", "Assets:One 0000"), booksAccount("c", "Assets:Two 0000")}},
        {"erpnext #38785", "two accounts that want one ledger account get neither", {}, "",
            End::Stays, {fresh, twin}, "", "new", "", {booksAccount("b", "Assets:Main 0000")}},
        {"actual #8518", "the digits as part of a longer number are no evidence", {}, "",
            End::Stays, {fresh}, "", "new", "", {booksAccount("b", "Assets:Main 100001")}},
    };
}

std::vector<Case> relinkedLogins()
{
    const Shown lasting{"old", "0000", "p1"};
    const Shown lastingNew{"new", "0000", "p1"};
    return {
        {"maybe #2172: duplicates after doing the flow twice",
            "a login that ended and came again takes its account's place", {old}, "l1", End::Ended,
            {fresh}, "re_issued", "l1"},
        {"actual #8210: cannot choose one's own account again after a re-login",
            "by the bank's lasting number it is certain, whatever it is called now", {lasting},
            "l1", End::Ended, {{"new", "0000", "p1", "Renamed"}}, "re_issued", "l1"},
        {"actual #7173", "one that never fed has no ledger account to pass on", {old}, "",
            End::Ended, {fresh}, "re_issued", "new"},
        {"budget-tracker PR #492", "two that look like the one of before: a person decides", {old},
            "l1", End::Ended, {fresh, {"new2"}}, "", "new"},
        {"plaid-link-android #126", "a login at another bank takes nobody's place", {old}, "l1",
            End::Ended, {fresh}, "", "new", "", {}, "ins_2"},
        {"Expensify #90572: the wrong account on reconnect",
            "other digits and no lasting number: another account", {old}, "l1", End::Ended,
            {{"new", "7777"}}, "", "new"},
        {"Expensify #96349: a reconnect made a second feed",
            "a login that takes the place of a live one is proposed its ledger account", {old},
            "l1", End::Replaced, {fresh}, "re_issued", "l1"},
        {"Expensify #96349", "by the lasting number too", {lasting}, "l1", End::Replaced,
            {lastingNew}, "re_issued", "l1"},
        {"Expensify #90572", "two that may be the one of before: none is proposed", {old}, "l1",
            End::Replaced, {fresh, {"new2"}}, "", "new"},
        {"Expensify #90572", "one of other digits takes no place", {old}, "l1", End::Replaced,
            {{"new", "7777"}}, "", "new"},
        {"sure PR #3199", "a login connected beside the old one feeds nothing twice", {lasting},
            "l1", End::Stays, {lastingNew}, "also_shared", "", "already_linked"},
        {"sure #3198", "nor is there anything in its way when the old one feeds nothing", {lasting},
            "", End::Stays, {lastingNew}, "also_shared", "new"},
        {"bigcapital #1458: deleting the twin kills the whole login",
            "of two that ended, the one with the lasting number is meant",
            {{"other", "0000", "p2"}, lasting}, "l1", End::Ended, {lastingNew}, "re_issued", "new"},
    };
}

std::vector<Case> churnedIds()
{
    const Shown lasting{"old", "0000", "p1"};
    return {
        {"firefly #12093: account ids of one session",
            "un-ticked and ticked again under a new id it goes on where it was", {old}, "l1",
            End::Unticked, {fresh}, "re_issued", "l1"},
        {"firefly #12246", "by the lasting number too", {lasting}, "l1", End::Unticked,
            {{"new", "0000", "p1", "Renamed"}}, "re_issued", "l1"},
        {"firefly #11925", "a new name is no new account", {old}, "l1", End::Unticked,
            {{"new", "0000", "", "Joint account"}}, "re_issued", "l1"},
        {"monetr PR #1831: inactive after one answer without it",
            "one that is missing at one look only still stands in the way", {old}, "l1",
            End::Missing, {fresh}, "also_shared", "", "looks_already_linked"},
        {"monetr PR #1831", "for certain, by the lasting number", {lasting}, "l1", End::Missing,
            {{"new", "0000", "p1"}}, "also_shared", "", "already_linked"},
        {"monetr #780", "shown again under its own id it is itself", {old}, "l1", End::Unticked,
            {old}, "", ""},
        {"monetr #198", "shown again after one look without it, too", {old}, "l1", End::Missing,
            {old, fresh}, "", ""},
        {"actual #8210", "a new id of other digits is a new account", {old}, "l1", End::Unticked,
            {{"new", "7777"}}, "", "new"},
        {"maybe PR #1854", "a new id of another kind is a new account", {old}, "l1", End::Unticked,
            {{"new", "0000", "", "Savings", "depository", "savings"}}, "", "new"},
    };
}

std::vector<Case> tokenizedBanks()
{
    return {
        {"banks that give each login another account number (Chase)",
            "other digits, one lasting number: the same account", {{"old", "0000", "p1"}}, "l1",
            End::Ended, {{"new", "4821", "p1"}}, "re_issued", "l1"},
        {"banks that give each login another account number (PNC)",
            "and not to be linked a second time while the first lives", {{"old", "0000", "p1"}},
            "l1", End::Stays, {{"new", "4821", "p1"}}, "also_shared", "", "already_linked"},
        {"tokenized banks without lasting numbers",
            "other digits and nothing else: nothing is guessed", {old}, "l1", End::Ended,
            {{"new", "4821"}}, "", "new"},
        {"tokenized banks, digits left out", "the lasting number is enough without digits",
            {{"old", "", "p1"}}, "l1", End::Ended, {{"new", "", "p1"}}, "re_issued", "l1"},
        {"tokenized banks, a number that two of them use",
            "a lasting number counts within its bank alone", {{"old", "0000", "p1"}}, "l1",
            End::Stays, {{"new", "0000", "p1"}}, "", "new", "", {}, "ins_2"},
        {"tokenized banks, connected anew (US Bank)",
            "the successor's account moves by its lasting number", {{"old", "0000", "p1"}}, "l1",
            End::Replaced, {{"new", "4821", "p1"}}, "re_issued", "l1"},
        {"tokenized banks, a lasting number that came later",
            "where only one side has a lasting number, the digits are a proposal", {old}, "l1",
            End::Ended, {{"new", "0000", "p1"}}, "re_issued", "l1"},
    };
}

std::vector<Case> currencies()
{
    const Shown euro{"new", "0000", "", "Checking", "depository", "checking", "EUR"};
    return {
        {"bigcapital #1458: validate the currency",
            "a namesake in another currency is not proposed", {}, "", End::Stays, {fresh}, "",
            "new", "", {booksAccount("b", "Assets:Checking", LedgerAccountType::Asset, "EUR")}},
        {"multi-currency wallets (Wise)", "one number in two currencies are two accounts", {old},
            "l1", End::Stays, {euro}, "", "new"},
        {"multi-currency wallets (Revolut)", "also when the first has ended", {old}, "l1",
            End::Ended, {euro}, "", "new"},
        {"monetr #1048", "what has no currency feeds nothing", {}, "", End::Stays,
            {{"new", "0000", "", "Checking", "depository", "checking", ""}}, "", "",
            "balances_only"},
        {"banks that convert an account", "the same account in a new currency needs a new place",
            {{"old", "0000", "p1"}}, "l1", End::Ended,
            {{"new", "0000", "p1", "Checking", "depository", "checking", "EUR"}}, "re_issued",
            "new"},
        {"ledgers with mills", "other decimals of the same currency are no match", {}, "",
            End::Stays, {fresh}, "", "new", "",
            {booksAccount("b", "Assets:Checking", LedgerAccountType::Asset, "USD", 3)}},
    };
}

std::vector<Case> closedAndReopened()
{
    return {
        {"closed and opened again under a new number", "another number is another account", {old},
            "l1", End::Unticked, {{"new", "5150"}}, "", "new"},
        {"closed and opened again under its old number", "the same number goes on where it was",
            {old}, "l1", End::Unticked, {fresh}, "re_issued", "l1"},
        {"the books closed its ledger account meanwhile",
            "its relation is said, and a new ledger account proposed", {old}, "l1", End::Ended,
            {fresh}, "re_issued", "new", "", {}, "ins_1", true},
        {"a card that was re-issued with a new number", "without a lasting number it is a new card",
            {{"old", "3333", "", "Card", "credit", "credit card"}}, "", End::Unticked,
            {{"new", "4444", "", "Card", "credit", "credit card"}}, "", "new"},
        {"a card that was re-issued with a new number", "with one it is the same card",
            {{"old", "3333", "p1", "Card", "credit", "credit card"}}, "", End::Unticked,
            {{"new", "4444", "p1", "Card", "credit", "credit card"}}, "re_issued", "new"},
        {"a savings account that became a checking account",
            "another kind without a lasting number is another account",
            {{"old", "0000", "", "Savings", "depository", "savings"}}, "l1", End::Ended, {fresh},
            "", "new"},
        {"a savings account that became a checking account", "with one it goes on",
            {{"old", "0000", "p1", "Savings", "depository", "savings"}}, "l1", End::Ended,
            {{"new", "0000", "p1"}}, "re_issued", "l1"},
        {"an account that became an investment", "what gives balances alone takes no place",
            {{"old", "0000", "p1"}}, "l1", End::Ended,
            {{"new", "0000", "p1", "Fund", "investment", "brokerage"}}, "re_issued", "",
            "balances_only"},
    };
}

std::vector<Case> sharedByTwoLogins()
{
    return {
        {"a joint account in two logins, with a lasting number", "it feeds through one of them",
            {{"old", "0000", "p1"}}, "l1", End::Stays, {{"new", "0000", "p1", "Joint"}},
            "also_shared", "", "already_linked"},
        {"a joint account in two logins, without one", "a person may say that it is another one",
            {old}, "l1", End::Stays, {{"new", "0000", "", "Joint"}}, "also_shared", "",
            "looks_already_linked"},
        {"a joint account whose first login keeps it aside", "the second may feed it",
            {{"old", "0000", "p1"}}, "", End::Stays, {{"new", "0000", "p1"}}, "also_shared", "new"},
        {"a joint account whose first login ended", "the second goes on where the first was",
            {{"old", "0000", "p1"}}, "l1", End::Ended, {{"new", "0000", "p1"}}, "re_issued", "l1"},
        {"one bank's private and business sides are two banks to the provider",
            "they share no evidence", {old}, "l1", End::Stays, {fresh}, "", "new", "", {}, "ins_2"},
        {"two logins at one bank, each with accounts of its own",
            "the other's accounts are no relation", {old}, "l1", End::Stays,
            {{"new", "2222", "", "Checking"}}, "", "new"},
    };
}

std::vector<Case> allCases()
{
    std::vector<Case> all;
    for (auto part : {sameNames(), sameMasks(), relinkedLogins(), churnedIds(), tokenizedBanks(),
             currencies(), closedAndReopened(), sharedByTwoLogins()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

std::vector<ProviderAccount> withAnchor(const std::vector<Shown>& shown)
{
    std::vector<ProviderAccount> all{made(anchor)};
    for (const Shown& one : shown)
        all.push_back(made(one));
    return all;
}

/// Plays what happened, and gives the connection that shows `after`.
std::string played(World& world, const Case& one)
{
    auto books = one.books;
    books.push_back(booksAccount("l1", "Assets:One"));
    world.ledgerAccounts(books);
    const auto first = world.connect();
    world.look(first, withAnchor(one.before));
    const std::string fed = one.fed;
    for (const auto& account : world.accountsOf(first))
        if (!fed.empty() && account.providerAccountId == one.before.front().id)
            CPPUNIT_ASSERT(world.apply(first, {decideExisting(account, fed)}).conflicts.empty());
    if (one.closes) world.ledgerAccounts({closed(booksAccount("l1", "Assets:One"))});
    world.clock.advanceMs(60'000);
    if (one.end == End::Unticked || one.end == End::Missing)
    {
        for (int i = 0; one.end == End::Unticked && i < 2; ++i)
        {
            world.look(first, withAnchor({}));
            world.clock.advanceMs(60'000);
        }
        world.look(first, withAnchor(one.after));
        return first;
    }
    if (one.end == End::Ended) world.endConnection(first);
    const auto second = world.connect(one.institution);
    if (one.end == End::Replaced)
        world.write([&](store::Unit& unit)
            { store::ConnectionRepository(unit, World::tenant).setReplaces(second, first); });
    std::vector<ProviderAccount> shown;
    for (const Shown& account : one.after)
        shown.push_back(made(account));
    world.look(second, shown);
    return second;
}

void judge(World& world, const Case& one)
{
    const std::string what = std::string(one.source) + ": " + one.what;
    const auto review = reviewOf(world, played(world, one));
    for (const accounts::ReviewRow& row : review.rows)
    {
        if (row.account.providerAccountId != one.after.front().id) continue;
        CPPUNIT_ASSERT_EQUAL_MESSAGE(
            what, std::string(one.relation), row.relation ? row.relation->kind : std::string());
        const std::string proposal = !row.proposal ? std::string()
                                     : row.proposal->choice == accounts::Choice::New
                                         ? std::string("new")
                                         : row.proposal->ledgerAccountId;
        CPPUNIT_ASSERT_EQUAL_MESSAGE(what, std::string(one.proposal), proposal);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(what, std::string(one.conflict),
            row.conflicts.empty() ? std::string() : row.conflicts.front().code);
        return;
    }
    CPPUNIT_FAIL("no such row: " + what);
}

} // namespace

class IdentityTableTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(IdentityTableTest);
    CPPUNIT_TEST(theTableHasAtLeastSixtyCases);
    CPPUNIT_TEST(namesakes);
    CPPUNIT_TEST(theSameLastDigits);
    CPPUNIT_TEST(loginsConnectedAgain);
    CPPUNIT_TEST(idsThatChange);
    CPPUNIT_TEST(banksWithTokenizedNumbers);
    CPPUNIT_TEST(currenciesThatClash);
    CPPUNIT_TEST(accountsClosedAndOpenedAgain);
    CPPUNIT_TEST(accountsThatTwoLoginsShare);
    CPPUNIT_TEST(nothingActsByItself);
    CPPUNIT_TEST_SUITE_END();

    static void all(const std::vector<Case>& cases)
    {
        for (const Case& one : cases)
            inBothWorlds([&](World& world) { judge(world, one); });
    }

public:
    void theTableHasAtLeastSixtyCases()
    {
        const auto cases = allCases();
        CPPUNIT_ASSERT(cases.size() >= 60);
        for (const Case& one : cases)
            CPPUNIT_ASSERT(one.source[0] != '\0' && one.what[0] != '\0');
    }
    void namesakes() { all(sameNames()); }
    void theSameLastDigits() { all(sameMasks()); }
    void loginsConnectedAgain() { all(relinkedLogins()); }
    void idsThatChange() { all(churnedIds()); }
    void banksWithTokenizedNumbers() { all(tokenizedBanks()); }
    void currenciesThatClash() { all(currencies()); }
    void accountsClosedAndOpenedAgain() { all(closedAndReopened()); }
    void accountsThatTwoLoginsShare() { all(sharedByTwoLogins()); }

    /// Whatever the evidence, a person decides: the review links nothing.
    void nothingActsByItself()
    {
        for (const Case& one : allCases())
        {
            World world(store::Engine::Sqlite);
            const auto connection = played(world, one);
            const auto before = world.count("SELECT COUNT(*) FROM account_link");
            (void)reviewOf(world, connection);
            CPPUNIT_ASSERT_EQUAL(before, world.count("SELECT COUNT(*) FROM account_link"));
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(IdentityTableTest);

} // namespace bankfeed::testing
