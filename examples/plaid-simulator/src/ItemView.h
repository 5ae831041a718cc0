// An Item: one client's consent over some accounts of one login, and what it has been shown.
#pragma once

#include "BankTruth.h"
#include "PlaidError.h"
#include "SyncPages.h"
#include "UpdateLog.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace plaidsim
{

// How much of an account's history the Item has fetched.
enum class Loaded
{
    nothing,
    recent, // the last 30 days
    everything
};

// One bank account inside an Item.
struct SharedAccount
{
    std::string accountId;
    Loaded loaded = Loaded::nothing;
    std::size_t journalSeen = 0; // lines of the bank account's journal already in the log
    std::map<std::string, ViewRowPtr> rows; // by bank row id; what the client will know at the head
    std::map<std::string, std::string>
        pendingIds; // transaction ids of pending rows, by bank row id
};

struct LastWebhook
{
    Nanos at = 0;
    std::string code;
};

struct Item
{
    std::string id;
    std::string accessToken;
    std::string institutionId;
    std::string loginId;
    std::string clientUserId;
    std::optional<std::string> webhook;
    std::vector<std::string> products;
    int daysRequested = 90;
    Nanos createdAt = 0;
    std::optional<Nanos> consentExpires;
    std::optional<PlaidError> error;
    bool exchanged = false; // the access token has been handed out
    bool removed = false;
    bool transactionsOn = false; // history is or will be fetched
    bool syncArmed = false;      // /transactions/sync was called, its webhook may be sent
    bool initialDone = false;
    bool historyDone = false;
    std::optional<Nanos> lastUpdate; // of transactions, from the bank
    std::optional<Nanos> lastFailure;
    std::optional<LastWebhook> lastWebhook;
    std::map<std::string, SharedAccount> shared; // by bank account id
    std::vector<std::string> sharedOrder;        // bank account ids, in the order of sharing
    std::set<std::string> retiredAccountIds;
    UpdateLog log;
    SyncPages pages;

    // The earliest date that is delivered.
    Day horizon() const;

    // The earliest date of the part that is fetched first.
    Day recentFrom(Nanos now) const;

    // The shared account with this account_id, and its bank account's id; null when there is none.
    const SharedAccount* byAccountId(
        const std::string& accountId, std::string* bankAccountId = nullptr) const;

    bool has(const std::string& product) const;
};

} // namespace plaidsim
