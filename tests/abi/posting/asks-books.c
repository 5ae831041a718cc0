/* Plays the protocol of ledger-post and ledger-events against a host, a scene with each pump, and
 * logs "ok: ..." or "not ok: ..." for each thing that must be true. */
#define BF_BUILDING_PLUGIN
#include <bankfeed/bankfeed.h>
#include <bankfeed/digest.h>

#include <stdio.h>
#include <string.h>

#define TENANT "books"
#define FEED "feed-1"
#define CHANGES 8u

static const bf_host* host;
static const bf_host_log* logs;
static const bf_host_ledger_post* post;
static const bf_host_ledger_accounts* accounts;

static void expect(int truth, const char* what)
{
    char line[160];
    (void)snprintf(line, sizeof line, "%s: %s", truth ? "ok" : "not ok", what);
    logs->write(host, BF_LOG_INFO, "books", line);
}

/* --- batches --- */

struct sheet /* changes that follow one another */
{
    bf_batch batch;
    bf_change changes[CHANGES];
    bf_change_result results[CHANGES];
    bf_watermark after;
};

static struct sheet begin(uint64_t epoch, const uint8_t* previous, uint32_t flags)
{
    struct sheet sheet = {.batch = {.struct_size = sizeof(bf_batch),
                              .flags = flags,
                              .tenant_id = TENANT,
                              .feed_id = FEED,
                              .epoch = epoch,
                              .change_size = sizeof(bf_change)},
        .after = {.struct_size = sizeof(bf_watermark)}};
    if (previous != NULL) (void)memcpy(sheet.batch.prev_digest, previous, BF_DIGEST_SIZE);
    return sheet;
}

static const uint8_t* end_of(const struct sheet* sheet)
{
    const uint32_t count = sheet->batch.change_count;
    return count == 0 ? sheet->batch.prev_digest : sheet->changes[count - 1].chain_digest;
}

/* A change with its digests; `key` is "" for a no-op. */
static bf_change* put(struct sheet* to, uint64_t seq, uint32_t kind, const char* key,
    uint32_t revision, const char* account, int64_t units, const char* day)
{
    const int noop = kind == BF_CHANGE_NOOP;
    const uint8_t* previous = end_of(to);
    bf_change* change = &to->changes[to->batch.change_count];
    *change = (bf_change){.struct_size = sizeof *change,
        .kind = kind,
        .seq = seq,
        .root_key = key,
        .revision = revision,
        .account_id = account,
        .counter_account = noop ? "" : "role:suspense",
        .amount = {units, noop ? 0 : 2, ""},
        .description = noop ? "" : "something",
        .original_description = "",
        .merchant = "",
        .category = ""};
    if (!noop) (void)strcpy(change->amount.currency, "USD");
    (void)strcpy(change->booked_on.text, day);
    (void)bf_change_content_digest(change, change->content_digest);
    bf_chain_next(previous, seq, change->content_digest, change->chain_digest);
    ++to->batch.change_count;
    return change;
}

static bf_status send(struct sheet* sheet)
{
    sheet->batch.changes = sheet->changes;
    for (uint32_t i = 0; i < CHANGES; ++i)
        sheet->results[i] = (bf_change_result){.struct_size = sizeof(bf_change_result)};
    return post->post_batch(
        host, &sheet->batch, sheet->results, sizeof(bf_change_result), &sheet->after, NULL);
}

/* All of the batch is in the books; from `fresh` on it was not before. */
static int taken(struct sheet* sheet, uint32_t fresh)
{
    const uint32_t count = sheet->batch.change_count;
    int good = send(sheet) == BF_OK && sheet->after.present == 1 &&
               sheet->after.epoch == sheet->batch.epoch &&
               sheet->after.last_seq == sheet->changes[count - 1].seq &&
               memcmp(sheet->after.chain_digest, end_of(sheet), BF_DIGEST_SIZE) == 0;
    for (uint32_t i = 0; i < count; ++i)
        good = good &&
               sheet->results[i].outcome == (i < fresh ? BF_OUTCOME_ALREADY : BF_OUTCOME_APPLIED);
    return good;
}

/* Nothing is applied, because of its change number `at`. */
static int refused(struct sheet* sheet, uint32_t at, uint32_t reason)
{
    return send(sheet) == BF_E_REJECTED && sheet->results[at].outcome == BF_OUTCOME_REJECTED &&
           sheet->results[at].reason == reason;
}

/* One change alone behind `before`, refused for `reason`. */
static int refuses(const struct sheet* before, uint32_t kind, const char* key, uint32_t revision,
    const char* account, const char* day, uint32_t reason)
{
    struct sheet sheet = begin(before->batch.epoch, end_of(before), 0);
    const int64_t units = kind == BF_CHANGE_VOID ? 0 : 7;
    (void)put(&sheet, before->after.last_seq + 1, kind, key, revision, account, units, day);
    return refused(&sheet, 0, reason);
}

static uint64_t last_seq(void)
{
    bf_watermark mark = {.struct_size = sizeof mark};
    return post->get_watermark(host, TENANT, FEED, &mark, NULL) == BF_OK ? mark.last_seq : ~0ull;
}

/* --- scenes --- */

static struct sheet last; /* what the books took last */

static void of_numbers(void)
{
    bf_watermark mark = {.struct_size = sizeof mark, .present = 7};
    expect(post->get_watermark(host, TENANT, FEED, &mark, NULL) == BF_OK && mark.present == 0,
        "a feed that was never seen has no watermark");
    struct sheet first = begin(1, NULL, 0);
    (void)put(&first, 1, BF_CHANGE_POST, "a", 1, "checking", 100, "2026-01-05");
    (void)put(&first, 2, BF_CHANGE_POST, "b", 1, "checking", 250, "2026-01-06");
    expect(refused(&first, 0, BF_REASON_EPOCH), "an epoch begins with its flag only");
    first.batch.flags = BF_BATCH_EPOCH_START;
    expect(taken(&first, 0), "the first batch is applied");
    expect(taken(&first, 2), "a batch that comes again is there already");
    struct sheet gap = begin(1, end_of(&first), 0);
    (void)put(&gap, 4, BF_CHANGE_POST, "x", 1, "checking", 1, "2026-01-06");
    expect(refused(&gap, 0, BF_REASON_GAP), "a gap is refused");
    struct sheet other = begin(1, NULL, 0);
    (void)put(&other, 3, BF_CHANGE_POST, "x", 1, "checking", 1, "2026-01-06");
    expect(send(&other) == BF_E_CORRUPT, "a batch of another history is refused");
    struct sheet wrong = begin(1, end_of(&first), 0);
    (void)put(&wrong, 3, BF_CHANGE_POST, "x", 1, "checking", 1, "2026-01-06");
    wrong.changes[0].amount.units = 2;
    expect(send(&wrong) == BF_E_CORRUPT, "a wrong digest is refused");
    wrong.batch.tenant_id = "others";
    wrong.changes[0].amount.units = 1;
    expect(send(&wrong) < 0, "another tenant's batch is refused");
    expect(last_seq() == 2, "what is refused moves no watermark");
    last = first;
}

static void of_content(void)
{
    struct sheet clash = begin(1, end_of(&last), 0);
    (void)put(&clash, 3, BF_CHANGE_POST, "c", 1, "checking", 50, "2026-01-07");
    (void)put(&clash, 4, BF_CHANGE_POST, "a", 1, "checking", 101, "2026-01-05");
    expect(send(&clash) == BF_E_CONFLICT && clash.results[1].outcome == BF_OUTCOME_CONFLICT,
        "the same revision with other content is a conflict");
    expect(
        refuses(&last, BF_CHANGE_AMEND, "nobody", 2, "checking", "2026-01-07", BF_REASON_NO_ENTRY),
        "what was never posted is not amended");
    expect(
        refuses(&last, BF_CHANGE_POST, "x", 1, "nowhere", "2026-01-07", BF_REASON_UNKNOWN_ACCOUNT),
        "an account that there is not is refused");
    const char* const keys[] = {"a", "c"};
    bf_head heads[2] = {{.struct_size = sizeof(bf_head)}, {.struct_size = sizeof(bf_head)}};
    expect(post->find_heads(host, TENANT, keys, 2, heads, sizeof heads[0], NULL) == BF_OK &&
               heads[0].revision == 1 && heads[1].revision == 0 &&
               memcmp(heads[0].content_digest, last.changes[0].content_digest, BF_DIGEST_SIZE) == 0,
        "heads say what is in the books, and nothing of a batch that was undone");
    struct sheet more = begin(1, end_of(&last), 0);
    (void)put(&more, 3, BF_CHANGE_AMEND, "a", 2, "checking", 120, "2026-01-08");
    (void)put(&more, 4, BF_CHANGE_VOID, "b", 2, "checking", 0, "2026-01-06");
    (void)put(&more, 5, BF_CHANGE_NOOP, "", 0, "", 0, "");
    expect(taken(&more, 0), "amend, void and no-op are applied");
    (void)put(&more, 6, BF_CHANGE_POST, "c", 1, "savings", 50, "2026-02-07");
    expect(taken(&more, 3), "of a batch that is half known the rest is applied");
    struct sheet anew = begin(2, NULL, BF_BATCH_EPOCH_START);
    (void)put(&anew, 1, BF_CHANGE_AMEND, "a", 2, "checking", 120, "2026-01-08");
    (void)put(&anew, 2, BF_CHANGE_AMEND, "c", 2, "savings", 60, "2026-02-07");
    expect(taken(&anew, 1), "in a new epoch the heads keep what is known from coming twice");
    last = anew;
}

static void of_people(void)
{
    expect(refuses(&last, BF_CHANGE_AMEND, "c", 3, "savings", "2026-02-07", BF_REASON_REMOVED),
        "a removed entry is not amended");
    expect(refuses(&last, BF_CHANGE_AMEND, "a", 3, "checking", "2026-02-08", BF_REASON_RECONCILED),
        "a reconciled entry is not amended");
    expect(
        refuses(&last, BF_CHANGE_POST, "d", 1, "checking", "2026-01-31", BF_REASON_PERIOD_CLOSED),
        "nothing is booked into a closed period");
    struct sheet back = begin(2, end_of(&last), 0);
    (void)put(&back, 3, BF_CHANGE_POST, "c", 3, "savings", 60, "2026-02-07");
    expect(taken(&back, 0), "a post above the head puts a removed entry back");
    last = back;
}

static void count_account(int* count, const bf_ledger_account* account)
{
    *count += strcmp(account->account_id, "savings") == 0;
}

static bf_status visit(void* ctx, const bf_ledger_account* account)
{
    count_account(ctx, account);
    return BF_OK;
}

static void of_a_merge(void)
{
    int there = 0;
    expect(accounts->list(host, TENANT, visit, &there) == BF_OK && there == 0,
        "an account that was merged away is not listed");
    struct sheet more = begin(2, end_of(&last), 0);
    (void)put(&more, 4, BF_CHANGE_AMEND, "c", 4, "savings", 70, "2026-02-07");
    expect(taken(&more, 0), "an amend may name an account that was merged away");
    last = more;
}

/* --- the tables --- */

static bf_event_position place = {.struct_size = sizeof place};
static uint32_t scene = 0;

static bf_status pump(
    bf_plugin* plugin, uint32_t batch_max, uint32_t budget_ms, bf_pump_result* out, bf_error* err)
{
    static void (*const scenes[])(void) = {of_numbers, of_content, of_people, of_a_merge};
    (void)plugin;
    (void)batch_max;
    (void)budget_ms;
    (void)err;
    if (scene < sizeof scenes / sizeof scenes[0]) scenes[scene]();
    ++scene;
    /* Behind the last one this plugin is "restored from a backup", and then one that heard half. */
    if (scene == 5) (void)strcpy(place.event_id, "of another life");
    if (scene == 6) place.retelling = 1;
    out->remaining = 0;
    return BF_OK;
}

static bf_status position(
    bf_plugin* plugin, const char* tenant_id, bf_event_position* out, bf_error* err)
{
    (void)plugin;
    (void)err;
    if (strcmp(tenant_id, TENANT) != 0) return BF_E_NOT_FOUND;
    out->retelling = place.retelling;
    (void)memcpy(out->event_id, place.event_id, sizeof place.event_id);
    return BF_OK;
}

static bf_status tell(bf_plugin* plugin, const bf_event_batch* batch, bf_error* err)
{
    const int anew = (batch->flags & BF_EVENTS_FROM_START) != 0;
    char line[200];
    (void)plugin;
    (void)err;
    if (strcmp(batch->after_id, anew ? "" : place.event_id) != 0) return BF_E_CONFLICT;
    (void)snprintf(line, sizeof line, "told %u%s%s", (unsigned)batch->event_count,
        anew ? " from the start" : "",
        (batch->flags & BF_EVENTS_ALL_TOLD) != 0 ? ", which is all" : "");
    logs->write(host, BF_LOG_INFO, "books", line);
    for (uint32_t i = 0; i < batch->event_count; ++i)
    {
        const bf_event* event = (const bf_event*)(const void*)((const char*)batch->events +
                                                               (size_t)batch->event_size * i);
        if (event->struct_size < sizeof *event || event->struct_size > batch->event_size)
            return BF_E_INVALID;
        (void)snprintf(line, sizeof line, "told kind %u \"%s\" state %u revision %u \"%s\" \"%s\"",
            (unsigned)event->kind, event->subject, (unsigned)event->state,
            (unsigned)event->revision, event->through.text, event->into);
        logs->write(host, BF_LOG_INFO, "books", line);
        (void)snprintf(place.event_id, sizeof place.event_id, "%s", event->event_id);
    }
    if (anew) place.retelling = 1;
    if ((batch->flags & BF_EVENTS_ALL_TOLD) != 0) place.retelling = 0;
    return BF_OK;
}

static bf_status start(bf_plugin* plugin, bf_error* err)
{
    (void)plugin;
    (void)err;
    return BF_OK;
}

static bf_status stop(bf_plugin* plugin, int64_t deadline_mono_ns, bf_error* err)
{
    (void)plugin;
    (void)deadline_mono_ns;
    (void)err;
    return BF_OK;
}

static void destroy(bf_plugin* plugin)
{
    (void)plugin;
}

static const void* get_extension(const bf_plugin* plugin, const char* id)
{
    static const bf_plugin_delivery delivery = {sizeof delivery, 0, pump};
    static const bf_plugin_ledger_events events = {sizeof events, 0, position, tell};
    (void)plugin;
    if (strcmp(id, BF_EXT_PLUGIN_DELIVERY) == 0) return &delivery;
    return strcmp(id, BF_EXT_PLUGIN_LEDGER_EVENTS) == 0 ? &events : NULL;
}

static bf_status create(const bf_host* from, bf_plugin** out, bf_error* err)
{
    static bf_plugin plugin = {
        sizeof plugin, BF_ABI_MINOR, &plugin, start, stop, destroy, get_extension};
    (void)err;
    host = from;
    logs = from->get_extension(from, BF_EXT_HOST_LOG);
    post = from->get_extension(from, BF_EXT_HOST_LEDGER_POST);
    accounts = from->get_extension(from, BF_EXT_HOST_LEDGER_ACCOUNTS);
    *out = &plugin;
    return BF_OK;
}

const bf_entry* bankfeed_entry_v1(uint32_t host_abi_minor)
{
    static const bf_entry entry = {
        (uint32_t)sizeof entry, BF_ABI_MINOR, "asks-books", PLUGIN_VERSION, create};
    (void)host_abi_minor;
    return &entry;
}
