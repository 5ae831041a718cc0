/* bankfeed.host.log/1: where the plugin writes what happens. Required. */
#ifndef BANKFEED_EXT_LOG_H
#define BANKFEED_EXT_LOG_H

#include "bankfeed/host.h"

#ifdef __cplusplus
extern "C"
{
#endif

#define BF_EXT_HOST_LOG "bankfeed.host.log/1"

#define BF_LOG_DEBUG 0u
#define BF_LOG_INFO 1u
#define BF_LOG_WARNING 2u
#define BF_LOG_ERROR 3u
#define BF_LOG_HOST_MISBEHAVING 4u   /* the host broke a rule of this specification; said once per function,
                                      * ledger account and member                              */
#define BF_LOG_PLUGIN_MISBEHAVING 5u /* the plugin found itself in a state that must not exist */

typedef struct bf_host_log
{
    uint32_t struct_size;
    uint32_t reserved;

    /* Writes one line. [any] Does not block on I/O for long; never fails.
     * component: lower-case word, such as "sync". message: at most BF_TEXT_MAX bytes, one line, no secrets; bank
     * texts in it are quoted by the plugin, control bytes removed. */
    void (*write)(const bf_host *host, uint32_t level, const char *component, const char *message);
} bf_host_log;

#ifdef __cplusplus
}
#endif

#endif
