// What stands in the way of a decision. Every conflict of the review is found here.
#pragma once

#include "accounts/Decision.h"
#include "accounts/Feeders.h"
#include "accounts/Identity.h"
#include "base/Ledger.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/LedgerAccountRepository.h"
#include "store/Unit.h"

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace bankfeed::accounts
{

/// The longest name of a ledger account that we ask a host for, in bytes.
inline constexpr std::size_t ledgerNameBytesMax = 200;

/// What stands in the way whatever ledger account is chosen: not_shared, balances_only, or
/// already_linked when the same account at the bank feeds the books through another connection, and
/// looks_already_linked when one that looks the same does: a person may know better.
[[nodiscard]] std::vector<Conflict> standingConflicts(store::LedgerAccountRepository& ledger,
    const store::BankAccount& account, const store::Connection& connection,
    const std::optional<Relation>& relation, const Feeders& feeders);

/// What was decided about the account, as one text that changes with every decision. Whoever
/// decides from a row names its version, and undoes nothing that was decided since.
[[nodiscard]] std::string versionOf(const store::BankAccount& account);

/// Conflicts that the unique indexes report when somebody else was faster.
[[nodiscard]] Conflict alreadyLinked(const std::string& bankAccountId, const Feeder* feeder);
[[nodiscard]] Conflict ledgerAccountTaken(
    const std::string& bankAccountId, const std::string& ledgerAccountName, const Feeder* feeder);

/// The last day on which a feed may begin: the one after the last that any bank has reached, or
/// after the last entry of the ledger account.
[[nodiscard]] Date latestStart(const std::optional<Date>& booksLastEntryOn, UtcTime now);

/// Checks the decisions of one review together, in the unit that will apply them.
class LinkingChecks
{
public:
    LinkingChecks(store::Unit& unit, const std::string& tenant, const store::Connection& connection,
        const Identity& identity, const Feeders& feeders)
        : unit_(unit),
          tenant_(tenant),
          ledger_(unit, tenant),
          connection_(connection),
          identity_(identity),
          feeders_(feeders)
    {
    }

    /// Adds what stands in the way of `decision` about `account`. Fills in the start date that an
    /// existing ledger account implies.
    void check(Decision& decision, const store::BankAccount& account);

    /// A feed cannot begin on a day that no bank has reached yet, but for the next one.
    void checkStartDay(const Decision& decision, UtcTime now);

    [[nodiscard]] const std::vector<Conflict>& conflicts() const { return conflicts_; }

private:
    void checkPredecessors(const Decision& decision, const store::BankAccount& account);
    void checkNew(const Decision& decision, const store::BankAccount& account);
    void checkExisting(Decision& decision, const store::BankAccount& account);
    void checkElsewhere(const Decision& decision, const store::BankAccount& account);
    void checkFit(const Decision& decision, const store::BankAccount& account,
        const LedgerAccount& ledgerAccount);
    void checkStart(
        Decision& decision, const store::BankAccount& account, const LedgerAccount& ledgerAccount);
    void add(Conflict conflict) { conflicts_.push_back(std::move(conflict)); }

    store::Unit& unit_;
    const std::string& tenant_;
    store::LedgerAccountRepository ledger_;
    const store::Connection& connection_;
    const Identity& identity_;
    const Feeders& feeders_;
    std::set<std::string> chosen_; ///< Ledger accounts.
    std::set<std::string> named_;  ///< New names, ASCII letters in lower case.
    std::vector<Conflict> conflicts_;
};

} // namespace bankfeed::accounts
