#include "permissions.h"

#include "refusal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Access lists need no look of their own: where one gives somebody write permission, the group bits
 * show it. */
static bf_status check_owner_and_mode(
    const struct stat* about, const char* path, bool is_parent, bf_error* err)
{
    const uid_t ours = geteuid();
    if (about->st_uid != 0 && about->st_uid != ours)
    {
        return bfl_refuse(err, BF_LOAD_BAD_OWNER,
            "%s belongs to user %lu, who could exchange the plugin. Give it to root or to the "
            "host's user (%lu) "
            "with chown.",
            bfl_show(path).text, (unsigned long)about->st_uid, (unsigned long)ours);
    }
    /* In a folder like /tmp everybody may add, but nobody may exchange what belongs to others. */
    const bool sticky_parent = is_parent && (about->st_mode & S_ISVTX) != 0 && about->st_uid == 0;
    if ((about->st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky_parent)
    {
        return bfl_refuse(err, BF_LOAD_WRITABLE,
            "%s can be written by its group or by others (mode %04o), who could exchange the "
            "plugin. Run: chmod "
            "go-w on it.",
            bfl_show(path).text, (unsigned)(about->st_mode & 07777));
    }
    return BF_OK;
}

static bf_status refuse_open(const char* path, int cause, int32_t missing, bf_error* err)
{
    if (cause == ENOTDIR || cause == ELOOP || cause == ENXIO)
    {
        return bfl_refuse(err, BF_LOAD_NOT_A_FILE,
            "%s is a symbolic link or a special file. Links could be turned elsewhere, so none is "
            "followed: use "
            "the real folder or file.",
            bfl_show(path).text);
    }
    if (cause == ENOENT)
    {
        return bfl_refuse(err, missing,
            "%s does not exist. Correct the path, or install the plugin again.",
            bfl_show(path).text);
    }
    return bfl_refuse(err, missing, "%s cannot be opened (%s). Let the host's user read it.",
        bfl_show(path).text, strerror(cause));
}

/* `flags` is O_PATH for a parent (it may be passed through without the right to list it) or
 * O_RDONLY. */
static bf_status open_component(int parent, const char* name, const char* path, int flags,
    bool is_parent, int* fd, bf_error* err)
{
    struct stat about;
    const int opened = openat(parent, name, flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (opened < 0) return refuse_open(path, errno, BF_LOAD_NO_DIRECTORY, err);
    bf_status status = BF_OK;
    if (fstat(opened, &about) != 0) status = refuse_open(path, errno, BF_LOAD_NO_DIRECTORY, err);
    if (status == BF_OK) status = check_owner_and_mode(&about, path, is_parent, err);
    if (status != BF_OK)
    {
        (void)close(opened);
        return status;
    }
    *fd = opened;
    return BF_OK;
}

/* Copies the path without empty and "." components. 0 when it is not absolute, too long, or climbs
 * with "..". */
static int normalise(const char* path, char* normal)
{
    size_t length = 0;
    if (path[0] != '/' || strlen(path) >= PATH_MAX) return 0;
    while (*path != '\0')
    {
        const size_t slashes = strspn(path, "/");
        const size_t name = strcspn(path + slashes, "/");
        const char* at = path + slashes;
        path = at + name;
        if (name == 2 && at[0] == '.' && at[1] == '.') return 0;
        if (name == 0 || (name == 1 && at[0] == '.')) continue;
        normal[length++] = '/';
        memcpy(normal + length, at, name);
        length += name;
    }
    if (length == 0) normal[length++] = '/';
    normal[length] = '\0';
    return 1;
}

bf_status bfl_open_path(const char* path, int* fd, char* normal, bf_error* err)
{
    if (path == NULL || !normalise(path, normal))
    {
        return bfl_refuse(err, BF_LOAD_NO_DIRECTORY,
            "The plugins directory \"%s\" must be an absolute path without \"..\". Correct it in "
            "the host's "
            "configuration.",
            path == NULL ? "" : bfl_show(path).text);
    }
    int here = -1;
    char* end = normal;
    bf_status status = open_component(AT_FDCWD, "/", "/", O_PATH, normal[1] != '\0', &here, err);
    while (status == BF_OK && *end == '/' && end[1] != '\0')
    {
        char* name = end + 1;
        int next = -1;
        end = name + strcspn(name, "/");
        const char stop = *end;
        *end = '\0';
        status = open_component(
            here, name, normal, stop == '/' ? O_PATH : O_RDONLY, stop == '/', &next, err);
        *end = stop;
        (void)close(here);
        here = next;
    }
    if (status == BF_OK) *fd = here;
    return status;
}

bf_status bfl_open_folder(int parent, const char* name, const char* path, int* fd, bf_error* err)
{
    return open_component(parent, name, path, O_RDONLY, false, fd, err);
}

bf_status bfl_open_file(int parent, const char* name, const char* path, int32_t missing, int* fd,
    struct stat* about, bf_error* err)
{
    /* A look before opening, because opening a device can already do something. What counts is the
     * fstat below. */
    if (fstatat(parent, name, about, AT_SYMLINK_NOFOLLOW) != 0)
    {
        return refuse_open(path, errno, missing, err);
    }
    if (!S_ISREG(about->st_mode)) return refuse_open(path, ELOOP, missing, err);
    const int opened =
        openat(parent, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (opened < 0) return refuse_open(path, errno, missing, err);
    bf_status status = BF_OK;
    if (fstat(opened, about) != 0) status = refuse_open(path, errno, missing, err);
    if (status == BF_OK && !S_ISREG(about->st_mode))
    {
        status = refuse_open(path, ELOOP, missing, err);
    }
    if (status == BF_OK) status = check_owner_and_mode(about, path, false, err);
    if (status != BF_OK)
    {
        (void)close(opened);
        return status;
    }
    *fd = opened;
    return BF_OK;
}
