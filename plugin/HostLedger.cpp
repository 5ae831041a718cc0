// The books of the host: the half of HostLedger that delivery asks.
#include "HostLedger.h"

#include "HostAnswers.h"

#include <algorithm>
#include <cstring>

namespace bankfeed::plugin
{

namespace
{

void put(bf_date& out, const std::string& text)
{
    std::memset(out.text, 0, sizeof out.text);
    std::copy_n(text.begin(), std::min(text.size(), sizeof out.text - 1), out.text);
}

bf_money money(std::int64_t units, int exponent, const std::string& currency)
{
    bf_money out{};
    out.units = units;
    out.exponent = static_cast<std::uint32_t>(exponent);
    std::copy_n(currency.begin(), std::min(currency.size(), sizeof out.currency - 1), out.currency);
    return out;
}

Digest digestOf(const std::uint8_t (&bytes)[BF_DIGEST_SIZE])
{
    Digest digest{};
    std::copy(std::begin(bytes), std::end(bytes), digest.begin());
    return digest;
}

std::optional<Watermark> markOf(const bf_watermark& mark)
{
    if (mark.present == 0) return std::nullopt;
    return Watermark{mark.epoch, mark.last_seq, digestOf(mark.chain_digest)};
}

bf_watermark newMark()
{
    bf_watermark mark{};
    mark.struct_size = sizeof mark;
    return mark;
}

bf_change changeOf(const LedgerChange& change)
{
    bf_change out{};
    out.struct_size = sizeof out;
    out.kind = static_cast<std::uint32_t>(change.kind);
    out.seq = change.seq;
    out.root_key = change.rootKey.c_str();
    out.revision = change.revision;
    out.account_id = change.ledgerAccountId.c_str();
    out.counter_account = change.counterAccount.c_str();
    out.amount = money(change.units, change.exponent, change.currency);
    put(out.booked_on, change.bookedOn);
    put(out.authorized_on, change.authorizedOn);
    out.description = change.description.c_str();
    out.original_description = change.originalDescription.c_str();
    out.merchant = change.merchant.c_str();
    out.category = change.category.c_str();
    std::copy(change.contentDigest.begin(), change.contentDigest.end(), out.content_digest);
    std::copy(change.chainDigest.begin(), change.chainDigest.end(), out.chain_digest);
    return out;
}

/// Where the change is that stopped the batch: refused, or in conflict; those in front of it may be
/// marked in any way, for nothing is applied. Without one, the first that is not said to be
/// applied.
std::size_t stoppedAt(const std::vector<bf_change_result>& results)
{
    const auto stops = [](const bf_change_result& result)
    { return result.outcome == BF_OUTCOME_REJECTED || result.outcome == BF_OUTCOME_CONFLICT; };
    const auto lacks = [](const bf_change_result& result)
    { return result.outcome != BF_OUTCOME_APPLIED && result.outcome != BF_OUTCOME_ALREADY; };
    auto found = std::find_if(results.begin(), results.end(), stops);
    if (found == results.end()) found = std::find_if(results.begin(), results.end(), lacks);
    return static_cast<std::size_t>(found - results.begin());
}

/// Reads what the host said per change. An answer that contradicts itself is "unknown".
Result<PostOutcome> outcomeOf(bf_status status, const std::vector<bf_change_result>& results)
{
    PostOutcome outcome;
    const std::size_t at = stoppedAt(results);
    if (at < results.size())
    {
        if (status == BF_OK)
            return Error::unknown("host.contradiction",
                "The host said a batch is applied, but not each of its changes.");
        outcome.index = at;
        outcome.kind =
            status == BF_E_CONFLICT ? PostOutcome::Kind::Conflict : PostOutcome::Kind::Rejected;
        outcome.reason = results[at].reason <= BF_REASON_REMOVED
                             ? static_cast<RefusalReason>(results[at].reason)
                             : RefusalReason::Invalid;
        return outcome;
    }
    outcome.appliedNow = static_cast<std::uint64_t>(std::count_if(results.begin(), results.end(),
        [](const bf_change_result& result) { return result.outcome == BF_OUTCOME_APPLIED; }));
    if (status != BF_OK)
    {
        outcome.kind =
            status == BF_E_CONFLICT ? PostOutcome::Kind::Conflict : PostOutcome::Kind::Rejected;
        outcome.reason = RefusalReason::Invalid;
        outcome.appliedNow = 0;
    }
    return outcome;
}

} // namespace

Result<std::optional<Watermark>> HostLedger::watermark(
    const std::string& tenant, const std::string& feedId)
{
    bf_watermark mark = newMark();
    bf_error error = newError();
    const bf_status status = tables_.ledgerPost->get_watermark(
        tables_.host, tenant.c_str(), feedId.c_str(), &mark, &error);
    if (status != BF_OK) return hostError(status, error, "say how far a feed is applied");
    return markOf(mark);
}

Result<PostOutcome> HostLedger::post(const LedgerBatch& batch)
{
    BF_ASSERT(!batch.changes.empty() && batch.changes.size() <= BF_CHANGES_PER_BATCH_MAX);
    std::vector<bf_change> changes;
    changes.reserve(batch.changes.size());
    for (const auto& change : batch.changes)
        changes.push_back(changeOf(change));

    bf_batch out{};
    out.struct_size = sizeof out;
    out.flags = batch.epochStart ? BF_BATCH_EPOCH_START : 0U;
    out.tenant_id = batch.tenant.c_str();
    out.feed_id = batch.feedId.c_str();
    out.epoch = batch.epoch;
    std::copy(batch.previousDigest.begin(), batch.previousDigest.end(), out.prev_digest);
    out.changes = changes.data();
    out.change_size = sizeof(bf_change);
    out.change_count = static_cast<std::uint32_t>(changes.size());

    std::vector<bf_change_result> results(changes.size());
    for (auto& result : results)
        result.struct_size = sizeof(bf_change_result);
    bf_watermark after = newMark();
    bf_error error = newError();
    const bf_status status = tables_.ledgerPost->post_batch(
        tables_.host, &out, results.data(), sizeof(bf_change_result), &after, &error);
    if (status != BF_OK && status != BF_E_REJECTED && status != BF_E_CONFLICT)
    {
        // Whatever the host's word for it: what is in the books is what the watermark says. Only a
        // wrong digest and a batch against the rules will not get better by asking.
        Error failure = hostError(status, error, "apply a batch of ledger changes");
        if (failure.kind != ErrorKind::Corrupt && failure.kind != ErrorKind::Invalid)
            failure.kind = ErrorKind::Unknown;
        return failure;
    }
    BF_LET(outcome, outcomeOf(status, results));
    outcome.after = markOf(after);
    return outcome;
}

Result<std::vector<Head>> HostLedger::heads(
    const std::string& tenant, const std::vector<std::string>& rootKeys)
{
    BF_ASSERT(rootKeys.size() <= BF_CHANGES_PER_BATCH_MAX);
    if (rootKeys.empty()) return std::vector<Head>{};
    std::vector<const char*> keys;
    for (const auto& key : rootKeys)
        keys.push_back(key.c_str());
    std::vector<bf_head> heads(keys.size());
    for (auto& head : heads)
        head.struct_size = sizeof(bf_head);
    bf_error error = newError();
    const bf_status status =
        tables_.ledgerPost->find_heads(tables_.host, tenant.c_str(), keys.data(),
            static_cast<std::uint32_t>(keys.size()), heads.data(), sizeof(bf_head), &error);
    if (status != BF_OK) return hostError(status, error, "say what it holds of a feed");
    std::vector<Head> found;
    for (const auto& head : heads)
    {
        // Nothing that is numbered above it could be told; no feed of ours has come near it.
        if (head.revision > BF_REVISION_MAX)
        {
            const std::string said = "The host told a head with revision " +
                                     std::to_string(head.revision) +
                                     ", which no change had that it was given.";
            sayOnce("delivery", said);
            return Error::invalid("host.bad_head", said);
        }
        found.push_back({head.revision, digestOf(head.content_digest)});
    }
    return found;
}

} // namespace bankfeed::plugin
