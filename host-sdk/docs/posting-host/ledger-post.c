/* bankfeed.host.ledger-post/1: ledger changes go into the books, each once. delivery.md explains
 * it. */
#include "host.h"

#include "books.h"

#include <bankfeed/digest.h>

#include <string.h>

static const bf_change* change_at(const bf_batch* batch, uint32_t i)
{
    return (const bf_change*)(const void*)((const char*)batch->changes +
                                           (size_t)batch->change_size * i);
}

struct results
{
    char* first;
    uint32_t size;
};

static void say(struct results results, uint32_t i, uint32_t outcome, uint32_t reason)
{
    bf_change_result* one = (bf_change_result*)(void*)(results.first + (size_t)results.size * i);
    one->outcome = outcome;
    one->reason = reason;
}

/* Whether the batch continues what the feed holds; *first gets the first change that is new. */
static bf_status find_place(
    const bf_watermark* mark, const bf_batch* batch, struct results results, uint32_t* first)
{
    static const uint8_t zeros[BF_DIGEST_SIZE];
    const uint64_t from = change_at(batch, 0)->seq;
    const uint8_t* shown = batch->prev_digest;
    *first = 0;
    if (mark->present == 0 || mark->epoch != batch->epoch)
    {
        if ((batch->flags & BF_BATCH_EPOCH_START) != 0)
            return memcmp(shown, zeros, sizeof zeros) == 0 ? BF_OK : BF_E_CORRUPT;
        say(results, 0, BF_OUTCOME_REJECTED, BF_REASON_EPOCH);
        return BF_E_REJECTED;
    }
    if (from > mark->last_seq + 1)
    {
        say(results, 0, BF_OUTCOME_REJECTED, BF_REASON_GAP);
        return BF_E_REJECTED;
    }
    for (; *first < batch->change_count && from + *first <= mark->last_seq; ++*first)
    {
        shown = change_at(batch, *first)->chain_digest;
        say(results, *first, BF_OUTCOME_ALREADY, BF_REASON_NONE);
    }
    const int meets = from + *first == mark->last_seq + 1;
    return !meets || memcmp(shown, mark->chain_digest, BF_DIGEST_SIZE) == 0 ? BF_OK : BF_E_CORRUPT;
}

/* Why the books do not take a change; BF_REASON_NONE when they do. */
static uint32_t reason_against(const bf_change* change, const struct head* head)
{
    if (account_of(&next, change->account_id) == NULL) return BF_REASON_UNKNOWN_ACCOUNT;
    if (strcmp(change->amount.currency, "USD") != 0 || change->amount.exponent != 2)
        return BF_REASON_CURRENCY;
    if (head == NULL && change->kind != BF_CHANGE_POST) return BF_REASON_NO_ENTRY;
    if (head != NULL && head->state == BF_ENTRY_RECONCILED) return BF_REASON_RECONCILED;
    if (head != NULL && head->state == BF_ENTRY_REMOVED && change->kind != BF_CHANGE_POST)
        return BF_REASON_REMOVED;
    /* The new day, and the day that the money is taken from. */
    const int closed = strcmp(change->booked_on.text, next.closed_through) <= 0 ||
                       (head != NULL && head->units != 0 &&
                           strcmp(head->booked_on.text, next.closed_through) <= 0);
    return closed ? BF_REASON_PERIOD_CLOSED : BF_REASON_NONE;
}

/* States the bank's leg anew: what was booked is taken back where and when it was. */
static int restate(const bf_change* change, struct head* head)
{
    const int opening = strcmp(change->counter_account, "role:opening-balances") == 0;
    const char* counter = account_of(&next, opening ? "equity" : "suspense");
    if (head == NULL)
    {
        if (next.head_count == HEADS_MAX) return 0;
        head = &next.heads[next.head_count++];
        keep(&head->root_key, change->root_key);
    }
    if (head->units != 0 && !add_entry(head, counter, -head->units)) return 0;
    keep(&head->account, account_of(&next, change->account_id));
    head->booked_on = change->booked_on;
    head->units = change->amount.units;
    head->revision = change->revision;
    head->state = BF_ENTRY_IN_BOOKS;
    (void)memcpy(head->digest, change->content_digest, sizeof head->digest);
    return head->units == 0 || add_entry(head, counter, head->units);
}

static bf_status apply_change(const bf_change* change, struct results results, uint32_t i)
{
    struct head* head = head_of(&next, change->root_key);
    uint32_t outcome = BF_OUTCOME_APPLIED;
    if (change->kind != BF_CHANGE_NOOP && head != NULL && change->revision <= head->revision)
    {
        const int same = change->revision == head->revision &&
                         memcmp(change->content_digest, head->digest, sizeof head->digest) == 0;
        outcome = same ? BF_OUTCOME_ALREADY : BF_OUTCOME_CONFLICT;
    }
    else if (change->kind != BF_CHANGE_NOOP)
    {
        const uint32_t reason = reason_against(change, head);
        if (reason != BF_REASON_NONE)
        {
            say(results, i, BF_OUTCOME_REJECTED, reason);
            return BF_E_REJECTED;
        }
        if (!restate(change, head)) return BF_E_EXHAUSTED;
    }
    say(results, i, outcome, BF_REASON_NONE);
    return outcome == BF_OUTCOME_CONFLICT ? BF_E_CONFLICT : BF_OK;
}

static bf_status apply_batch(const bf_batch* batch, struct results results)
{
    struct feed* feed = feed_of(&next, batch->feed_id);
    uint32_t first = 0;
    if (feed == NULL)
    {
        if (next.feed_count == FEEDS_MAX) return BF_E_EXHAUSTED;
        feed = &next.feeds[next.feed_count++];
        keep(&feed->id, batch->feed_id);
    }
    bf_status status = find_place(&feed->mark, batch, results, &first);
    if (status != BF_OK || first == batch->change_count) return status;
    for (uint32_t i = first; status == BF_OK && i < batch->change_count; ++i)
        status = apply_change(change_at(batch, i), results, i);
    if (status != BF_OK) return status;
    const bf_change* last = change_at(batch, batch->change_count - 1);
    feed->mark.present = 1;
    feed->mark.epoch = batch->epoch;
    feed->mark.last_seq = last->seq;
    (void)memcpy(feed->mark.chain_digest, last->chain_digest, BF_DIGEST_SIZE);
    return BF_OK;
}

static bf_status get_watermark(const bf_host* host, const char* tenant_id, const char* feed_id,
    bf_watermark* out, bf_error* err)
{
    (void)host;
    (void)err;
    const struct feed* feed = feed_of(&books, feed_id);
    if (strcmp(tenant_id, TENANT) != 0) return BF_E_NOT_FOUND;
    const bf_watermark mark = feed == NULL ? (bf_watermark){.present = 0} : feed->mark;
    out->present = mark.present;
    out->epoch = mark.epoch;
    out->last_seq = mark.last_seq;
    (void)memcpy(out->chain_digest, mark.chain_digest, BF_DIGEST_SIZE);
    return BF_OK;
}

static bf_status post_batch(const bf_host* host, const bf_batch* batch, bf_change_result* results,
    uint32_t result_size, bf_watermark* after, bf_error* err)
{
    const struct results all = {(char*)results, result_size};
    bf_status status = bf_batch_check(batch, NULL);
    if (status != BF_OK) return status;
    if (strcmp(batch->tenant_id, TENANT) != 0) return BF_E_NOT_FOUND;
    for (uint32_t i = 0; i < batch->change_count; ++i)
        say(all, i, BF_OUTCOME_NOT_TRIED, BF_REASON_NONE);
    begin();
    status = apply_batch(batch, all);
    if (status == BF_OK) commit(); /* entries, heads and the watermark together */
    const bf_status read = get_watermark(host, batch->tenant_id, batch->feed_id, after, err);
    return status == BF_OK ? read : status;
}

static bf_status find_heads(const bf_host* host, const char* tenant_id,
    const char* const* root_keys, uint32_t root_key_count, bf_head* heads, uint32_t head_size,
    bf_error* err)
{
    (void)host;
    (void)err;
    if (strcmp(tenant_id, TENANT) != 0) return BF_E_NOT_FOUND;
    for (uint32_t i = 0; i < root_key_count; ++i)
    {
        bf_head* out = (bf_head*)(void*)((char*)heads + (size_t)head_size * i);
        const struct head* head = head_of(&books, root_keys[i]);
        out->revision = head == NULL ? 0 : head->revision;
        if (head != NULL) (void)memcpy(out->content_digest, head->digest, BF_DIGEST_SIZE);
    }
    return BF_OK;
}

const bf_host_ledger_post ledger_post = {sizeof ledger_post, 0, get_watermark, post_batch,
    find_heads, NULL /* visit_entries: a host need not offer it */};
