// Imports taken back: what one run booked leaves the books again, and stays out until a person
// books it again.
#pragma once

#include "base/Result.h"
#include "store/AuditRepository.h"
#include "store/ImportRepository.h"
#include "store/Unit.h"
#include "sync/SyncParts.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::sync
{

/// Why an undo leaves a row of an import alone. The console has words for each.
namespace protectedReason
{
inline constexpr std::string_view takenBack =
    "taken_back"; ///< The bank took it back since, and the books with it.
inline constexpr std::string_view takenOver =
    "taken_over"; ///< The account was connected anew: another row has its entry now.
inline constexpr std::string_view notBooked =
    "not_booked"; ///< It waits for something else (pending again, not bookable any more).
inline constexpr std::string_view removed = "removed";       ///< A person removed the entry.
inline constexpr std::string_view reconciled = "reconciled"; ///< A person reconciled the entry.
inline constexpr std::string_view periodClosed =
    "period_closed"; ///< Its day is in a closed period.
inline constexpr std::string_view accountClosed =
    "account_closed"; ///< Its ledger account is closed.
} // namespace protectedReason

/// "" when an undo takes the row out of the books. `closedAccounts` as BookFacts::closedAccounts
/// has it of the ledger account that the row was told to.
[[nodiscard]] std::string_view protectedBy(const store::BankTransaction& row,
    const store::ClosedPeriods& closed, const std::set<std::string>& closedAccounts);
/// The ledger accounts that these rows were told to.
[[nodiscard]] std::set<std::string> ledgerAccountsOf(
    const std::vector<store::BankTransaction>& rows);

/// Asks for an undo, or for its reverse. Asking again for what is under way, or done, changes
/// nothing. Gives the import as it is then. Errors: NotFound "import.unknown"; Conflict
/// "import.busy" while the other one is under way. In the caller's unit.
[[nodiscard]] Result<store::Import> askUndo(store::Unit& unit, const std::string& tenant,
    const store::Actor& actor, const std::string& importId, Random& random, UtcTime now);
[[nodiscard]] Result<store::Import> askRedo(store::Unit& unit, const std::string& tenant,
    const store::Actor& actor, const std::string& importId, Random& random, UtcTime now);

/// Carries out what was asked, in units of limits::rowsPerUnit rows. Undone rows leave the books by
/// voids, held as heldReason::undone; one that the books refuse to let go, though nobody had told,
/// stays booked, and is undone when they do (BankTransaction::undoAsked). Redone ones come back by
/// amends, as the bank shows them now. The opening balance stays as it is: it counts undone rows as
/// told. Any thread.
class Imports
{
public:
    explicit Imports(const SyncParts& parts) : parts_(parts) {}

    /// One unit for the import that the lease names.
    [[nodiscard]] Step step(const store::JobLease& lease);

private:
    struct Outcome
    {
        bool more = false;
        bool told = false;
    };
    [[nodiscard]] Result<Outcome> portion(store::Unit& unit, const store::JobLease& lease);
    void finish(store::Unit& unit, const std::string& tenant, store::Import& import, bool undoing);

    SyncParts parts_;
};

} // namespace bankfeed::sync
