#include "manifest.h"

#include "refusal.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is passed along while reading: where the texts go. */
typedef struct reader
{
    const char* path;
    bf_error* err;
} reader;

typedef bool (*word_form)(const char* text);

static bf_status refuse(const reader* in, const char* member, const char* rule)
{
    return bfl_refuse(in->err, BF_LOAD_BAD_MANIFEST,
        "%s: \"%.64s\" %s. Install the plugin again, or ask its author to correct it.",
        bfl_show(in->path).text, member, rule);
}

/* --- single members --- */

static bf_status read_object(
    const reader* in, const json_t* parent, const char* name, const char* member, json_t** out)
{
    *out = json_object_get(parent, name);
    return json_is_object(*out) ? BF_OK : refuse(in, member, "must be an object");
}

static bf_status read_text(const reader* in, const json_t* parent, const char* name,
    const char* member, word_form form, const char** out)
{
    const json_t* value = json_object_get(parent, name);
    if (!json_is_string(value)) return refuse(in, member, "must be a text");
    *out = json_string_value(value);
    return form(*out) ? BF_OK
                      : refuse(in, member, "does not have the form that the schema asks for");
}

static bf_status read_number(const reader* in, const json_t* parent, const char* name,
    const char* member, uint32_t least, uint32_t most, uint32_t* out)
{
    const json_t* value = json_object_get(parent, name);
    const json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < (json_int_t)least || number > (json_int_t)most)
    {
        char rule[64];
        (void)snprintf(rule, sizeof rule, "must be a whole number from %u to %u", least, most);
        return refuse(in, member, rule);
    }
    *out = (uint32_t)number;
    return BF_OK;
}

/* No member but those named: a misspelt permission must not pass unseen. */
static bf_status check_members(const reader* in, const json_t* object, const char* const* names)
{
    const char* key = NULL;
    json_t* value = NULL;
    json_object_foreach((json_t*)(uintptr_t)object, key, value)
    {
        size_t i = 0;
        while (names[i] != NULL && strcmp(names[i], key) != 0)
            ++i;
        if (names[i] == NULL) return refuse(in, key, "is a member that this host does not know");
    }
    return BF_OK;
}

/* --- lists --- */

/* A list of different words. The array is the caller's to free; the words live in the JSON. */
static bf_status read_list(const reader* in, const json_t* parent, const char* name,
    const char* member, word_form form, size_t count_max, const char* const** out, uint32_t* count)
{
    const json_t* list = json_object_get(parent, name);
    const size_t size = json_array_size(list);
    if (!json_is_array(list)) return refuse(in, member, "must be a list");
    if (size > count_max) return refuse(in, member, "has too many elements");
    const char** words = calloc(size + 1, sizeof *words);
    if (words == NULL) return bfl_out_of_memory(in->err);
    *out = words;
    *count = (uint32_t)size;
    for (size_t i = 0; i < size; ++i)
    {
        words[i] = json_string_value(json_array_get(list, i));
        if (words[i] == NULL || !form(words[i]))
        {
            return refuse(in, member, "has an element without the form that the schema asks for");
        }
        for (size_t k = 0; k < i; ++k)
        {
            if (strcmp(words[k], words[i]) == 0) return refuse(in, member, "names something twice");
        }
    }
    return BF_OK;
}

static bf_status read_settings(const reader* in, bfl_manifest* out)
{
    json_t* settings = NULL;
    const char* key = NULL;
    json_t* about = NULL;
    bf_status status = read_object(in, out->json, "settings", "settings", &settings);
    if (status != BF_OK) return status;
    const size_t size = json_object_size(settings);
    if (size > 64) return refuse(in, "settings", "has too many members");
    const char** keys = calloc(size + 1, sizeof *keys);
    if (keys == NULL) return bfl_out_of_memory(in->err);
    out->shown.settings = keys;
    json_object_foreach(settings, key, about)
    {
        if (!bfl_is_key(key)) return refuse(in, key, "cannot be the key of a setting");
        if (!json_is_string(about) || !bfl_is_about(json_string_value(about)))
        {
            return refuse(in, key, "must be explained in one line of up to 200 characters");
        }
        keys[out->shown.setting_count++] = key;
    }
    return BF_OK;
}

static uint8_t nibble(char digit)
{
    return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

static bf_status read_files(const reader* in, bfl_manifest* out)
{
    json_t* files = NULL;
    const char* path = NULL;
    json_t* hash = NULL;
    bf_status status = read_object(in, out->json, "files", "files", &files);
    if (status != BF_OK) return status;
    const size_t size = json_object_size(files);
    if (size == 0) return refuse(in, "files", "must list the library");
    if (size > BF_LOADER_FILES_MAX) return refuse(in, "files", "has too many members");
    out->files = calloc(size, sizeof *out->files);
    if (out->files == NULL) return bfl_out_of_memory(in->err);
    json_object_foreach(files, path, hash)
    {
        const char* digits = json_string_value(hash);
        if (!bfl_is_file_path(path)) return refuse(in, path, "cannot be the path of a file");
        if (digits == NULL || !bfl_is_sha256(digits))
        {
            return refuse(in, path, "must have a SHA-256 of 64 lower-case hex digits");
        }
        bfl_file* file = &out->files[out->file_count++];
        file->path = path;
        for (size_t i = 0; i < BF_DIGEST_SIZE; ++i)
        {
            file->sha256[i] = (uint8_t)(nibble(digits[2 * i]) << 4 | nibble(digits[2 * i + 1]));
        }
    }
    return BF_OK;
}

/* --- the whole --- */

static bf_status read_permissions(const reader* in, bfl_manifest* out)
{
    static const char* const names[] = {"route_prefix", "outbound", "secrets", NULL};
    json_t* object = NULL;
    bf_manifest* to = &out->shown;
    bf_status status = read_object(in, out->json, "permissions", "permissions", &object);
    if (status == BF_OK) status = check_members(in, object, names);
    if (status == BF_OK)
    {
        status = read_text(in, object, "route_prefix", "permissions.route_prefix",
            bfl_is_route_prefix, &to->route_prefix);
    }
    if (status == BF_OK)
    {
        status = read_list(in, object, "outbound", "permissions.outbound", bfl_is_host_name, 32,
            &to->outbound, &to->outbound_count);
    }
    if (status == BF_OK)
    {
        status = read_list(in, object, "secrets", "permissions.secrets", bfl_is_key, 32,
            &to->secrets, &to->secret_count);
    }
    return status;
}

static bf_status read_limits(const reader* in, bfl_manifest* out)
{
    static const char* const names[] = {"request_concurrency", "body_max", NULL};
    json_t* object = NULL;
    bf_status status = read_object(in, out->json, "limits", "limits", &object);
    if (status == BF_OK) status = check_members(in, object, names);
    if (status == BF_OK)
    {
        status = read_number(in, object, "request_concurrency", "limits.request_concurrency", 1,
            1024, &out->shown.request_concurrency);
    }
    if (status == BF_OK)
    {
        status = read_number(
            in, object, "body_max", "limits.body_max", 1, BF_BODY_MAX, &out->shown.body_max);
    }
    return status;
}

/* A manifest of a later form may hold anything: nothing else in it is judged. */
static bf_status check_schema(const reader* in, const bfl_manifest* out)
{
    const json_t* value = json_object_get(out->json, "schema");
    uint32_t schema = 0;
    if (json_is_integer(value) && json_integer_value(value) > 1)
    {
        return bfl_refuse(in->err, BF_LOAD_BAD_MANIFEST,
            "%s is written for a newer host (its \"schema\" is %" JSON_INTEGER_FORMAT
            ", this host knows 1). Update the host, or install an older plugin.",
            bfl_show(in->path).text, json_integer_value(value));
    }
    return read_number(in, out->json, "schema", "schema", 1, 1, &schema);
}

static bf_status check_abi(const reader* in, uint32_t major, uint32_t minor_min)
{
    if (major > BF_ABI_MAJOR)
    {
        return bfl_refuse(in->err, BF_LOAD_ABI_MAJOR,
            "%s: the plugin is made for ABI %u, this host speaks ABI %u. Update the host, or "
            "install the edition of the plugin for ABI %u.",
            bfl_show(in->path).text, major, BF_ABI_MAJOR, BF_ABI_MAJOR);
    }
    if (major < BF_ABI_MAJOR)
    {
        return bfl_refuse(in->err, BF_LOAD_ABI_MAJOR,
            "%s: the plugin is made for ABI %u, this host speaks ABI %u. Install the edition of "
            "the plugin for ABI %u.",
            bfl_show(in->path).text, major, BF_ABI_MAJOR, BF_ABI_MAJOR);
    }
    if (minor_min > BF_ABI_MINOR)
    {
        return bfl_refuse(in->err, BF_LOAD_ABI_MINOR,
            "%s: the plugin needs ABI %u.%u, this host speaks %u.%u. Update the host, or install "
            "an older plugin.",
            bfl_show(in->path).text, BF_ABI_MAJOR, minor_min, BF_ABI_MAJOR, BF_ABI_MINOR);
    }
    return BF_OK;
}

/* Before the rest is judged: a manifest for another ABI may hold what this host does not know. */
static bf_status read_abi(const reader* in, bfl_manifest* out)
{
    static const char* const names[] = {"major", "minor_min", NULL};
    json_t* object = NULL;
    uint32_t major = 0;
    uint32_t* minor_min = &out->shown.abi_minor_min;
    bf_status status = read_object(in, out->json, "abi", "abi", &object);
    if (status == BF_OK) status = read_number(in, object, "major", "abi.major", 1, 65535, &major);
    if (status == BF_OK)
    {
        status = read_number(in, object, "minor_min", "abi.minor_min", 0, 65535, minor_min);
    }
    if (status == BF_OK) status = check_abi(in, major, *minor_min);
    if (status == BF_OK) status = check_members(in, object, names);
    return status;
}

static bf_status read_lists(const reader* in, bfl_manifest* out)
{
    const char* const* provides = NULL;
    uint32_t provide_count = 0;
    bf_status status = read_list(in, out->json, "requires", "requires", bfl_is_extension, 32,
        &out->shown.required, &out->shown.required_count);
    if (status == BF_OK)
    {
        status = read_list(
            in, out->json, "provides", "provides", bfl_is_extension, 32, &provides, &provide_count);
    }
    free((void*)(uintptr_t)provides); /* checked, but no host needs it: it asks the living plugin */
    if (status == BF_OK) status = read_permissions(in, out);
    if (status == BF_OK) status = read_settings(in, out);
    if (status == BF_OK) status = read_limits(in, out);
    if (status == BF_OK) status = read_files(in, out);
    if (status == BF_OK && bfl_manifest_file(out, out->shown.library) == NULL)
    {
        status = refuse(in, "files", "must list the library");
    }
    return status;
}

static bf_status read_head(const reader* in, bfl_manifest* out)
{
    static const char* const names[] = {"schema", "id", "title", "version", "abi", "library",
        "requires", "provides", "permissions", "settings", "limits", "unload", "files", NULL};
    bf_manifest* to = &out->shown;
    bf_status status = check_schema(in, out);
    if (status == BF_OK) status = read_abi(in, out);
    if (status == BF_OK) status = check_members(in, out->json, names);
    if (status == BF_OK) status = read_text(in, out->json, "id", "id", bfl_is_id, &to->id);
    if (status == BF_OK)
    {
        status = read_text(in, out->json, "title", "title", bfl_is_title, &to->title);
    }
    if (status == BF_OK)
    {
        status = read_text(in, out->json, "version", "version", bfl_is_version, &to->version);
    }
    if (status == BF_OK)
    {
        status = read_text(in, out->json, "library", "library", bfl_is_library, &to->library);
    }
    const char* unload = json_string_value(json_object_get(out->json, "unload"));
    if (status == BF_OK && (unload == NULL || strcmp(unload, "never") != 0))
    {
        status = refuse(in, "unload", "must be \"never\"");
    }
    return status;
}

bf_status bfl_manifest_parse(
    const char* text, size_t size, const char* path, bfl_manifest* out, bf_error* err)
{
    const reader in = {path, err};
    json_error_t fault;
    memset(out, 0, sizeof *out);
    out->shown.struct_size = (uint32_t)sizeof out->shown;
    out->json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &fault);
    if (out->json == NULL && json_error_code(&fault) == json_error_duplicate_key)
    {
        return bfl_refuse(err, BF_LOAD_BAD_MANIFEST,
            "%s has a duplicate key (line %d: %.60s). Install the plugin again, or ask its author "
            "to correct it.",
            bfl_show(path).text, fault.line, fault.text);
    }
    if (!json_is_object(out->json))
    {
        const bf_status status = bfl_refuse(err, BF_LOAD_BAD_MANIFEST,
            "%s is not a JSON object (line %d: %.60s). Install the plugin again.",
            bfl_show(path).text, out->json == NULL ? fault.line : 1,
            out->json == NULL ? fault.text : "something else");
        bfl_manifest_free(out);
        return status;
    }
    bf_status status = read_head(&in, out);
    if (status == BF_OK) status = read_lists(&in, out);
    if (status != BF_OK) bfl_manifest_free(out);
    return status;
}

void bfl_manifest_free(bfl_manifest* manifest)
{
    free((void*)(uintptr_t)manifest->shown.outbound);
    free((void*)(uintptr_t)manifest->shown.secrets);
    free((void*)(uintptr_t)manifest->shown.settings);
    free((void*)(uintptr_t)manifest->shown.required);
    free(manifest->files);
    json_decref(manifest->json);
    memset(manifest, 0, sizeof *manifest);
}

bfl_file* bfl_manifest_file(bfl_manifest* manifest, const char* path)
{
    for (size_t i = 0; i < manifest->file_count; ++i)
    {
        if (strcmp(manifest->files[i].path, path) == 0) return &manifest->files[i];
    }
    return NULL;
}
