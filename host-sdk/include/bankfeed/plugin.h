/* bankfeed/plugin.h: the core that a plugin gives. Frozen: it never grows except at the end.
 *
 * The life of an instance, each step by the host, in this order:
 *
 *   entry = bankfeed_entry_v1(minor)          once per process
 *   entry->create(host, &plugin, &err)        no I/O, no threads
 *   migrations table, if the plugin gives it  brings the stored data to this version
 *   plugin->start(plugin, &err)               threads begin, routes are registered
 *     ... calls of the extension tables ...
 *   plugin->stop(plugin, deadline, &err)      threads have ended; start() may follow again
 *   plugin->destroy(plugin)
 *
 * The library is never unloaded (it is linked with -z nodelete); an upgrade is a restart of the host.
 * A process that called create() must not fork and go on with the plugin in the child: every function but destroy()
 * answers BF_E_UNSUPPORTED there, and destroy() frees nothing.
 */
#ifndef BANKFEED_PLUGIN_H
#define BANKFEED_PLUGIN_H

#include "bankfeed/abi.h"
#include "bankfeed/host.h"

#ifdef __cplusplus
extern "C"
{
#endif

/* One living plugin. Owned by the plugin, from create() to the end of destroy(). */
typedef struct bf_plugin
{
    uint32_t struct_size;
    uint32_t abi_minor;
    void *ctx; /* the plugin's own; the host never looks at it */

    /* Begins work. [host]
     * Reads configuration and secrets, opens the database, registers routes and starts threads. Returns within
     * seconds; it does not wait for the network.
     * BF_OK; BF_E_INVALID bad or missing configuration (the text names the key); BF_E_CORRUPT the database does not
     * fit (older data without migrate, newer data, other key); BF_E_RETRY another process holds the database;
     * BF_E_CONFLICT the host says that a route is taken;
     * BF_E_UNSUPPORTED a required host extension is missing, or the process was forked. */
    bf_status (*start)(struct bf_plugin *plugin, bf_error *err);

    /* Ends work and joins every thread. [host]
     * deadline_mono_ns is on the host's monotonic clock. The host has stopped sending requests before, and may
     * still have some in flight: they end with BF_E_STOPPING. Waits an hour at most, whatever the deadline.
     * BF_OK all threads are joined; BF_E_RETRY they are not yet: the host must not destroy, and calls again. */
    bf_status (*stop)(struct bf_plugin *plugin, int64_t deadline_mono_ns, bf_error *err);

    /* Frees the instance. [host] Only before start(), or after stop() returned BF_OK. */
    void (*destroy)(struct bf_plugin *plugin);

    /* The plugin's table for an extension id, or NULL. [any] The same pointer each time, valid until destroy(). */
    const void *(*get_extension)(const struct bf_plugin *plugin, const char *id);
} bf_plugin;

/* What a library says of itself. Static storage. */
typedef struct bf_entry
{
    uint32_t struct_size;
    uint32_t abi_minor;
    const char *plugin_id;      /* as in the manifest */
    const char *plugin_version; /* as in the manifest */

    /* Makes an instance. [host] Does no I/O and starts nothing. `host` stays valid until destroy() has returned.
     * BF_OK and *out is set; BF_E_UNSUPPORTED the host lacks what the manifest lists under "requires". */
    bf_status (*create)(const bf_host *host, bf_plugin **out, bf_error *err);
} bf_entry;

/* The one exported symbol of a plugin library. [any]
 * host_abi_minor is the minor that the host was built with. NULL: the plugin needs a newer host. */
typedef const bf_entry *(*bf_entry_fn)(uint32_t host_abi_minor);
#define BF_ENTRY_SYMBOL "bankfeed_entry_v1"

#ifdef BF_BUILDING_PLUGIN
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const bf_entry *bankfeed_entry_v1(uint32_t host_abi_minor);
#endif

#ifdef __cplusplus
}
#endif

#endif
