// Rows of a bank account whose link is taken back: what it told of the ledger account that it went
// on to feed in the place of another.
#pragma once

#include "base/Time.h"
#include "store/AccountLinkRepository.h"
#include "store/ImportRepository.h"
#include "store/TransactionRepository.h"
#include "store/Unit.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bankfeed::store
{

/// Lives as long as its unit, on its thread.
class TakeBackRepository
{
public:
    TakeBackRepository(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant)) {}

    /// Rows that the link's bank account told to its ledger account, and those of its rows that are
    /// held because of what was told there (overlap, undone). Not those of an import that began
    /// before the link. In the order of their dates; at most `count` (1..limits::rowsPerUnit).
    [[nodiscard]] std::vector<BankTransaction> rows(const AccountLink& link, std::size_t count);

    /// The same rows, counted by where they stand.
    struct Count
    {
        ImportRepository::Count standing;
        bool tookOver = false; ///< The entry was another row's, which has its key.
        bool told = false;     ///< Not only held.
        bool live = false;     ///< The books have it, and no void of it.
    };
    [[nodiscard]] std::vector<Count> counts(const AccountLink& link, UtcTime now);

    /// Whether any row of the link's bank account has told the books anything under its feed.
    [[nodiscard]] bool anyTold(const AccountLink& link);

    /// A row of another account of the feed that a person had taken out of the books, and whose
    /// place `row`, of the link's account, took among those that stay out (sync/UndoneRows).
    [[nodiscard]] std::optional<BankTransaction> undoneBefore(
        const AccountLink& link, const BankTransaction& row);

    /// Gives a stored row another root key.
    void giveRootKey(BankTransaction& row, const std::string& rootKey);

    /// Whether an import of a connection is being undone or booked again.
    [[nodiscard]] bool importUnderWay(const std::string& connectionId);

private:
    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
