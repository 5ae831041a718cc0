// A plugin's half of ledger-post/1, as far as a test of the books needs it: an outbox that makes
// batches with right digests.
#pragma once

#include "books/FeedPosting.h"

#include <bankfeed/digest.h>
#include <cppunit/extensions/HelperMacros.h>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

namespace ledgerd
{

inline bf_change makeChange(std::uint32_t kind, const char* rootKey, std::uint32_t revision,
    const char* accountId, std::int64_t units, const char* date = "2026-01-05",
    const char* description = "Coffee Corner")
{
    bf_change change{};
    change.struct_size = sizeof change;
    change.kind = kind;
    change.root_key = rootKey;
    change.revision = revision;
    change.account_id = accountId;
    change.counter_account = kind == BF_CHANGE_NOOP ? "" : "role:suspense";
    change.amount.units = units;
    change.amount.exponent = 2;
    std::strcpy(change.amount.currency, "USD");
    if (*date != '\0') std::strcpy(change.booked_on.text, date);
    change.description = description;
    change.original_description = "";
    change.merchant = "";
    change.category = "";
    return change;
}

class Outbox
{
public:
    explicit Outbox(std::uint64_t feedEpoch = 7) : epoch(feedEpoch) {}

    // Appends a change, and gives it its sequence number and digests.
    bf_change& add(bf_change change)
    {
        change.seq = ++lastSeq_;
        CPPUNIT_ASSERT_EQUAL(BF_OK, bf_change_content_digest(&change, change.content_digest));
        bf_chain_next(chain_, change.seq, change.content_digest, change.chain_digest);
        std::memcpy(chain_, change.chain_digest, BF_DIGEST_SIZE);
        changes.push_back(change);
        return changes.back();
    }

    bf_status send(FeedPosting& posting, std::uint64_t fromSeq, std::uint32_t flags = 0)
    {
        std::vector<bf_change> part;
        std::uint8_t previous[BF_DIGEST_SIZE] = {};
        for (const bf_change& change : changes)
            if (change.seq >= fromSeq)
                part.push_back(change);
            else
                std::memcpy(previous, change.chain_digest, BF_DIGEST_SIZE);
        return sendPart(posting, part, previous, flags);
    }

    bf_status sendPart(FeedPosting& posting, const std::vector<bf_change>& part,
        const std::uint8_t previous[BF_DIGEST_SIZE], std::uint32_t flags)
    {
        bf_batch batch{};
        batch.struct_size = sizeof batch;
        batch.flags = flags;
        batch.tenant_id = tenant.c_str();
        batch.feed_id = feed.c_str();
        batch.epoch = epoch;
        std::memcpy(batch.prev_digest, previous, BF_DIGEST_SIZE);
        batch.changes = part.data();
        batch.change_size = sizeof(bf_change);
        batch.change_count = static_cast<std::uint32_t>(part.size());
        results.assign(part.size(), {});
        for (bf_change_result& result : results)
            result.struct_size = sizeof result;
        after = {};
        after.struct_size = sizeof after;
        text.clear();
        return posting.postBatch(&batch, results.data(), sizeof(bf_change_result), &after, text);
    }

    std::string tenant = "main";
    std::string feed = "feed-1";
    std::uint64_t epoch;
    std::deque<bf_change> changes;

    // Of the last send.
    std::vector<bf_change_result> results;
    bf_watermark after{};
    std::string text;

private:
    std::uint64_t lastSeq_ = 0;
    std::uint8_t chain_[BF_DIGEST_SIZE] = {};
};

} // namespace ledgerd
