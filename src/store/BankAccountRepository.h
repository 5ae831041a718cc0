// Bank accounts: accounts at the bank as the provider shows them.
#pragma once

#include "base/Limits.h"
#include "base/Time.h"
#include "store/Unit.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

/// Whether the person still shares it. The names are stored and shown; do not rename.
namespace accountState
{
inline constexpr std::string_view shared = "shared";
inline constexpr std::string_view missing = "missing";      ///< Absent at the last look.
inline constexpr std::string_view notShared = "not_shared"; ///< Absent at two looks or more.
} // namespace accountState

/// What a person decided. The names are stored and shown; do not rename.
namespace decision
{
inline constexpr std::string_view open = "open";
inline constexpr std::string_view linked = "linked";
inline constexpr std::string_view aside = "aside"; ///< Feeds nothing, and nobody is asked again.
} // namespace decision

struct BankAccount
{
    std::string id; ///< "acc_..."
    std::string connectionId;
    std::string providerAccountId; ///< Changes when the provider loses track of the account.
    std::string persistentId;      ///< "" except at banks that have one.
    std::string feedId;            ///< For ever; see base/FeedIdentity.h.
    std::string name;
    std::string officialName;
    std::string mask;
    std::string type; ///< depository, credit, loan, investment, other
    std::string subtype;
    std::string currency; ///< "" when the provider names none that we know.
    std::int64_t exponent = 0;
    bool currencyOfficial = true;
    bool feedable = false;
    std::optional<std::string> balanceExact; ///< Debit positive: a debt is negative.
    std::optional<std::string> availableExact;
    std::optional<UtcTime> balanceAsOf;
    std::string state = std::string(accountState::shared);
    std::optional<UtcTime> missingSince;
    std::string origin; ///< connect, add_accounts, repair or refresh: what brought it.
    UtcTime firstSeenAt;
    std::string decision = std::string(decision::open);
    std::string decidedBy; ///< The person's name.
    std::optional<UtcTime> decidedAt;
};

class BankAccountRepository
{
public:
    BankAccountRepository(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant))
    {
    }

    /// False when the connection has an account with this provider id.
    bool insert(const BankAccount& account);

    /// Writes what the provider says: everything but ids, feed, origin, first sight and decision.
    void updateShown(const BankAccount& account);

    /// Writes what the provider says of the balance alone, as updateShown does.
    void setBalance(const std::string& id, const std::optional<std::string>& balanceExact,
        const std::optional<std::string>& availableExact, UtcTime asOf);

    /// Any but `open` answers the notice that asked for one.
    void setDecision(
        const std::string& id, std::string_view decision, const std::string& by, UtcTime at);

    [[nodiscard]] std::optional<BankAccount> find(const std::string& id);

    /// The account that writes a feed, or was the last to write it.
    [[nodiscard]] std::optional<BankAccount> findByFeed(const std::string& feedId);

    /// All accounts that write a feed or wrote it before they were connected anew, by id.
    [[nodiscard]] std::vector<BankAccount> ofFeed(const std::string& feedId);

    /// The account goes on with this feed.
    void setFeed(const std::string& id, const std::string& feedId);

    /// In the order they were first seen, then by name.
    [[nodiscard]] std::vector<BankAccount> ofConnection(const std::string& connectionId);

    /// Of several connections the first `most` (1..500) of each, as ofConnection gives them; at
    /// most 10,000 in all.
    [[nodiscard]] std::vector<BankAccount> ofConnections(
        const std::vector<std::string>& connectionIds, std::int64_t most);

    /// How many a connection has, and those of them that are shared, feedable and not decided.
    struct Tally
    {
        std::int64_t all = 0;
        std::int64_t toDecide = 0;
    };
    /// By connection; those without any are not among them. At most 500 ids.
    [[nodiscard]] std::map<std::string, Tally> tallies(
        const std::vector<std::string>& connectionIds);

    /// Accounts with something that HeldRows::page lists for `reason`, and whose name, mask or
    /// institution holds `search` ("": all), by institution, name and id, behind `after`, a place
    /// that HeldAccount names ("": from the first). At most `count` (1..500).
    struct HeldAccount
    {
        BankAccount account;
        std::string institution;
        std::string connectionState;
    };
    struct HeldPlace
    {
        std::string institution;
        std::string name;
        std::string id;
    };
    [[nodiscard]] std::vector<HeldAccount> withHeld(const std::string& reason,
        const std::string& search, const std::optional<HeldPlace>& after, std::int64_t count);

    /// All of the tenant, by connection. More than allMost fail the unit; see store/Pages.h.
    [[nodiscard]] std::vector<BankAccount> all();
    /// No connection is begun at half of it, but those that are there go on to show new accounts.
    static constexpr std::size_t allMost = std::size_t{2} * limits::bankAccountsPerTenant;

    [[nodiscard]] std::int64_t count();

    /// Shared, feedable, not decided.
    [[nodiscard]] std::int64_t countToDecide(const std::string& connectionId);

    /// Gives transactions that came before their account was known to that account, at most `count`
    /// (1..500). Returns how many it moved; fewer than `count` means that none are left.
    std::int64_t adoptOrphans(const BankAccount& account, std::int64_t count);

private:
    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
