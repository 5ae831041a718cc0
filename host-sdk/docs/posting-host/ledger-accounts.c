/* bankfeed.host.ledger-accounts/1: the accounts of the books. */
#include "host.h"

#include "books.h"

#include <string.h>

static bf_status visit_tenants(
    const bf_host* host, bf_status (*visit)(void* ctx, const char* tenant_id), void* ctx)
{
    (void)host;
    return visit(ctx, TENANT);
}

static bf_status list_accounts(
    const bf_host* host, const char* tenant_id, bf_ledger_account_visitor visit, void* ctx)
{
    (void)host;
    if (strcmp(tenant_id, TENANT) != 0) return BF_E_NOT_FOUND;
    for (uint32_t i = 0; i < books.account_count; ++i)
    {
        const char* id = books.accounts[i].id;
        const int own = strcmp(id, "suspense") == 0 || strcmp(id, "equity") == 0;
        if (books.accounts[i].merged_into[0] != '\0') continue;
        bf_ledger_account account = {.struct_size = sizeof account,
            .type = own ? BF_LEDGER_EQUITY : BF_LEDGER_ASSET,
            .account_id = id,
            .name = books.accounts[i].name,
            .flags = own ? BF_LEDGER_OPEN : BF_LEDGER_OPEN | BF_LEDGER_FEEDABLE,
            .exponent = 2,
            .balance = {balance_of(id), 2, "USD"}};
        for (uint32_t k = 0; k < books.leg_count; ++k)
            if (strcmp(books.legs[k].account, id) == 0 &&
                strcmp(books.legs[k].day.text, account.last_entry_on.text) > 0)
                account.last_entry_on = books.legs[k].day;
        const bf_status status = visit(ctx, &account);
        if (status != BF_OK) return status;
    }
    return BF_OK;
}

/* The same key gives the same account; here the key is its id, and never another account's. */
static bf_status create_account(const bf_host* host, const char* tenant_id,
    const bf_ledger_account_request* request, const bf_sink* account_id, bf_error* err)
{
    (void)host;
    (void)err;
    const char* key = request->idempotency_key;
    const int there = account_of(&books, key) != NULL;
    if (strcmp(tenant_id, TENANT) != 0) return BF_E_NOT_FOUND;
    if (!there && books.account_count == ACCOUNTS_MAX) return BF_E_EXHAUSTED;
    if (!there)
    {
        begin();
        keep(&next.accounts[next.account_count].name, request->name);
        keep(&next.accounts[next.account_count++].id, key);
        commit();
    }
    const bf_status status = account_id->write(account_id->ctx, key, strlen(key));
    return status == BF_OK && there ? BF_ALREADY : status;
}

const bf_host_ledger_accounts ledger_accounts = {
    sizeof ledger_accounts, 0, visit_tenants, list_accounts, create_account};
