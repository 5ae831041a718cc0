#include "refusal.h"

#include <stdbool.h>
#include <string.h>

static bf_status check_services(const bf_loaded* loaded, const bf_host* host, bf_error* err)
{
    const bf_manifest* manifest = bf_loader_manifest(loaded);
    if (host->abi_minor < manifest->abi_minor_min)
    {
        return bfl_refuse(err, BF_LOAD_ABI_MINOR,
            "The plugin %s needs ABI %u.%u, this host speaks %u.%u. Update the host, or install an "
            "older "
            "plugin.",
            manifest->id, BF_ABI_MAJOR, manifest->abi_minor_min, BF_ABI_MAJOR, host->abi_minor);
    }
    for (uint32_t i = 0; i < manifest->required_count; ++i)
    {
        if (host->get_extension(host, manifest->required[i]) != NULL) continue;
        return bfl_refuse(err, BF_LOAD_MISSING_SERVICE,
            "The plugin %s requires %s, which this host does not offer. Update the host, or "
            "disable the plugin.",
            manifest->id, manifest->required[i]);
    }
    return BF_OK;
}

static bool is_complete(const bf_plugin* plugin)
{
    return BF_HAS(plugin, bf_plugin, get_extension) && plugin->start != NULL &&
           plugin->stop != NULL && plugin->destroy != NULL && plugin->get_extension != NULL;
}

bf_status bf_loader_create(
    const bf_loaded* loaded, const bf_host* host, bf_plugin** out, bf_error* err)
{
    if (out == NULL)
    {
        return bfl_misuse(err, "The host gives no place for the instance: out is NULL.");
    }
    *out = NULL;
    if (loaded == NULL) return bfl_misuse(err, "The host names no opened plugin.");
    if (!BF_HAS(host, bf_host, get_extension) || host->get_extension == NULL)
    {
        return bfl_misuse(
            err, "The host's bf_host is not complete: struct_size or get_extension is missing.");
    }
    bf_status status = check_services(loaded, host, err);
    if (status != BF_OK) return status;
    const char* id = bf_loader_manifest(loaded)->id;
    if (BF_HAS(err, bf_error, text)) err->text[0] = '\0';
    bf_plugin* plugin = NULL;
    status = bf_loader_entry(loaded)->create(host, &plugin, err);
    if (status != BF_OK)
    {
        if (BF_HAS(err, bf_error, text) && err->text[0] == '\0')
        {
            (void)bfl_refuse(err, 0,
                "The plugin %s could not be made (status %d); it gave no reason.", id, status);
        }
        return status;
    }
    if (!is_complete(plugin))
    {
        return bfl_refuse(err, BF_LOAD_ENTRY_MISMATCH,
            "The plugin %s gave an instance that is not complete. Tell its author.", id);
    }
    *out = plugin;
    return BF_OK;
}
