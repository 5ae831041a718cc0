/* bankfeed.plugin.health/1: for the host's monitoring. */
#ifndef BANKFEED_EXT_HEALTH_H
#define BANKFEED_EXT_HEALTH_H

#include "bankfeed/plugin.h"

#ifdef __cplusplus
extern "C"
{
#endif

#define BF_EXT_PLUGIN_HEALTH "bankfeed.plugin.health/1"

#define BF_HEALTH_OK 0u
#define BF_HEALTH_DEGRADED 1u /* works, but somebody should look: feeds are held, or the host has taken nothing of
                               * what waits for it for 10 minutes                                            */
#define BF_HEALTH_FAILED 2u

typedef struct bf_plugin_health
{
    uint32_t struct_size;
    uint32_t reserved;

    /* One word on the whole. [request] No I/O. */
    bf_status (*live)(bf_plugin *plugin, uint32_t *state, bf_error *err);

    /* A JSON object with counters and states, without secrets. [request] Reads the plugin's database. */
    bf_status (*report)(bf_plugin *plugin, const bf_sink *json, bf_error *err);
} bf_plugin_health;

#ifdef __cplusplus
}
#endif

#endif
