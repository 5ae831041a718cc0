// bankfeed.plugin.account-sync/1: ledger accounts mirrored and made; what the host's own account
// pages ask.
#include "Boundary.h"
#include "PluginInstance.h"
#include "Runtime.h"
#include "Tables.h"

#include "base/Utf8.h"
#include "money/Decimal.h"

#include <algorithm>
#include <cstring>

namespace bankfeed::plugin
{

namespace
{

using engine::LedgerAccountFeed;

template <std::size_t Size>
void put(char (&out)[Size], std::string_view text)
{
    std::memset(out, 0, Size);
    const auto cut = cutUtf8(text, Size - 1);
    std::copy(cut.begin(), cut.end(), out);
}

bf_status tick(
    bf_plugin* plugin, std::uint32_t budget_ms, bf_tick_result* out, bf_error* err) noexcept
{
    auto* const instance = PluginInstance::of(plugin);
    if (instance == nullptr || out == nullptr || out->struct_size < sizeof(bf_tick_result))
        return misused(
            instance, err, "tick()", "tick() needs a plugin and a result with its size.");
    return guarded(err,
        [&]() -> bf_status
        {
            const PluginInstance::HostCall call(*instance, "tick()");
            if (!call) return call.refuse(err);
            const PluginInstance::Use runtime(*instance);
            if (!runtime) return runtime.refuse(err);
            const auto ticked = runtime->tick(budget_ms);
            if (!ticked.ok()) return report(err, ticked.error());
            out->remaining = *ticked ? 1U : 0U;
            return BF_OK;
        });
}

std::uint32_t stateOf(LedgerAccountFeed::State state)
{
    switch (state)
    {
    case LedgerAccountFeed::State::UpToDate: return BF_FEED_UP_TO_DATE;
    case LedgerAccountFeed::State::Working: return BF_FEED_WORKING;
    case LedgerAccountFeed::State::NeedsPerson: return BF_FEED_NEEDS_PERSON;
    }
    return BF_FEED_NEEDS_PERSON;
}

void fill(bf_feed_status& out, const LedgerAccountFeed::Shown& shown)
{
    out.state = stateOf(shown.state);
    put(out.feed_id, shown.feedId);
    put(out.institution, shown.institution);
    put(out.bank_account, shown.bankAccount);
    put(out.bank_balance.currency, shown.currency);
    out.bank_balance.exponent = static_cast<std::uint32_t>(shown.exponent);
    if (!shown.balanceExact || !shown.balanceAsOf) return;
    const auto exact = money::Decimal::parse(*shown.balanceExact);
    if (!exact.ok()) return;
    const auto units = exact->toUnits(shown.exponent);
    if (!units.ok()) return; // Too large for the books: "not known" is the truth that fits.
    out.bank_balance.units = units->units;
    out.balance_as_of_utc_ns = shown.balanceAsOf->ns;
}

bf_status feedStatus(bf_plugin* plugin, const char* tenant_id, const char* ledger_account_id,
    bf_feed_status* out, bf_error* err) noexcept
{
    auto* const instance = PluginInstance::of(plugin);
    if (instance == nullptr || out == nullptr || out->struct_size < sizeof(bf_feed_status) ||
        !isId(tenant_id) || !isId(ledger_account_id))
    {
        return misused(instance, err, "feed_status()",
            "feed_status() needs a plugin, two ids and a result with its size.");
    }
    return guarded(err,
        [&]() -> bf_status
        {
            const PluginInstance::Use runtime(*instance);
            if (!runtime) return runtime.refuse(err);
            const auto found = runtime->feeds().find(tenant_id, ledger_account_id);
            if (!found.ok()) return report(err, found.error());
            const std::uint32_t size = out->struct_size;
            std::memset(out, 0, sizeof *out);
            out->struct_size = size;
            out->state = BF_FEED_NONE;
            if (*found) fill(*out, **found);
            return BF_OK;
        });
}

bf_status syncNow(
    bf_plugin* plugin, const char* tenant_id, const char* ledger_account_id, bf_error* err) noexcept
{
    auto* const instance = PluginInstance::of(plugin);
    if (instance == nullptr || !isId(tenant_id) || !isId(ledger_account_id))
        return misused(instance, err, "sync_now()", "sync_now() needs a plugin and two ids.");
    return guarded(err,
        [&]() -> bf_status
        {
            const PluginInstance::Use runtime(*instance);
            if (!runtime) return runtime.refuse(err);
            const auto asked = runtime->feeds().syncNow(tenant_id, ledger_account_id);
            if (!asked.ok()) return report(err, asked.error());
            switch (*asked)
            {
            case LedgerAccountFeed::Asked::Asked: return BF_OK;
            case LedgerAccountFeed::Asked::UnderWay: return BF_ALREADY;
            case LedgerAccountFeed::Asked::Paused:
                return report(err, BF_E_REJECTED,
                    "Somebody has paused the bank behind this ledger account; the console says "
                    "who, and resumes it.");
            case LedgerAccountFeed::Asked::NotFed: break;
            }
            return report(err, BF_E_NOT_FOUND, "No bank account feeds this ledger account.");
        });
}

} // namespace

const bf_plugin_account_sync accountSyncTable = {
    sizeof(bf_plugin_account_sync), 0, tick, feedStatus, syncNow};

} // namespace bankfeed::plugin
