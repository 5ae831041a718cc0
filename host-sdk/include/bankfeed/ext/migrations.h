/* bankfeed.plugin.migrations/1: stored data is brought to the version of the code before start(), and never
 * behind the operator's back. */
#ifndef BANKFEED_EXT_MIGRATIONS_H
#define BANKFEED_EXT_MIGRATIONS_H

#include "bankfeed/plugin.h"

#ifdef __cplusplus
extern "C"
{
#endif

#define BF_EXT_PLUGIN_MIGRATIONS "bankfeed.plugin.migrations/1"

typedef struct bf_migration_status
{
    uint32_t struct_size;
    uint32_t current; /* 0: no database yet                        */
    uint32_t target;  /* what this plugin needs                    */
    uint32_t reserved;
} bf_migration_status;

typedef struct bf_plugin_migrations
{
    uint32_t struct_size;
    uint32_t reserved;

    /* Compares stored data and code. [host] Between create() and start(). Changes nothing.
     * BF_OK; BF_E_CORRUPT the data is newer than this plugin, or another host's; BF_E_RETRY another process holds it. */
    bf_status (*status)(bf_plugin *plugin, bf_migration_status *out, bf_error *err);

    /* Runs the missing migrations, each in a transaction of its own. [host] Between create() and start().
     * BF_OK; BF_ALREADY nothing to do; statuses as above. Interrupted, it goes on at the next call. */
    bf_status (*apply)(bf_plugin *plugin, bf_error *err);
} bf_plugin_migrations;

#ifdef __cplusplus
}
#endif

#endif
