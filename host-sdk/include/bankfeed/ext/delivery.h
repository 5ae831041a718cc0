/* bankfeed.plugin.delivery/1: the host draws finished ledger changes, at its own pace, on a thread of its own. */
#ifndef BANKFEED_EXT_DELIVERY_H
#define BANKFEED_EXT_DELIVERY_H

#include "bankfeed/plugin.h"

#ifdef __cplusplus
extern "C"
{
#endif

#define BF_EXT_PLUGIN_DELIVERY "bankfeed.plugin.delivery/1"

typedef struct bf_pump_result
{
    uint32_t struct_size;
    uint32_t remaining; /* 1: there is more; call again soon                            */
    uint64_t delivered; /* changes that the host applied during this call               */
    uint64_t feeds_held; /* feeds of which a change was refused for good, or is in conflict: see pump */
} bf_pump_result;

typedef struct bf_plugin_delivery
{
    uint32_t struct_size;
    uint32_t reserved;

    /* Delivers what is ready, by calling ledger-post from inside. [host] Touches no network.
     * batch_max: batches in this call, 1..1000. budget_ms: begin no further work after this time; a call that finds
     * work does one piece of it whatever the budget. The host calls it when woken, once after start(), while
     * remaining is 1, and at least every 5 seconds.
     * A change that the host rejects with PERIOD_CLOSED, ACCOUNT_CLOSED, RECONCILED or REMOVED waits alone, see
     * ledger-post.h. One that it rejects for another reason, or that is in conflict, and a batch that it calls
     * BF_E_CORRUPT or BF_E_INVALID hold the whole feed: nothing of it is sent, nothing
     * of it is skipped, and a notice in the console tells a person. The other feeds go on. A held feed is tried again
     * every 15 minutes, after a start, and when the configuration's revision has changed; when the host then takes the
     * change, the feed goes on and the notice clears itself. A feed whose outcome is unknown is tried again in the
     * next call, or after the retry_after_ms of the host's bf_error, at most 10 minutes.
     * BF_OK; BF_E_RETRY the store is busy; BF_E_STOPPING. */
    bf_status (*pump)(bf_plugin *plugin, uint32_t batch_max, uint32_t budget_ms, bf_pump_result *out,
                      bf_error *err);
} bf_plugin_delivery;

#ifdef __cplusplus
}
#endif

#endif
