/* Exports a function of SQLite's name, opens the plugin, and demands that the plugin did not call
 * it. */
#include <bankfeed/loader.h>

#include <stdio.h>
#include <string.h>

const char* sqlite3_libversion(void);

const char* sqlite3_libversion(void)
{
    return "the host's own";
}

static const void* no_extension(const bf_host* host, const char* id)
{
    (void)host;
    (void)id;
    return NULL;
}

int main(int argc, char** argv)
{
    const char* const enabled = "asks-sqlite";
    bf_loaded* loaded = NULL;
    bf_plugin* plugin = NULL;
    bf_error err = {.struct_size = sizeof err};
    const bf_host host = {.struct_size = sizeof host, .get_extension = no_extension};
    if (argc != 2 || bf_loader_open(argv[1], enabled, &enabled, 1, &loaded, &err) != BF_OK)
    {
        (void)fprintf(stderr, "not opened: %s\n", err.text);
        return 1;
    }
    (void)bf_loader_create(loaded, &host, &plugin, &err);
    bf_loader_close(loaded);
    (void)printf("The plugin got SQLite %s.\n", err.text);
    return strncmp(err.text, "3.", 2) == 0 ? 0 : 1;
}
