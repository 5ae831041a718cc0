// Reading a batch of ledger changes as it comes over the ABI, without trusting it.
#pragma once

#include <bankfeed/ext/ledger-post.h>
#include <string>

namespace ledgerd::feed
{

// Element `index` of an array with a stride.
const bf_change& changeAt(const bf_batch& batch, std::uint32_t index);
bf_change_result& resultAt(bf_change_result* results, std::uint32_t size, std::uint32_t index);

// Whether the arrays and ids are such that the rest may be read at all. "" when they are; else what
// is wrong.
std::string shapeFault(const bf_batch* batch, const bf_change_result* results,
    std::uint32_t resultSize, const bf_watermark* after);

// Whether one change keeps to the rules of ledger-post.h, apart from what the books say to it. ""
// when it does.
std::string changeFault(const bf_change& change);

bool isId(const char* id); // 1..BF_ID_MAX bytes of visible ASCII
std::string hexOf(const std::uint8_t digest[BF_DIGEST_SIZE]);
bool isZero(const std::uint8_t digest[BF_DIGEST_SIZE]);

} // namespace ledgerd::feed
