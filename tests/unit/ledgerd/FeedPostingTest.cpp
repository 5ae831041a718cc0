// The host's half of ledger-post/1: watermark, epochs, digests and batches as
// <bankfeed/ext/ledger-post.h> rules them, against real books on disk.
#include "PostingFixture.h"

#include <filesystem>
#include <string>
#include <vector>

using namespace ledgerd;

class FeedPostingTest : public PostingFixture
{
    CPPUNIT_TEST_SUITE(FeedPostingTest);
    CPPUNIT_TEST(aFeedNeverSeenHasNoWatermark);
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
    CPPUNIT_TEST(aFailureBeforeTheCommitLeavesNothingBehind);
    CPPUNIT_TEST(booksRestoredFromAnOlderCopyGetTheMissingChangesOnce);
    CPPUNIT_TEST(headsAreFoundInTheirOrder);
    CPPUNIT_TEST(aLargeBatchIsAppliedWhole);
    CPPUNIT_TEST(structsOfANewerPluginAreSteppedByTheirStride);
    CPPUNIT_TEST_SUITE_END();

public:
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
};

CPPUNIT_TEST_SUITE_REGISTRATION(FeedPostingTest);
