#include "plugins/EventTeller.h"

#include "books/LedgerEvents.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace ledgerd
{

namespace
{

bf_event crossing(const LedgerEvent& event)
{
    bf_event out{};
    out.struct_size = sizeof out;
    out.kind = static_cast<std::uint32_t>(event.kind);
    out.event_id = event.id.c_str();
    out.subject = event.subject.c_str();
    out.into = event.into.c_str();
    out.state = static_cast<std::uint32_t>(event.state);
    out.revision = static_cast<std::uint32_t>(event.revision);
    std::memcpy(out.through.text, event.through.data(),
        std::min(event.through.size(), sizeof out.through.text - 1));
    return out;
}

} // namespace

bf_status EventTeller::tell(bf_plugin* plugin, const bf_plugin_ledger_events& table, bf_error& err)
{
    bf_status worst = BF_OK;
    for (const std::string& tenant : books_.tenants())
        if (const bf_status status = tellTenant(plugin, table, tenant, err); status != BF_OK)
            worst = status;
    return worst;
}

bf_status EventTeller::tellTenant(bf_plugin* plugin, const bf_plugin_ledger_events& table,
    const std::string& tenant, bf_error& err)
{
    const std::int64_t last =
        books_.database().read([&](Unit& unit) { return events::last(unit, tenant); });
    bf_event_position position{};
    position.struct_size = sizeof position;
    bf_status status = table.position(plugin, tenant.c_str(), &position, &err);
    if (status != BF_OK) return status;
    std::string after = position.event_id;
    std::int64_t seq = books_.database().read(
        [&](Unit& unit) { return after.empty() ? 0 : events::seqOf(unit, tenant, after); });
    // Books that were restored from a backup do not know the event: they tell everything anew. They
    // keep every event, so that everything is their events from the first on.
    bool fromStart = (seq == 0 && (!after.empty() || last != 0)) || position.retelling != 0;
    if (fromStart) seq = 0;
    bool anew = fromStart;
    while (seq < last || anew)
    {
        const auto found = books_.database().read(
            [&](Unit& unit) { return events::after(unit, tenant, seq, BF_EVENTS_PER_BATCH_MAX); });
        std::vector<bf_event> out;
        for (const LedgerEvent& event : found)
            out.push_back(crossing(event));
        const bool end = found.size() < BF_EVENTS_PER_BATCH_MAX || found.back().seq >= last;
        bf_event_batch batch{};
        batch.struct_size = sizeof batch;
        batch.flags =
            (anew ? BF_EVENTS_FROM_START : 0U) | (fromStart && end ? BF_EVENTS_ALL_TOLD : 0U);
        batch.tenant_id = tenant.c_str();
        batch.after_id = anew ? "" : after.c_str();
        batch.events = out.data();
        batch.event_size = sizeof(bf_event);
        batch.event_count = static_cast<std::uint32_t>(out.size());
        if (out.empty() && batch.flags == 0) break;
        status = table.tell(plugin, &batch, &err);
        if (status != BF_OK) return status;
        anew = false;
        if (found.empty()) break;
        seq = found.back().seq;
        after = found.back().id;
    }
    return BF_OK;
}

} // namespace ledgerd
