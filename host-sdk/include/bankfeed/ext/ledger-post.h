/* bankfeed.host.ledger-post/1: ledger changes go into the books, each exactly once. Required.
 *
 * The protocol
 * ------------
 * A feed is the ordered stream of ledger changes of one bank account. Its changes are numbered without a gap from
 * the first one of an epoch on. The host keeps, in the same database transaction as its journal entries:
 *
 *   per feed       the watermark: epoch, last sequence number, chain digest
 *   per root key   the head: revision and content digest of the latest change of that bank transaction
 *
 * The plugin reads the watermark before it sends, and starts behind it. Its own notes of what was delivered are
 * never the place to resume from: the host may have been restored from a backup, and so may the plugin. The
 * watermark shows the first, the chain digest the second.
 *
 * What the host does with a batch, in this order, in one transaction:
 *   1. It recomputes content and chain digests (the forms are below; bankfeed/digest.h does it) and refuses wrong
 *      ones with BF_E_CORRUPT.
 *   2. Same epoch as the watermark: first sequence number <= last_seq + 1, else BF_E_REJECTED with BF_REASON_GAP.
 *      Changes up to last_seq answer BF_OUTCOME_ALREADY. At last_seq + 1, prev_digest must be the watermark's.
 *      BF_BATCH_EPOCH_START changes nothing here: it comes again when the first answer of an epoch was lost.
 *      Another epoch, or no watermark: only with BF_BATCH_EPOCH_START; then the sequence begins where it begins, with
 *      a prev_digest of zeros. Without the flag: BF_E_REJECTED with BF_REASON_EPOCH.
 *   3. Per change: the head of its root key decides.
 *        same revision, same content digest       BF_OUTCOME_ALREADY
 *        same or lower revision, other content    BF_OUTCOME_CONFLICT; the batch is not applied
 *        higher revision, or none                 the change is applied
 *      An amend or void whose root key has no head is BF_OUTCOME_REJECTED with BF_REASON_NO_ENTRY.
 *   4. Entries, heads and watermark commit together. BF_OK is said after that commit only.
 *
 * What a change means
 * -------------------
 * A change states the bank's leg: `amount` goes to `account_id`, debit positive (money into an asset account is
 * positive, out of it negative; more debt on a card is negative). The host owns the other leg: `counter_account` names a
 * role ("role:suspense", "role:opening-balances") that the host resolves, unless rules of its own choose better.
 * A post begins with revision 1. One above that brings back an entry that a person took out and wants again: it states
 * the bank's leg anew, like an amend, and never makes a second entry. With no head it makes the entry, as any post.
 * An amend states the bank's leg anew: the host keeps what people did to the other legs, and puts a difference into
 * suspense. A void takes the bank's leg to zero. Nothing is deleted: amend and void add entries.
 *
 * Which account a change names
 * ----------------------------
 * A post names the account that the bank account feeds. An amend or void names the account that the post of its root key
 * named, as it was named then, also after the bank account was linked to another one: it moves no entry. One exception:
 * an amend of an opening balance names the account that its link feeds now, which after a merge (ext/ledger-events.h) is
 * the one that the entry is in. So the host finds the account of a change in two steps: the id itself or, when that account was
 * merged away, the one that has its entries now, step by step when that one was merged as well. The bank's leg of an
 * amend is stated there: what the root key's entry had in an account that is another one is taken to zero. Digests are
 * made and checked with the id as it crossed, never with the one that it leads to.
 *
 * What the plugin has forgotten
 * -----------------------------
 * A plugin whose database was restored from a backup does not know the changes that it sent since, and asks with
 * find_heads only for what it knows. A bank may have given those rows other ids by then, or taken them back. With
 * visit_entries the plugin learns of every bank transaction that a feed brought into the books: a row that comes under
 * another id takes the place of its entry and is not booked twice, and what the bank does not show any more is voided.
 * A host that does not offer it keeps such entries until a person finds them; the plugin then says so.
 *
 * What the host refuses
 * ---------------------
 * PERIOD_CLOSED, ACCOUNT_CLOSED, RECONCILED and REMOVED speak of one transaction. The plugin keeps it back with that
 * reason, replaces the change by a no-op under the same sequence number (which is above the watermark, so the host
 * never saw it), chains the changes behind it anew, and the feed goes on. PERIOD_CLOSED: the day of the change, or the
 * day on which the books hold what it changes, is in a closed period. RECONCILED: an amend or void of an entry that a
 * person has compared with a statement, or a post above its head. REMOVED: an amend or void of an entry that a person
 * took out. A host that gives ledger-events says beforehand what it would refuse, and when that ends; of any other the
 * plugin believes a refusal for an hour, for two when it is repeated, at most for a day, and then tries again. REMOVED as
 * the answer to a post, or RECONCILED to one of revision 1, breaks the rule: it is logged as the host's fault, and the
 * transaction waits with a notice and is tried again in the same way. Every other reason holds the feed.
 *
 * The forms of the digests
 * ------------------------
 * A netstring is the decimal length of the bytes, ":", the bytes, ",". content_digest is SHA-256 of the netstrings of:
 *   "bankfeed.change/1", kind, root_key, revision, account_id, counter_account, units, exponent, currency,
 *   booked_on, authorized_on, description, original_description, merchant, category
 * numbers as decimal text with a leading "-" when negative, absent texts and dates as "". chain_digest is SHA-256 of the
 * netstrings of: the previous chain digest (32 bytes), seq as decimal text, content_digest (32 bytes).
 */
#ifndef BANKFEED_EXT_LEDGER_POST_H
#define BANKFEED_EXT_LEDGER_POST_H

#include "bankfeed/host.h"

#ifdef __cplusplus
extern "C"
{
#endif

#define BF_EXT_HOST_LEDGER_POST "bankfeed.host.ledger-post/1"

/* kinds of a change */
#define BF_CHANGE_POST 1u  /* a bank transaction enters the books; revision 1, or above the
                            * head of an entry that a person took out and wants back        */
#define BF_CHANGE_AMEND 2u /* the bank changed it; revision above the head                  */
#define BF_CHANGE_VOID 3u  /* the bank took it back; revision above the head; amount 0, with the
                            * currency and the day that the books were told last            */
#define BF_CHANGE_NOOP 4u  /* keeps the sequence whole; all texts and dates are "", revision and units 0 */

/* outcomes per change */
#define BF_OUTCOME_NOT_TRIED 0u /* another change stopped the batch */
#define BF_OUTCOME_APPLIED 1u
#define BF_OUTCOME_ALREADY 2u
#define BF_OUTCOME_REJECTED 3u
#define BF_OUTCOME_CONFLICT 4u

/* reasons of a rejection */
#define BF_REASON_NONE 0u
#define BF_REASON_GAP 1u
#define BF_REASON_EPOCH 2u
#define BF_REASON_UNKNOWN_ACCOUNT 3u
#define BF_REASON_ACCOUNT_CLOSED 4u
#define BF_REASON_CURRENCY 5u
#define BF_REASON_NO_ENTRY 6u
#define BF_REASON_PERIOD_CLOSED 7u
#define BF_REASON_RECONCILED 8u
#define BF_REASON_INVALID 9u
#define BF_REASON_REMOVED 10u /* a person took the entry out; only a post brings it back */

#define BF_BATCH_EPOCH_START 1u

typedef struct bf_change
{
    uint32_t struct_size;
    uint32_t kind;
    uint64_t seq;                     /* 1.., gap-free within (feed, epoch)                         */
    const char *root_key;             /* the bank transaction's name for ever, across re-links      */
    uint32_t revision;                /* 1 for the first post, then rising                          */
    uint32_t reserved;
    const char *account_id;           /* the ledger account of the bank's leg; may have been merged away */
    const char *counter_account;      /* "role:suspense" or "role:opening-balances"                 */
    bf_money amount;                  /* debit positive                                             */
    bf_date booked_on;                /* the bank's posting date                                    */
    bf_date authorized_on;            /* when the person paid; may be none                          */
    const char *description;          /* the bank's text, lightly cleaned; hostile: escape it       */
    const char *original_description; /* the bank's text as it came; may be ""                      */
    const char *merchant;             /* the provider's guess; may be ""                            */
    const char *category;             /* the provider's guess, "GENERAL_MERCHANDISE"; may be ""     */
    uint8_t content_digest[BF_DIGEST_SIZE];
    uint8_t chain_digest[BF_DIGEST_SIZE];
} bf_change;

typedef struct bf_batch
{
    uint32_t struct_size;
    uint32_t flags;                       /* BF_BATCH_EPOCH_START                                       */
    const char *tenant_id;
    const char *feed_id;
    uint64_t epoch;                       /* never 0                                                    */
    uint8_t prev_digest[BF_DIGEST_SIZE];  /* chain digest before the first change of the batch          */
    const bf_change *changes;
    uint32_t change_size;                 /* stride */
    uint32_t change_count;                /* 1..BF_CHANGES_PER_BATCH_MAX */
} bf_batch;

typedef struct bf_change_result
{
    uint32_t struct_size;
    uint32_t outcome;
    uint32_t reason;
    uint32_t reserved;
} bf_change_result;

typedef struct bf_watermark
{
    uint32_t struct_size;
    uint32_t present; /* 0: the host has never seen this feed; the rest is zero */
    uint64_t epoch;
    uint64_t last_seq;
    uint8_t chain_digest[BF_DIGEST_SIZE];
} bf_watermark;

typedef struct bf_head
{
    uint32_t struct_size;
    uint32_t revision; /* 0: the host does not know the root key; never above BF_REVISION_MAX */
    uint8_t content_digest[BF_DIGEST_SIZE];
} bf_head;

/* A bank transaction in the books, as its latest change left it. */
typedef struct bf_booked
{
    uint32_t struct_size;
    uint32_t revision;                /* of the head, 1..                                           */
    uint32_t kind;                    /* BF_CHANGE_POST or _AMEND, or _VOID                         */
    uint32_t state;                   /* BF_ENTRY_IN_BOOKS, _RECONCILED or _REMOVED of ledger-events.h */
    const char *root_key;
    const char *account_id;           /* the ledger account that has the bank's leg now             */
    bf_money amount;                  /* as the latest change stated it, also of an entry that a person removed; 0
                                       * after a void                                               */
    bf_date booked_on;
    uint32_t reserved;
    const char *description;          /* as the latest change stated them; "" where the host does not keep them */
    const char *original_description;
    uint8_t content_digest[BF_DIGEST_SIZE]; /* of the head                                          */
} bf_booked;

#define BF_ENTRIES_PER_VISIT_MAX 256u

/* Called once per entry. `entry` is valid during the call. A status other than BF_OK ends the visit. */
typedef bf_status (*bf_booked_visitor)(void *ctx, const bf_booked *entry);

typedef struct bf_host_ledger_post
{
    uint32_t struct_size;
    uint32_t reserved;

    /* How far the host has applied a feed. [host] The caller sets out->struct_size.
     * BF_OK, with out->present 0 for a feed never seen; anything else: unknown, ask again. */
    bf_status (*get_watermark)(const bf_host *host, const char *tenant_id, const char *feed_id,
                               bf_watermark *out, bf_error *err);

    /* Applies a batch in one transaction of the host: all of it, and the watermark moves, or nothing. [host]
     * `results` has batch->change_count elements of `result_size` bytes, their struct_size set by the caller; the
     * host fills them in. `after` gets the watermark that holds after the call.
     * BF_OK every change is applied or was already; BF_E_REJECTED, BF_E_CONFLICT nothing is applied, and the first
     * result that is REJECTED or CONFLICT says why; those in front of it may be APPLIED, ALREADY or NOT_TRIED, which
     * mean the same there. BF_E_CORRUPT a digest is wrong, BF_E_INVALID the batch breaks a rule of this file
     * (bf_batch_check finds both): nothing is applied. The same batch would be refused again, so the feed is held, with a
     * notice that tells a person, and tried again as any held feed (ext/delivery.h). BF_E_RETRY: not now.
     * Anything else: outcome unknown, the plugin reads the watermark. */
    bf_status (*post_batch)(const bf_host *host, const bf_batch *batch, bf_change_result *results,
                            uint32_t result_size, bf_watermark *after, bf_error *err);

    /* The heads of up to BF_CHANGES_PER_BATCH_MAX root keys, in their order. [host]
     * The plugin asks after a new epoch: an equal head needs nothing, another one an amend above it.
     * BF_OK; BF_E_INVALID the question breaks a rule: the feed is held, with a notice, and so it is when a revision is
     * above BF_REVISION_MAX, for nothing can be told above it; anything else: asked again. */
    bf_status (*find_heads)(const bf_host *host, const char *tenant_id, const char *const *root_keys,
                            uint32_t root_key_count, bf_head *heads, uint32_t head_size,
                            bf_error *err);

    /* Visits the bank transactions that a feed brought into the books and whose root keys, compared byte by byte, are
     * greater than `after` ("": from the first), in that order, up to `count_max` of them, in one consistent view.
     * [host] Optional: NULL, or a struct that ends before it, is a host without it. `count_max` is
     * 1..BF_ENTRIES_PER_VISIT_MAX; fewer visits than that mean that there are no more. Every one is visited: of whichever
     * epoch, voided, reconciled or removed. The plugin asks after a new epoch.
     * BF_OK, with no visit for a feed never seen; or the visitor's status; anything else: unknown, ask again. */
    bf_status (*visit_entries)(const bf_host *host, const char *tenant_id, const char *feed_id,
                               const char *after, uint32_t count_max, bf_booked_visitor visit,
                               void *ctx, bf_error *err);
} bf_host_ledger_post;

#ifdef __cplusplus
}
#endif

#endif
