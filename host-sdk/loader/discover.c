#include "refusal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int by_name(const void* left, const void* right)
{
    return strcmp((const char*)left, (const char*)right);
}

/* Whether `name` is a folder, or a link to one, with a plugin.json. A link is listed so that
 * bf_loader_open can say why it is refused, instead of the plugin being silently absent. */
static int holds_manifest(int directory, const char* name)
{
    char path[NAME_MAX + sizeof "/plugin.json"];
    struct stat about;
    if (name[0] == '.') return 0;
    (void)snprintf(path, sizeof path, "%s/plugin.json", name);
    return fstatat(directory, path, &about, AT_SYMLINK_NOFOLLOW) == 0;
}

static bf_status collect(
    DIR* directory, const char* path, char names[][NAME_MAX + 1], size_t* count, bf_error* err)
{
    struct dirent* entry = NULL;
    *count = 0;
    for (errno = 0; (entry = readdir(directory)) != NULL; errno = 0)
    {
        if (!holds_manifest(dirfd(directory), entry->d_name)) continue;
        if (*count == BF_LOADER_PLUGINS_MAX)
        {
            return bfl_refuse(err, BF_LOAD_TOO_LARGE,
                "%s holds more than %u plugins. Move those that are not used elsewhere.",
                bfl_show(path).text, BF_LOADER_PLUGINS_MAX);
        }
        (void)snprintf(names[(*count)++], NAME_MAX + 1, "%s", entry->d_name);
    }
    if (errno != 0)
    {
        return bfl_refuse(err, BF_LOAD_NO_DIRECTORY, "%s cannot be read (%s).", bfl_show(path).text,
            strerror(errno));
    }
    qsort(names, *count, NAME_MAX + 1, by_name);
    return BF_OK;
}

bf_status bf_loader_scan(const char* plugins_dir, bf_loader_found found, void* ctx, bf_error* err)
{
    const char* path = plugins_dir == NULL ? "" : plugins_dir;
    if (found == NULL) return bfl_misuse(err, "The host gives no function to be told of plugins.");
    DIR* directory = opendir(path);
    if (directory == NULL)
    {
        return bfl_refuse(err, BF_LOAD_NO_DIRECTORY,
            "The plugins directory \"%s\" cannot be opened (%s). Make it, or correct the path in "
            "the host's "
            "configuration.",
            bfl_show(path).text, strerror(errno));
    }
    size_t count = 0;
    char(*names)[NAME_MAX + 1] = calloc(BF_LOADER_PLUGINS_MAX, sizeof *names);
    const bf_status status =
        names == NULL ? bfl_out_of_memory(err) : collect(directory, path, names, &count, err);
    (void)closedir(directory);
    for (size_t i = 0; status == BF_OK && i < count; ++i)
        found(ctx, names[i]);
    free(names);
    return status;
}
