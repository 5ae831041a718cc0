#include "library.h"

#include "elf.h"
#include "refusal.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DESCRIPTOR_PATH_SIZE 64

/* Every library that was mapped, whatever came of it: its constructors have run, its threads may
 * run.
 *
 * The descriptor stays open for the life of the process. The dynamic linker recognises libraries by
 * the name they were opened with; were the descriptor closed, its number and with it the name
 * "/proc/1/fd/7" would soon belong to another file, and the linker would give out the wrong
 * library. Debuggers also read the library through this name. */
static struct loaded_library
{
    uint8_t sha256[BF_DIGEST_SIZE];
    void* handle;
    char name[DESCRIPTOR_PATH_SIZE];
} libraries[BF_LOADER_PLUGINS_MAX];
static unsigned library_count;

/* --- whether the host shows symbols of its own --- */

/* The file name of the object that a globally visible symbol comes from; "" when there is none. */
static const char* provider_of(const char* symbol)
{
    Dl_info about;
    const void* address = dlsym(RTLD_DEFAULT, symbol);
    if (address == NULL || dladdr(address, &about) == 0 || about.dli_fname == NULL) return "";
    const char* slash = strrchr(about.dli_fname, '/');
    return slash == NULL ? about.dli_fname : slash + 1;
}

/* Some hosts carry OpenSSL or a database library in their own executable and show its symbols to
 * everybody (Node.js does). Libraries that a plugin brings along would then call the host's copy,
 * of whatever version. RTLD_DEEPBIND makes them look at their own dependencies first. The usual
 * shared library is no such case: the plugin uses the same.
 *
 * Not under a sanitizer, which refuses it, and not where the host replaces malloc: memory could
 * then be taken from one allocator and given back to the other. */
static int bind_flag(void)
{
#ifdef RTLD_DEEPBIND
    static const struct
    {
        const char* symbol;
        const char* library;
    } shared[] = {
        {"EVP_MD_CTX_new", "libcrypto.so.3"},
        {"SSL_CTX_new", "libssl.so.3"},
        {"sqlite3_libversion", "libsqlite3.so.0"},
        {"PQconnectdb", "libpq.so.5"},
    };
    if (dlsym(RTLD_DEFAULT, "__asan_init") != NULL || dlsym(RTLD_DEFAULT, "__tsan_init") != NULL ||
        dlsym(RTLD_DEFAULT, "__msan_init") != NULL)
    {
        return 0;
    }
    if (strcmp(provider_of("malloc"), provider_of("gnu_get_libc_version")) != 0) return 0;
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; ++i)
    {
        const char* provider = provider_of(shared[i].symbol);
        if (provider[0] != '\0' &&
            strncmp(provider, shared[i].library, strlen(shared[i].library)) != 0)
        {
            return RTLD_DEEPBIND;
        }
    }
#endif
    return 0;
}

/* --- loading --- */

/* A path that leads to the open descriptor. With the process's number in it, so that debuggers and
 * profilers can follow it too; in a container that shows another's /proc, only "self" is right. */
static bool path_of(int file, char path[DESCRIPTOR_PATH_SIZE])
{
    struct stat ours;
    struct stat found;
    if (fstat(file, &ours) != 0) return false;
    for (int try = 0; try < 2; ++try)
    {
        if (try == 0)
        {
            (void)snprintf(path, DESCRIPTOR_PATH_SIZE, "/proc/%ld/fd/%d", (long)getpid(), file);
        }
        else
        {
            (void)snprintf(path, DESCRIPTOR_PATH_SIZE, "/proc/self/fd/%d", file);
        }
        if (stat(path, &found) == 0 && found.st_ino == ours.st_ino && found.st_dev == ours.st_dev)
        {
            return true;
        }
    }
    return false;
}

static bf_status map_library(int file, const uint8_t sha256[BF_DIGEST_SIZE], const char* path,
    struct loaded_library** out, bf_error* err)
{
    if (library_count == BF_LOADER_PLUGINS_MAX)
    {
        return bfl_refuse(err, BF_LOAD_DLOPEN,
            "This process has loaded %u libraries and cannot unload any. Restart the host.",
            BF_LOADER_PLUGINS_MAX);
    }
    const uint64_t lacks = bfl_elf_missing(file);
    if (lacks > 0)
    {
        return bfl_refuse(err, BF_LOAD_DLOPEN,
            "%s is cut short: its end is missing (%" PRIu64 " bytes). Install the plugin again.",
            bfl_show(path).text, lacks);
    }
    struct loaded_library* library = &libraries[library_count];
    if (!path_of(file, library->name))
    {
        return bfl_refuse(err, BF_LOAD_DLOPEN,
            "%s cannot be loaded, because /proc is not mounted here. Mount it for the host.",
            bfl_show(path).text);
    }
    library->handle = dlopen(library->name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE | bind_flag());
    if (library->handle == NULL)
    {
        const char* cause = dlerror();
        const size_t skip =
            cause != NULL && strncmp(cause, library->name, strlen(library->name)) == 0
                ? strlen(library->name) + 2 /* ": ": our name for it tells the reader nothing */
                : 0;
        return bfl_refuse(err, BF_LOAD_DLOPEN, "%s cannot be loaded: %s", bfl_show(path).text,
            cause == NULL ? "no reason given" : cause + skip);
    }
    memcpy(library->sha256, sha256, BF_DIGEST_SIZE);
    ++library_count;
    *out = library;
    return BF_OK;
}

static struct loaded_library* known(const uint8_t sha256[BF_DIGEST_SIZE])
{
    for (unsigned i = 0; i < library_count; ++i)
    {
        if (memcmp(libraries[i].sha256, sha256, BF_DIGEST_SIZE) == 0) return &libraries[i];
    }
    return NULL;
}

bf_status bfl_library_load(int file, const uint8_t sha256[BF_DIGEST_SIZE], const char* path,
    bf_entry_fn* entry, bf_error* err)
{
    struct loaded_library* library = known(sha256);
    if (library == NULL)
    {
        const bf_status status = map_library(file, sha256, path, &library, err);
        if (status != BF_OK)
        {
            (void)close(file);
            return status;
        }
    }
    else
    {
        (void)close(file);
    }
    Dl_info about;
    void* symbol = dlsym(library->handle, BF_ENTRY_SYMBOL);
    /* dlsym also looks into what the library depends on; the entry must be its own. */
    if (symbol == NULL || dladdr(symbol, &about) == 0 || about.dli_fname == NULL ||
        strcmp(about.dli_fname, library->name) != 0)
    {
        return bfl_refuse(err, BF_LOAD_NO_ENTRY,
            "%s does not export %s, so it is no plugin for this host. Install the plugin again.",
            bfl_show(path).text, BF_ENTRY_SYMBOL);
    }
    memcpy(entry, &symbol,
        sizeof *entry); /* ISO C has no conversion from object to function pointers */
    return BF_OK;
}
