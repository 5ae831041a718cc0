// Behaviours that can be chosen while the simulator runs, most of them because Plaid's documents
// leave them open.
#pragma once

#include "ExactJson.h"
#include "RateLimits.h"
#include "VirtualClock.h"

namespace plaidsim
{

struct Settings
{
    std::int64_t pageSizeCap = 500;          // updates on one sync page, whatever `count` asks for
    std::int64_t initialDelayMs = 200;       // from Item creation to the last 30 days being there
    std::int64_t historyDelayMs = 400;       // from then to the full history
    std::int64_t selectionDelayMs = 0;       // from a tick in update mode to the last 30 days
    std::int64_t balanceAheadMs = 0;         // balances know new rows so long before sync does
    LimitTable rateLimits = LimitTable::off; // whose limits of calls hold
    std::int64_t credits = -1; // billed calls that are left to the client; negative: no end
    bool europeRefusesSelection = false;  // account selection of GB and EU Items: INVALID_FIELD
    std::int64_t loginExpiryDays = 0;     // Items go to ITEM_LOGIN_REQUIRED by themselves; 0: never
    bool updateModePublicToken = false;   // an update-mode session hands out a public token
    bool updateLinkWebhookToItem = false; // LINK webhooks of update mode go to the Item's address
    bool singleItemPerLogin = false;      // a second Item of a login breaks the first
    bool removedTokenIsUnknown = false;   // INVALID_ACCESS_TOKEN instead of ITEM_NOT_FOUND
    bool deselectRemovesRows = false;     // rows of a de-selected account come as `removed`
    bool ghostRemovals = false;           // a row that came and went inside a window is `removed`
    bool legacyWebhooks = true;           // INITIAL_, HISTORICAL_, DEFAULT_UPDATE and the like
    bool extraFields = false;             // answers carry fields that no schema knows
    bool acceptUnknownFields = false;     // requests may carry fields that no schema knows
    bool linkTokenSingleUse = false;      // a link token works for one finished session only

    Json toJson() const;

    // Takes the settings named in `changes`. Throws std::invalid_argument, and changes nothing, on
    // an unknown name or a value of the wrong kind or range.
    void apply(const Json& changes);
};

} // namespace plaidsim
