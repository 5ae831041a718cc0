/* bankfeed.plugin.account-sync/1: what the host's own account pages need to know and to ask of a feed. */
#ifndef BANKFEED_EXT_ACCOUNT_SYNC_H
#define BANKFEED_EXT_ACCOUNT_SYNC_H

#include "bankfeed/plugin.h"

#ifdef __cplusplus
extern "C"
{
#endif

#define BF_EXT_PLUGIN_ACCOUNT_SYNC "bankfeed.plugin.account-sync/1"

#define BF_FEED_NONE 0u        /* nothing feeds this ledger account                      */
#define BF_FEED_UP_TO_DATE 1u
#define BF_FEED_WORKING 2u     /* a sync or a delivery is under way                      */
#define BF_FEED_NEEDS_PERSON 3u /* the console says what to do                           */

typedef struct bf_feed_status
{
    uint32_t struct_size;
    uint32_t state;                /* BF_FEED_...                                           */
    char feed_id[64];
    char institution[128];         /* "First Platypus Bank"; cut at a character             */
    char bank_account[128];        /* "Checking ••0000"; cut at a character                 */
    bf_money bank_balance;         /* debit positive, as of the time below                  */
    int64_t balance_as_of_utc_ns;  /* 0: not known                                          */
} bf_feed_status;

typedef struct bf_tick_result
{
    uint32_t struct_size;
    uint32_t remaining; /* 1: call again soon */
} bf_tick_result;

typedef struct bf_plugin_account_sync
{
    uint32_t struct_size;
    uint32_t reserved;

    /* Mirrors the host's ledger accounts and makes the ones that people asked for. [host] Touches no network.
     * budget_ms: return soon after this time. Called like delivery.pump: when woken, after start(), every 5 s.
     * BF_OK; BF_E_RETRY the store is busy; BF_E_STOPPING. */
    bf_status (*tick)(bf_plugin *plugin, uint32_t budget_ms, bf_tick_result *out, bf_error *err);

    /* What feeds this ledger account. [request] From the plugin's own database.
     * BF_OK, with state BF_FEED_NONE when nothing does, or when its bank was disconnected and everything is
     * in the books. */
    bf_status (*feed_status)(bf_plugin *plugin, const char *tenant_id, const char *ledger_account_id,
                             bf_feed_status *out, bf_error *err);

    /* Asks for a sync of the bank behind this ledger account, soon. [request] Returns when the job is stored.
     * BF_OK; BF_ALREADY one is under way; BF_E_NOT_FOUND nothing feeds it; BF_E_REJECTED a person has paused
     * the bank behind it (its state is BF_FEED_NEEDS_PERSON meanwhile). */
    bf_status (*sync_now)(bf_plugin *plugin, const char *tenant_id, const char *ledger_account_id,
                          bf_error *err);
} bf_plugin_account_sync;

#ifdef __cplusplus
}
#endif

#endif
