// The books as JSON, for tests and for other programs. Described in README.md.
#pragma once

#include "pages/Page.h"

namespace ledgerd::api
{

HttpResponse accounts(const PageRequest& request);     // GET /api/accounts
HttpResponse journal(const PageRequest& request);      // GET /api/journal?account=&before=&limit=
HttpResponse trialBalance(const PageRequest& request); // GET /api/trial-balance
HttpResponse me(const PageRequest& request);           // GET /api/me
HttpResponse plugins(const PageRequest& request);      // GET /api/plugins
HttpResponse addEntry(const PageRequest& request);     // POST /api/entries
HttpResponse addAccount(const PageRequest& request);   // POST /api/accounts
HttpResponse setPeriod(const PageRequest& request);
// remove, reconcile, unreconcile
HttpResponse correctTransaction(const PageRequest& request, std::string_view action);
// merge, open, close
HttpResponse changeAccount(
    const PageRequest& request, std::int64_t account, std::string_view action);
HttpResponse syncNow(
    const PageRequest& request, std::int64_t account); // POST /api/accounts/<id>/sync

// {"error": "..."}; also for requests that never reach a function above.
HttpResponse problem(unsigned status, const std::string& text);

// GET /api/health, for monitoring: needs no login and tells only states.
HttpResponse health(Books& books, const Plugins& plugins);

} // namespace ledgerd::api
