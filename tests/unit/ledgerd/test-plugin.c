/* A plugin that shows a test what the host gives it: it echoes requests, posts one change when
 * asked to, and can refuse to start or be slow to stop. */
#define BF_BUILDING_PLUGIN

#include <bankfeed/bankfeed.h>

#include <bankfeed/digest.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct text
{
    char data[512];
    size_t size;
} text;

typedef struct instance
{
    bf_plugin core;
    const bf_host* host;
    atomic_uint posts_wanted;
    atomic_uint held; /* requests that wait in "hold" */
    atomic_uint release;
    atomic_uint stopping;
    unsigned long late_stops;
    unsigned long seq;
    pthread_mutex_t lock; /* of the greeting, which a tick reads anew beside requests */
    text greeting;
    text secret;
    text directory;
    text url;
    text account;
    int32_t denied;
    int32_t own_secret;
} instance;

/* The instance that was last slow to stop: what a host must give up on is not a leak. */
static instance* kept;

static instance* of(bf_plugin* plugin)
{
    return (instance*)plugin->ctx;
}

static bf_status append(void* ctx, const void* data, uint64_t size)
{
    text* into = (text*)ctx;
    if (size >= sizeof into->data - into->size) return BF_E_EXHAUSTED;
    memcpy(into->data + into->size, data, size);
    into->size += size;
    into->data[into->size] = '\0';
    return BF_OK;
}

static bf_sink sink_of(text* into)
{
    bf_sink sink;
    into->size = 0;
    into->data[0] = '\0';
    sink.ctx = into;
    sink.write = append;
    return sink;
}

static const void* service(instance* self, const char* id)
{
    return self->host->get_extension(self->host, id);
}

static void fail_with(bf_error* err, const char* words)
{
    if (BF_HAS(err, bf_error, text)) (void)snprintf(err->text, sizeof err->text, "%s", words);
}

/* --- life --- */

static bf_status register_route(instance* self, uint32_t id, const char* path, uint32_t flags)
{
    const bf_host_http_routes* routes = service(self, BF_EXT_HOST_HTTP_ROUTES);
    bf_route route;
    memset(&route, 0, sizeof route);
    route.struct_size = sizeof route;
    route.route_id = id;
    route.path = path;
    route.flags = flags;
    route.body_max = 64;
    return routes->register_route(self->host, &route, NULL);
}

static void read_secrets(instance* self)
{
    const bf_host_secrets* secrets = service(self, BF_EXT_HOST_SECRETS);
    const char key[4] = {1, 0, '\n', 'k'};
    text own;
    bf_bytes bytes;
    bf_sink sink = sink_of(&self->secret);
    (void)secrets->get(self->host, "test.operator", &sink);
    sink = sink_of(&own);
    self->denied = secrets->get(self->host, "test.foreign", &sink);
    if (secrets->get(self->host, "test.own", &sink) == BF_OK)
    {
        self->own_secret =
            own.size == sizeof key && memcmp(own.data, key, sizeof key) == 0 ? 2 : -1;
        return;
    }
    bytes.data = key;
    bytes.size = sizeof key;
    self->own_secret = secrets->put(self->host, "test.own", bytes) == BF_OK ? 1 : -2;
}

static bf_status start(bf_plugin* plugin, bf_error* err)
{
    instance* self = of(plugin);
    const bf_host_config* config = service(self, BF_EXT_HOST_CONFIG);
    const bf_host_data_dir* data = service(self, BF_EXT_HOST_DATA_DIR);
    const bf_host_http_routes* routes = service(self, BF_EXT_HOST_HTTP_ROUTES);
    text value;
    bf_sink sink = sink_of(&value);
    if (config->get(self->host, "refuse_start", &sink) == BF_OK)
    {
        fail_with(err, "refused on <purpose>");
        return BF_E_INVALID;
    }
    sink = sink_of(&value);
    if (config->get(self->host, "late_stops", &sink) == BF_OK)
        self->late_stops = strtoul(value.data, NULL, 10);
    sink = sink_of(&self->greeting);
    (void)config->get(self->host, "greeting", &sink);
    sink = sink_of(&self->directory);
    if (data->path(self->host, &sink) != BF_OK) return BF_E_INTERNAL;
    read_secrets(self);
    if (register_route(self, 1, "/hook", BF_ROUTE_OPEN) != BF_OK ||
        register_route(self, 2, "/console/", BF_ROUTE_PRINCIPAL) != BF_OK ||
        register_route(self, 3, "/hold", BF_ROUTE_OPEN) != BF_OK ||
        register_route(self, 3, "/again", BF_ROUTE_OPEN) != BF_E_CONFLICT ||
        register_route(self, 4, "no-slash", BF_ROUTE_OPEN) != BF_E_INVALID)
        return BF_E_INTERNAL;
    sink = sink_of(&self->url);
    (void)routes->public_url(self->host, 1, &sink);
    atomic_store(&self->stopping, 0u);
    return BF_OK;
}

static bf_status stop(bf_plugin* plugin, int64_t deadline, bf_error* err)
{
    instance* self = of(plugin);
    (void)deadline;
    atomic_store(&self->stopping, 1u);
    if (self->late_stops > 0)
    {
        kept = self;
        --self->late_stops;
        fail_with(err, "not yet");
        return BF_E_RETRY;
    }
    return BF_OK;
}

static void destroy(bf_plugin* plugin)
{
    if (kept == of(plugin)) kept = NULL;
    (void)pthread_mutex_destroy(&of(plugin)->lock);
    free(of(plugin));
}

/* --- http --- */

static void say(const bf_http_response* response, const char* name, const char* value)
{
    (void)response->write(response->ctx, name, strlen(name));
    (void)response->write(response->ctx, "=", 1);
    (void)response->write(response->ctx, value, strlen(value));
    (void)response->write(response->ctx, "\n", 1);
}

static void say_number(const bf_http_response* response, const char* name, long number)
{
    char digits[32];
    (void)snprintf(digits, sizeof digits, "%ld", number);
    say(response, name, digits);
}

static void say_headers(const bf_http_request* request, const bf_http_response* response)
{
    for (uint32_t i = 0; i < request->header_count; ++i)
    {
        const bf_header* header = (const bf_header*)(const void*)((const char*)request->headers +
                                                                  (size_t)i * request->header_size);
        (void)response->write(response->ctx, "header ", 7);
        say(response, header->name, header->value);
    }
}

static int body_is(const bf_http_request* request, const char* word)
{
    return request->body.size == strlen(word) &&
           memcmp(request->body.data, word, strlen(word)) == 0;
}

static void say_self(
    instance* self, const bf_http_request* request, const bf_http_response* response)
{
    const bf_principal* who = request->principal;
    text greeting;
    if (who != NULL)
    {
        say(response, "tenant", who->tenant_id);
        say(response, "user", who->user_id);
        say(response, "session", who->session_id);
        say_number(response, "capabilities", (long)who->capabilities);
    }
    (void)pthread_mutex_lock(&self->lock);
    greeting = self->greeting;
    (void)pthread_mutex_unlock(&self->lock);
    say(response, "greeting", greeting.data);
    say(response, "secret", self->secret.data);
    say_number(response, "own_secret", self->own_secret);
    say_number(response, "denied", self->denied);
    say(response, "directory", self->directory.data);
    say(response, "url", self->url.data);
}

static void hold(instance* self)
{
    atomic_fetch_add(&self->held, 1u);
    while (atomic_load(&self->release) == 0u && atomic_load(&self->stopping) == 0u)
    {
    }
    atomic_fetch_sub(&self->held, 1u);
}

static bf_status handle(bf_plugin* plugin, const bf_http_request* request,
    const bf_http_response* response, bf_error* err)
{
    instance* self = of(plugin);
    if (body_is(request, "fail"))
    {
        fail_with(err, "failed on purpose");
        return BF_E_INTERNAL;
    }
    if (body_is(request, "release")) atomic_store(&self->release, 1u);
    if (request->route_id == 3) hold(self);
    (void)response->set_status(response->ctx, body_is(request, "teapot") ? 418 : 200);
    (void)response->add_header(response->ctx, "X-Test", "yes");
    if (response->add_header(response->ctx, "X-Bad", "a\r\nInjected: 1") == BF_OK ||
        response->add_header(response->ctx, "Set-Cookie", "a=b") == BF_OK)
        return BF_E_INTERNAL;
    if (body_is(request, "post"))
    {
        const bf_host_wake* wake = service(self, BF_EXT_HOST_WAKE);
        atomic_fetch_add(&self->posts_wanted, 1u);
        wake->wake(self->host, BF_WAKE_PUMP);
    }
    if (body_is(request, "misuse"))
    {
        const bf_host_ledger_post* post = service(self, BF_EXT_HOST_LEDGER_POST);
        bf_watermark mark;
        mark.struct_size = sizeof mark;
        say_number(
            response, "misuse", post->get_watermark(self->host, "main", "feed", &mark, NULL));
    }
    say(response, "method", request->method);
    say(response, "path", request->path);
    say(response, "query", request->query);
    say_number(response, "held", (long)atomic_load(&self->held));
    say_number(response, "principal", request->principal != NULL);
    say_headers(request, response);
    say_self(self, request, response);
    (void)response->write(response->ctx, "body=", 5);
    (void)response->write(response->ctx, request->body.data, request->body.size);
    return BF_OK;
}

/* --- delivery and account-sync --- */

static bf_status note_account(void* ctx, const bf_ledger_account* account)
{
    text* into = (text*)ctx;
    if ((account->flags & BF_LEDGER_FEEDABLE) != 0 && account->type == BF_LEDGER_ASSET &&
        into->size == 0)
        return append(into, account->account_id, strlen(account->account_id));
    return BF_OK;
}

static bf_status tick(bf_plugin* plugin, uint32_t budget, bf_tick_result* out, bf_error* err)
{
    instance* self = of(plugin);
    const bf_host_ledger_accounts* accounts = service(self, BF_EXT_HOST_LEDGER_ACCOUNTS);
    const bf_host_config* config = service(self, BF_EXT_HOST_CONFIG);
    text greeting;
    bf_sink sink = sink_of(&greeting);
    (void)budget;
    (void)err;
    (void)config->get(self->host, "greeting", &sink);
    (void)pthread_mutex_lock(&self->lock);
    self->greeting = greeting;
    (void)pthread_mutex_unlock(&self->lock);
    (void)sink_of(&self->account);
    out->remaining = 0;
    return accounts->list(self->host, "main", note_account, &self->account);
}

static void fill_change(instance* self, bf_change* change, const char* key)
{
    memset(change, 0, sizeof *change);
    change->struct_size = sizeof *change;
    change->kind = BF_CHANGE_POST;
    change->seq = self->seq + 1;
    change->root_key = key;
    change->revision = 1;
    change->account_id = self->account.data;
    change->counter_account = "role:suspense";
    change->amount.units = -450;
    change->amount.exponent = 2;
    strcpy(change->amount.currency, "USD");
    strcpy(change->booked_on.text, "2026-01-05");
    change->description = "<b>Coffee</b> & \"cake\"";
    change->original_description = "";
    change->merchant = "";
    change->category = "";
}

static bf_status post_one(instance* self, bf_error* err)
{
    const bf_host_ledger_post* post = service(self, BF_EXT_HOST_LEDGER_POST);
    bf_watermark mark;
    bf_batch batch;
    bf_change change;
    bf_change_result result;
    char key[32];
    memset(&mark, 0, sizeof mark);
    mark.struct_size = sizeof mark;
    if (post->get_watermark(self->host, "main", "test-feed", &mark, err) != BF_OK)
        return BF_E_RETRY;
    self->seq = mark.present ? mark.last_seq : 0;
    (void)snprintf(key, sizeof key, "root-%lu", self->seq + 1);
    fill_change(self, &change, key);
    if (bf_change_content_digest(&change, change.content_digest) != BF_OK) return BF_E_INTERNAL;
    bf_chain_next(mark.chain_digest, change.seq, change.content_digest, change.chain_digest);
    memset(&batch, 0, sizeof batch);
    batch.struct_size = sizeof batch;
    batch.flags = mark.present ? 0 : BF_BATCH_EPOCH_START;
    batch.tenant_id = "main";
    batch.feed_id = "test-feed";
    batch.epoch = 1;
    memcpy(batch.prev_digest, mark.chain_digest, BF_DIGEST_SIZE);
    batch.changes = &change;
    batch.change_size = sizeof change;
    batch.change_count = 1;
    memset(&result, 0, sizeof result);
    result.struct_size = sizeof result;
    return post->post_batch(self->host, &batch, &result, sizeof result, &mark, err);
}

static bf_status pump(
    bf_plugin* plugin, uint32_t batches, uint32_t budget, bf_pump_result* out, bf_error* err)
{
    instance* self = of(plugin);
    (void)batches;
    (void)budget;
    out->remaining = 0;
    out->delivered = 0;
    out->feeds_held = 0;
    if (self->account.size == 0 || atomic_load(&self->posts_wanted) == 0u) return BF_OK;
    if (post_one(self, err) != BF_OK) return BF_E_RETRY;
    out->delivered = 1;
    out->remaining = atomic_fetch_sub(&self->posts_wanted, 1u) > 1u;
    return BF_OK;
}

static bf_status feed_status(
    bf_plugin* plugin, const char* tenant, const char* account, bf_feed_status* out, bf_error* err)
{
    (void)err;
    out->state = BF_FEED_NONE;
    if (strcmp(tenant, "main") != 0 || strcmp(account, of(plugin)->account.data) != 0) return BF_OK;
    out->state = BF_FEED_NEEDS_PERSON;
    strcpy(out->institution, "First <Test> Bank");
    strcpy(out->bank_account, "Checking 0000");
    strcpy(out->bank_balance.currency, "USD");
    out->bank_balance.units = 1635686;
    out->bank_balance.exponent = 2;
    out->balance_as_of_utc_ns = 1795388425000000000; /* 2026-11-22 23:00:25 */
    return BF_OK;
}

static bf_status sync_now(bf_plugin* plugin, const char* tenant, const char* account, bf_error* err)
{
    (void)err;
    (void)tenant;
    return strcmp(account, of(plugin)->account.data) == 0 ? BF_OK : BF_E_NOT_FOUND;
}

static const bf_plugin_http http_table = {sizeof(bf_plugin_http), 0, handle};
static const bf_plugin_delivery delivery_table = {sizeof(bf_plugin_delivery), 0, pump};
static const bf_plugin_account_sync sync_table = {
    sizeof(bf_plugin_account_sync), 0, tick, feed_status, sync_now};

static const void* get_extension(const bf_plugin* plugin, const char* id)
{
    (void)plugin;
    if (strcmp(id, BF_EXT_PLUGIN_HTTP) == 0) return &http_table;
    if (strcmp(id, BF_EXT_PLUGIN_DELIVERY) == 0) return &delivery_table;
    if (strcmp(id, BF_EXT_PLUGIN_ACCOUNT_SYNC) == 0) return &sync_table;
    return NULL;
}

static bf_status create(const bf_host* host, bf_plugin** out, bf_error* err)
{
    instance* self = calloc(1, sizeof *self);
    (void)err;
    if (self == NULL) return BF_E_INTERNAL;
    (void)pthread_mutex_init(&self->lock, NULL);
    self->host = host;
    self->core.struct_size = sizeof self->core;
    self->core.abi_minor = BF_ABI_MINOR;
    self->core.ctx = self;
    self->core.start = start;
    self->core.stop = stop;
    self->core.destroy = destroy;
    self->core.get_extension = get_extension;
    *out = &self->core;
    return BF_OK;
}

static const bf_entry entry = {
    sizeof(bf_entry), BF_ABI_MINOR, "test-plugin", PLUGIN_VERSION, create};

const bf_entry* bankfeed_entry_v1(uint32_t host_abi_minor)
{
    (void)host_abi_minor;
    return &entry;
}
