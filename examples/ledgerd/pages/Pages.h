// The pages of ledgerd. Each function answers one address; web/Application.cpp has the table.
#pragma once

#include "books/Journal.h"
#include "pages/Page.h"

namespace ledgerd::pages
{

// Nobody is logged in yet.
HttpResponse login(const std::string& next, const std::string& fault);
HttpResponse stylesheet();
HttpResponse icon();

// GET
HttpResponse accounts(const PageRequest& request);
HttpResponse accountRegister(const PageRequest& request, std::int64_t account);
HttpResponse journal(const PageRequest& request);
HttpResponse trialBalance(const PageRequest& request);
HttpResponse feeds(const PageRequest& request);
HttpResponse entryForm(const PageRequest& request, const std::string& fault = "");
HttpResponse accountForm(const PageRequest& request, const std::string& fault = "");
HttpResponse exportHledger(const PageRequest& request);

// POST, after role and token were checked
HttpResponse addEntry(const PageRequest& request);
HttpResponse addAccount(const PageRequest& request);
HttpResponse setAccountOpen(const PageRequest& request, std::int64_t account, bool open);
HttpResponse syncNow(const PageRequest& request, std::int64_t account);
HttpResponse correctTransaction(const PageRequest& request, std::string_view action);
HttpResponse setPeriod(const PageRequest& request);
HttpResponse mergeAccount(const PageRequest& request, std::int64_t from);

// What people may do to a bank transaction, to the period, to an account; for the pages that show
// them.
Html correctionButtons(const PageRequest& request, const Entry& entry);
Html periodForm(const PageRequest& request);
Html mergeForm(const PageRequest& request, const Account& account);

// The same for programs. Plugins are told at once. `action`: remove, reconcile, unreconcile.
Done correct(const PageRequest& request, std::string_view action, const std::string& rootKey);
Done closePeriod(const PageRequest& request, const std::string& through);
Done merge(const PageRequest& request, std::int64_t from, std::int64_t into);

} // namespace ledgerd::pages
