#include "hash.h"

#include "memory-file.h"
#include "permissions.h"
#include "refusal.h"
#include "sha256.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 8                           /* as many names as a path of the manifest may have */
#define ENTRIES_MAX (2 * BF_LOADER_FILES_MAX) /* files and folders together */
#define READ_SIZE (64 * 1024)

typedef struct walk
{
    bfl_manifest* manifest;
    int* library;
    bf_error* err;
    bfl_sha256* hash;
    unsigned char* buffer;
    size_t folder_size; /* bytes of `path` before the part that the manifest knows */
    unsigned entries;
    char path[PATH_MAX];
} walk;

static bf_status check_directory(walk* on, int folder, unsigned depth);

/* --- one file --- */

static bf_status refuse_read(const walk* on, const char* cause)
{
    return bfl_refuse(on->err, BF_LOAD_CHANGED_FILE, "%s cannot be read to its end (%s).",
        bfl_show(on->path).text, cause);
}

static bf_status refuse_size(const walk* on)
{
    return bfl_refuse(on->err, BF_LOAD_TOO_LARGE,
        "%s is larger than %u MiB. A plugin has no such files: install it again.",
        bfl_show(on->path).text, BF_LOADER_FILE_MAX / (1024u * 1024u));
}

/* Hashes the open file, and writes what it hashes to *copy as well. *copy becomes -1 when that
 * cannot be done. */
static bf_status hash_file(walk* on, int file, int* copy, uint8_t digest[BF_DIGEST_SIZE])
{
    uint64_t total = 0;
    if (!bfl_sha256_begin(on->hash)) return bfl_out_of_memory(on->err);
    for (;;)
    {
        const ssize_t count = read(file, on->buffer, READ_SIZE);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return refuse_read(on, strerror(errno));
        if (count == 0) break;
        total += (uint64_t)count;
        if (total > BF_LOADER_FILE_MAX) return refuse_size(on); /* it has grown meanwhile */
        if (!bfl_sha256_add(on->hash, on->buffer, (size_t)count)) return bfl_out_of_memory(on->err);
        bfl_memory_file_add(copy, on->buffer, (size_t)count);
    }
    return bfl_sha256_end(on->hash, digest) ? BF_OK : bfl_out_of_memory(on->err);
}

static bf_status compare_file(walk* on, int file, const bfl_file* listed, int* copy)
{
    uint8_t digest[BF_DIGEST_SIZE];
    const bf_status status = hash_file(on, file, copy, digest);
    if (status != BF_OK) return status;
    if (memcmp(digest, listed->sha256, BF_DIGEST_SIZE) != 0)
    {
        return bfl_refuse(on->err, BF_LOAD_CHANGED_FILE,
            "%s is not the file that plugin.json describes (its SHA-256 differs). Install the "
            "plugin again.",
            bfl_show(on->path).text);
    }
    return BF_OK;
}

static bf_status check_library(walk* on, int file, const bfl_file* listed)
{
    int copy = bfl_memory_file_new(listed->path);
    const bf_status status = compare_file(on, file, listed, &copy);
    if (status != BF_OK)
    {
        if (copy >= 0) (void)close(copy);
        return status;
    }
    bfl_memory_file_seal(&copy);
    *on->library = copy >= 0 ? copy : fcntl(file, F_DUPFD_CLOEXEC, 3);
    return *on->library >= 0 ? BF_OK : refuse_read(on, strerror(errno));
}

static bf_status check_file(walk* on, int folder, const char* name)
{
    const char* relative = on->path + on->folder_size;
    struct stat about;
    int file = -1;
    if (strcmp(relative, "plugin.json") == 0) return BF_OK; /* checked and read before all others */
    bf_status status =
        bfl_open_file(folder, name, on->path, BF_LOAD_CHANGED_FILE, &file, &about, on->err);
    if (status != BF_OK) return status;
    bfl_file* listed = bfl_manifest_file(on->manifest, relative);
    if (listed == NULL)
    {
        status = bfl_refuse(on->err, BF_LOAD_UNLISTED_FILE,
            "%s is not listed in plugin.json. Remove the file, or install the plugin again.",
            bfl_show(on->path).text);
    }
    else if (about.st_size > (off_t)BF_LOADER_FILE_MAX)
    {
        status = refuse_size(on);
    }
    else
    {
        int copy = -1;
        listed->seen = true;
        const bool is_library = strcmp(relative, on->manifest->shown.library) == 0;
        status = is_library && on->library != NULL ? check_library(on, file, listed)
                                                   : compare_file(on, file, listed, &copy);
    }
    (void)close(file);
    return status;
}

/* --- folders --- */

static int by_name(const void* left, const void* right)
{
    return strcmp((const char*)left, (const char*)right);
}

/* Reads the names before opening any of them, sorted, so that the same folder always gives the same
 * refusal. */
static bf_status read_names(walk* on, int folder, char names[][NAME_MAX + 1], size_t* count)
{
    struct dirent* entry = NULL;
    const int again = fcntl(folder, F_DUPFD_CLOEXEC, 3);
    DIR* directory = again < 0 ? NULL : fdopendir(again);
    *count = 0;
    if (directory == NULL)
    {
        if (again >= 0) (void)close(again);
        return refuse_read(on, strerror(errno));
    }
    bf_status status = BF_OK;
    for (errno = 0; status == BF_OK && (entry = readdir(directory)) != NULL; errno = 0)
    {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (++on->entries > ENTRIES_MAX)
        {
            status = bfl_refuse(on->err, BF_LOAD_TOO_LARGE,
                "%s holds more than %u files and folders. Install the plugin again.",
                bfl_show(on->path).text, ENTRIES_MAX);
            break;
        }
        (void)snprintf(names[(*count)++], NAME_MAX + 1, "%s", entry->d_name);
    }
    if (status == BF_OK && errno != 0) status = refuse_read(on, strerror(errno));
    (void)closedir(directory);
    qsort(names, *count, NAME_MAX + 1, by_name);
    return status;
}

static bf_status check_entry(walk* on, int folder, const char* name, unsigned depth)
{
    struct stat about;
    int next = -1;
    /* Only chooses the way; both ways look again at what they have opened. */
    if (fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(about.st_mode))
    {
        return check_file(on, folder, name);
    }
    if (depth == DEPTH_MAX)
    {
        return bfl_refuse(on->err, BF_LOAD_UNLISTED_FILE,
            "%s lies deeper than a plugin's files can. Remove it, or install the plugin again.",
            bfl_show(on->path).text);
    }
    bf_status status = bfl_open_folder(folder, name, on->path, &next, on->err);
    if (status != BF_OK) return status;
    status = check_directory(on, next, depth + 1);
    (void)close(next);
    return status;
}

static bf_status check_directory(walk* on, int folder, unsigned depth)
{
    const size_t length = strlen(on->path);
    size_t count = 0;
    char(*names)[NAME_MAX + 1] = calloc(ENTRIES_MAX, sizeof *names);
    if (names == NULL) return bfl_out_of_memory(on->err);
    bf_status status = read_names(on, folder, names, &count);
    for (size_t i = 0; status == BF_OK && i < count; ++i)
    {
        const int size = snprintf(on->path + length, sizeof on->path - length, "/%s", names[i]);
        if ((size_t)size >= sizeof on->path - length)
        {
            status = bfl_refuse(
                on->err, BF_LOAD_TOO_LARGE, "The path %s is too long.", bfl_show(on->path).text);
            break;
        }
        status = check_entry(on, folder, names[i], depth);
        on->path[length] = '\0';
    }
    free(names);
    return status;
}

static bf_status check_missing(walk* on)
{
    for (size_t i = 0; i < on->manifest->file_count; ++i)
    {
        const bfl_file* file = &on->manifest->files[i];
        if (file->seen) continue;
        return bfl_refuse(on->err, BF_LOAD_MISSING_FILE,
            "%s lacks the file \"%s\" that plugin.json lists. Install the plugin again.",
            bfl_show(on->path).text, bfl_show(file->path).text);
    }
    return BF_OK;
}

bf_status bfl_check_folder(
    int folder, const char* folder_path, bfl_manifest* manifest, int* library, bf_error* err)
{
    bf_status status = BF_OK;
    walk* on = calloc(1, sizeof *on);
    if (library != NULL) *library = -1;
    if (on == NULL) return bfl_out_of_memory(err);
    on->manifest = manifest;
    on->library = library;
    on->err = err;
    on->hash = bfl_sha256_new();
    on->buffer = malloc(READ_SIZE);
    on->folder_size = strlen(folder_path) + 1;
    (void)snprintf(on->path, sizeof on->path, "%s", folder_path);
    status = on->hash == NULL || on->buffer == NULL ? bfl_out_of_memory(err)
                                                    : check_directory(on, folder, 1);
    if (status == BF_OK) status = check_missing(on);
    if (status != BF_OK && library != NULL && *library >= 0)
    {
        (void)close(*library);
        *library = -1;
    }
    bfl_sha256_free(on->hash);
    free(on->buffer);
    free(on);
    return status;
}
