/* A plugin.json that has been read and found to be right. */
#ifndef BANKFEED_LOADER_MANIFEST_H
#define BANKFEED_LOADER_MANIFEST_H

#include "bankfeed/loader.h"

#include <jansson.h>
#include <stdbool.h>

/* A file of the plugin's folder, as the manifest lists it. */
typedef struct bfl_file
{
    const char* path; /* relative to the folder */
    uint8_t sha256[BF_DIGEST_SIZE];
    bool seen; /* the walk through the folder came by */
} bfl_file;

typedef struct bfl_manifest
{
    bf_manifest shown; /* what the host sees; its strings live in `json` */
    json_t* json;
    bfl_file* files;
    size_t file_count;
} bfl_manifest;

/* Reads the manifest from its text. `path` is for the error texts.
 * BF_OK; BF_LOAD_BAD_MANIFEST names the member that is wrong and the rule it breaks;
 * BF_LOAD_ABI_MAJOR and BF_LOAD_ABI_MINOR for a right one that this host cannot serve. The rules
 * are those of manifest/plugin.schema.json; a test compares the two. On success bfl_manifest_free
 * must be called. */
bf_status bfl_manifest_parse(
    const char* text, size_t size, const char* path, bfl_manifest* out, bf_error* err);

void bfl_manifest_free(bfl_manifest* manifest);

/* The entry of a file, NULL when the manifest does not list it. */
bfl_file* bfl_manifest_file(bfl_manifest* manifest, const char* path);

#endif
