/* What the plugins of this folder share: an entry and an instance that keep every rule. Each plugin
 * breaks exactly one, by a macro that its source defines before it includes this file. */
#ifndef BANKFEED_NEGATIVE_SHELL_H
#define BANKFEED_NEGATIVE_SHELL_H

#define BF_BUILDING_PLUGIN
#include <bankfeed/bankfeed.h>

#include <stddef.h>
#include <stdlib.h>

#ifndef PLUGIN_ID
#define PLUGIN_ID "negative"
#endif
#ifndef PLUGIN_VERSION
#define PLUGIN_VERSION "1.0.0"
#endif
#ifndef CREATE
#define CREATE create_well
#endif
#ifndef ENTRY_SIZE
#define ENTRY_SIZE ((uint32_t)sizeof(bf_entry))
#endif

static bf_status start_well(bf_plugin* plugin, bf_error* err)
{
    (void)plugin;
    (void)err;
    return BF_OK;
}

static bf_status stop_well(bf_plugin* plugin, int64_t deadline_mono_ns, bf_error* err)
{
    (void)plugin;
    (void)deadline_mono_ns;
    (void)err;
    return BF_OK;
}

static void destroy_well(bf_plugin* plugin)
{
    (void)plugin;
}

static const void* no_extension(const bf_plugin* plugin, const char* id)
{
    (void)plugin;
    (void)id;
    return NULL;
}

static inline bf_status create_well(const bf_host* host, bf_plugin** out, bf_error* err)
{
    static bf_plugin plugin = {
        sizeof(bf_plugin), BF_ABI_MINOR, NULL, start_well, stop_well, destroy_well, no_extension};
    (void)host;
    (void)err;
    *out = &plugin;
    return BF_OK;
}

/* Gives an instance that lacks start. */
static inline bf_status create_incomplete(const bf_host* host, bf_plugin** out, bf_error* err)
{
    static bf_plugin plugin = {
        sizeof(bf_plugin), BF_ABI_MINOR, NULL, NULL, stop_well, destroy_well, no_extension};
    (void)host;
    (void)err;
    *out = &plugin;
    return BF_OK;
}

/* Says that it worked, and gives nothing. */
static inline bf_status create_nothing(const bf_host* host, bf_plugin** out, bf_error* err)
{
    (void)host;
    (void)out;
    (void)err;
    return BF_OK;
}

/* Fails without a word. */
static inline bf_status create_silent(const bf_host* host, bf_plugin** out, bf_error* err)
{
    (void)host;
    (void)out;
    (void)err;
    return BF_E_EXHAUSTED;
}

static inline const bf_entry* the_entry(void)
{
    static const bf_entry entry = {ENTRY_SIZE, BF_ABI_MINOR, PLUGIN_ID, PLUGIN_VERSION, CREATE};
    return &entry;
}

#ifndef NO_ENTRY
const bf_entry* bankfeed_entry_v1(uint32_t host_abi_minor)
{
    (void)host_abi_minor;
    return the_entry();
}
#endif

#endif
