// What banks changed of transactions that were in the books already: before and after.
#pragma once

#include "base/Time.h"
#include "store/TransactionRepository.h"
#include "store/Unit.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

/// The names are stored and shown; do not rename.
namespace bankChange
{
inline constexpr std::string_view amended = "amended";      ///< It says something else of it now.
inline constexpr std::string_view takenBack = "taken_back"; ///< It does not show it any more.
inline constexpr std::string_view returned = "returned";    ///< It shows it again.
inline constexpr std::string_view told = "told"; ///< Outcome: the books were told. Else the reason.
} // namespace bankChange

struct BankChange
{
    /// What a person knows a transaction by.
    struct Word
    {
        std::string bookedOn;
        std::string amountExact; ///< As the bank stated it, debit positive.
        std::string currency;
        int exponent = 0;
        std::string name;
        std::string merchant;
        std::string category;
        bool pending = false;

        friend bool operator==(const Word&, const Word&) = default;
    };
    std::string connectionId;
    std::string transactionId; ///< The provider's.
    std::string bankAccountId;
    UtcTime at;
    std::string kind;
    /// bankChange::told, or why the books were not (keptReason, refusedReason, heldReason); "" when
    /// they had nothing to hear of it.
    std::string outcome;
    Word before;
    Word after; ///< Of what was taken back the same as before.

    /// The change from a row that was in the books to what was made of it; nothing when the bank
    /// says the same, as far as a person sees it.
    [[nodiscard]] static std::optional<BankChange> between(
        const BankTransaction& before, const BankTransaction& after);
};

/// Kept for 400 days; at most one for each booked row and change of the bank.
class BankChangeRepository
{
public:
    BankChangeRepository(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant))
    {
    }

    /// At most limits::rowsPerUnit, each row once; in the unit that changes the rows.
    void add(const std::vector<BankChange>& changes);

    /// Where a page begins: behind this change. Nothing: at the newest.
    struct Key
    {
        UtcTime at;
        std::string transactionId;
    };
    /// Newest first: of one bank account, else of one connection, else of all ("" for each). At
    /// most `count` (1..100).
    [[nodiscard]] std::vector<BankChange> page(const std::string& connectionId,
        const std::string& bankAccountId, const std::optional<Key>& before, std::size_t count);

    /// Deletes up to 500 that are older than `before`. Crosses tenants.
    static void prune(Unit& unit, UtcTime before);

private:
    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
