/* The smallest host: finds a plugin, checks and opens it, runs it once, shows a page of it, and
 * stops it.
 *
 *   smallest-host <plugins directory> <id>
 *
 * guide.md explains it part by part. A real host adds what its plugins require: a ledger to post to
 * (ext/ledger-post.h), a folder for their data, secrets, and an HTTP server in front of the routes.
 */
#define _POSIX_C_SOURCE 200809L

#include <bankfeed/bankfeed.h>
#include <bankfeed/loader.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

/* [1 services] */
static void log_write(
    const bf_host* host, uint32_t level, const char* component, const char* message)
{
    (void)host;
    printf("%u %s: %s\n", level, component, message);
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

static bf_status config_get(const bf_host* host, const char* key, const bf_sink* value)
{
    (void)host;
    if (strcmp(key, "greeting") != 0) return BF_E_NOT_FOUND;
    return value->write(value->ctx, "Good day", 8);
}

static uint64_t config_revision(const bf_host* host)
{
    (void)host;
    return 1; /* nothing ever changes here */
}
/* [end] */

/* [2 routes] */
static struct
{
    uint32_t count;
    struct
    {
        uint32_t id;
        uint32_t flags;
        char path[64];
    } at[BF_ROUTES_MAX];
} routes;

static bf_status register_route(const bf_host* host, const bf_route* route, bf_error* err)
{
    (void)host;
    (void)err;
    if (!BF_HAS(route, bf_route, body_max) || strlen(route->path) >= sizeof routes.at[0].path)
    {
        return BF_E_INVALID;
    }
    if (routes.count == BF_ROUTES_MAX) return BF_E_EXHAUSTED;
    routes.at[routes.count].id = route->route_id;
    routes.at[routes.count].flags = route->flags;
    (void)strcpy(routes.at[routes.count].path, route->path);
    ++routes.count;
    return BF_OK;
}

static bf_status public_url(const bf_host* host, uint32_t route_id, const bf_sink* value)
{
    (void)host;
    (void)route_id;
    (void)value;
    return BF_E_NOT_FOUND; /* the plugin then lives by polling */
}
/* [end] */

/* [3 host] */
static const void* get_extension(const bf_host* host, const char* id)
{
    static const bf_host_log log = {sizeof log, 0, log_write};
    static const bf_host_clock clock = {sizeof clock, 0, utc_ns, mono_ns};
    static const bf_host_config config = {sizeof config, 0, config_get, config_revision};
    static const bf_host_http_routes http = {sizeof http, 0, register_route, public_url};
    (void)host;
    if (strcmp(id, BF_EXT_HOST_LOG) == 0) return &log;
    if (strcmp(id, BF_EXT_HOST_CLOCK) == 0) return &clock;
    if (strcmp(id, BF_EXT_HOST_CONFIG) == 0) return &config;
    if (strcmp(id, BF_EXT_HOST_HTTP_ROUTES) == 0) return &http;
    return NULL;
}
/* [end] */

/* [4 page] */
static bf_status set_status(void* ctx, uint32_t status)
{
    (void)ctx;
    printf("HTTP %u\n", status);
    return BF_OK;
}

static bf_status add_header(void* ctx, const char* name, const char* value)
{
    (void)ctx;
    printf("%s: %s\n", name, value);
    return BF_OK;
}

static bf_status write_body(void* ctx, const void* data, uint64_t size)
{
    (void)ctx;
    return fwrite(data, 1, (size_t)size, stdout) == size ? BF_OK : BF_E_INTERNAL;
}

static bf_status show_page(bf_plugin* plugin, uint32_t route_id, bf_error* err)
{
    const bf_plugin_http* http = plugin->get_extension(plugin, BF_EXT_PLUGIN_HTTP);
    const bf_http_response response = {
        sizeof response, 0, NULL, set_status, add_header, write_body};
    bf_principal someone = {.struct_size = sizeof someone,
        .capabilities = BF_CAN_VIEW,
        .tenant_id = "books",
        .user_id = "1",
        .user_name = "Ada",
        .session_id = "not a secret in this example"};
    bf_http_request request = {.struct_size = sizeof request,
        .route_id = route_id,
        .method = "GET",
        .path = "",
        .query = "",
        .header_size = sizeof(bf_header),
        .remote_address = "127.0.0.1",
        .received_utc_ns = utc_ns(NULL),
        .principal = &someone};
    if (!BF_HAS(http, bf_plugin_http, handle)) return BF_OK;
    return http->handle(plugin, &request, &response, err);
}
/* [end] */

/* [5 work] */
static bf_status migrate(bf_plugin* plugin, bf_error* err)
{
    const bf_plugin_migrations* migrations =
        plugin->get_extension(plugin, BF_EXT_PLUGIN_MIGRATIONS);
    if (!BF_HAS(migrations, bf_plugin_migrations, apply)) return BF_OK;
    const bf_status status = migrations->apply(plugin, err);
    return status == BF_ALREADY ? BF_OK : status;
}

static bf_status pump(bf_plugin* plugin, bf_error* err)
{
    const bf_plugin_delivery* delivery = plugin->get_extension(plugin, BF_EXT_PLUGIN_DELIVERY);
    bf_pump_result result = {.struct_size = sizeof result};
    bf_status status = BF_OK;
    if (!BF_HAS(delivery, bf_plugin_delivery, pump)) return BF_OK;
    do
    {
        status = delivery->pump(plugin, 10, 100, &result, err);
    } while (status == BF_OK && result.remaining != 0);
    return status;
}

static bf_status run(bf_plugin* plugin, bf_error* err)
{
    bf_status status = migrate(plugin, err);
    if (status == BF_OK) status = plugin->start(plugin, err);
    if (status != BF_OK) return status;
    status = pump(plugin, err);
    if (status == BF_OK && routes.count > 0) status = show_page(plugin, routes.at[0].id, err);
    bf_status stopped = BF_E_RETRY;
    while (stopped == BF_E_RETRY)
        stopped = plugin->stop(plugin, mono_ns(NULL) + 1000000000, NULL);
    return status == BF_OK ? stopped : status;
}
/* [end] */

/* [6 main] */
static void print_id(void* ctx, const char* id)
{
    (void)ctx;
    printf("found %s\n", id);
}

int main(int argc, char** argv)
{
    bf_error err = {.struct_size = sizeof err};
    bf_loaded* loaded = NULL;
    bf_plugin* plugin = NULL;
    if (argc != 3) return 2;
    const char* const enabled[] = {argv[2]}; /* a real host reads these from its configuration */
    bf_status status = bf_loader_scan(argv[1], print_id, NULL, &err);
    if (status == BF_OK) status = bf_loader_open(argv[1], argv[2], enabled, 1, &loaded, &err);
    if (status == BF_OK)
    {
        const bf_host host = {.struct_size = sizeof host,
            .abi_minor = BF_ABI_MINOR,
            .name = "smallest-host",
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
/* [end] */
