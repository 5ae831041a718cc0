/* bankfeed/loader.h: finds plugins, checks them, and opens those that the operator enabled.
 *
 * A C library (bankfeed-host) for host applications in any language. It reads a plugin's manifest before any of its
 * code, and loads the very file that it has hashed. Every refusal has a stable number and a sentence that says what to
 * do. All functions are to be called from one thread at a time, and report errors through bf_error like the ABI. A NULL
 * where something must be is answered with BF_E_INVALID and the code 0.
 *
 *   plugins/
 *     bankfeed-plaid/          one folder per plugin; the folder's name is its id
 *       plugin.json            the manifest
 *       libbankfeed_plaid.so   named in the manifest, with the SHA-256 of every file of the folder
 *       console/...
 */
#ifndef BANKFEED_LOADER_H
#define BANKFEED_LOADER_H

#include "bankfeed/plugin.h"

#ifdef __cplusplus
extern "C"
{
#endif

/* Refusals: bf_error.code of the functions below. Numbers never change their meaning. */
#define BF_LOAD_NO_DIRECTORY 101     /* the plugins directory or the plugin's folder does not exist        */
#define BF_LOAD_NOT_ENABLED 102      /* the host's configuration does not enable this id                   */
#define BF_LOAD_BAD_OWNER 103        /* a file or folder belongs to another user than root or ours         */
#define BF_LOAD_WRITABLE 104         /* group or others can write to a file, the folder or one above it    */
#define BF_LOAD_NOT_A_FILE 105       /* a symbolic link, pipe or device where a file must be               */
#define BF_LOAD_NO_MANIFEST 106
#define BF_LOAD_BAD_MANIFEST 107     /* not JSON, or a member is missing or wrong; the text names it       */
#define BF_LOAD_WRONG_ID 108         /* the manifest's id is not the folder's name                         */
#define BF_LOAD_UNLISTED_FILE 109    /* the folder holds a file that the manifest does not list            */
#define BF_LOAD_MISSING_FILE 110
#define BF_LOAD_CHANGED_FILE 111     /* a file's SHA-256 is not the manifest's                             */
#define BF_LOAD_TOO_LARGE 112        /* manifest, library or folder is larger than the limits              */
#define BF_LOAD_ABI_MAJOR 113        /* made for another major version of the ABI                          */
#define BF_LOAD_ABI_MINOR 114        /* needs a newer host                                                 */
#define BF_LOAD_DLOPEN 115           /* the system cannot load it; the text holds its words                */
#define BF_LOAD_NO_ENTRY 116         /* the library does not export bankfeed_entry_v1                      */
#define BF_LOAD_ENTRY_REFUSED 117    /* the entry returned NULL                                            */
#define BF_LOAD_ENTRY_MISMATCH 118   /* id or version in the library differ from the manifest              */
#define BF_LOAD_MISSING_SERVICE 119  /* the host does not offer an extension that the manifest requires    */

#define BF_LOADER_MANIFEST_MAX (64u * 1024u)
#define BF_LOADER_FILE_MAX (256u * 1024u * 1024u)
#define BF_LOADER_FILES_MAX 512u /* listed in a manifest; twice as many files and folders in its folder */
#define BF_LOADER_PLUGINS_MAX 64u

typedef struct bf_loaded bf_loaded; /* one checked and opened library */

/* What the manifest says, as far as a host needs it. Valid until bf_loader_close. */
typedef struct bf_manifest
{
    uint32_t struct_size;
    uint32_t abi_minor_min;
    const char *id;
    const char *version;
    const char *title;               /* for people */
    const char *library;             /* file name in the folder */
    const char *route_prefix;        /* "/plaid": the plugin's routes live below it */
    const char *const *outbound;     /* host names the plugin talks to */
    const char *const *secrets;      /* names the plugin may ask for */
    const char *const *settings;     /* configuration keys the plugin knows */
    const char *const *required;     /* host extensions it cannot do without */
    uint32_t outbound_count;
    uint32_t secret_count;
    uint32_t setting_count;
    uint32_t required_count;
    uint32_t request_concurrency;    /* [request] calls the plugin takes at the same time */
    uint32_t body_max;               /* bytes of the largest request body it wants */
} bf_manifest;

/* Called per folder of the plugins directory. `id` is the folder's name. */
typedef void (*bf_loader_found)(void *ctx, const char *id);

/* Lists the folders of a plugins directory that hold a plugin.json, without reading any of them, sorted by name.
 * BF_OK; BF_E_NOT_FOUND (code BF_LOAD_NO_DIRECTORY); BF_E_EXHAUSTED more than BF_LOADER_PLUGINS_MAX. */
bf_status bf_loader_scan(const char *plugins_dir, bf_loader_found found, void *ctx, bf_error *err);

/* Checks a plugin and opens it.
 *
 * plugins_dir: absolute path. id: the folder. enabled_ids: the ids that the operator's configuration enables; an id
 * that is not among them is not even looked at.
 * Order: enabled, folder and path permissions, manifest (its ABI included), permissions and SHA-256 of every file,
 * dlopen of a sealed copy of the very bytes that were hashed (RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE, and RTLD_DEEPBIND
 * where the host's own executable shows OpenSSL or database symbols), entry, id, version, minor.
 * BF_OK and *out; otherwise *out is NULL and there is nothing to close, err->code is a BF_LOAD_ number (0 when memory has
 * run out) and err->text says what to do. A library whose constructors have run stays in the process all the same. */
bf_status bf_loader_open(const char *plugins_dir, const char *id, const char *const *enabled_ids,
                         uint32_t enabled_count, bf_loaded **out, bf_error *err);

/* Checks all that bf_loader_open checks before any code of the plugin runs, and opens nothing. For "check-config". */
bf_status bf_loader_verify(const char *plugins_dir, const char *id, const char *const *enabled_ids,
                           uint32_t enabled_count, bf_error *err);

const bf_manifest *bf_loader_manifest(const bf_loaded *loaded);
const bf_entry *bf_loader_entry(const bf_loaded *loaded);
const char *bf_loader_directory(const bf_loaded *loaded); /* absolute path of the plugin's folder */

/* Makes an instance: checks that `host` offers every required extension (BF_LOAD_MISSING_SERVICE), then create(). */
bf_status bf_loader_create(const bf_loaded *loaded, const bf_host *host, bf_plugin **out, bf_error *err);

/* Frees the loader's memory. The library stays in the process for its life, on purpose: threads, exit handlers and
 * unique symbols of a C++ library make unloading unsafe. */
void bf_loader_close(bf_loaded *loaded);

#ifdef __cplusplus
}
#endif

#endif
