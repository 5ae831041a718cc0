// bankfeed.plugin.ledger-events/1: the host tells what people do in its books.
#include "Boundary.h"
#include "PluginInstance.h"
#include "Runtime.h"
#include "Tables.h"

#include "base/Date.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <utility>

namespace bankfeed::plugin
{

namespace
{

using delivery::LedgerEvent;
using delivery::LedgerEventBatch;

bool isNothing(const char* text)
{
    return text != nullptr && text[0] == '\0';
}

/// What is against the specification in the members that belong to some kinds of events only;
/// nullptr when nothing is.
const char* faultOfMembers(const bf_event& event, const std::string& through)
{
    const bool entry = event.kind == BF_EVENT_ENTRY;
    const bool period = event.kind == BF_EVENT_PERIOD;
    const bool account = event.kind == BF_EVENT_ACCOUNT;
    const bool merge = event.kind == BF_EVENT_ACCOUNT_MERGED;
    if (!entry && !period && !account && !merge) return "kind is none";
    if (!isId(event.subject) && !(period && isNothing(event.subject)))
        return "subject is not an id";
    if (merge ? !isId(event.into) : !isNothing(event.into)) return "into is not as it must be";
    if (merge && std::strcmp(event.into, event.subject) == 0)
        return "an account is merged into itself";
    if (period ? !through.empty() && !Date::parse(through) : !through.empty())
        return "through is not as it must be";
    if (entry ? event.state > BF_ENTRY_REMOVED
              : event.state != 0 && !(account && event.state == BF_ACCOUNT_CLOSED))
        return "state is none of this kind of event";
    const bool revisionFits =
        entry ? event.revision >= 1 && event.revision <= BF_REVISION_MAX : event.revision == 0;
    return revisionFits ? nullptr : "revision is not as it must be";
}

/// What is against the specification; nullptr when nothing is.
const char* takeEvent(const bf_event& event, std::uint32_t stride, LedgerEvent& out)
{
    if (event.struct_size < sizeof(bf_event) || event.struct_size > stride)
        return "struct_size is too small, or above event_size";
    if (!isId(event.event_id)) return "event_id is not an id";
    if (event.subject == nullptr || event.into == nullptr) return "a text is NULL";
    std::string through(event.through.text, strnlen(event.through.text, sizeof(bf_date)));
    if (const char* const fault = faultOfMembers(event, through); fault != nullptr) return fault;
    out.kind = static_cast<LedgerEvent::Kind>(event.kind);
    out.id = event.event_id;
    out.subject = event.subject;
    out.state = static_cast<LedgerEvent::State>(event.state);
    out.revision = event.revision;
    out.through = std::move(through);
    out.into = event.into;
    return nullptr;
}

std::string takeBatch(const bf_event_batch& batch, LedgerEventBatch& out)
{
    if (!isId(batch.tenant_id)) return "tell(): tenant_id is not an id.";
    if ((batch.flags & ~(BF_EVENTS_FROM_START | BF_EVENTS_ALL_TOLD)) != 0)
        return "tell(): there is no such flag.";
    out.tenant = batch.tenant_id;
    out.fromStart = (batch.flags & BF_EVENTS_FROM_START) != 0;
    out.allTold = (batch.flags & BF_EVENTS_ALL_TOLD) != 0;
    if (!isId(batch.after_id) && !isNothing(batch.after_id))
        return "tell(): after_id is not an id.";
    if (out.fromStart && !isNothing(batch.after_id))
        return "tell(): with BF_EVENTS_FROM_START nothing is before the first event.";
    out.afterId = batch.after_id;
    const bool counts =
        batch.event_count <= BF_EVENTS_PER_BATCH_MAX && (batch.event_count > 0 || batch.flags != 0);
    const bool readable = batch.event_count == 0 ||
                          (batch.events != nullptr && batch.event_size >= sizeof(bf_event) &&
                              batch.event_size % alignof(bf_event) == 0);
    if (!counts || !readable) return "tell() takes 1 to 256 events of their size.";
    const char* first = reinterpret_cast<const char*>(batch.events);
    std::set<std::string> ids{out.afterId};
    for (std::uint32_t i = 0; i < batch.event_count; ++i)
    {
        const auto& event =
            *reinterpret_cast<const bf_event*>(first + std::size_t{i} * batch.event_size);
        LedgerEvent taken;
        const char* fault = takeEvent(event, batch.event_size, taken);
        if (fault == nullptr && !ids.insert(taken.id).second)
            fault = "event_id is that of the event before it, or of another one of the batch";
        if (fault != nullptr)
            return "tell(): event number " + std::to_string(i + 1) + ": " + fault + ".";
        out.events.push_back(std::move(taken));
    }
    return "";
}

/// BF_OK for a tenant that the host names among its own; nothing is stored for another.
bf_status admit(Runtime& runtime, const std::string& tenant, bf_error* err)
{
    const auto known = runtime.knowsTenant(tenant);
    // Whatever was wrong with the list: the events wait in the books.
    if (!known.ok()) return report(err, BF_E_RETRY, known.error().text, true);
    if (*known) return BF_OK;
    return report(
        err, BF_E_NOT_FOUND, "The host's ledger-accounts visit_tenants does not name this tenant.");
}

bf_status position(
    bf_plugin* plugin, const char* tenant_id, bf_event_position* out, bf_error* err) noexcept
{
    auto* const instance = PluginInstance::of(plugin);
    if (instance == nullptr || !isId(tenant_id) || out == nullptr ||
        out->struct_size < sizeof(bf_event_position))
        return misused(instance, err, "position()",
            "position() needs a plugin, a tenant and a place for the answer with its size.");
    return guarded(err,
        [&]() -> bf_status
        {
            const PluginInstance::HostCall call(*instance, "position()");
            if (!call) return call.refuse(err);
            const PluginInstance::Use runtime(*instance);
            if (!runtime) return runtime.refuse(err);
            const bf_status admitted = admit(*runtime, tenant_id, err);
            if (admitted != BF_OK) return admitted;
            const auto found = runtime->events().position(tenant_id);
            if (!found.ok()) return report(err, found.error());
            out->retelling = found->retelling ? 1U : 0U;
            std::memset(out->event_id, 0, sizeof out->event_id);
            std::copy_n(found->eventId.begin(),
                std::min(found->eventId.size(), sizeof out->event_id - 1), out->event_id);
            return BF_OK;
        });
}

bf_status tell(bf_plugin* plugin, const bf_event_batch* batch, bf_error* err) noexcept
{
    auto* const instance = PluginInstance::of(plugin);
    if (instance == nullptr || batch == nullptr || batch->struct_size < sizeof(bf_event_batch))
        return misused(instance, err, "tell()", "tell() needs a plugin and a batch with its size.");
    return guarded(err,
        [&]() -> bf_status
        {
            LedgerEventBatch taken;
            if (const auto fault = takeBatch(*batch, taken); !fault.empty())
                return misused(instance, err, "tell()", fault);
            const PluginInstance::HostCall call(*instance, "tell()");
            if (!call) return call.refuse(err);
            const PluginInstance::Use runtime(*instance);
            if (!runtime) return runtime.refuse(err);
            const bf_status admitted = admit(*runtime, taken.tenant, err);
            if (admitted != BF_OK) return admitted;
            const auto told = runtime->events().tell(taken);
            return told.ok() ? BF_OK : report(err, told.error());
        });
}

} // namespace

const bf_plugin_ledger_events ledgerEventsTable = {
    sizeof(bf_plugin_ledger_events), 0, position, tell};

} // namespace bankfeed::plugin
