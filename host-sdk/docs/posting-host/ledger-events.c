/* Tells the plugin what people did in the books. ledger-events.md explains it. */
#include "host.h"

#include "books.h"

#include <string.h>

/* Tells what is behind the plugin's own place, and everything when that is none of ours, or when a
 * telling of everything broke off. */
bf_status tell(bf_plugin* plugin, bf_error* err)
{
    const bf_plugin_ledger_events* table =
        plugin->get_extension(plugin, BF_EXT_PLUGIN_LEDGER_EVENTS);
    bf_event_position position = {.struct_size = sizeof position};
    bf_event out[BF_EVENTS_PER_BATCH_MAX];
    uint32_t at = 0;
    if (!BF_HAS(table, bf_plugin_ledger_events, tell)) return BF_OK;
    bf_status status = table->position(plugin, TENANT, &position, err);
    if (status != BF_OK) return status;
    while (at < books.event_count && strcmp(books.events[at].id, position.event_id) != 0)
        ++at;
    const int known = at < books.event_count;
    const int none = position.event_id[0] == '\0' && books.event_count == 0;
    const int anew = position.retelling != 0 || (!known && !none);
    if (none && !anew) return BF_OK;
    at = anew ? 0 : at + 1;
    uint32_t flags = anew ? BF_EVENTS_FROM_START : 0;
    while (status == BF_OK && (at < books.event_count || flags != 0))
    {
        bf_event_batch batch = {.struct_size = sizeof batch,
            .flags = flags,
            .tenant_id = TENANT,
            .after_id = at == 0 ? "" : books.events[at - 1].id,
            .events = out,
            .event_size = sizeof out[0]};
        while (at < books.event_count && batch.event_count < BF_EVENTS_PER_BATCH_MAX)
        {
            const struct event* event = &books.events[at++];
            out[batch.event_count] = event->says;
            out[batch.event_count].event_id = event->id;
            out[batch.event_count].subject = event->subject;
            out[batch.event_count++].into = event->into;
        }
        if (anew && at == books.event_count) batch.flags |= BF_EVENTS_ALL_TOLD;
        status = table->tell(plugin, &batch, err);
        flags = 0;
    }
    return status == BF_E_CONFLICT ? BF_OK : status; /* the next round asks for the place again */
}
