#include "store/LedgerAccountRepository.h"
#include "store/OutboxRepository.h"
#include "unit/accounts/World.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

namespace bankfeed::testing
{

using accounts::Choice;
using accounts::Review;
using accounts::ReviewRow;

namespace
{

Review reviewOf(World& world, const std::string& connectionId)
{
    return valueOf(world.database->read(
        [&](store::Unit& unit) { return Review::build(unit, World::tenant, connectionId); }));
}

const ReviewRow& rowOf(const Review& review, const std::string& name)
{
    for (const ReviewRow& row : review.rows)
        if (row.account.name == name) return row;
    CPPUNIT_FAIL("no row " + name);
    return review.rows.front();
}

std::string evidenceOf(const std::vector<std::string>& evidence)
{
    std::string text;
    for (const auto& one : evidence)
        text += (text.empty() ? "" : ",") + one;
    return text;
}

LedgerAccount withHistory(LedgerAccount account, const char* lastEntry)
{
    account.lastEntryOn = Date::parse(lastEntry);
    return account;
}

/// A row of the feed is in the books.
void booked(World& world, const store::BankAccount& account, const std::string& ledgerAccountId,
    const std::string& on)
{
    world.orphan(account.connectionId, account.providerAccountId, "t-" + on);
    world.write(
        [&](store::Unit& unit)
        {
            unit.execute(R"(UPDATE bank_transaction SET bank_account_id = $1, lane = 'booked',
                booked_on = $2, sent_ledger_account_id = $3, sent_units = units, revision = 1)",
                {account.id, on, ledgerAccountId});
        });
}

void end(World& world, const std::string& connectionId)
{
    world.write(
        [&](store::Unit& unit)
        {
            store::ConnectionRepository(unit, World::tenant)
                .markRemoved(connectionId, "disconnected", world.clock.now());
        });
}

} // namespace

class ReviewTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ReviewTest);
    CPPUNIT_TEST(oldAccountsComeBesideNewOnes);
    CPPUNIT_TEST(anAccountOfTheSameNameIsProposedWithItsStartDate);
    CPPUNIT_TEST(aMaskInTheNameIsStrongerThanTheName);
    CPPUNIT_TEST(twoCandidatesAreNoProposal);
    CPPUNIT_TEST(ofManyLedgerAccountsEveryOneIsOfferedAndTheFittingOneProposed);
    CPPUNIT_TEST(twoAccountsThatFitOneAreNoProposal);
    CPPUNIT_TEST(aSimilarNameAloneProposesNothing);
    CPPUNIT_TEST(takenClosedAndOtherwiseUnfitAccountsAreNeverProposed);
    CPPUNIT_TEST(aNewNameIsFree);
    CPPUNIT_TEST(aNewNameIsNotTheLastPartOfAnother);
    CPPUNIT_TEST(aNameThatTheHostRefusedIsNotProposedAgain);
    CPPUNIT_TEST(accountsThatCannotFeedAreToldSoInAdvance);
    CPPUNIT_TEST(aReissuedAccountIsRelatedAndGetsItsOldLedgerAccount);
    CPPUNIT_TEST(aFeedGoesOnWhereTheFeedBeforeItBegan);
    CPPUNIT_TEST(whatAPersonTookOutOfTheBooksWasNotWrittenByOthers);
    CPPUNIT_TEST(anAccountGoesOnWithAFeedOnlyInItsLedgerAccount);
    CPPUNIT_TEST(anAccountThatHasToldTheBooksKeepsItsFeed);
    CPPUNIT_TEST(accessThatEndedAtTheBankStandsInNobodysWay);
    CPPUNIT_TEST(weakEvidenceMustPointToExactlyOne);
    CPPUNIT_TEST(aLiveLookAlikeElsewhereIsToldAndNothingIsProposed);
    CPPUNIT_TEST(anAccountThatComesBackIsToldFromTheOneThatJustWentMissing);
    CPPUNIT_TEST(ofSeveralEndedLookAlikesTheLatestGoesOn);
    CPPUNIT_TEST(anotherPersistentIdIsAnotherAccount);
    CPPUNIT_TEST(theListSaysWhoFeedsWhat);
    CPPUNIT_TEST(aReviewOfAnotherTenantIsNotFound);
    CPPUNIT_TEST_SUITE_END();

public:
    void oldAccountsComeBesideNewOnes()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Checking", "0000"),
                                           shownAccount("a2", "Savings", "1111")});
                world.apply(
                    connection, {decideNew(world.account(connection, "Checking"), "Checking"),
                                    decide(world.account(connection, "Savings"), Choice::None)});
                world.clock.advanceMs(1000);
                world.look(connection,
                    {shownAccount("a1", "Checking", "0000"), shownAccount("a2", "Savings", "1111"),
                        shownAccount("a3", "Event Fund", "2222")});
                const auto review = reviewOf(world, connection);
                CPPUNIT_ASSERT_EQUAL(std::size_t{3}, review.rows.size());
                CPPUNIT_ASSERT(!rowOf(review, "Checking").isNew);
                CPPUNIT_ASSERT(!rowOf(review, "Checking").proposal);
                CPPUNIT_ASSERT(!rowOf(review, "Savings").isNew);
                const ReviewRow& fresh = rowOf(review, "Event Fund");
                CPPUNIT_ASSERT(fresh.isNew);
                CPPUNIT_ASSERT(fresh.proposal && fresh.proposal->choice == Choice::New);
                CPPUNIT_ASSERT_EQUAL(std::string("Event Fund"), fresh.proposal->name);
                CPPUNIT_ASSERT(!fresh.startDateDefault);
            });
    }

    void anAccountOfTheSameNameIsProposedWithItsStartDate()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts(
                    {withHistory(booksAccount("l1", "Assets:Bank:Savings"), "2026-12-31")});
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Savings", "1111")});
                const auto review = reviewOf(world, connection);
                const ReviewRow& row = rowOf(review, "Savings");
                CPPUNIT_ASSERT(row.proposal && row.proposal->choice == Choice::Existing);
                CPPUNIT_ASSERT_EQUAL(std::string("l1"), row.proposal->ledgerAccountId);
                CPPUNIT_ASSERT_EQUAL(std::string("same_name"), evidenceOf(row.proposal->evidence));
                CPPUNIT_ASSERT_EQUAL(std::string("2027-01-01"), row.startDateDefault->text());
            });
    }

    void aMaskInTheNameIsStrongerThanTheName()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Savings"),
                    booksAccount("l2", "Old savings account 1111")});
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Savings", "1111")});
                const auto review = reviewOf(world, connection);
                const ReviewRow& row = rowOf(review, "Savings");
                CPPUNIT_ASSERT_EQUAL(std::string("l2"), row.proposal->ledgerAccountId);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("same_mask_type_currency"), evidenceOf(row.proposal->evidence));
            });
    }

    void ofManyLedgerAccountsEveryOneIsOfferedAndTheFittingOneProposed()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                std::vector<LedgerAccount> accounts;
                for (int i = 0; i < 10'500; ++i)
                    accounts.push_back(booksAccount(
                        "l" + std::to_string(100'000 + i), "Client " + std::to_string(i)));
                accounts.push_back(booksAccount("z", "Assets:Zest SAVINGS"));
                for (std::size_t begin = 0; begin < accounts.size(); begin += 500)
                    world.ledgerAccounts({accounts.begin() + static_cast<std::ptrdiff_t>(begin),
                        accounts.begin() +
                            static_cast<std::ptrdiff_t>(std::min(begin + 500, accounts.size()))});
                world.look(connection, {shownAccount("a1", "Savings, Zest", "0000")});
                const auto review = reviewOf(world, connection);
                CPPUNIT_ASSERT_EQUAL(accounts.size(), review.ledgerAccounts.size());
                const ReviewRow& row = rowOf(review, "Savings, Zest");
                CPPUNIT_ASSERT_EQUAL(std::string("z"), row.proposal->ledgerAccountId);
                CPPUNIT_ASSERT_EQUAL(std::string("same_name"), evidenceOf(row.proposal->evidence));
            });
    }

    void twoCandidatesAreNoProposal()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts(
                    {booksAccount("l1", "Bank A:Savings"), booksAccount("l2", "Bank B:Savings")});
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Savings", "1111")});
                const auto review = reviewOf(world, connection);
                CPPUNIT_ASSERT(rowOf(review, "Savings").proposal->choice == Choice::New);
            });
    }

    void twoAccountsThatFitOneAreNoProposal()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Savings")});
                const auto connection = world.connect();
                world.look(connection,
                    {shownAccount("a1", "Savings", "1111"), shownAccount("a2", "SAVINGS", "2222")});
                const auto review = reviewOf(world, connection);
                CPPUNIT_ASSERT(rowOf(review, "Savings").proposal->choice == Choice::New);
                CPPUNIT_ASSERT(rowOf(review, "SAVINGS").proposal->choice == Choice::New);
                CPPUNIT_ASSERT(rowOf(review, "Savings").proposal->name !=
                               rowOf(review, "SAVINGS").proposal->name);
            });
    }

    void aSimilarNameAloneProposesNothing()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Event Fund 2025")});
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Event Fund", "1111")});
                const auto review = reviewOf(world, connection);
                CPPUNIT_ASSERT(rowOf(review, "Event Fund").proposal->choice == Choice::New);
            });
    }

    void takenClosedAndOtherwiseUnfitAccountsAreNeverProposed()
    {
        inBothWorlds(
            [](World& world)
            {
                auto closed = booksAccount("closed", "X:Savings");
                closed.open = false;
                auto control = booksAccount("control", "Y:Savings");
                control.feedable = false;
                world.ledgerAccounts({closed, control,
                    booksAccount("euro", "E:Savings", LedgerAccountType::Asset, "EUR"),
                    booksAccount("debt", "D:Savings", LedgerAccountType::Liability),
                    booksAccount("taken", "T:Savings")});
                const auto other = world.connect("ins_2", "Two");
                world.look(other, {shownAccount("o1", "Other", "9")});
                world.apply(other, {decideExisting(world.account(other, "Other"), "taken")});
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Savings", "1111")});
                const auto review = reviewOf(world, connection);
                CPPUNIT_ASSERT(rowOf(review, "Savings").proposal->choice == Choice::New);
            });
    }

    void aNewNameIsFree()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "SAVINGS", LedgerAccountType::Expense),
                    booksAccount("l2", "Savings 1111", LedgerAccountType::Liability)});
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Savings", "1111")});
                const auto review = reviewOf(world, connection);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("Savings 2"), rowOf(review, "Savings").proposal->name);
            });
    }

    void aNewNameIsNotTheLastPartOfAnother()
    {
        inBothWorlds(
            [](World& world)
            {
                auto taken = booksAccount("l1", "Assets:Bank:CHECKING");
                taken.open = false;
                world.ledgerAccounts({taken, booksAccount("l2", "Assets:100%_Main"),
                    booksAccount("l3", "Expenses:Fees", LedgerAccountType::Expense)});
                const auto connection = world.connect();
                const auto checking = shownAccount("a1", "\u2003Checking\u200b ", "6338");
                world.look(connection, {checking});
                world.clock.advanceMs(1000);
                world.look(connection,
                    {checking, shownAccount("a2", "Main", "1"), shownAccount("a3", "Fees", "2")});
                const auto review = reviewOf(world, connection);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("Checking 6338"), review.rows.at(0).proposal->name);
                CPPUNIT_ASSERT_EQUAL(std::string("Main"), rowOf(review, "Main").proposal->name);
                CPPUNIT_ASSERT_EQUAL(std::string("Fees"), rowOf(review, "Fees").proposal->name);
            });
    }

    void aNameThatTheHostRefusedIsNotProposedAgain()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Checking", "6338")});
                const auto account = world.account(connection, "Checking");
                world.apply(connection, {decideNew(account, "Checking")});
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::LedgerAccountRepository ledger(unit, World::tenant);
                        ledger.wishFailed(ledger.waiting(1).at(0).id, "Name taken.");
                        store::AccountLinkRepository links(unit, World::tenant);
                        links.end(links.ofBankAccount(account.id)->id, world.clock.now());
                        store::BankAccountRepository(unit, World::tenant)
                            .setDecision(account.id, store::decision::open, "", world.clock.now());
                    });
                CPPUNIT_ASSERT_EQUAL(std::string("Checking 2"),
                    rowOf(reviewOf(world, connection), "Checking").proposal->name);
            });
    }

    void accountsThatCannotFeedAreToldSoInAdvance()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "401k", "1", "investment", "401k"),
                                           shownAccount("a2", "Savings", "1111")});
                world.clock.advanceMs(60'000);
                world.look(connection, {shownAccount("a1", "401k", "1", "investment", "401k")});
                const auto review = reviewOf(world, connection);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("balances_only"), rowOf(review, "401k").conflicts.at(0).code);
                CPPUNIT_ASSERT(!rowOf(review, "401k").proposal);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("not_shared"), rowOf(review, "Savings").conflicts.at(0).code);
            });
    }

    void aReissuedAccountIsRelatedAndGetsItsOldLedgerAccount()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts(
                    {withHistory(booksAccount("l1", "Cash at bank"), "2026-10-31")});
                auto shown = shownAccount("a1", "Checking", "0000");
                shown.persistentId = "persistent-1";
                const auto first = world.connect();
                world.look(first, {shown});
                const auto old = world.account(first, "Checking");
                world.apply(first, {decideExisting(old, "l1")});
                end(world, first);
                world.clock.advanceMs(1000);
                const auto second = world.connect();
                shown.providerAccountId = "b1";
                shown.name = "Renamed";
                world.look(second, {shown});
                const auto review = reviewOf(world, second);
                const ReviewRow& row = rowOf(review, "Renamed");
                CPPUNIT_ASSERT(row.relation);
                CPPUNIT_ASSERT_EQUAL(std::string("re_issued"), row.relation->kind);
                CPPUNIT_ASSERT_EQUAL(old.id, row.relation->bankAccountId);
                CPPUNIT_ASSERT_EQUAL(std::string("l1"), row.proposal->ledgerAccountId);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("same_persistent_id"), evidenceOf(row.proposal->evidence));
                CPPUNIT_ASSERT_EQUAL(std::string("2026-11-01"), row.startDateDefault->text());
                CPPUNIT_ASSERT(review.ledgerAccounts.at(0).fedBy == nullptr);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                    world.apply(second, {decideExisting(row.account, "l1")}).linked);
            });
    }

    void aFeedGoesOnWhereTheFeedBeforeItBegan()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto first = world.connect();
                world.ledgerAccounts({withHistory(booksAccount("l1", "Cash"), "2026-05-31")});
                world.look(first, {shownAccount("a1", "Checking", "0000")});
                const auto old = world.account(first, "Checking");
                world.apply(first, {decideExisting(old, "l1")});
                booked(world, old, "l1", "2026-11-20");
                const auto told = world.count("SELECT SUM(sent_units) FROM bank_transaction");
                const auto inTheBooks = [&](const char* last, std::int64_t units)
                {
                    auto account = withHistory(booksAccount("l1", "Cash"), last);
                    account.balanceUnits = units;
                    world.ledgerAccounts({account});
                };
                inTheBooks("2026-11-20", told);
                end(world, first);
                world.clock.advanceMs(1000);
                // Connected once in between, and never linked.
                const auto between = world.connect();
                world.look(between, {shownAccount("c1", "Checking", "0000")});
                end(world, between);
                world.clock.advanceMs(1000);
                const auto second = world.connect();
                world.look(second, {shownAccount("b1", "Checking", "0000")});
                const auto review = reviewOf(world, second);
                const ReviewRow& row = rowOf(review, "Checking");
                CPPUNIT_ASSERT_EQUAL(std::string("2026-06-01"), row.startDateDefault->text());
                CPPUNIT_ASSERT(row.before);
                CPPUNIT_ASSERT_EQUAL(old.id, row.before->bankAccountId);
                CPPUNIT_ASSERT_EQUAL(std::string("2026-11-20"), row.before->until.text());
                // Entries by hand behind the feed's last one are nobody's twins.
                inTheBooks("2026-11-22", told);
                CPPUNIT_ASSERT_EQUAL(std::string("2026-11-23"),
                    rowOf(reviewOf(world, second), "Checking").startDateDefault->text());
                // Nor are those on the days of the feed: only the balance tells of them.
                inTheBooks("2026-11-20", told + 7000);
                CPPUNIT_ASSERT_EQUAL(std::string("2026-11-21"),
                    rowOf(reviewOf(world, second), "Checking").startDateDefault->text());
                inTheBooks("2026-11-20", told);
                auto decision = decideExisting(row.account, "l1");
                decision.startDate = Date::parse("2026-05-31");
                CPPUNIT_ASSERT_EQUAL(std::string("start_before_last_entry"),
                    world.apply(second, {decision}).conflicts.at(0).code);
                decision.startDate = row.startDateDefault;
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, world.apply(second, {decision}).linked);
                CPPUNIT_ASSERT_EQUAL(old.feedId, world.linkOf(row.account.id)->feedId);
                CPPUNIT_ASSERT_EQUAL(old.feedId, world.account(second, "Checking").feedId);
            });
    }

    void whatAPersonTookOutOfTheBooksWasNotWrittenByOthers()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto first = world.connect();
                world.ledgerAccounts({withHistory(booksAccount("l1", "Cash"), "2026-05-31")});
                world.look(first, {shownAccount("a1", "Checking", "0000")});
                const auto old = world.account(first, "Checking");
                world.apply(first, {decideExisting(old, "l1")});
                booked(world, old, "l1", "2026-11-20");
                auto emptied = withHistory(booksAccount("l1", "Cash"), "2026-11-20");
                emptied.balanceUnits = 0;
                world.ledgerAccounts({emptied});
                end(world, first);
                world.clock.advanceMs(1000);
                const auto second = world.connect();
                world.look(second, {shownAccount("b1", "Checking", "0000")});
                for (const char* taken : {"entry_mark = 'removed', lane_reason = 'removed'",
                         "entry_mark = '', lane = 'held', lane_reason = 'undone', sent_units = 0"})
                {
                    CPPUNIT_ASSERT(!rowOf(reviewOf(world, second), "Checking").before ||
                                   std::string(taken).starts_with("entry_mark = ''"));
                    world.write([&](store::Unit& unit)
                        { unit.execute("UPDATE bank_transaction SET " + std::string(taken)); });
                    CPPUNIT_ASSERT(rowOf(reviewOf(world, second), "Checking").before.has_value());
                }
            });
    }

    void anAccountGoesOnWithAFeedOnlyInItsLedgerAccount()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto first = world.connect();
                world.ledgerAccounts({booksAccount("l1", "Cash"), booksAccount("l2", "Other")});
                world.look(first, {shownAccount("a1", "Checking", "0000")});
                const auto old = world.account(first, "Checking");
                world.apply(first, {decideExisting(old, "l1")});
                end(world, first);
                world.clock.advanceMs(1000);
                const auto second = world.connect();
                world.look(second, {shownAccount("b1", "Checking", "0000")});
                const auto own = world.account(second, "Checking");
                world.apply(second, {decideExisting(own, "l2")});
                CPPUNIT_ASSERT_EQUAL(own.feedId, world.linkOf(own.id)->feedId);
            });
    }

    void anAccountThatHasToldTheBooksKeepsItsFeed()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto first = world.connect();
                world.ledgerAccounts({booksAccount("l1", "Cash")});
                world.look(first, {shownAccount("a1", "Checking", "0000")});
                const auto old = world.account(first, "Checking");
                world.apply(first, {decideExisting(old, "l1")});
                end(world, first);
                world.clock.advanceMs(1000);
                const auto second = world.connect();
                world.look(second, {shownAccount("b1", "Checking", "0000")});
                const auto own = world.account(second, "Checking");
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::OutboxRepository(unit, World::tenant)
                            .ensureFeed(own.feedId, world.random);
                        unit.execute(
                            "UPDATE feed SET next_seq = 2 WHERE feed_id = $1", {own.feedId});
                    });
                world.apply(second, {decideExisting(own, "l1")});
                CPPUNIT_ASSERT_EQUAL(own.feedId, world.linkOf(own.id)->feedId);
            });
    }

    void accessThatEndedAtTheBankStandsInNobodysWay()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Cash at bank")});
                for (const auto state : {store::connectionState::needsUser,
                         store::connectionState::revoked, store::connectionState::gone})
                {
                    const std::string name(state);
                    const auto first = world.connect("ins_" + name);
                    world.look(first, {shownAccount("a" + name, "Checking", "0000")});
                    world.apply(first, {decideExisting(world.account(first, "Checking"), "l1")});
                    world.write(
                        [&](store::Unit& unit) {
                            store::ConnectionRepository(unit, World::tenant)
                                .setState(first, state, "TEST");
                        });
                    world.clock.advanceMs(1000);
                    const auto second = world.connect("ins_" + name);
                    world.look(second, {shownAccount("b" + name, "Checking", "0000")});
                    const auto review = reviewOf(world, second);
                    const ReviewRow& row = rowOf(review, "Checking");
                    const bool mendable = state == store::connectionState::needsUser;
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(name,
                        std::string(mendable ? "also_shared" : "re_issued"), row.relation->kind);
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(name, mendable, !row.conflicts.empty());
                    if (mendable) end(world, first);
                    const auto decision = decideExisting(row.account, "l1");
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(
                        name, std::int64_t{1}, world.apply(second, {decision}).linked);
                    if (!mendable)
                        CPPUNIT_ASSERT_EQUAL_MESSAGE(
                            name, std::string("l1"), row.proposal->ledgerAccountId);
                    end(world, second);
                }
            });
    }

    void weakEvidenceMustPointToExactlyOne()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto first = world.connect();
                world.look(first, {shownAccount("a1", "Checking", "0000")});
                end(world, first);
                world.clock.advanceMs(1000);
                const auto second = world.connect();
                world.look(second, {shownAccount("b1", "Main", "0000")});
                const auto one = reviewOf(world, second);
                CPPUNIT_ASSERT_EQUAL(std::string("same_mask_type_currency"),
                    evidenceOf(rowOf(one, "Main").relation->evidence));
                world.look(second,
                    {shownAccount("b1", "Main", "0000"), shownAccount("b2", "Twin", "0000")});
                const auto two = reviewOf(world, second);
                CPPUNIT_ASSERT(!rowOf(two, "Main").relation);
                CPPUNIT_ASSERT(!rowOf(two, "Twin").relation);
                const auto elsewhere = world.connect("ins_2", "Two");
                world.look(elsewhere, {shownAccount("c1", "Main", "0000")});
                CPPUNIT_ASSERT(!rowOf(reviewOf(world, elsewhere), "Main").relation);
            });
    }

    void aLiveLookAlikeElsewhereIsToldAndNothingIsProposed()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto first = world.connect();
                world.look(first, {shownAccount("a1", "Checking", "0000")});
                const auto original = world.account(first, "Checking");
                world.apply(first, {decideNew(original, "Checking")});
                world.clock.advanceMs(1000);
                const auto second = world.connect();
                world.look(second,
                    {shownAccount("b1", "Checking", "0000"), shownAccount("b2", "Other", "1")});
                const auto review = reviewOf(world, second);
                const ReviewRow& row = rowOf(review, "Checking");
                CPPUNIT_ASSERT(row.relation);
                CPPUNIT_ASSERT_EQUAL(std::string("also_shared"), row.relation->kind);
                CPPUNIT_ASSERT_EQUAL(original.id, row.relation->bankAccountId);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("same_mask_type_currency"), evidenceOf(row.relation->evidence));
                CPPUNIT_ASSERT_EQUAL(std::string("looks_already_linked"), row.conflicts.at(0).code);
                CPPUNIT_ASSERT(!row.proposal);
                CPPUNIT_ASSERT_EQUAL(std::string("Checking 0000"), row.nameDefault);
                CPPUNIT_ASSERT(!rowOf(review, "Other").relation);
                CPPUNIT_ASSERT(rowOf(review, "Other").proposal);
                // The one that feeds the books is not asked again.
                CPPUNIT_ASSERT(!rowOf(reviewOf(world, first), "Checking").relation);
            });
    }

    void anAccountThatComesBackIsToldFromTheOneThatJustWentMissing()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                const auto main = shownAccount("a1", "Checking", "0000");
                world.look(connection, {main, shownAccount("a2", "Savings", "1111")});
                const auto savings = world.account(connection, "Savings");
                world.apply(connection, {decideNew(savings, "Savings")});
                world.clock.advanceMs(1000);
                world.look(connection, {main});
                world.look(connection, {main, shownAccount("b2", "Savings again", "1111")});
                const auto row = rowOf(reviewOf(world, connection), "Savings again");
                CPPUNIT_ASSERT(row.relation);
                CPPUNIT_ASSERT_EQUAL(savings.id, row.relation->bankAccountId);
                CPPUNIT_ASSERT_EQUAL(std::string("looks_already_linked"), row.conflicts.at(0).code);
                CPPUNIT_ASSERT(!row.proposal);
            });
    }

    void ofSeveralEndedLookAlikesTheLatestGoesOn()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Cash")});
                std::string latest;
                for (const char* id : {"a1", "b1"})
                {
                    const auto connection = world.connect();
                    world.look(connection, {shownAccount(id, "Checking", "0000")});
                    latest = world.account(connection, "Checking").id;
                    world.apply(
                        connection, {decideExisting(world.account(connection, "Checking"), "l1")});
                    end(world, connection);
                    world.clock.advanceMs(1000);
                }
                const auto third = world.connect();
                world.look(third, {shownAccount("c1", "Checking", "0000")});
                const auto row = rowOf(reviewOf(world, third), "Checking");
                CPPUNIT_ASSERT(row.relation);
                CPPUNIT_ASSERT_EQUAL(std::string("re_issued"), row.relation->kind);
                CPPUNIT_ASSERT_EQUAL(latest, row.relation->bankAccountId);
                CPPUNIT_ASSERT_EQUAL(std::string("l1"), row.proposal->ledgerAccountId);
            });
    }

    void anotherPersistentIdIsAnotherAccount()
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
                shown.persistentId = "persistent-2";
                world.look(second, {shown});
                const auto review = reviewOf(world, second);
                CPPUNIT_ASSERT(!rowOf(review, "Checking").relation);
                CPPUNIT_ASSERT(rowOf(review, "Checking").proposal);
            });
    }

    void theListSaysWhoFeedsWhat()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "A"), booksAccount("l2", "B"),
                    booksAccount("l3", "Food", LedgerAccountType::Expense)});
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                world.apply(
                    connection, {decideExisting(world.account(connection, "Checking"), "l2")});
                const auto review = reviewOf(world, connection);
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, review.ledgerAccounts.size());
                CPPUNIT_ASSERT(review.ledgerAccounts.at(0).fedBy == nullptr);
                const auto* fedBy = review.ledgerAccounts.at(1).fedBy;
                CPPUNIT_ASSERT(fedBy != nullptr);
                CPPUNIT_ASSERT_EQUAL(std::string("Checking \u2022\u20220000"), fedBy->shownName());
                CPPUNIT_ASSERT_EQUAL(std::string("First Platypus Bank"), fedBy->institution);
            });
    }

    void aReviewOfAnotherTenantIsNotFound()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect("ins_1", "Bank", "other");
                const auto review = world.database->read([&](store::Unit& unit)
                    { return Review::build(unit, World::tenant, connection); });
                CPPUNIT_ASSERT(!review.ok() && review.error().kind == ErrorKind::NotFound);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReviewTest);

} // namespace bankfeed::testing
