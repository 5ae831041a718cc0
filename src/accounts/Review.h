// The review: old accounts beside new ones, what each may feed, and why.
#pragma once

#include "accounts/Decision.h"
#include "accounts/FeedBefore.h"
#include "accounts/Feeders.h"
#include "accounts/Identity.h"
#include "accounts/LinkingChecks.h"
#include "base/Ledger.h"
#include "base/Result.h"
#include "store/AccountLinkRepository.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/Unit.h"

#include <optional>
#include <string>
#include <vector>

namespace bankfeed::accounts
{

/// What the plugin would do. A person decides.
struct Proposal
{
    Choice choice = Choice::New;
    std::string ledgerAccountId;       ///< For Existing.
    std::string name;                  ///< For New: a name that is free.
    std::vector<std::string> evidence; ///< Strongest first.
};

/// Who came after a row that is not shared any more.
struct Successor
{
    store::BankAccount account;
    bool feeds = false; ///< It feeds the ledger account that the row fed last.
    UtcTime since;      ///< When it began to, or was first seen.
};

struct ReviewRow
{
    store::BankAccount account;
    bool isNew = false;               ///< Waits for a decision.
    std::optional<Proposal> proposal; ///< Nothing for accounts that are linked, or cannot feed.
    std::optional<Relation> relation;
    std::optional<Successor> successor;
    std::optional<Date> startDateDefault; ///< Of the proposal.
    std::optional<FeedBefore> before;     ///< The feed that the proposal goes on with.
    std::string nameDefault;              ///< A name that is free for a new one; "" for none.
    std::vector<Conflict> conflicts;      ///< Known in advance: whatever is chosen, they stand.
};

struct ReviewLedgerAccount
{
    LedgerAccount account;
    const Feeder* fedBy = nullptr; ///< Only one that stands in the way; into Review::feeders.
};

struct Review
{
    store::Connection connection;
    std::vector<ReviewRow> rows; ///< In the order they were first seen.
    std::vector<ReviewLedgerAccount>
        ledgerAccounts; ///< By name; open ones, and those that are fed.
    Feeders feeders;
    Identity identity; ///< To find the other row of a relation, also of another connection.

    /// Reads in the caller's unit. Error NotFound "connection.unknown".
    [[nodiscard]] static Result<Review> build(
        store::Unit& unit, const std::string& tenant, const std::string& connectionId);

    Review() = default;
    Review(Review&&) = default;
    Review& operator=(Review&&) = default;
    Review(const Review&) = delete;
    Review& operator=(const Review&) = delete;
};

} // namespace bankfeed::accounts
