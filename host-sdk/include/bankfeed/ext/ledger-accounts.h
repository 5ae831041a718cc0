/* bankfeed.host.ledger-accounts/1: the accounts of the host's books. Required. */
#ifndef BANKFEED_EXT_LEDGER_ACCOUNTS_H
#define BANKFEED_EXT_LEDGER_ACCOUNTS_H

#include "bankfeed/host.h"

#ifdef __cplusplus
extern "C"
{
#endif

#define BF_EXT_HOST_LEDGER_ACCOUNTS "bankfeed.host.ledger-accounts/1"

#define BF_LEDGER_ASSET 1u
#define BF_LEDGER_LIABILITY 2u
#define BF_LEDGER_EQUITY 3u
#define BF_LEDGER_INCOME 4u
#define BF_LEDGER_EXPENSE 5u

#define BF_LEDGER_OPEN 1u     /* entries can be posted                                              */
#define BF_LEDGER_FEEDABLE 2u /* a bank feed may post here (the host excludes its own control accounts) */

typedef struct bf_ledger_account
{
    uint32_t struct_size;
    uint32_t type;          /* BF_LEDGER_ASSET ...                                                  */
    const char *account_id; /* the host's id, stable for ever; never another account's, see below   */
    const char *name;       /* full name as people know it, "Assets:Bank:Checking"                  */
    uint32_t flags;         /* BF_LEDGER_OPEN, BF_LEDGER_FEEDABLE                                   */
    uint32_t exponent;      /* of the account: how many decimals its entries have, 0..18            */
    bf_money balance;       /* debit positive: what an asset is worth; a debt is negative. Its exponent
                             * counts for it as for any amount; {123400, 4} and {1234, 2} are the same, but it
                             * must be a whole number of units of the account's exponent. Its currency is the
                             * account's, also at a balance of 0: 1 to 11 bytes of [A-Za-z0-9._-]. */
    bf_date last_entry_on;  /* date of the latest entry; none when the account has no entry         */
    uint32_t reserved;
} bf_ledger_account;

/* An id is never given to another account, not even by books that were restored from a backup: the plugin may know the
 * account of the newer books, and would deliver a bank's transactions into the stranger. A counter alone does not keep
 * this; a random part or the time of making does. */

/* Called once per account. `account` is valid during the call. A status other than BF_OK ends the visit.
 * An account of which a member breaks these rules, or whose id came before, is left out with a line in the log
 * (BF_LOG_HOST_MISBEHAVING) that names account and member; the others are taken. */
typedef bf_status (*bf_ledger_account_visitor)(void *ctx, const bf_ledger_account *account);

typedef struct bf_ledger_account_request
{
    uint32_t struct_size;
    uint32_t type;
    const char *idempotency_key; /* the same key gives the same account, made once                    */
    const char *name;            /* what the person typed; the host may put it below a parent of its own */
    uint32_t exponent;
    uint32_t reserved;
    char currency[12];
    uint32_t reserved2;
} bf_ledger_account_request;

typedef struct bf_host_ledger_accounts
{
    uint32_t struct_size;
    uint32_t reserved;

    /* Visits every tenant of the books, so that the plugin can mirror accounts of each. [host]
     * The plugin takes 100000 tenants, and 100000 accounts of each; more of either is BF_E_EXHAUSTED from the
     * visitor, and of tenants from pump and tick too. */
    bf_status (*visit_tenants)(const bf_host *host,
                               bf_status (*visit)(void *ctx, const char *tenant_id), void *ctx);

    /* Visits the accounts of one tenant, all of them, in one consistent view. [host]
     * BF_OK; BF_E_NOT_FOUND no such tenant; or the visitor's status. */
    bf_status (*list)(const bf_host *host, const char *tenant_id, bf_ledger_account_visitor visit, void *ctx);

    /* Makes an account, durably. [host] Writes its id through `account_id`: 1 to BF_ID_MAX bytes of UTF-8 without
     * control bytes and without the final NUL. With anything else the account counts as not made, for good.
     * BF_OK; BF_ALREADY the key was used before, the id is that account's; BF_E_CONFLICT the name is taken by an
     * account that another key, or a person, made; BF_E_INVALID. */
    bf_status (*create)(const bf_host *host, const char *tenant_id,
                        const bf_ledger_account_request *request, const bf_sink *account_id,
                        bf_error *err);
} bf_host_ledger_accounts;

#ifdef __cplusplus
}
#endif

#endif
