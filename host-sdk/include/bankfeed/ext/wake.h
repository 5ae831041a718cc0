/* bankfeed.host.wake/1: how the plugin asks for the host's attention. Required.
 *
 * A wake is a hint, not an order. Independent of it the host calls delivery.pump and account-sync.tick once after
 * start(), again while `remaining` is not 0, and at least every 5 seconds. */
#ifndef BANKFEED_EXT_WAKE_H
#define BANKFEED_EXT_WAKE_H

#include "bankfeed/host.h"

#ifdef __cplusplus
extern "C"
{
#endif

#define BF_EXT_HOST_WAKE "bankfeed.host.wake/1"

#define BF_WAKE_PUMP 1u /* delivery.pump has work     */
#define BF_WAKE_TICK 2u /* account-sync.tick has work */

typedef struct bf_host_wake
{
    uint32_t struct_size;
    uint32_t reserved;

    /* Notes the reasons and returns at once. [any] Several wakes may end in one call of the host. */
    void (*wake)(const bf_host *host, uint32_t reasons);
} bf_host_wake;

#ifdef __cplusplus
}
#endif

#endif
