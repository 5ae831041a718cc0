// The host's half of ledger-post/1: every rule of <bankfeed/ext/ledger-post.h>, against real books
// on disk.
#include "TestBooks.h"
#include "TestFeed.h"

#include <filesystem>
#include <limits>
#include <map>

using namespace ledgerd;

class FeedPostingTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(FeedPostingTest);
    CPPUNIT_TEST(aFeedNeverSeenHasNoWatermark);
    CPPUNIT_TEST(aPostTakesTheBanksLegAndSuspenseTheOther);
    CPPUNIT_TEST(theSameBatchAgainIsAlreadyDone);
    CPPUNIT_TEST(anOverlappingBatchAppliesOnlyWhatIsNew);
    CPPUNIT_TEST(aGapIsRejectedAndChangesNothing);
    CPPUNIT_TEST(aFirstBatchWithoutEpochStartIsRejected);
    CPPUNIT_TEST(anotherEpochNeedsItsFlagAndThenHeadsAbsorbTheOverlap);
    CPPUNIT_TEST(anEpochMayBeginAnywhere);
    CPPUNIT_TEST(aWrongDigestIsRefused);
    CPPUNIT_TEST(aChainThatDoesNotContinueIsRefused);
    CPPUNIT_TEST(theSameRevisionWithOtherContentIsAConflictAndNothingIsApplied);
    CPPUNIT_TEST(aLowerRevisionIsAConflict);
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
    CPPUNIT_TEST(anUnknownAccountIsRejected);
    CPPUNIT_TEST(anAccountOfAnotherTenantIsUnknown);
    CPPUNIT_TEST(aClosedAccountIsRejected);
    CPPUNIT_TEST(anAccountThatTakesNoFeedIsRejected);
    CPPUNIT_TEST(anotherCurrencyOrExponentIsRejected);
    CPPUNIT_TEST(changesThatBreakARuleAreRejectedAsInvalid);
    CPPUNIT_TEST(aBalanceThatDoesNotFitIsRejected);
    CPPUNIT_TEST(oneBadChangeKeepsTheWholeBatchOut);
    CPPUNIT_TEST(aFailureBeforeTheCommitLeavesNothingBehind);
    CPPUNIT_TEST(booksRestoredFromAnOlderCopyGetTheMissingChangesOnce);
    CPPUNIT_TEST(headsAreFoundInTheirOrder);
    CPPUNIT_TEST(aLargeBatchIsAppliedWhole);
    CPPUNIT_TEST(structsOfANewerPluginAreSteppedByTheirStride);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        folder_ = std::make_unique<Folder>();
        open();
        checking_ = accountText(account(*books_, "Assets:Bank:Checking").id);
    }

    void tearDown() override
    {
        if (books_)
        {
            assertBalancesAreSums(*books_);
            assertBalancesAreSums(*books_, "other");
        }
        posting_.reset();
        books_.reset();
        folder_.reset();
    }

    void aFeedNeverSeenHasNoWatermark()
    {
        bf_watermark mark{};
        mark.struct_size = sizeof mark;
        std::string text;
        CPPUNIT_ASSERT_EQUAL(BF_OK, posting_->watermark("main", "feed-1", &mark, text));
        CPPUNIT_ASSERT_EQUAL(0u, mark.present);
        CPPUNIT_ASSERT_EQUAL(BF_E_NOT_FOUND, posting_->watermark("nobody", "feed-1", &mark, text));
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, posting_->watermark("main", "", &mark, text));
        mark.struct_size = 4;
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, posting_->watermark("main", "feed-1", &mark, text));
    }

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

    void theSameBatchAgainIsAlreadyDone()
    {
        Outbox outbox = threePosts();
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 1, BF_BATCH_EPOCH_START));
        for (const bf_change_result& result : outbox.results)
            CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_ALREADY, result.outcome);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, entriesOf(*books_).size());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, outbox.after.last_seq);
    }

    void anOverlappingBatchAppliesOnlyWhatIsNew()
    {
        Outbox outbox = threePosts();
        outbox.add(post("t4", -4));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 2));
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_ALREADY, outbox.results[0].outcome);
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_ALREADY, outbox.results[1].outcome);
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_APPLIED, outbox.results[2].outcome);
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, entriesOf(*books_).size());
    }

    void aGapIsRejectedAndChangesNothing()
    {
        Outbox outbox = threePosts();
        outbox.add(post("t4", -4));
        outbox.add(post("t5", -5));
        CPPUNIT_ASSERT_EQUAL(BF_E_REJECTED, outbox.send(*posting_, 5));
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_REJECTED, outbox.results[0].outcome);
        CPPUNIT_ASSERT_EQUAL(BF_REASON_GAP, outbox.results[0].reason);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, outbox.after.last_seq);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, entriesOf(*books_).size());
    }

    void aFirstBatchWithoutEpochStartIsRejected()
    {
        Outbox outbox;
        outbox.add(post("t1", -1));
        CPPUNIT_ASSERT_EQUAL(BF_E_REJECTED, outbox.send(*posting_, 1));
        CPPUNIT_ASSERT_EQUAL(BF_REASON_EPOCH, outbox.results[0].reason);
        CPPUNIT_ASSERT_EQUAL(0u, outbox.after.present);
        CPPUNIT_ASSERT(entriesOf(*books_).empty());
    }

    void anotherEpochNeedsItsFlagAndThenHeadsAbsorbTheOverlap()
    {
        threePosts();
        Outbox again(8);
        again.add(post("t2", -2));
        again.add(post("t3", -3));
        again.add(post("t4", -4));
        CPPUNIT_ASSERT_EQUAL(BF_E_REJECTED, again.send(*posting_, 1));
        CPPUNIT_ASSERT_EQUAL(BF_REASON_EPOCH, again.results[0].reason);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{7}, again.after.epoch);

        CPPUNIT_ASSERT_EQUAL(BF_OK, again.send(*posting_, 1, BF_BATCH_EPOCH_START));
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_ALREADY, again.results[0].outcome);
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_ALREADY, again.results[1].outcome);
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_APPLIED, again.results[2].outcome);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{8}, again.after.epoch);
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, entriesOf(*books_).size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-10}, balance("Assets:Bank:Checking"));
    }

    void anEpochMayBeginAnywhere()
    {
        bf_change change = post("t1", -1);
        change.seq = 40;
        CPPUNIT_ASSERT_EQUAL(BF_OK, bf_change_content_digest(&change, change.content_digest));
        const std::uint8_t zeros[BF_DIGEST_SIZE] = {};
        bf_chain_next(zeros, 40, change.content_digest, change.chain_digest);
        Outbox outbox(std::numeric_limits<std::uint64_t>::max());
        CPPUNIT_ASSERT_EQUAL(
            BF_OK, outbox.sendPart(*posting_, {change}, zeros, BF_BATCH_EPOCH_START));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{40}, outbox.after.last_seq);
        CPPUNIT_ASSERT_EQUAL(std::numeric_limits<std::uint64_t>::max(), outbox.after.epoch);
    }

    void aWrongDigestIsRefused()
    {
        Outbox outbox;
        outbox.add(post("t1", -1));
        outbox.changes[0].amount.units = -2;
        CPPUNIT_ASSERT_EQUAL(BF_E_CORRUPT, outbox.send(*posting_, 1, BF_BATCH_EPOCH_START));
        CPPUNIT_ASSERT(entriesOf(*books_).empty());
        outbox.changes[0].amount.units = -1;
        outbox.changes[0].chain_digest[5] ^= 1;
        CPPUNIT_ASSERT_EQUAL(BF_E_CORRUPT, outbox.send(*posting_, 1, BF_BATCH_EPOCH_START));
        CPPUNIT_ASSERT(entriesOf(*books_).empty());
    }

    void aChainThatDoesNotContinueIsRefused()
    {
        threePosts();
        Outbox restored; // the same epoch, but other content before the watermark
        restored.add(post("t1", -1));
        restored.add(post("t2", -2));
        restored.add(post("x3", -33));
        restored.add(post("t4", -4));
        CPPUNIT_ASSERT_EQUAL(BF_E_CORRUPT, restored.send(*posting_, 4));
        CPPUNIT_ASSERT_EQUAL(BF_E_CORRUPT, restored.send(*posting_, 3));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, entriesOf(*books_).size());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, restored.after.last_seq);
    }

    void theSameRevisionWithOtherContentIsAConflictAndNothingIsApplied()
    {
        threePosts();
        Outbox again(8);
        again.add(post("t9", -9));
        again.add(post("t2", -222));
        again.add(post("t10", -10));
        CPPUNIT_ASSERT_EQUAL(BF_E_CONFLICT, again.send(*posting_, 1, BF_BATCH_EPOCH_START));
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_CONFLICT, again.results[1].outcome);
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_NOT_TRIED, again.results[2].outcome);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, entriesOf(*books_).size());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{7}, again.after.epoch);
    }

    void aLowerRevisionIsAConflict()
    {
        Outbox outbox = threePosts();
        outbox.add(change(BF_CHANGE_AMEND, "t2", 5, -20));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 4));
        outbox.add(change(BF_CHANGE_AMEND, "t2", 4, -21));
        CPPUNIT_ASSERT_EQUAL(BF_E_CONFLICT, outbox.send(*posting_, 5));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-24}, balance("Assets:Bank:Checking"));
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

    void anUnknownAccountIsRejected()
    {
        for (const char* id : {"acc-9999", "acc-0", "acc-01", "nonsense"})
        {
            bf_change wrong = post("t1", -1);
            wrong.account_id = id;
            assertRejected(wrong, BF_REASON_UNKNOWN_ACCOUNT);
        }
    }

    void anAccountOfAnotherTenantIsUnknown()
    {
        const std::string foreign =
            accountText(account(*books_, "Assets:Bank:Checking", "other").id);
        bf_change wrong = post("t1", -1);
        wrong.account_id = foreign.c_str();
        assertRejected(wrong, BF_REASON_UNKNOWN_ACCOUNT);
    }

    void aClosedAccountIsRejected()
    {
        const std::int64_t id = account(*books_, "Assets:Bank:Checking").id;
        must(books_->database().write(
            [&](Unit& unit) { return accounts::setOpen(unit, "main", id, false); }));
        assertRejected(post("t1", -1), BF_REASON_ACCOUNT_CLOSED);
    }

    void anAccountThatTakesNoFeedIsRejected()
    {
        const std::string cash = accountText(account(*books_, "Assets:Cash").id);
        bf_change wrong = post("t1", -1);
        wrong.account_id = cash.c_str();
        assertRejected(wrong, BF_REASON_ACCOUNT_CLOSED);
    }

    void anotherCurrencyOrExponentIsRejected()
    {
        bf_change euro = post("t1", -1);
        std::strcpy(euro.amount.currency, "EUR");
        assertRejected(euro, BF_REASON_CURRENCY);
        bf_change fine = post("t1", -1);
        fine.amount.exponent = 3;
        assertRejected(fine, BF_REASON_CURRENCY);
    }

    void changesThatBreakARuleAreRejectedAsInvalid()
    {
        bf_change noDate = post("t1", -1);
        std::strcpy(noDate.booked_on.text, "2026-02-30");
        assertRejected(noDate, BF_REASON_INVALID);
        bf_change noRole = post("t1", -1);
        noRole.counter_account = "Expenses:Food";
        assertRejected(noRole, BF_REASON_INVALID);
        bf_change noAccount = post("t1", -1);
        noAccount.account_id = "";
        assertRejected(noAccount, BF_REASON_INVALID);
        bf_change noRevision = post("t1", -1);
        noRevision.revision = 0;
        assertRejected(noRevision, BF_REASON_INVALID);
        bf_change noText = post("t1", -1);
        noText.description = "\xC3\x28";
        assertRejected(noText, BF_REASON_INVALID);
        bf_change longKey = post("t1", -1);
        const std::string key(64, 'k');
        longKey.root_key = key.c_str();
        assertRejected(longKey, BF_REASON_INVALID);
        assertRejected(post("t1", std::numeric_limits<std::int64_t>::min()), BF_REASON_INVALID);
    }

    void aBalanceThatDoesNotFitIsRejected()
    {
        Outbox outbox;
        outbox.add(post("t1", std::numeric_limits<std::int64_t>::max()));
        outbox.add(post("t2", 1));
        CPPUNIT_ASSERT_EQUAL(BF_E_REJECTED, outbox.send(*posting_, 1, BF_BATCH_EPOCH_START));
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_REJECTED, outbox.results[1].outcome);
        CPPUNIT_ASSERT_EQUAL(BF_REASON_INVALID, outbox.results[1].reason);
        CPPUNIT_ASSERT(entriesOf(*books_).empty());
    }

    void oneBadChangeKeepsTheWholeBatchOut()
    {
        Outbox outbox;
        outbox.add(post("t1", -1));
        outbox.add(change(BF_CHANGE_AMEND, "nothing", 2, -1));
        outbox.add(post("t3", -3));
        CPPUNIT_ASSERT_EQUAL(BF_E_REJECTED, outbox.send(*posting_, 1, BF_BATCH_EPOCH_START));
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_REJECTED, outbox.results[1].outcome);
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_NOT_TRIED, outbox.results[2].outcome);
        CPPUNIT_ASSERT(entriesOf(*books_).empty());
        CPPUNIT_ASSERT_EQUAL(0u, outbox.after.present);
    }

    void aFailureBeforeTheCommitLeavesNothingBehind()
    {
        bool fail = false;
        DatabaseOptions options;
        options.beforeCommit = [&]
        {
            if (fail) throw DatabaseError(DatabaseError::Kind::other, "injected");
        };
        open(std::move(options));
        Outbox outbox = threePosts();
        outbox.add(post("t4", -4));
        fail = true;
        CPPUNIT_ASSERT_THROW(outbox.send(*posting_, 4), DatabaseError);
        fail = false;
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, entriesOf(*books_).size());
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 4));
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_APPLIED, outbox.results[0].outcome);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-10}, balance("Assets:Bank:Checking"));
    }

    void booksRestoredFromAnOlderCopyGetTheMissingChangesOnce()
    {
        Outbox outbox = threePosts();
        close();
        const std::string file = *folder_ / "books.sqlite";
        std::filesystem::copy_file(file, file + ".copy");
        open();
        outbox.add(post("t4", -4));
        outbox.add(change(BF_CHANGE_AMEND, "t1", 2, -11));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 4));
        const std::int64_t before = balance("Assets:Bank:Checking");
        close();
        std::filesystem::rename(file + ".copy", file);
        open();

        bf_watermark mark{};
        mark.struct_size = sizeof mark;
        std::string text;
        CPPUNIT_ASSERT_EQUAL(BF_OK, posting_->watermark("main", "feed-1", &mark, text));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, mark.last_seq);
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, mark.last_seq + 1));
        CPPUNIT_ASSERT_EQUAL(before, balance("Assets:Bank:Checking"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, entriesOf(*books_).size());
    }

    void headsAreFoundInTheirOrder()
    {
        Outbox outbox = threePosts();
        const char* keys[] = {"t3", "unknown", "t1", "we\"ird\\"};
        bf_head heads[4] = {};
        for (bf_head& head : heads)
            head.struct_size = sizeof head;
        std::string text;
        CPPUNIT_ASSERT_EQUAL(
            BF_OK, posting_->findHeads("main", keys, 4, heads, sizeof(bf_head), text));
        CPPUNIT_ASSERT_EQUAL(1u, heads[0].revision);
        CPPUNIT_ASSERT(
            std::memcmp(heads[0].content_digest, outbox.changes[2].content_digest, 32) == 0);
        CPPUNIT_ASSERT_EQUAL(0u, heads[1].revision);
        CPPUNIT_ASSERT(
            std::memcmp(heads[2].content_digest, outbox.changes[0].content_digest, 32) == 0);
        CPPUNIT_ASSERT_EQUAL(0u, heads[3].revision);
        CPPUNIT_ASSERT_EQUAL(
            BF_OK, posting_->findHeads("other", keys, 4, heads, sizeof(bf_head), text));
        CPPUNIT_ASSERT_EQUAL(0u, heads[0].revision);
        CPPUNIT_ASSERT_EQUAL(
            BF_E_INVALID, posting_->findHeads("main", keys, 513, heads, sizeof(bf_head), text));
    }

    void aLargeBatchIsAppliedWhole()
    {
        std::vector<std::string> keys;
        for (int i = 0; i < 512; ++i)
            keys.push_back("root-" + std::to_string(i));
        Outbox outbox;
        for (const std::string& key : keys)
            outbox.add(post(key.c_str(), -1));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 1, BF_BATCH_EPOCH_START));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-512}, balance("Assets:Bank:Checking"));
        outbox.add(post("one-more", -1));
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, outbox.send(*posting_, 1));
    }

    void structsOfANewerPluginAreSteppedByTheirStride()
    {
        struct Longer
        {
            bf_change known;
            std::uint64_t later[3];
        };
        struct LongerResult
        {
            bf_change_result known;
            std::uint64_t later;
        };
        Outbox outbox;
        outbox.add(post("t1", -1));
        outbox.add(post("t2", -2));
        Longer changes[2] = {
            {outbox.changes[0], {~0ull, ~0ull, ~0ull}}, {outbox.changes[1], {~0ull, ~0ull, ~0ull}}};
        LongerResult results[2] = {};
        for (Longer& longer : changes)
            longer.known.struct_size = sizeof(Longer);
        for (LongerResult& longer : results)
            longer.known.struct_size = sizeof(LongerResult);
        bf_batch batch{};
        batch.struct_size = sizeof batch;
        batch.flags = BF_BATCH_EPOCH_START;
        batch.tenant_id = "main";
        batch.feed_id = "feed-1";
        batch.epoch = 7;
        batch.changes = &changes[0].known;
        batch.change_size = sizeof(Longer);
        batch.change_count = 2;
        bf_watermark after{};
        after.struct_size = sizeof after;
        std::string text;
        CPPUNIT_ASSERT_EQUAL(BF_OK,
            posting_->postBatch(&batch, &results[0].known, sizeof(LongerResult), &after, text));
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_APPLIED, results[1].known.outcome);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-3}, balance("Assets:Bank:Checking"));
    }

private:
    void open(DatabaseOptions options = {})
    {
        close();
        books_ = openBooks(folder_->path(), clock_, std::move(options));
        posting_ = std::make_unique<FeedPosting>(*books_, "test-plugin");
    }

    void close()
    {
        posting_.reset();
        books_.reset();
    }

    static constexpr const char* theDay = "2026-01-05";

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

    bf_change change(std::uint32_t kind, const char* key, std::uint32_t revision,
        std::int64_t units, const char* date = theDay,
        const char* description = "Coffee Corner") const
    {
        return makeChange(kind, key, revision, checking_.c_str(), units, date, description);
    }

    bf_change post(const char* key, std::int64_t units) const
    {
        return change(BF_CHANGE_POST, key, 1, units);
    }

    // -1, -2 and -3 are in the books.
    Outbox threePosts()
    {
        Outbox outbox;
        outbox.add(post("t1", -1));
        outbox.add(post("t2", -2));
        outbox.add(post("t3", -3));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 1, BF_BATCH_EPOCH_START));
        return outbox;
    }

    void assertRejected(const bf_change& wrong, std::uint32_t reason)
    {
        Outbox outbox;
        outbox.add(wrong);
        CPPUNIT_ASSERT_EQUAL(BF_E_REJECTED, outbox.send(*posting_, 1, BF_BATCH_EPOCH_START));
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_REJECTED, outbox.results[0].outcome);
        CPPUNIT_ASSERT_EQUAL(reason, outbox.results[0].reason);
        CPPUNIT_ASSERT(!outbox.text.empty());
        CPPUNIT_ASSERT(entriesOf(*books_).empty());
        CPPUNIT_ASSERT_EQUAL(0u, outbox.after.present);
    }

    std::int64_t balance(const std::string& name) { return account(*books_, name).balance; }

    TestClock clock_;
    std::unique_ptr<Folder> folder_;
    std::unique_ptr<Books> books_;
    std::unique_ptr<FeedPosting> posting_;
    std::string checking_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(FeedPostingTest);
