// The pages of ledgerd. Each function answers one address; web/Application.cpp has the table.
#pragma once

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

} // namespace ledgerd::pages
