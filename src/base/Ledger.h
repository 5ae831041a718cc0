// Port: the host's books. Called only from inside a call that the host made (pump, tick).
#pragma once

#include "base/Date.h"
#include "base/Result.h"
#include "base/Sha256.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bankfeed
{

enum class LedgerAccountType : std::uint8_t
{
    Asset = 1,
    Liability = 2,
    Equity = 3,
    Income = 4,
    Expense = 5,
};

struct LedgerAccount
{
    std::string id;
    std::string name;
    LedgerAccountType type = LedgerAccountType::Asset;
    bool open = true;
    bool feedable = true;
    std::string currency;
    int exponent = 2;
    std::int64_t balanceUnits = 0; ///< Debit positive.
    std::optional<Date> lastEntryOn;
};

struct LedgerAccountRequest
{
    std::string idempotencyKey;
    std::string name;
    LedgerAccountType type = LedgerAccountType::Asset;
    std::string currency;
    int exponent = 2;
};

/// Numbers as in the ABI (BF_CHANGE_...), because they are part of the digests.
enum class ChangeKind : std::uint8_t
{
    Post = 1,
    Amend = 2,
    Void = 3,
    Noop = 4,
};

/// One element of a feed. It states the bank's leg; the host owns the other.
struct LedgerChange
{
    std::uint64_t seq = 0;
    ChangeKind kind = ChangeKind::Post;
    std::string rootKey; ///< The bank transaction's name for ever, across re-links.
    std::uint32_t revision = 0;
    std::string ledgerAccountId;
    std::string counterAccount; ///< "role:suspense" or "role:opening-balances"
    std::int64_t units = 0;     ///< Debit positive.
    int exponent = 2;
    std::string currency;
    std::string bookedOn;     ///< "YYYY-MM-DD", or "" for a no-op
    std::string authorizedOn; ///< May be "".
    std::string description;
    std::string originalDescription;
    std::string merchant;
    std::string category;
    Digest contentDigest{};
    Digest chainDigest{};
    /// What the books were told before, so that a change that they refuse can be taken back
    /// (store/LedgerContent.h); "" for nothing. Does not cross.
    std::string before;
};

struct LedgerBatch
{
    std::string tenant;
    std::string feedId;
    std::uint64_t epoch = 0;
    bool epochStart = false;
    Digest previousDigest{};
    std::vector<LedgerChange> changes;
};

struct Watermark
{
    std::uint64_t epoch = 0;
    std::uint64_t lastSeq = 0;
    Digest chainDigest{};
};

enum class RefusalReason : std::uint8_t
{
    None = 0,
    Gap = 1,
    Epoch = 2,
    UnknownAccount = 3,
    AccountClosed = 4,
    Currency = 5,
    NoEntry = 6,
    PeriodClosed = 7,
    Reconciled = 8,
    Invalid = 9,
    Removed = 10,
};

/// What became of a batch: all of it, or nothing.
struct PostOutcome
{
    enum class Kind : std::uint8_t
    {
        Applied,  ///< Every change is in the books, now or before.
        Rejected, ///< Nothing applied; `index` and `reason` say what stands in the way.
        Conflict, ///< Nothing applied: the books hold the change at `index` with other content.
    };
    Kind kind = Kind::Applied;
    std::size_t index = 0;
    RefusalReason reason = RefusalReason::None;
    std::uint64_t appliedNow = 0;
    std::optional<Watermark> after;
};

struct Head
{
    std::uint32_t revision = 0; ///< 0: the books do not know the root key.
    Digest contentDigest{};
};

/// A bank transaction in the books, as its latest change left it.
struct BookedEntry
{
    std::string rootKey;
    Head head;
    ChangeKind kind = ChangeKind::Post; ///< Of the latest change; never a no-op.
    bool removed = false;               ///< A person took it out.
    bool reconciled = false;
    std::string ledgerAccountId; ///< That has the bank's leg now.
    std::int64_t units = 0;      ///< As stated last, also of a removed one; 0 after a void.
    int exponent = 2;
    std::string currency;
    std::string bookedOn;
    std::string description; ///< May be "", as the next.
    std::string originalDescription;
};

class Ledger
{
public:
    virtual ~Ledger() = default;

    [[nodiscard]] virtual Result<void> visitTenants(
        const std::function<Result<void>(const std::string& tenant)>& visit) = 0;

    [[nodiscard]] virtual Result<std::vector<LedgerAccount>> accounts(
        const std::string& tenant) = 0;

    /// Makes an account once per idempotency key, and gives its id. Conflict: the name is taken.
    [[nodiscard]] virtual Result<std::string> createAccount(
        const std::string& tenant, const LedgerAccountRequest& request) = 0;

    /// Nothing when the host has never seen the feed. An error means "unknown".
    [[nodiscard]] virtual Result<std::optional<Watermark>> watermark(
        const std::string& tenant, const std::string& feedId) = 0;

    /// Sends a batch. An error means that the outcome is unknown: read the watermark.
    [[nodiscard]] virtual Result<PostOutcome> post(const LedgerBatch& batch) = 0;

    [[nodiscard]] virtual Result<std::vector<Head>> heads(
        const std::string& tenant, const std::vector<std::string>& rootKeys) = 0;

    /// A part of what a feed brought into the books, by root key.
    struct Entries
    {
        std::vector<BookedEntry> entries;
        std::string last; ///< The root key to go on behind.
        bool more = false;
    };
    /// Behind `after` ("": from the first), at most limits::entriesPerVisit. Nothing when these
    /// books do not list what they hold.
    [[nodiscard]] virtual Result<std::optional<Entries>> entries(
        const std::string& tenant, const std::string& feedId, const std::string& after)
    {
        (void)tenant;
        (void)feedId;
        (void)after;
        return std::optional<Entries>{};
    }
};

} // namespace bankfeed
