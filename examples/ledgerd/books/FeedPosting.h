// bankfeed.host.ledger-post/1: ledger changes go into the books, each exactly once.
// The rules are in <bankfeed/ext/ledger-post.h>; this is the host's half of them.
#pragma once

#include "books/Books.h"

#include <bankfeed/ext/ledger-post.h>
#include <string>

namespace ledgerd
{

class FeedPosting
{
public:
    // `madeBy` is noted in the entries, such as "bankfeed-plaid". `books` outlives this.
    FeedPosting(Books& books, std::string madeBy);

    // The functions of the ABI. They throw DatabaseError when the database fails: the caller makes
    // a status of it that says "outcome unknown". `text` gets one sentence when the status is not
    // BF_OK.
    bf_status watermark(
        const char* tenant, const char* feedId, bf_watermark* out, std::string& text);
    bf_status postBatch(const bf_batch* batch, bf_change_result* results, std::uint32_t resultSize,
        bf_watermark* after, std::string& text);
    bf_status findHeads(const char* tenant, const char* const* rootKeys, std::uint32_t count,
        bf_head* heads, std::uint32_t headSize, std::string& text);
    bf_status visitEntries(const char* tenant, const char* feedId, const char* after,
        std::uint32_t countMax, bf_booked_visitor visit, void* ctx, std::string& text);

private:
    Books& books_;
    std::string madeBy_;
};

} // namespace ledgerd
