/* bankfeed.host.clock/1: the only clock of the plugin. Required.
 * A host under test may give any time it likes, as long as mono_ns never goes back. */
#ifndef BANKFEED_EXT_CLOCK_H
#define BANKFEED_EXT_CLOCK_H

#include "bankfeed/host.h"

#ifdef __cplusplus
extern "C"
{
#endif

#define BF_EXT_HOST_CLOCK "bankfeed.host.clock/1"

typedef struct bf_host_clock
{
    uint32_t struct_size;
    uint32_t reserved;

    /* Nanoseconds since 1970-01-01T00:00:00Z. [any] May jump when the machine's clock is set. */
    int64_t (*utc_ns)(const bf_host *host);

    /* Nanoseconds since some fixed moment. [any] Never goes back. */
    int64_t (*mono_ns)(const bf_host *host);
} bf_host_clock;

#ifdef __cplusplus
}
#endif

#endif
