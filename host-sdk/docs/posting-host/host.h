/* What the parts of this host give one another. */
#ifndef POSTING_HOST_HOST_H
#define POSTING_HOST_HOST_H

#include <bankfeed/bankfeed.h>

extern const bf_host_ledger_accounts ledger_accounts;
extern const bf_host_ledger_post ledger_post;

/* Tells the plugin what people did since it was told last: once a round, before pump. */
bf_status tell(bf_plugin* plugin, bf_error* err);

#endif
