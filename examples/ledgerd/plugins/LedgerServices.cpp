// ledger-accounts and ledger-post.
#include "plugins/ServiceGuard.h"

#include "base/Text.h"
#include "books/Accounts.h"
#include "books/FeedBatch.h"
#include "books/FeedHeads.h"

#include <cstring>

namespace ledgerd
{

namespace
{

template <std::size_t size>
void copyText(char (&out)[size], const std::string& text)
{
    const std::string cut = cutUtf8(text, size - 1);
    std::memset(out, 0, size);
    std::memcpy(out, cut.data(), cut.size());
}

bf_status visitTenants(
    const bf_host* host, bf_status (*visit)(void* ctx, const char* tenantId), void* ctx) noexcept
{
    return hostService(host, nullptr, "ledger-accounts.visit_tenants",
        [&](HostSide& side, std::string&) -> bf_status
        {
            if (visit == nullptr) return BF_E_INVALID;
            for (const std::string& tenant : side.surroundings().books.tenants())
                if (const bf_status status = visit(ctx, tenant.c_str()); status != BF_OK)
                    return status;
            return BF_OK;
        });
}

bf_ledger_account crossing(const Account& account, const std::string& id)
{
    bf_ledger_account out{};
    out.struct_size = sizeof out;
    out.type = static_cast<std::uint32_t>(account.type);
    out.account_id = id.c_str();
    out.name = account.name.c_str();
    out.flags = (account.open ? BF_LEDGER_OPEN : 0u) | (account.feedable ? BF_LEDGER_FEEDABLE : 0u);
    out.exponent = account.currency.exponent;
    out.balance.units = account.balance;
    out.balance.exponent = account.currency.exponent;
    copyText(out.balance.currency, account.currency.code);
    copyText(out.last_entry_on.text, account.lastEntryOn);
    return out;
}

bf_status listAccounts(
    const bf_host* host, const char* tenantId, bf_ledger_account_visitor visit, void* ctx) noexcept
{
    return hostService(host, nullptr, "ledger-accounts.list",
        [&](HostSide& side, std::string&) -> bf_status
        {
            if (!feed::isId(tenantId) || visit == nullptr) return BF_E_INVALID;
            const std::string tenant = tenantId;
            bool exists = false;
            const auto all = side.surroundings().books.database().read(
                [&](Unit& unit)
                {
                    exists = feed::tenantExists(unit, tenant);
                    return accounts::list(unit, tenant);
                });
            if (!exists) return BF_E_NOT_FOUND;
            for (const Account& account : all)
            {
                const std::string id = accountText(account.id);
                const bf_ledger_account out = crossing(account, id);
                if (const bf_status status = visit(ctx, &out); status != BF_OK) return status;
            }
            return BF_OK;
        });
}

// Where an account that a plugin makes stands when its name says no place.
const char* homeOf(AccountType type)
{
    switch (type)
    {
    case AccountType::asset: return "Bank";
    case AccountType::liability: return "Cards";
    default: return "";
    }
}

bf_status wantedAccount(
    const bf_ledger_account_request* request, NewAccount& out, std::string& text)
{
    const bool readable =
        request != nullptr && request->struct_size >= sizeof(bf_ledger_account_request) &&
        request->type >= BF_LEDGER_ASSET && request->type <= BF_LEDGER_EXPENSE &&
        feed::isId(request->idempotency_key) && request->name != nullptr &&
        ::strnlen(request->name, BF_TEXT_MAX + 1) <= BF_TEXT_MAX && isUtf8(request->name) &&
        ::strnlen(request->currency, sizeof request->currency) < sizeof request->currency;
    if (!readable)
    {
        text = "An account needs a type, a name, a currency and an idempotency key.";
        return BF_E_INVALID;
    }
    out.type = static_cast<AccountType>(request->type);
    const auto name = fullAccountName(out.type, request->name, homeOf(out.type));
    if (!name)
    {
        text = name.failure().text;
        return BF_E_INVALID;
    }
    out.name = *name;
    out.currency = {request->currency, request->exponent};
    out.feedable = out.type == AccountType::asset || out.type == AccountType::liability;
    out.idempotencyKey = request->idempotency_key;
    return BF_OK;
}

bf_status createAccount(const bf_host* host, const char* tenantId,
    const bf_ledger_account_request* request, const bf_sink* accountId, bf_error* err) noexcept
{
    return hostService(host, err, "ledger-accounts.create",
        [&](HostSide& side, std::string& text) -> bf_status
        {
            NewAccount wanted;
            if (!feed::isId(tenantId)) return BF_E_INVALID;
            if (const bf_status status = wantedAccount(request, wanted, text); status != BF_OK)
                return status;
            const auto made = side.surroundings().books.database().write(
                [&](Unit& unit) -> Result<CreatedAccount>
                {
                    if (!feed::tenantExists(unit, tenantId))
                        return notFound("There is no such tenant.");
                    return accounts::create(
                        unit, tenantId, wanted, side.surroundings().clock.utcNs());
                });
            if (!made)
            {
                text = made.failure().text;
                return statusOf(made.failure());
            }
            const bf_status told = put(accountId, accountText(made->id));
            if (told != BF_OK) return told;
            return made->already ? BF_ALREADY : BF_OK;
        });
}

bf_status getWatermark(const bf_host* host, const char* tenantId, const char* feedId,
    bf_watermark* out, bf_error* err) noexcept
{
    return hostService(host, err, "ledger-post.get_watermark",
        [&](HostSide& side, std::string& text)
        { return side.posting().watermark(tenantId, feedId, out, text); });
}

bf_status postBatch(const bf_host* host, const bf_batch* batch, bf_change_result* results,
    std::uint32_t resultSize, bf_watermark* after, bf_error* err) noexcept
{
    return hostService(host, err, "ledger-post.post_batch",
        [&](HostSide& side, std::string& text)
        { return side.posting().postBatch(batch, results, resultSize, after, text); });
}

bf_status findHeads(const bf_host* host, const char* tenantId, const char* const* rootKeys,
    std::uint32_t count, bf_head* heads, std::uint32_t headSize, bf_error* err) noexcept
{
    return hostService(host, err, "ledger-post.find_heads",
        [&](HostSide& side, std::string& text)
        { return side.posting().findHeads(tenantId, rootKeys, count, heads, headSize, text); });
}

bf_status visitEntries(const bf_host* host, const char* tenantId, const char* feedId,
    const char* after, std::uint32_t countMax, bf_booked_visitor visit, void* ctx,
    bf_error* err) noexcept
{
    return hostService(host, err, "ledger-post.visit_entries",
        [&](HostSide& side, std::string& text) {
            return side.posting().visitEntries(tenantId, feedId, after, countMax, visit, ctx, text);
        });
}

} // namespace

const bf_host_ledger_accounts ledgerAccountsTable{
    sizeof(bf_host_ledger_accounts), 0, visitTenants, listAccounts, createAccount};
const bf_host_ledger_post ledgerPostTable{
    sizeof(bf_host_ledger_post), 0, getWatermark, postBatch, findHeads, visitEntries};

} // namespace ledgerd
