/* bankfeed.host.config/1: settings that the operator wrote for this plugin. Required.
 * Secrets do not belong here: see secrets.h. The keys a plugin knows are listed in its manifest. */
#ifndef BANKFEED_EXT_CONFIG_H
#define BANKFEED_EXT_CONFIG_H

#include "bankfeed/host.h"

#ifdef __cplusplus
extern "C"
{
#endif

#define BF_EXT_HOST_CONFIG "bankfeed.host.config/1"

typedef struct bf_host_config
{
    uint32_t struct_size;
    uint32_t reserved;

    /* Writes the value of `key` as UTF-8 text without a NUL. [host] Only during start() and tick(), and
     * during the calls of bankfeed.plugin.migrations/1, which must know where the data is.
     * BF_OK; BF_E_NOT_FOUND the operator did not set it. */
    bf_status (*get)(const bf_host *host, const char *key, const bf_sink *value);

    /* A number that changes when any value or secret may have changed. [host] */
    uint64_t (*revision)(const bf_host *host);
} bf_host_config;

#ifdef __cplusplus
}
#endif

#endif
