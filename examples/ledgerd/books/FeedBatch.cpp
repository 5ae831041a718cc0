#include "books/FeedBatch.h"

#include "base/CivilDate.h"
#include "base/Money.h"
#include "base/Text.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>

namespace ledgerd::feed
{

namespace
{

bool isText(const char* text)
{
    if (text == nullptr) return false;
    const std::size_t length = ::strnlen(text, BF_TEXT_MAX + 1);
    return length <= BF_TEXT_MAX && isUtf8(std::string_view(text, length));
}

bool isDate(const bf_date& date, bool mayBeNone)
{
    const std::size_t length = ::strnlen(date.text, sizeof date.text);
    if (length == 0) return mayBeNone;
    return length < sizeof date.text && isCivilDate(std::string_view(date.text, length));
}

bool isEmpty(const char* text)
{
    return *text == '\0';
}

bool isRole(const char* counter)
{
    return std::strcmp(counter, "role:suspense") == 0 ||
           std::strcmp(counter, "role:opening-balances") == 0;
}

std::string noopFault(const bf_change& change)
{
    const bool empty = isEmpty(change.root_key) && isEmpty(change.account_id) &&
                       isEmpty(change.counter_account) && isEmpty(change.description) &&
                       isEmpty(change.original_description) && isEmpty(change.merchant) &&
                       isEmpty(change.category);
    return empty && change.amount.units == 0 ? "" : "A no-op carries nothing.";
}

std::string moneyFault(const bf_change& change)
{
    const bf_money& amount = change.amount;
    const std::size_t length = ::strnlen(amount.currency, sizeof amount.currency);
    if (length == sizeof amount.currency ||
        !isCurrencyCode(std::string_view(amount.currency, length)) || amount.exponent > exponentMax)
        return "The currency is not one.";
    if (amount.units == std::numeric_limits<std::int64_t>::min()) return "The amount is too large.";
    if (change.kind == BF_CHANGE_VOID && amount.units != 0) return "A void has the amount 0.";
    return "";
}

} // namespace

const bf_change& changeAt(const bf_batch& batch, std::uint32_t index)
{
    const char* first = reinterpret_cast<const char*>(batch.changes);
    return *reinterpret_cast<const bf_change*>(first + std::size_t{index} * batch.change_size);
}

bf_change_result& resultAt(bf_change_result* results, std::uint32_t size, std::uint32_t index)
{
    char* first = reinterpret_cast<char*>(results);
    return *reinterpret_cast<bf_change_result*>(first + std::size_t{index} * size);
}

std::string shapeFault(const bf_batch* batch, const bf_change_result* results,
    std::uint32_t resultSize, const bf_watermark* after)
{
    if (batch == nullptr || batch->struct_size < sizeof(bf_batch))
        return "The batch is missing or too short.";
    if (after == nullptr || after->struct_size < sizeof(bf_watermark))
        return "There is no room for the watermark.";
    if (results == nullptr || resultSize < sizeof(bf_change_result) ||
        resultSize % alignof(bf_change_result) != 0)
        return "There is no room for the results.";
    if (batch->changes == nullptr || batch->change_size < sizeof(bf_change) ||
        batch->change_size % alignof(bf_change) != 0)
        return "The changes are missing or too short.";
    if (batch->change_count == 0 || batch->change_count > BF_CHANGES_PER_BATCH_MAX)
        return "A batch has 1 to 512 changes.";
    if (!isId(batch->tenant_id) || !isId(batch->feed_id))
        return "The tenant or the feed is not an id.";
    for (std::uint32_t i = 0; i < batch->change_count; ++i)
    {
        if (changeAt(*batch, i).struct_size < sizeof(bf_change)) return "A change is too short.";
        const char* result = reinterpret_cast<const char*>(results) + std::size_t{i} * resultSize;
        if (reinterpret_cast<const bf_change_result*>(result)->struct_size <
            sizeof(bf_change_result))
            return "A result is too short.";
    }
    return "";
}

std::string changeFault(const bf_change& change)
{
    for (const char* text : {change.root_key, change.account_id, change.counter_account,
             change.description, change.original_description, change.merchant, change.category})
        if (!isText(text)) return "A text is missing, too long or not UTF-8.";
    if (change.kind == BF_CHANGE_NOOP) return noopFault(change);
    if (change.kind != BF_CHANGE_POST && change.kind != BF_CHANGE_AMEND &&
        change.kind != BF_CHANGE_VOID)
        return "The kind of the change is unknown.";
    if (!isId(change.root_key)) return "The root key is not an id.";
    if (!isId(change.account_id)) return "The account is not an id.";
    if (change.revision == 0 || (change.kind != BF_CHANGE_POST && change.revision == 1))
        return "The first post has revision 1, every later change a higher one.";
    if (!isRole(change.counter_account)) return "The counter-account is not a role.";
    if (!isDate(change.booked_on, false) || !isDate(change.authorized_on, true))
        return "A date is not one.";
    return moneyFault(change);
}

bool isId(const char* id)
{
    if (id == nullptr) return false;
    const std::size_t length = ::strnlen(id, BF_ID_MAX + 1);
    return length > 0 && length <= BF_ID_MAX &&
           std::all_of(id, id + length, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string hexOf(const std::uint8_t digest[BF_DIGEST_SIZE])
{
    return toHex(digest, BF_DIGEST_SIZE);
}

bool isZero(const std::uint8_t digest[BF_DIGEST_SIZE])
{
    return std::all_of(
        digest, digest + BF_DIGEST_SIZE, [](std::uint8_t byte) { return byte == 0; });
}

} // namespace ledgerd::feed
