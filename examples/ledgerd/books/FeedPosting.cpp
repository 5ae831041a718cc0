#include "books/FeedPosting.h"

#include "base/Text.h"
#include "books/Accounts.h"
#include "books/BatchApplication.h"

#include <bankfeed/digest.h>
#include <bankfeed/ext/ledger-events.h>
#include <cstring>
#include <optional>
#include <vector>

namespace ledgerd
{

namespace
{

void fill(bf_watermark* out, const std::optional<feed::Watermark>& watermark)
{
    out->present = watermark ? 1 : 0;
    out->epoch = watermark ? watermark->epoch : 0;
    out->last_seq = watermark ? watermark->lastSeq : 0;
    std::memset(out->chain_digest, 0, BF_DIGEST_SIZE);
    if (watermark && !fromHex(watermark->chainDigest, out->chain_digest, BF_DIGEST_SIZE))
        throw DatabaseError(DatabaseError::Kind::other, "a stored digest is damaged");
}

std::uint32_t kindOf(const std::string& kind)
{
    if (kind == "void") return BF_CHANGE_VOID;
    return kind == "amend" ? BF_CHANGE_AMEND : BF_CHANGE_POST;
}

std::uint32_t stateOf(const std::string& state)
{
    if (state == "removed") return BF_ENTRY_REMOVED;
    return state == "reconciled" ? BF_ENTRY_RECONCILED : BF_ENTRY_IN_BOOKS;
}

// The texts are those of `one` and `account`, which outlive it.
bf_booked crossing(const feed::Listed& one, const std::string& account)
{
    bf_booked out{};
    out.struct_size = sizeof out;
    out.revision = one.head.revision;
    out.kind = kindOf(one.kind);
    out.state = stateOf(one.head.state);
    out.root_key = one.rootKey.c_str();
    out.account_id = account.c_str();
    out.amount.units = one.head.units;
    out.amount.exponent = one.exponent;
    one.currency.copy(out.amount.currency, sizeof out.amount.currency - 1);
    one.head.bookedOn.copy(out.booked_on.text, sizeof out.booked_on.text - 1);
    out.description = one.head.description.c_str();
    out.original_description = one.originalDescription.c_str();
    if (!fromHex(one.head.contentDigest, out.content_digest, BF_DIGEST_SIZE))
        throw DatabaseError(DatabaseError::Kind::other, "a stored digest is damaged");
    return out;
}

// The digests, and what of the rules can be told without the books. One change that breaks a rule
// is rejected by name, so that the plugin can hold it and go on; a batch that is no sequence is
// nobody's change.
bf_status checkForm(
    const bf_batch& batch, bf_change_result* results, std::uint32_t resultSize, std::string& text)
{
    std::uint32_t bad = 0;
    const bf_status status = bf_batch_check(&batch, &bad);
    if (status == BF_OK) return BF_OK;
    if (status == BF_E_CORRUPT)
    {
        text = "A digest of the batch is wrong.";
        return status;
    }
    text = bad < batch.change_count ? feed::changeFault(feed::changeAt(batch, bad)) : "";
    if (text.empty())
    {
        text = "The batch breaks a rule of its form.";
        return BF_E_INVALID;
    }
    bf_change_result& result = feed::resultAt(results, resultSize, bad);
    result.outcome = BF_OUTCOME_REJECTED;
    result.reason = BF_REASON_INVALID;
    return BF_E_REJECTED;
}

} // namespace

FeedPosting::FeedPosting(Books& books, std::string madeBy)
    : books_(books), madeBy_(std::move(madeBy))
{
}

bf_status FeedPosting::watermark(
    const char* tenant, const char* feedId, bf_watermark* out, std::string& text)
{
    if (!feed::isId(tenant) || !feed::isId(feedId) || out == nullptr ||
        out->struct_size < sizeof(bf_watermark))
    {
        text = "The tenant or the feed is not an id, or there is no room for the answer.";
        return BF_E_INVALID;
    }
    return books_.database().read(
        [&](Unit& unit) -> bf_status
        {
            if (!feed::tenantExists(unit, tenant))
            {
                text = "There is no such tenant.";
                return BF_E_NOT_FOUND;
            }
            fill(out, feed::readWatermark(unit, tenant, feedId));
            return BF_OK;
        });
}

bf_status FeedPosting::postBatch(const bf_batch* batch, bf_change_result* results,
    std::uint32_t resultSize, bf_watermark* after, std::string& text)
{
    text = feed::shapeFault(batch, results, resultSize, after);
    if (!text.empty()) return BF_E_INVALID;
    for (std::uint32_t i = 0; i < batch->change_count; ++i)
    {
        bf_change_result& result = feed::resultAt(results, resultSize, i);
        result.outcome = BF_OUTCOME_NOT_TRIED;
        result.reason = BF_REASON_NONE;
    }
    bf_status status = checkForm(*batch, results, resultSize, text);
    if (status == BF_OK)
    {
        // A Result that failed makes the unit roll back; the status itself goes past it.
        [[maybe_unused]] const Done applied = books_.database().write(
            [&](Unit& unit) -> Done
            {
                feed::BatchApplication application(
                    unit, *batch, results, resultSize, madeBy_, books_.clock().utcNs());
                status = application.run();
                text = application.text();
                return status == BF_OK ? done() : Done(invalid(text));
            });
    }

    std::string ignored;
    const bf_status read = watermark(batch->tenant_id, batch->feed_id, after, ignored);
    return status == BF_OK ? read : status;
}

bf_status FeedPosting::findHeads(const char* tenant, const char* const* rootKeys,
    std::uint32_t count, bf_head* heads, std::uint32_t headSize, std::string& text)
{
    const bool room =
        heads != nullptr && headSize >= sizeof(bf_head) && headSize % alignof(bf_head) == 0;
    std::vector<std::string> keys;
    bool good =
        feed::isId(tenant) && rootKeys != nullptr && room && count <= BF_CHANGES_PER_BATCH_MAX;
    for (std::uint32_t i = 0; good && i < count; ++i)
    {
        good = feed::isId(rootKeys[i]);
        if (good) keys.emplace_back(rootKeys[i]);
    }
    if (!good)
    {
        text = "A root key or the tenant is not an id, there are too many, or there is no room for "
               "the answer.";
        return BF_E_INVALID;
    }
    return books_.database().read(
        [&](Unit& unit) -> bf_status
        {
            if (!feed::tenantExists(unit, tenant))
            {
                text = "There is no such tenant.";
                return BF_E_NOT_FOUND;
            }
            const feed::Heads found = feed::readHeads(unit, tenant, keys);
            for (std::uint32_t i = 0; i < count; ++i)
            {
                char* first = reinterpret_cast<char*>(heads);
                auto& head = *reinterpret_cast<bf_head*>(first + std::size_t{i} * headSize);
                const auto known = found.find(keys[i]);
                head.revision = known == found.end() ? 0 : known->second.revision;
                std::memset(head.content_digest, 0, BF_DIGEST_SIZE);
                if (known != found.end() &&
                    !fromHex(known->second.contentDigest, head.content_digest, BF_DIGEST_SIZE))
                    throw DatabaseError(DatabaseError::Kind::other, "a stored digest is damaged");
            }
            return BF_OK;
        });
}

bf_status FeedPosting::visitEntries(const char* tenant, const char* feedId, const char* after,
    std::uint32_t countMax, bf_booked_visitor visit, void* ctx, std::string& text)
{
    const bool good = feed::isId(tenant) && feed::isId(feedId) && after != nullptr &&
                      (*after == '\0' || feed::isId(after)) && countMax >= 1 &&
                      countMax <= BF_ENTRIES_PER_VISIT_MAX && visit != nullptr;
    if (!good)
    {
        text = "The tenant, the feed or the root key is not an id, or too many are asked for.";
        return BF_E_INVALID;
    }
    bool exists = false;
    const auto entries = books_.database().read(
        [&](Unit& unit)
        {
            exists = feed::tenantExists(unit, tenant);
            return feed::listEntries(unit, tenant, feedId, after, countMax);
        });
    if (!exists)
    {
        text = "There is no such tenant.";
        return BF_E_NOT_FOUND;
    }
    for (const feed::Listed& one : entries)
    {
        const std::string account = accountText(one.head.account);
        const bf_booked entry = crossing(one, account);
        if (const bf_status status = visit(ctx, &entry); status != BF_OK) return status;
    }
    return BF_OK;
}

} // namespace ledgerd
