// What the review proposes for a new account: a ledger account that fits, or a name that is free.
#include "store/LedgerAccountRepository.h"
#include "unit/accounts/ReviewRows.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

namespace bankfeed::testing
{

using accounts::Choice;
using accounts::ReviewRow;

class ProposalsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ProposalsTest);
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
    CPPUNIT_TEST_SUITE_END();

public:
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
};

CPPUNIT_TEST_SUITE_REGISTRATION(ProposalsTest);

} // namespace bankfeed::testing
