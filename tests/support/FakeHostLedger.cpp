// Accounts and books of FakeHost, over FakeLedger.
#include "support/FakeHostServices.h"

#include "bankfeed/digest.h"

#include <algorithm>
#include <cstring>

namespace bankfeed::testing
{

namespace
{

using Services = FakeHostServices;
using At = FakeHostServices::At;

bf_status visitTenants(
    const bf_host* host, bf_status (*visit)(void*, const char*), void* ctx) noexcept
{
    FakeHost& fake = Services::of(host);
    const At at(
        fake, "ledger-accounts.visit_tenants", {HostCall::Pump, HostCall::Tick, HostCall::Events});
    if (fake.faults.tenants != BF_OK) return fake.faults.tenants;
    for (const std::string& tenant : fake.tenants)
    {
        const bf_status status = visit(ctx, tenant.c_str());
        if (status != BF_OK) return status;
    }
    return BF_OK;
}

bf_status list(
    const bf_host* host, const char* tenant, bf_ledger_account_visitor visit, void* ctx) noexcept
{
    FakeHost& fake = Services::of(host);
    const At at(fake, "ledger-accounts.list", {HostCall::Pump, HostCall::Tick});
    if (fake.faults.list != BF_OK) return fake.faults.list;
    if (fake.faults.visitAccounts) return fake.faults.visitAccounts(visit, ctx);
    if (std::find(fake.tenants.begin(), fake.tenants.end(), tenant) == fake.tenants.end())
        return BF_E_NOT_FOUND;
    for (const LedgerAccount& account : fake.accounts)
    {
        bf_ledger_account out{};
        out.struct_size = sizeof out;
        out.type = static_cast<std::uint32_t>(account.type);
        out.account_id = account.id.c_str();
        out.name = account.name.c_str();
        out.flags = BF_LEDGER_OPEN | BF_LEDGER_FEEDABLE;
        out.exponent = static_cast<std::uint32_t>(account.exponent);
        out.balance.units = account.balanceUnits;
        out.balance.exponent = out.exponent;
        std::copy_n(account.currency.begin(), std::min<std::size_t>(account.currency.size(), 11),
            out.balance.currency);
        const bf_status status = visit(ctx, &out);
        if (status != BF_OK) return status;
    }
    return BF_OK;
}

bf_status create(const bf_host* host, const char* /*tenant*/,
    const bf_ledger_account_request* request, const bf_sink* accountId, bf_error* /*err*/) noexcept
{
    FakeHost& fake = Services::of(host);
    const At at(fake, "ledger-accounts.create", {HostCall::Pump, HostCall::Tick});
    auto& keys = Services::accountKeys(fake);
    const auto [found, added] =
        keys.emplace(request->idempotency_key, "made-" + std::to_string(keys.size() + 1));
    const bf_status status =
        Services::give(fake, accountId, fake.faults.createdId.value_or(found->second));
    if (status != BF_OK) return status;
    return added ? BF_OK : BF_ALREADY;
}

void say(bf_watermark& out, const std::optional<Watermark>& mark)
{
    out.present = mark ? 1 : 0;
    if (!mark) return;
    out.epoch = mark->epoch;
    out.last_seq = mark->lastSeq;
    std::copy(mark->chainDigest.begin(), mark->chainDigest.end(), out.chain_digest);
}

bf_status getWatermark(const bf_host* host, const char* tenant, const char* feedId,
    bf_watermark* out, bf_error* err) noexcept
{
    FakeHost& fake = Services::of(host);
    const At at(fake, "ledger-post.get_watermark", {HostCall::Pump, HostCall::Tick});
    if (out == nullptr || out->struct_size < sizeof(bf_watermark))
        fake.broke("a watermark without its size");
    if (fake.faults.watermark != BF_OK) return Services::fail(fake, err, fake.faults.watermark);
    const auto mark = fake.books.watermark(tenant, feedId);
    if (!mark.ok()) return Services::fail(fake, err, BF_E_RETRY);
    say(*out, *mark);
    return BF_OK;
}

template <std::size_t Size>
std::string textOf(const char (&text)[Size])
{
    return {text, strnlen(text, Size)};
}

LedgerChange changeOf(const bf_change& change)
{
    LedgerChange out;
    out.seq = change.seq;
    out.kind = static_cast<ChangeKind>(change.kind);
    out.rootKey = change.root_key;
    out.revision = change.revision;
    out.ledgerAccountId = change.account_id;
    out.counterAccount = change.counter_account;
    out.units = change.amount.units;
    out.exponent = static_cast<int>(change.amount.exponent);
    out.currency = textOf(change.amount.currency);
    out.bookedOn = textOf(change.booked_on.text);
    out.authorizedOn = textOf(change.authorized_on.text);
    out.description = change.description;
    out.originalDescription = change.original_description;
    out.merchant = change.merchant;
    out.category = change.category;
    std::copy_n(change.content_digest, BF_DIGEST_SIZE, out.contentDigest.begin());
    std::copy_n(change.chain_digest, BF_DIGEST_SIZE, out.chainDigest.begin());
    return out;
}

LedgerBatch batchOf(const bf_batch& batch)
{
    LedgerBatch out;
    out.tenant = batch.tenant_id;
    out.feedId = batch.feed_id;
    out.epoch = batch.epoch;
    out.epochStart = (batch.flags & BF_BATCH_EPOCH_START) != 0;
    std::copy_n(batch.prev_digest, BF_DIGEST_SIZE, out.previousDigest.begin());
    const auto* bytes = reinterpret_cast<const char*>(batch.changes);
    for (std::uint32_t i = 0; i < batch.change_count; ++i)
        out.changes.push_back(changeOf(
            *reinterpret_cast<const bf_change*>(bytes + std::size_t{batch.change_size} * i)));
    return out;
}

std::vector<bf_change_result*> stepped(
    bf_change_result* results, std::uint32_t size, std::uint32_t count)
{
    std::vector<bf_change_result*> all;
    auto* bytes = reinterpret_cast<char*>(results);
    for (std::uint32_t i = 0; i < count; ++i)
        all.push_back(reinterpret_cast<bf_change_result*>(bytes + std::size_t{size} * i));
    return all;
}

bf_status tell(const Result<PostOutcome>& outcome, const std::vector<bf_change_result*>& results)
{
    if (!outcome.ok())
        return outcome.error().kind == ErrorKind::Corrupt ? BF_E_CORRUPT : BF_E_RETRY;
    if (outcome->kind == PostOutcome::Kind::Applied)
    {
        for (std::size_t i = 0; i < results.size(); ++i)
            results[i]->outcome =
                i < results.size() - outcome->appliedNow ? BF_OUTCOME_ALREADY : BF_OUTCOME_APPLIED;
        return BF_OK;
    }
    for (std::size_t i = 0; i < outcome->index; ++i)
        results[i]->outcome = BF_OUTCOME_ALREADY;
    const bool conflict = outcome->kind == PostOutcome::Kind::Conflict;
    results[outcome->index]->outcome = conflict ? BF_OUTCOME_CONFLICT : BF_OUTCOME_REJECTED;
    results[outcome->index]->reason = static_cast<std::uint32_t>(outcome->reason);
    return conflict ? BF_E_CONFLICT : BF_E_REJECTED;
}

bf_status postBatch(const bf_host* host, const bf_batch* batch, bf_change_result* results,
    std::uint32_t resultSize, bf_watermark* after, bf_error* err) noexcept
{
    FakeHost& fake = Services::of(host);
    const At at(fake, "ledger-post.post_batch", {HostCall::Pump, HostCall::Tick});
    std::uint32_t bad = 0;
    if (bf_batch_check(batch, &bad) != BF_OK)
    {
        fake.broke("a batch that breaks the specification, at " + std::to_string(bad));
        return Services::fail(fake, err, BF_E_INVALID);
    }
    const auto all = stepped(results, resultSize, batch->change_count);
    for (const bf_change_result* result : all)
    {
        if (resultSize < sizeof(bf_change_result) || result->struct_size < sizeof(bf_change_result))
            fake.broke("a result without its size");
    }
    if (fake.faults.post) return Services::fail(fake, err, fake.faults.post(*batch, all));
    const LedgerBatch given = batchOf(*batch);
    const bf_status status = tell(fake.books.post(given), all);
    const auto mark = fake.books.watermark(given.tenant, given.feedId);
    if (mark.ok()) say(*after, *mark);
    return status == BF_OK ? BF_OK : Services::fail(fake, err, status);
}

bf_status findHeads(const bf_host* host, const char* tenant, const char* const* rootKeys,
    std::uint32_t count, bf_head* heads, std::uint32_t headSize, bf_error* err) noexcept
{
    FakeHost& fake = Services::of(host);
    const At at(fake, "ledger-post.find_heads", {HostCall::Pump, HostCall::Tick});
    if (count == 0 || count > BF_CHANGES_PER_BATCH_MAX || headSize < sizeof(bf_head))
        fake.broke("find_heads with a wrong number or size");
    if (fake.faults.heads != BF_OK) return Services::fail(fake, err, fake.faults.heads);
    const auto found =
        fake.books.heads(tenant, std::vector<std::string>(rootKeys, rootKeys + count));
    if (!found.ok()) return Services::fail(fake, err, BF_E_INVALID);
    auto* bytes = reinterpret_cast<char*>(heads);
    for (std::uint32_t i = 0; i < count; ++i)
    {
        auto* head = reinterpret_cast<bf_head*>(bytes + std::size_t{headSize} * i);
        head->revision = (*found)[i].revision;
        std::copy((*found)[i].contentDigest.begin(), (*found)[i].contentDigest.end(),
            head->content_digest);
    }
    return BF_OK;
}

bf_status visitEntries(const bf_host* host, const char* tenant, const char* feedId,
    const char* after, std::uint32_t countMax, bf_booked_visitor visit, void* ctx,
    bf_error* err) noexcept
{
    FakeHost& fake = Services::of(host);
    const At at(fake, "ledger-post.visit_entries", {HostCall::Pump, HostCall::Tick});
    if (countMax == 0 || countMax > BF_ENTRIES_PER_VISIT_MAX)
        fake.broke("visit_entries with a wrong number");
    if (fake.faults.entries != BF_OK) return Services::fail(fake, err, fake.faults.entries);
    fake.books.entriesPerVisit = countMax;
    const auto found = fake.books.entries(tenant, feedId, after);
    if (!found.ok() || !*found) return Services::fail(fake, err, BF_E_RETRY);
    for (const auto& one : (*found)->entries)
    {
        bf_booked out{};
        out.struct_size = sizeof out;
        out.revision = one.head.revision;
        out.kind = static_cast<std::uint32_t>(one.kind);
        out.state = one.removed ? 2U : one.reconciled ? 1U : 0U;
        out.root_key = one.rootKey.c_str();
        out.account_id = one.ledgerAccountId.c_str();
        out.amount.units = one.units;
        out.amount.exponent = static_cast<std::uint32_t>(one.exponent);
        one.currency.copy(out.amount.currency, sizeof out.amount.currency - 1);
        one.bookedOn.copy(out.booked_on.text, sizeof out.booked_on.text - 1);
        out.description = one.description.c_str();
        out.original_description = one.originalDescription.c_str();
        std::copy(one.head.contentDigest.begin(), one.head.contentDigest.end(), out.content_digest);
        if (fake.faults.spoilEntry) fake.faults.spoilEntry(out);
        if (const bf_status status = visit(ctx, &out); status != BF_OK) return status;
    }
    return BF_OK;
}

} // namespace

void FakeHostServices::fillLedger(FakeHost::Tables& tables)
{
    tables.accounts = {sizeof(bf_host_ledger_accounts), 0, visitTenants, list, create};
    tables.post = {
        sizeof(bf_host_ledger_post), 0, getWatermark, postBatch, findHeads, visitEntries};
}

} // namespace bankfeed::testing
