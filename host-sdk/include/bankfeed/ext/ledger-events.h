/* bankfeed.plugin.ledger-events/1: the host tells what people do in its books. Optional for the host.
 *
 * Why
 * ---
 * What a person removed from the books must not come back when the bank mentions it again. What the books would refuse
 * (a closed period, a closed account, a reconciled entry) should wait with its reason, and come by itself when it may.
 * A host without this extension is safe as well: it refuses in post_batch, and the plugin learns by trying.
 *
 * Events
 * ------
 * An event says what is the case, never what changed: "this entry is removed", "nothing on or before 2026-03-31 can be
 * booked". So one that is told twice changes nothing, and of several about one subject the last one counts.
 *
 *   BF_EVENT_ENTRY           subject: the root key of a change that the host applied. state: BF_ENTRY_IN_BOOKS,
 *                            BF_ENTRY_RECONCILED or BF_ENTRY_REMOVED. revision: of its head at that moment.
 *                            Removed: the plugin sends nothing of it any more, whatever the bank says, under whichever
 *                            id, after re-links, rebuilds and restores. The head stays as it is: an equal head is what
 *                            tells a restored plugin that nothing is to be done. An administrator can have it imported
 *                            again; that is a post with a revision above the head, and from then on removals that
 *                            were told with a lower revision do not count.
 *                            Reconciled: neither amended nor voided until the host tells BF_ENTRY_IN_BOOKS.
 *   BF_EVENT_PERIOD          through: the last day that is closed; none: no day is. subject: the account that this is
 *                            about, or "" for all. Both count, where both are told.
 *   BF_EVENT_ACCOUNT         subject: a ledger account. state: BF_ACCOUNT_OPEN or BF_ACCOUNT_CLOSED. The flags of
 *                            ledger-accounts.list say the same, some seconds later. What is told holds until
 *                            it is told otherwise, or the list shows another state than it did.
 *   BF_EVENT_ACCOUNT_MERGED  subject: the account that is gone; into: the one that has its entries now. Links to the
 *                            old account are links to the new one from then on. The host goes on to understand the old
 *                            id, for ever: an entry keeps the name of its account, because the digest of its head
 *                            was made with it, so amends and voids of older entries name the old account, and so
 *                            may posts that were on their way. The one exception: an amend of an opening balance
 *                            names the account that its link feeds now. When both accounts are fed, the old one's link ends, and
 *                            a person decides what becomes of it.
 *
 * Not one is lost
 * ---------------
 * The host writes an event into its own database in the transaction of the change that it tells of, and tells it later:
 * after start(), and soon after the change. The plugin stores a batch, with what follows from it, and the id of its
 * last event in one transaction before it answers BF_OK. That id is the place to go on from, and the plugin keeps it:
 * the host asks position() and tells what comes behind. So it does not matter who crashed when, or who was restored:
 *
 *   position() names an event that the host has      it tells the events behind it, in their order
 *   position() names none, or one that the host      its books were restored from a backup, or it has deleted old
 *   does not have                                    events: it tells everything that is the case now, beginning with
 *                                                    BF_EVENTS_FROM_START and ending with BF_EVENTS_ALL_TOLD
 *
 * A telling from the start that broke off, because either side died in the middle of it, is known: `retelling` is 1 then,
 * and event_id is of the last event of it that is stored, "" for none. Until it is complete, what was told before it goes
 * on to count beside what it has told, so an old closed period keeps rows waiting. The host does one of two things; to go on
 * as after any other event is not enough, for nothing but BF_EVENTS_ALL_TOLD ends it:
 *
 *   it begins again                                  BF_EVENTS_FROM_START on the first batch; always right
 *   it goes on behind event_id                       only when its order is the one that it began with; the last batch
 *                                                    carries BF_EVENTS_ALL_TOLD, and has no event when none is left
 *
 * BF_EVENTS_ALL_TOLD without a telling from the start under way changes nothing: its answer may have been lost.
 *
 * After a telling from the start, closed periods and reconciliations that were not told again are over. Of removals that
 * were not, the plugin asks for the heads (find_heads): what the books do not have stays out, for that is what a person
 * wanted; an entry that they have is in the books again, with a backup that forgot the removal. It follows the bank from
 * then on, and a notice tells of it. BF_ENTRY_IN_BOOKS takes a removal back. A merge that was not told again stays what
 * links follow; when ledger-accounts.list shows its subject as open, a notice asks a person to merge once more or to link anew.
 * Whether an account is open is not part of it: what was told last counts, the event, or the list as soon as it shows
 * anything else than at the last look, and at every start of the plugin.
 * An id of an event is never used again, not even by books that were restored from a backup: a counter alone does not
 * keep this; a random part does. A telling from the start names its events anew or as before. The plugin keeps the last
 * id only: it refuses one that comes twice in a batch or is after_id, and cannot see one of an earlier batch; the host would
 * go on at the wrong one of the two.
 *
 * When a tenant's data is deleted
 * -------------------------------
 * An administrator can delete all that the plugin holds of a tenant. From that moment tell() answers BF_E_RETRY until
 * nothing is left, and position() "" from then on: everything is to be told from the start. Nothing else says so, and a
 * note of the host's own that everything was told does not see it. So the host asks position() for each tenant in each
 * round of calls.
 *
 * What is refused
 * ---------------
 * Each member that a kind of event does not use holds "nothing": "" or 0. A batch of which one member breaks a rule of
 * this file is BF_E_INVALID as a whole, the text says which event and member, and the position stays: an event whose
 * struct_size does not cover the members below or is above event_size; a kind, state or day that there is not; a
 * revision of an entry that is 0 or above BF_REVISION_MAX; a member of another kind that is set; after_id with
 * BF_EVENTS_FROM_START; an event_id twice. A subject that the plugin does not know is no fault: a root key may be told
 * before the bank's page with it arrives, an account before it is mirrored.
 */
#ifndef BANKFEED_EXT_LEDGER_EVENTS_H
#define BANKFEED_EXT_LEDGER_EVENTS_H

#include "bankfeed/plugin.h"

#ifdef __cplusplus
extern "C"
{
#endif

#define BF_EXT_PLUGIN_LEDGER_EVENTS "bankfeed.plugin.ledger-events/1"

#define BF_EVENTS_PER_BATCH_MAX 256u

/* kinds of an event */
#define BF_EVENT_ENTRY 1u
#define BF_EVENT_PERIOD 2u
#define BF_EVENT_ACCOUNT 3u
#define BF_EVENT_ACCOUNT_MERGED 4u

/* states of an entry */
#define BF_ENTRY_IN_BOOKS 0u
#define BF_ENTRY_RECONCILED 1u
#define BF_ENTRY_REMOVED 2u

/* states of an account */
#define BF_ACCOUNT_OPEN 0u
#define BF_ACCOUNT_CLOSED 3u

#define BF_EVENTS_FROM_START 1u /* everything that is the case, from here on                     */
#define BF_EVENTS_ALL_TOLD 2u   /* with this batch the telling from the start is complete        */

typedef struct bf_event
{
    uint32_t struct_size;
    uint32_t kind;         /* BF_EVENT_...                                                       */
    const char *event_id;  /* an id: the host's name for this event, never used again            */
    const char *subject;   /* a root key or an account id; "" for a period of all accounts       */
    const char *into;      /* of a merge an account id; else ""                                  */
    uint32_t state;        /* of an entry or an account; else 0                                  */
    uint32_t revision;     /* of an entry that of its head, 1..BF_REVISION_MAX; else 0           */
    bf_date through;       /* of a period; else none                                             */
    uint32_t reserved;
} bf_event;

typedef struct bf_event_batch
{
    uint32_t struct_size;
    uint32_t flags;        /* BF_EVENTS_...                                                      */
    const char *tenant_id;
    const char *after_id;  /* the id of the event before the first; "" when there is none, and with FROM_START */
    const bf_event *events;
    uint32_t event_size;   /* stride */
    uint32_t event_count;  /* 0..BF_EVENTS_PER_BATCH_MAX; 0 only with a flag                     */
} bf_event_batch;

typedef struct bf_event_position
{
    uint32_t struct_size;
    uint32_t retelling;    /* 1: a telling from the start has begun and is not complete, see above */
    char event_id[64];     /* of the last event that is stored; "" for none                      */
} bf_event_position;

typedef struct bf_plugin_ledger_events
{
    uint32_t struct_size;
    uint32_t reserved;

    /* Where the host goes on telling. [host] The caller sets out->struct_size. Touches no network. May call
     * ledger-accounts.visit_tenants, as tell() may.
     * BF_OK; BF_E_NOT_FOUND visit_tenants does not name the tenant; BF_E_INVALID an argument breaks a rule;
     * BF_E_RETRY the store is busy, or the host could not list its tenants; BF_E_STOPPING. */
    bf_status (*position)(bf_plugin *plugin, const char *tenant_id, bf_event_position *out, bf_error *err);

    /* Stores events and what follows from them: all of the batch, durably, or nothing. [host] Touches no network.
     * What waited and may go into the books now is asked for; it comes with the next calls of pump.
     * BF_OK; BF_E_CONFLICT after_id is not the position: ask for it, and tell from there; BF_E_INVALID a member
     * breaks a rule (the text says which), nothing is stored: it is the same when it is told again, so the host mends
     * the event, or tells everything from the start without it; BF_E_NOT_FOUND visit_tenants does not name the tenant,
     * nothing is stored; BF_E_RETRY the store is busy, the host could not list its tenants, or all data of the tenant is
     * being deleted; BF_E_STOPPING.
     * Any other status: unknown, ask position(). */
    bf_status (*tell)(bf_plugin *plugin, const bf_event_batch *batch, bf_error *err);
} bf_plugin_ledger_events;

#ifdef __cplusplus
}
#endif

#endif
