#include "hash.h"
#include "library.h"
#include "permissions.h"
#include "refusal.h"
#include "words.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct bf_loaded
{
    bfl_manifest manifest;
    const bf_entry* entry;
    int library; /* while opening; afterwards library.c owns it */
    char directory[PATH_MAX];
};

/* --- before any code of the plugin runs --- */

static bf_status check_enabled(
    const char* id, const char* const* enabled_ids, uint32_t enabled_count, bf_error* err)
{
    for (uint32_t i = 0; id != NULL && i < enabled_count; ++i)
    {
        if (strcmp(enabled_ids[i], id) != 0) continue;
        if (bfl_is_id(id)) return BF_OK;
        return bfl_refuse(err, BF_LOAD_WRONG_ID,
            "\"%s\" cannot be the id of a plugin: ids are lower-case letters, digits, \".\", \"_\" "
            "and \"-\". "
            "Correct the host's configuration.",
            bfl_show(id).text);
    }
    return bfl_refuse(err, BF_LOAD_NOT_ENABLED,
        "The plugin \"%s\" is not enabled. Add its id to the enabled plugins of the host's "
        "configuration if you "
        "trust it.",
        id == NULL ? "" : bfl_show(id).text);
}

/* Reads at most BF_LOADER_MANIFEST_MAX bytes; one more means that the file is too large. */
static bf_status read_manifest(
    int folder, const char* path, char* text, size_t* size, bf_error* err)
{
    int file = -1;
    struct stat about;
    bf_status status =
        bfl_open_file(folder, "plugin.json", path, BF_LOAD_NO_MANIFEST, &file, &about, err);
    if (status != BF_OK) return status;
    *size = 0;
    while (*size <= BF_LOADER_MANIFEST_MAX)
    {
        const ssize_t count = read(file, text + *size, BF_LOADER_MANIFEST_MAX + 1 - *size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0)
        {
            status = bfl_refuse(err, BF_LOAD_NO_MANIFEST, "%s cannot be read (%s).",
                bfl_show(path).text, strerror(errno));
        }
        if (count <= 0) break;
        *size += (size_t)count;
    }
    (void)close(file);
    if (status == BF_OK && *size > BF_LOADER_MANIFEST_MAX)
    {
        status = bfl_refuse(err, BF_LOAD_TOO_LARGE,
            "%s is larger than %u KiB. A manifest is not: install the plugin again.",
            bfl_show(path).text, BF_LOADER_MANIFEST_MAX / 1024u);
    }
    return status;
}

static bf_status parse_manifest(int folder, const char* id, bf_loaded* plugin, bf_error* err)
{
    char path[PATH_MAX + sizeof "/plugin.json"];
    size_t size = 0;
    char* text = malloc(BF_LOADER_MANIFEST_MAX + 1);
    if (text == NULL) return bfl_out_of_memory(err);
    (void)snprintf(path, sizeof path, "%s/plugin.json", plugin->directory);
    bf_status status = read_manifest(folder, path, text, &size, err);
    if (status == BF_OK) status = bfl_manifest_parse(text, size, path, &plugin->manifest, err);
    free(text);
    if (status == BF_OK && strcmp(plugin->manifest.shown.id, id) != 0)
    {
        status = bfl_refuse(err, BF_LOAD_WRONG_ID,
            "%s is the manifest of \"%s\". Name the folder like the id: rename it, or install the "
            "plugin again.",
            bfl_show(path).text, plugin->manifest.shown.id);
    }
    return status;
}

static bf_status check(const char* plugins_dir, const char* id, const char* const* enabled_ids,
    uint32_t enabled_count, bool wants_library, bf_loaded* plugin, bf_error* err)
{
    int directory = -1;
    int folder = -1;
    char* path = plugin->directory;
    bf_status status = check_enabled(id, enabled_ids, enabled_count, err);
    if (status == BF_OK) status = bfl_open_path(plugins_dir, &directory, path, err);
    if (status != BF_OK) return status;
    const size_t length = strcmp(path, "/") == 0 ? 0 : strlen(path);
    if (length + strlen(id) + 2 > PATH_MAX)
    {
        (void)close(directory);
        return bfl_refuse(
            err, BF_LOAD_NO_DIRECTORY, "The path %s is too long.", bfl_show(path).text);
    }
    (void)snprintf(path + length, PATH_MAX - length, "/%s", id);
    status = bfl_open_folder(directory, id, path, &folder, err);
    (void)close(directory);
    if (status != BF_OK) return status;
    status = parse_manifest(folder, id, plugin, err);
    if (status == BF_OK)
    {
        status = bfl_check_folder(
            folder, path, &plugin->manifest, wants_library ? &plugin->library : NULL, err);
    }
    (void)close(folder);
    return status;
}

/* --- the library --- */

static bf_status check_entry(const bf_loaded* plugin, const bf_entry* entry, bf_error* err)
{
    const bf_manifest* manifest = &plugin->manifest.shown;
    const char* directory = plugin->directory;
    if (entry == NULL)
    {
        return bfl_refuse(err, BF_LOAD_ENTRY_REFUSED,
            "%s: the library refuses a host with ABI %u.%u. Update the host, or install an older "
            "plugin.",
            bfl_show(directory).text, BF_ABI_MAJOR, BF_ABI_MINOR);
    }
    if (!BF_HAS(entry, bf_entry, create) || entry->create == NULL || entry->plugin_id == NULL ||
        entry->plugin_version == NULL)
    {
        return bfl_refuse(err, BF_LOAD_ENTRY_MISMATCH,
            "%s: the library's entry is not complete. Install the plugin again, or tell its "
            "author.",
            bfl_show(directory).text);
    }
    if (strcmp(entry->plugin_id, manifest->id) != 0 ||
        strcmp(entry->plugin_version, manifest->version) != 0)
    {
        return bfl_refuse(err, BF_LOAD_ENTRY_MISMATCH,
            "%s: the library says it is %.63s %.40s, plugin.json says version %.40s. Install the "
            "plugin "
            "again.",
            bfl_show(directory).text, entry->plugin_id, entry->plugin_version, manifest->version);
    }
    if (entry->abi_minor < manifest->abi_minor_min)
    {
        return bfl_refuse(err, BF_LOAD_ENTRY_MISMATCH,
            "%s: the library was built with ABI minor %u, plugin.json asks for %u. Tell the "
            "plugin's author.",
            bfl_show(directory).text, entry->abi_minor, manifest->abi_minor_min);
    }
    return BF_OK;
}

static bf_status load(bf_loaded* plugin, bf_error* err)
{
    char path[PATH_MAX + 256];
    bf_entry_fn entry = NULL;
    const bfl_file* file = bfl_manifest_file(&plugin->manifest, plugin->manifest.shown.library);
    (void)snprintf(path, sizeof path, "%s/%s", plugin->directory, file->path);
    const bf_status status = bfl_library_load(plugin->library, file->sha256, path, &entry, err);
    plugin->library = -1;
    if (status != BF_OK) return status;
    plugin->entry = entry(BF_ABI_MINOR);
    return check_entry(plugin, plugin->entry, err);
}

/* --- what hosts call --- */

static bf_status check_arguments(
    const char* const* enabled_ids, uint32_t enabled_count, bf_error* err)
{
    if (enabled_ids == NULL && enabled_count > 0)
    {
        return bfl_misuse(err, "The host gives no list of enabled ids, but a count of them.");
    }
    for (uint32_t i = 0; i < enabled_count; ++i)
    {
        if (enabled_ids[i] != NULL) continue;
        return bfl_misuse(err, "There is a NULL among the ids that the host enables.");
    }
    return BF_OK;
}

static bf_status check_and_load(const char* plugins_dir, const char* id,
    const char* const* enabled_ids, uint32_t enabled_count, bool wants_library, bf_loaded** out,
    bf_error* err)
{
    bf_status status = check_arguments(enabled_ids, enabled_count, err);
    if (status != BF_OK) return status;
    bf_loaded* plugin = calloc(1, sizeof *plugin);
    if (plugin == NULL) return bfl_out_of_memory(err);
    plugin->library = -1;
    status = check(plugins_dir, id, enabled_ids, enabled_count, wants_library, plugin, err);
    if (status == BF_OK && wants_library) status = load(plugin, err);
    if (status != BF_OK || !wants_library)
    {
        bf_loader_close(plugin);
        return status;
    }
    *out = plugin;
    return BF_OK;
}

bf_status bf_loader_open(const char* plugins_dir, const char* id, const char* const* enabled_ids,
    uint32_t enabled_count, bf_loaded** out, bf_error* err)
{
    if (out == NULL) return bfl_misuse(err, "The host gives no place for the plugin: out is NULL.");
    *out = NULL;
    return check_and_load(plugins_dir, id, enabled_ids, enabled_count, true, out, err);
}

bf_status bf_loader_verify(const char* plugins_dir, const char* id, const char* const* enabled_ids,
    uint32_t enabled_count, bf_error* err)
{
    return check_and_load(plugins_dir, id, enabled_ids, enabled_count, false, NULL, err);
}

const bf_manifest* bf_loader_manifest(const bf_loaded* loaded)
{
    return &loaded->manifest.shown;
}

const bf_entry* bf_loader_entry(const bf_loaded* loaded)
{
    return loaded->entry;
}

const char* bf_loader_directory(const bf_loaded* loaded)
{
    return loaded->directory;
}

void bf_loader_close(bf_loaded* loaded)
{
    if (loaded == NULL) return;
    bfl_manifest_free(&loaded->manifest);
    free(loaded);
}
