/* A host that posts: what ext/ledger-post.h and ext/ledger-events.h ask of a ledger, with books in
 * memory.
 *
 *   posting-host <plugins directory> <id>
 *
 * It draws ledger changes from the plugin, and reads from standard input what people do in its
 * books, one a line:
 *
 *   pump               tells the plugin what people did, and draws what it has
 *   show               prints watermarks, entries and balances
 *   remove KEY         takes an entry out           restore KEY    puts it back
 *   reconcile KEY      nothing changes it           close DAY      nothing is booked up to DAY
 *   merge FROM INTO    FROM is gone, INTO has its entries
 *
 * This file is the frame, as in smallest-host.c; ledger-post.c and ledger-events.c are what it is
 * about.
 */
#define _POSIX_C_SOURCE 200809L

#include "books.h"
#include "host.h"

#include <bankfeed/loader.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

static void show(void)
{
    for (uint32_t i = 0; i < books.feed_count; ++i)
        printf(
            "feed %s %llu\n", books.feeds[i].id, (unsigned long long)books.feeds[i].mark.last_seq);
    for (uint32_t i = 0; i < books.head_count; ++i)
    {
        static const char* const states[] = {"in-books", "reconciled", "removed"};
        const struct head* head = &books.heads[i];
        printf("entry %s revision %u %s %s %lld %s\n", head->root_key, (unsigned)head->revision,
            head->account, head->booked_on.text, (long long)head->units, states[head->state]);
    }
    for (uint32_t i = 0; i < books.account_count; ++i)
        if (books.accounts[i].merged_into[0] == '\0')
            printf("balance %s %lld\n", books.accounts[i].id,
                (long long)balance_of(books.accounts[i].id));
}

static void log_write(
    const bf_host* host, uint32_t level, const char* component, const char* message)
{
    (void)host;
    printf("%u %s: %s\n", (unsigned)level, component, message);
}

static int64_t now_ns(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t utc_ns(const bf_host* host)
{
    (void)host;
    return now_ns(CLOCK_REALTIME);
}

static int64_t mono_ns(const bf_host* host)
{
    (void)host;
    return now_ns(CLOCK_MONOTONIC);
}

static const void* get_extension(const bf_host* host, const char* id)
{
    static const bf_host_log log = {sizeof log, 0, log_write};
    static const bf_host_clock clock = {sizeof clock, 0, utc_ns, mono_ns};
    (void)host;
    if (strcmp(id, BF_EXT_HOST_LOG) == 0) return &log;
    if (strcmp(id, BF_EXT_HOST_CLOCK) == 0) return &clock;
    if (strcmp(id, BF_EXT_HOST_LEDGER_ACCOUNTS) == 0) return &ledger_accounts;
    if (strcmp(id, BF_EXT_HOST_LEDGER_POST) == 0) return &ledger_post;
    return NULL;
}

/* One round of calls: events first, so that the plugin sends nothing that would be refused. */
static bf_status pump(bf_plugin* plugin, bf_error* err)
{
    const bf_plugin_delivery* delivery = plugin->get_extension(plugin, BF_EXT_PLUGIN_DELIVERY);
    bf_pump_result result = {.struct_size = sizeof result};
    bf_status status = tell(plugin, err);
    if (!BF_HAS(delivery, bf_plugin_delivery, pump)) return BF_E_UNSUPPORTED;
    do
    {
        if (status == BF_OK) status = delivery->pump(plugin, 10, 100, &result, err);
    } while (status == BF_OK && result.remaining != 0);
    return status;
}

/* A line of standard input. False when the books do not do it. */
static int obey(bf_plugin* plugin, const char* line, bf_error* err)
{
    char verb[16] = "", first[ID_SIZE] = "", second[ID_SIZE] = "";
    int done = 0;
    if (sscanf(line, "%15s %63s %63s", verb, first, second) < 1) return 1;
    if (strcmp(verb, "pump") == 0) return pump(plugin, err) == BF_OK;
    begin();
    if (strcmp(verb, "remove") == 0) done = change_entry(first, BF_ENTRY_REMOVED);
    if (strcmp(verb, "reconcile") == 0) done = change_entry(first, BF_ENTRY_RECONCILED);
    if (strcmp(verb, "restore") == 0) done = change_entry(first, BF_ENTRY_IN_BOOKS);
    if (strcmp(verb, "close") == 0) done = close_through(first);
    if (strcmp(verb, "merge") == 0) done = merge(first, second);
    if (strcmp(verb, "show") == 0) done = (show(), 1);
    if (done) commit();
    return done;
}

static bf_status run(bf_plugin* plugin, bf_error* err)
{
    char line[256];
    bf_status status = plugin->start(plugin, err);
    if (status != BF_OK) return status;
    while (fgets(line, sizeof line, stdin) != NULL)
        if (!obey(plugin, line, err)) printf("failed: %s", line);
    do
        status = plugin->stop(plugin, mono_ns(NULL) + 1000000000, err);
    while (status == BF_E_RETRY);
    return status;
}

int main(int argc, char** argv)
{
    bf_error err = {.struct_size = sizeof err};
    bf_loaded* loaded = NULL;
    bf_plugin* plugin = NULL;
    if (argc != 3) return 2;
    const char* const enabled[] = {argv[2]};
    bf_status status = bf_loader_open(argv[1], argv[2], enabled, 1, &loaded, &err);
    if (status == BF_OK)
    {
        const bf_host host = {.struct_size = sizeof host,
            .abi_minor = BF_ABI_MINOR,
            .name = "posting-host",
            .version = "1.0.0",
            .host_id = "books-1",
            .plugin_dir = bf_loader_directory(loaded),
            .get_extension = get_extension};
        status = bf_loader_create(loaded, &host, &plugin, &err);
        if (status == BF_OK) status = run(plugin, &err);
        if (plugin != NULL) plugin->destroy(plugin);
    }
    bf_loader_close(loaded);
    if (status != BF_OK) fprintf(stderr, "%d: %s\n", err.code, err.text);
    return status == BF_OK ? 0 : 1;
}
