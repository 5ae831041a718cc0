// What the changes of a feed make of the entries in the books: posts, amends, voids and no-ops.
#include "PostingFixture.h"

#include <cstdint>
#include <map>
#include <string>

using namespace ledgerd;

class PostedEntriesTest : public PostingFixture
{
    CPPUNIT_TEST_SUITE(PostedEntriesTest);
    CPPUNIT_TEST(aPostTakesTheBanksLegAndSuspenseTheOther);
    CPPUNIT_TEST(anAmendPutsTheDifferenceIntoSuspenseAndKeepsTheUsersLegs);
    CPPUNIT_TEST(anAmendOfTheTextAloneIsNotedWithoutMovingMoney);
    CPPUNIT_TEST(anAmendOfTheDateMovesTheMoneyToThatDay);
    CPPUNIT_TEST(anAmendToAnotherAccountTakesTheFirstBackToZero);
    CPPUNIT_TEST(aVoidTakesTheBanksLegToZero);
    CPPUNIT_TEST(aVoidedTransactionCanComeBackByAnAmend);
    CPPUNIT_TEST(anAmendOrVoidWithoutAnEntryIsRejected);
    CPPUNIT_TEST(aNoopMovesOnlyTheWatermark);
    CPPUNIT_TEST(postAndAmendOfOneTransactionFitInOneBatch);
    CPPUNIT_TEST(anOpeningBalanceGoesToItsRole);
    CPPUNIT_TEST_SUITE_END();

public:
    void aPostTakesTheBanksLegAndSuspenseTheOther()
    {
        Outbox outbox;
        bf_change change = post("t1", -450);
        change.merchant = "Coffee";
        change.original_description = "COFFEE 123";
        change.category = "FOOD";
        std::strcpy(change.authorized_on.text, "2026-01-04");
        outbox.add(change);
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 1, BF_BATCH_EPOCH_START));

        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_APPLIED, outbox.results[0].outcome);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-450}, balance("Assets:Bank:Checking"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{450}, balance("Equity:Suspense:USD"));
        const Entry entry = entriesOf(*books_).at(0);
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-05"), entry.bookedOn);
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-04"), entry.authorizedOn);
        CPPUNIT_ASSERT_EQUAL(std::string("Coffee"), entry.merchant);
        CPPUNIT_ASSERT_EQUAL(std::string("COFFEE 123"), entry.originalDescription);
        CPPUNIT_ASSERT_EQUAL(std::string("FOOD"), entry.category);
        CPPUNIT_ASSERT_EQUAL(std::string("t1"), entry.rootKey);
        CPPUNIT_ASSERT_EQUAL(std::string("test-plugin"), entry.madeBy);
        CPPUNIT_ASSERT_EQUAL(
            std::string("2026-01-05"), account(*books_, "Assets:Bank:Checking").lastEntryOn);
        CPPUNIT_ASSERT_EQUAL(1u, outbox.after.present);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, outbox.after.last_seq);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{7}, outbox.after.epoch);
        CPPUNIT_ASSERT(
            std::memcmp(outbox.after.chain_digest, outbox.changes[0].chain_digest, 32) == 0);
    }

    void anAmendPutsTheDifferenceIntoSuspenseAndKeepsTheUsersLegs()
    {
        Outbox outbox;
        outbox.add(post("t1", -450));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 1, BF_BATCH_EPOCH_START));
        bookByHand(*books_, "Equity:Suspense:USD", "Expenses:Food", 450);

        outbox.add(change(BF_CHANGE_AMEND, "t1", 2, -500, theDay, "Coffee and cake"));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 2));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-500}, balance("Assets:Bank:Checking"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{450}, balance("Expenses:Food"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{50}, balance("Equity:Suspense:USD"));

        const std::vector<Entry> entries = entriesOf(*books_);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, entries.size());
        const Entry& first = entries.at(1);
        const Entry& amend = entries.at(2);
        CPPUNIT_ASSERT_EQUAL(std::string("Coffee Corner"), first.description);
        CPPUNIT_ASSERT_EQUAL(std::string("Coffee and cake"), first.latestDescription);
        CPPUNIT_ASSERT_EQUAL(std::string("amend"), amend.kind);
        CPPUNIT_ASSERT_EQUAL(std::string(theDay), amend.bookedOn);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-50}, amend.postings.at(0).units);
    }

    void anAmendOfTheTextAloneIsNotedWithoutMovingMoney()
    {
        Outbox outbox = threePosts();
        outbox.add(change(BF_CHANGE_AMEND, "t2", 2, -2, theDay, "Another name"));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 4));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-6}, balance("Assets:Bank:Checking"));
        const Entry last = entriesOf(*books_).back();
        CPPUNIT_ASSERT_EQUAL(std::string("amend"), last.kind);
        for (const Posting& posting : last.postings)
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, posting.units);
    }

    void anAmendOfTheDateMovesTheMoneyToThatDay()
    {
        Outbox outbox;
        outbox.add(post("t1", -100));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 1, BF_BATCH_EPOCH_START));
        outbox.add(change(BF_CHANGE_AMEND, "t1", 2, -100, "2025-12-30"));
        outbox.add(change(BF_CHANGE_AMEND, "t1", 3, -130, "2026-01-19"));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 2));
        const std::map<std::string, std::int64_t> moved{
            {"2025-12-30", 0}, {theDay, 0}, {"2026-01-19", -130}};
        CPPUNIT_ASSERT(moved == bankLegsByDay());

        outbox.add(change(BF_CHANGE_VOID, "t1", 4, 0, "2026-01-21"));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 4));
        const std::map<std::string, std::int64_t> voided{
            {"2025-12-30", 0}, {theDay, 0}, {"2026-01-19", 0}};
        CPPUNIT_ASSERT(voided == bankLegsByDay());
        CPPUNIT_ASSERT_EQUAL(std::string("void"), entriesOf(*books_).back().kind);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, balance("Equity:Suspense:USD"));
    }

    void anAmendToAnotherAccountTakesTheFirstBackToZero()
    {
        Outbox outbox = threePosts();
        const std::string card = accountText(account(*books_, "Liabilities:Cards:Credit card").id);
        bf_change moved = change(BF_CHANGE_AMEND, "t3", 2, -30);
        moved.account_id = card.c_str();
        outbox.add(moved);
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 4));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-3}, balance("Assets:Bank:Checking"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-30}, balance("Liabilities:Cards:Credit card"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{33}, balance("Equity:Suspense:USD"));
    }

    void aVoidTakesTheBanksLegToZero()
    {
        Outbox outbox = threePosts();
        outbox.add(change(BF_CHANGE_AMEND, "t3", 2, -30));
        outbox.add(change(BF_CHANGE_VOID, "t3", 3, 0));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 4));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-3}, balance("Assets:Bank:Checking"));
        CPPUNIT_ASSERT_EQUAL(std::string("void"), entriesOf(*books_).back().kind);

        outbox.add(change(BF_CHANGE_VOID, "t2", 2, -7)); // a void has no amount
        CPPUNIT_ASSERT_EQUAL(BF_E_REJECTED, outbox.send(*posting_, 6));
        CPPUNIT_ASSERT_EQUAL(BF_REASON_INVALID, outbox.results[0].reason);
    }

    void aVoidedTransactionCanComeBackByAnAmend()
    {
        Outbox outbox = threePosts();
        outbox.add(change(BF_CHANGE_VOID, "t3", 2, 0));
        outbox.add(change(BF_CHANGE_AMEND, "t3", 3, -3));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 4));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-6}, balance("Assets:Bank:Checking"));
    }

    void anAmendOrVoidWithoutAnEntryIsRejected()
    {
        for (const std::uint32_t kind : {BF_CHANGE_AMEND, BF_CHANGE_VOID})
        {
            Outbox outbox;
            outbox.add(change(kind, "nothing", 2, kind == BF_CHANGE_VOID ? 0 : -1));
            CPPUNIT_ASSERT_EQUAL(BF_E_REJECTED, outbox.send(*posting_, 1, BF_BATCH_EPOCH_START));
            CPPUNIT_ASSERT_EQUAL(BF_REASON_NO_ENTRY, outbox.results[0].reason);
        }
    }

    void aNoopMovesOnlyTheWatermark()
    {
        Outbox outbox = threePosts();
        outbox.add(makeChange(BF_CHANGE_NOOP, "", 0, "", 0, "", ""));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 4));
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_APPLIED, outbox.results[0].outcome);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{4}, outbox.after.last_seq);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, entriesOf(*books_).size());
    }

    void postAndAmendOfOneTransactionFitInOneBatch()
    {
        Outbox outbox;
        outbox.add(post("t1", -100));
        outbox.add(change(BF_CHANGE_AMEND, "t1", 2, -150));
        outbox.add(change(BF_CHANGE_VOID, "t1", 3, 0));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 1, BF_BATCH_EPOCH_START));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, entriesOf(*books_).size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, balance("Assets:Bank:Checking"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, balance("Equity:Suspense:USD"));
    }

    void anOpeningBalanceGoesToItsRole()
    {
        Outbox outbox;
        bf_change opening = post("opening", 100000);
        opening.counter_account = "role:opening-balances";
        outbox.add(opening);
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 1, BF_BATCH_EPOCH_START));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-100000}, balance("Equity:Opening balances:USD"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, balance("Equity:Suspense:USD"));
    }

private:
    // What every day moved the bank's side of the checking account by.
    std::map<std::string, std::int64_t> bankLegsByDay() const
    {
        std::map<std::string, std::int64_t> days;
        for (const Entry& entry : entriesOf(*books_))
            for (const Posting& posting : entry.postings)
                if (accountText(posting.account) == checking_)
                    days[entry.bookedOn] += posting.units;
        return days;
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PostedEntriesTest);
