/* The smallest plugin that does something: it serves a status page, counts how often the host draws
 * changes from it, and shows each step of a plugin's life. It feeds no account.
 *
 * Read it beside bankfeed/plugin.h: every function here keeps the contract of the comment there.
 * Copy it to begin a plugin of your own. */
#define _POSIX_C_SOURCE 200809L
#define BF_BUILDING_PLUGIN

#include <bankfeed/bankfeed.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUTE_STATUS 1u
#define GREETING_SIZE 128u

/* A function of the other side can be called when the table reaches to it and it is not NULL. */
#define OFFERS(table, type, member) (BF_HAS(table, type, member) && (table)->member != NULL)

/* One instance. The table of the core comes first, so that a bf_plugin* is also an instance*. */
typedef struct instance
{
    bf_plugin core;
    const bf_host* host;
    const bf_host_log* log;
    const bf_host_clock* clock;
    const bf_host_config* config;
    const bf_host_http_routes* routes;
    pid_t process; /* that create() ran in: a forked child must not go on */
    int stopped;   /* nothing is left to end; only [host] calls touch it */

    pthread_mutex_t mutex; /* [request] calls run at the same time; guards what follows */
    int running;
    unsigned in_flight;
    unsigned long long pumps;
    unsigned long long requests;
    char greeting[GREETING_SIZE];
} instance;

/* NULL when the host passed none: the host is code too, and may have an error. */
static instance* instance_of(bf_plugin* plugin)
{
    return plugin == NULL ? NULL : (instance*)plugin->ctx;
}

/* Every failure leaves through here: a status, and words for people. */
static bf_status fail(bf_error* err, bf_status status, const char* text)
{
    if (BF_HAS(err, bf_error, text))
    {
        err->code = 0;
        err->retryable = status == BF_E_RETRY;
        err->retry_after_ms = 0;
        (void)snprintf(err->text, sizeof err->text, "%s", text);
    }
    return status;
}

static bf_status fail_no_plugin(bf_error* err)
{
    return fail(err, BF_E_INVALID, "The host names no plugin: the pointer is NULL.");
}

/* --- bankfeed.plugin.http/1 --- */

/* Begins a call that may run beside others. 0 when the plugin does not run. */
static int enter(instance* self)
{
    int running = 0;
    (void)pthread_mutex_lock(&self->mutex);
    running = self->running;
    if (running) ++self->in_flight;
    (void)pthread_mutex_unlock(&self->mutex);
    return running;
}

static void leave(instance* self)
{
    (void)pthread_mutex_lock(&self->mutex);
    --self->in_flight;
    (void)pthread_mutex_unlock(&self->mutex);
}

static bf_status answer(const bf_http_response* response, uint32_t status, const char* text)
{
    bf_status done = response->set_status(response->ctx, status);
    if (done == BF_OK)
    {
        done = response->add_header(response->ctx, "Content-Type", "text/plain; charset=utf-8");
    }
    if (done == BF_OK) done = response->write(response->ctx, text, strlen(text));
    return done;
}

static bf_status show_status(
    instance* self, const bf_http_request* request, const bf_http_response* response)
{
    char page[GREETING_SIZE + 160];
    if (strcmp(request->method, "GET") != 0) return answer(response, 405, "Only GET.\n");
    /* The host says who asks; the plugin decides whether that is enough. */
    if (!BF_HAS(request->principal, bf_principal, capabilities) ||
        (request->principal->capabilities & BF_CAN_VIEW) == 0)
    {
        return answer(response, 403, "You may not see this page.\n");
    }
    (void)pthread_mutex_lock(&self->mutex);
    ++self->requests;
    (void)snprintf(page, sizeof page,
        "%s\nThe host has asked for ledger changes %llu times.\nThis page was shown %llu times.\n",
        self->greeting, self->pumps, self->requests);
    (void)pthread_mutex_unlock(&self->mutex);
    return answer(response, 200, page);
}

static bf_status http_handle(bf_plugin* plugin, const bf_http_request* request,
    const bf_http_response* response, bf_error* err)
{
    instance* self = instance_of(plugin);
    bf_status status = BF_OK;
    if (self == NULL) return fail_no_plugin(err);
    if (!BF_HAS(request, bf_http_request, principal) || request->method == NULL ||
        !OFFERS(response, bf_http_response, set_status) ||
        !OFFERS(response, bf_http_response, add_header) ||
        !OFFERS(response, bf_http_response, write))
    {
        return fail(err, BF_E_INVALID, "The request or the response is not complete.");
    }
    if (!enter(self)) return fail(err, BF_E_STOPPING, "The plugin does not run.");
    status = request->route_id == ROUTE_STATUS
                 ? show_status(self, request, response)
                 : fail(err, BF_E_NOT_FOUND, "The plugin has no such route.");
    leave(self);
    return status;
}

/* --- bankfeed.plugin.delivery/1 --- */

/* A plugin with a feed reads the host's watermark here, and posts what lies behind it: see
 * ext/ledger-post.h. */
static bf_status delivery_pump(
    bf_plugin* plugin, uint32_t batch_max, uint32_t budget_ms, bf_pump_result* out, bf_error* err)
{
    instance* self = instance_of(plugin);
    (void)budget_ms;
    if (self == NULL) return fail_no_plugin(err);
    if (batch_max < 1 || batch_max > 1000 || !BF_HAS(out, bf_pump_result, feeds_held))
    {
        return fail(err, BF_E_INVALID, "batch_max must be 1 to 1000, and the result complete.");
    }
    if (!enter(self)) return fail(err, BF_E_STOPPING, "The plugin does not run.");
    (void)pthread_mutex_lock(&self->mutex);
    ++self->pumps;
    (void)pthread_mutex_unlock(&self->mutex);
    out->remaining = 0;
    out->delivered = 0;
    out->feeds_held = 0;
    leave(self);
    return BF_OK;
}

/* --- bankfeed.plugin.health/1 --- */

static bf_status health_live(bf_plugin* plugin, uint32_t* state, bf_error* err)
{
    instance* self = instance_of(plugin);
    if (self == NULL) return fail_no_plugin(err);
    if (state == NULL) return fail(err, BF_E_INVALID, "There is no place for the state.");
    (void)pthread_mutex_lock(&self->mutex);
    *state = self->running ? BF_HEALTH_OK : BF_HEALTH_FAILED;
    (void)pthread_mutex_unlock(&self->mutex);
    return BF_OK;
}

static bf_status health_report(bf_plugin* plugin, const bf_sink* json, bf_error* err)
{
    instance* self = instance_of(plugin);
    char text[96];
    if (self == NULL) return fail_no_plugin(err);
    if (json == NULL || json->write == NULL)
    {
        return fail(err, BF_E_INVALID, "There is no place for the report.");
    }
    (void)pthread_mutex_lock(&self->mutex);
    (void)snprintf(
        text, sizeof text, "{\"pumps\":%llu,\"requests\":%llu}", self->pumps, self->requests);
    (void)pthread_mutex_unlock(&self->mutex);
    return json->write(json->ctx, text, strlen(text));
}

/* --- settings --- */

typedef struct text_buffer
{
    char* text;
    size_t size; /* with the NUL */
    size_t used;
} text_buffer;

static bf_status append(void* ctx, const void* data, uint64_t size)
{
    text_buffer* to = (text_buffer*)ctx;
    if (size >= to->size - to->used) return BF_E_EXHAUSTED;
    memcpy(to->text + to->used, data, (size_t)size);
    to->used += (size_t)size;
    to->text[to->used] = '\0';
    return BF_OK;
}

static bf_status read_greeting(instance* self, bf_error* err)
{
    text_buffer to;
    bf_sink sink;
    bf_status status = BF_OK;
    to.text = self->greeting;
    to.size = sizeof self->greeting;
    to.used = 0;
    sink.ctx = &to;
    sink.write = append;
    status = self->config->get(self->host, "greeting", &sink);
    if (status == BF_E_NOT_FOUND)
    {
        (void)snprintf(self->greeting, sizeof self->greeting, "Hello");
        return BF_OK;
    }
    return status == BF_OK
               ? BF_OK
               : fail(err, BF_E_INVALID, "The setting \"greeting\" is longer than 127 bytes.");
}

/* --- the core: start, stop, destroy, get_extension --- */

static bf_status plugin_start(bf_plugin* plugin, bf_error* err)
{
    instance* self = instance_of(plugin);
    bf_route route;
    bf_status status = BF_OK;
    if (self == NULL) return fail_no_plugin(err);
    if (!self->stopped)
    {
        return fail(err, BF_E_INVALID, "The plugin is started already; call stop() first.");
    }
    if (getpid() != self->process)
    {
        return fail(err, BF_E_UNSUPPORTED, "The process was forked after create().");
    }
    status = read_greeting(self, err);
    if (status != BF_OK) return status;
    memset(&route, 0, sizeof route);
    route.struct_size = (uint32_t)sizeof route;
    route.route_id = ROUTE_STATUS;
    route.path = "/status";
    route.flags = BF_ROUTE_PRINCIPAL;
    route.body_max = 1024;
    status = self->routes->register_route(self->host, &route, err);
    if (status != BF_OK) return status;
    (void)pthread_mutex_lock(&self->mutex);
    self->running = 1;
    (void)pthread_mutex_unlock(&self->mutex);
    self->stopped = 0;
    self->log->write(self->host, BF_LOG_INFO, "minimal", "started");
    return BF_OK;
}

static bf_status plugin_stop(bf_plugin* plugin, int64_t deadline_mono_ns, bf_error* err)
{
    instance* self = instance_of(plugin);
    const struct timespec pause = {0, 1000000}; /* 1 ms */
    unsigned in_flight = 0;
    if (self == NULL) return fail_no_plugin(err);
    if (self->stopped) return BF_OK; /* never started, or stopped before: there is nothing to end */
    for (;;)
    {
        (void)pthread_mutex_lock(&self->mutex);
        self->running = 0;
        in_flight = self->in_flight;
        (void)pthread_mutex_unlock(&self->mutex);
        if (in_flight == 0) break;
        if (self->clock->mono_ns(self->host) >= deadline_mono_ns)
        {
            return fail(err, BF_E_RETRY, "A request has not ended yet.");
        }
        (void)nanosleep(&pause, NULL);
    }
    self->stopped = 1;
    self->log->write(self->host, BF_LOG_INFO, "minimal", "stopped");
    return BF_OK;
}

static void plugin_destroy(bf_plugin* plugin)
{
    instance* self = instance_of(plugin);
    if (self == NULL) return;
    (void)pthread_mutex_destroy(&self->mutex);
    free(self);
}

static const void* plugin_get_extension(const bf_plugin* plugin, const char* id)
{
    static const bf_plugin_http http = {(uint32_t)sizeof http, 0, http_handle};
    static const bf_plugin_delivery delivery = {(uint32_t)sizeof delivery, 0, delivery_pump};
    static const bf_plugin_health health = {(uint32_t)sizeof health, 0, health_live, health_report};
    (void)plugin;
    if (id == NULL) return NULL;
    if (strcmp(id, BF_EXT_PLUGIN_HTTP) == 0) return &http;
    if (strcmp(id, BF_EXT_PLUGIN_DELIVERY) == 0) return &delivery;
    if (strcmp(id, BF_EXT_PLUGIN_HEALTH) == 0) return &health;
    return NULL;
}

/* --- the entry --- */

static int find_services(instance* self)
{
    const bf_host* host = self->host;
    self->log = (const bf_host_log*)host->get_extension(host, BF_EXT_HOST_LOG);
    self->clock = (const bf_host_clock*)host->get_extension(host, BF_EXT_HOST_CLOCK);
    self->config = (const bf_host_config*)host->get_extension(host, BF_EXT_HOST_CONFIG);
    self->routes = (const bf_host_http_routes*)host->get_extension(host, BF_EXT_HOST_HTTP_ROUTES);
    return OFFERS(self->log, bf_host_log, write) && OFFERS(self->clock, bf_host_clock, mono_ns) &&
           OFFERS(self->config, bf_host_config, get) &&
           OFFERS(self->routes, bf_host_http_routes, register_route);
}

static bf_status create(const bf_host* host, bf_plugin** out, bf_error* err)
{
    instance* self = NULL;
    if (out == NULL || !OFFERS(host, bf_host, get_extension))
    {
        return fail(err, BF_E_INVALID, "The host is not complete, or out is NULL.");
    }
    *out = NULL;
    self = (instance*)calloc(1, sizeof *self);
    if (self == NULL) return fail(err, BF_E_EXHAUSTED, "The process has no memory left.");
    self->stopped = 1;
    self->host = host;
    self->process = getpid();
    if (!find_services(self))
    {
        free(self);
        return fail(err, BF_E_UNSUPPORTED, "The host lacks a service that the manifest requires.");
    }
    if (pthread_mutex_init(&self->mutex, NULL) != 0)
    {
        free(self);
        return fail(err, BF_E_EXHAUSTED, "The system gives no mutex.");
    }
    self->core.struct_size = (uint32_t)sizeof self->core;
    self->core.abi_minor = BF_ABI_MINOR;
    self->core.ctx = self;
    self->core.start = plugin_start;
    self->core.stop = plugin_stop;
    self->core.destroy = plugin_destroy;
    self->core.get_extension = plugin_get_extension;
    *out = &self->core;
    return BF_OK;
}

const bf_entry* bankfeed_entry_v1(uint32_t host_abi_minor)
{
    static const bf_entry entry = {
        (uint32_t)sizeof entry, BF_ABI_MINOR, "minimal-plugin", PLUGIN_VERSION, create};
    (void)host_abi_minor; /* every host of this major will do */
    return &entry;
}
