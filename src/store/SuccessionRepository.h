// Rows in the books of accounts whose place another account has taken: they write one feed.
#pragma once

#include "store/BankAccountRepository.h"
#include "store/TransactionRepository.h"
#include "store/Unit.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bankfeed::store
{

/// Lives as long as its unit, on its thread. Days are "YYYY-MM-DD".
class SuccessionRepository
{
public:
    SuccessionRepository(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant))
    {
    }

    /// Whether an account went on with this feed: more than one has written it.
    [[nodiscard]] bool goesOn(const std::string& feedId);

    struct Span
    {
        std::string first; ///< Days.
        std::string last;
    };
    /// The first and the last day of which a feed ever told a ledger account anything: rows, also
    /// those that it took back, and opening balances. Nothing when it told nothing.
    [[nodiscard]] std::optional<Span> toldSpan(
        const std::string& feedId, const std::string& ledgerAccountId);

    /// The last day of a booked row of one account in a ledger account; "" when there is none.
    [[nodiscard]] std::string lastBookedOn(
        const std::string& bankAccountId, const std::string& ledgerAccountId);

    /// Booked rows that accounts of a feed, other than `exceptAccountId` ("" for none), have in a
    /// ledger account, from `from` to `to` (days), whose amount is one of these, in units; at most
    /// bookedLikeMax, in the order of their dates.
    [[nodiscard]] std::vector<BankTransaction> bookedLike(const std::string& feedId,
        const std::string& exceptAccountId, const std::string& ledgerAccountId,
        const std::string& from, const std::string& to, const std::vector<std::int64_t>& units);
    static constexpr std::int64_t bookedLikeMax = 5000;

    /// The days of such rows from `from` to `to`, in order; at most 10,000.
    [[nodiscard]] std::vector<std::string> bookedDays(const std::string& feedId,
        const std::string& exceptAccountId, const std::string& ledgerAccountId,
        const std::string& from, const std::string& to);

    /// The first day of a posted row that the account shows; "" when it shows none.
    [[nodiscard]] std::string firstShownOn(const std::string& bankAccountId);

    /// Entries whose place a row of the account may take: of bookedLike, whatever their amount, and
    /// of its own rows that the bank shows no more. Those of these days; at most `count`, those of
    /// `units` first, in the order of their dates.
    [[nodiscard]] std::vector<BankTransaction> takeable(const std::string& feedId,
        const std::string& accountId, const std::string& ledgerAccountId, const Span& days,
        std::int64_t units, std::size_t count);
    /// The one of them, of any day, that has this root key.
    [[nodiscard]] std::optional<BankTransaction> takeable(const std::string& feedId,
        const std::string& accountId, const std::string& ledgerAccountId,
        const std::string& rootKey);

    /// Rows held as heldReason::overlap that are not of these days, in the order of their dates.
    [[nodiscard]] std::vector<BankTransaction> overlapsBeside(
        const std::string& bankAccountId, const std::vector<std::string>& days, std::size_t count);
    /// The days of the oldest and the youngest of them, whatever their days are.
    [[nodiscard]] std::optional<Span> overlapSpan(const std::string& bankAccountId);

    /// Booked rows of the accounts before `account` in its feed, in a ledger account, that none of
    /// its own has taken over although it shows the time behind their day; less those of its rows
    /// of which a person said, through `linkId`, that the books have them, or is still to say it.
    struct NotShown
    {
        std::int64_t count = 0;
        Span days;
    };
    [[nodiscard]] std::optional<NotShown> notShown(const BankAccount& account,
        const std::string& linkId, const std::string& startDate,
        const std::string& ledgerAccountId);

    /// How many rows are held as heldReason::overlap.
    [[nodiscard]] std::int64_t overlapCount(const std::string& bankAccountId);

    /// The entry in the books changes hands: `row`, stored or not, gets the root key of `old`,
    /// which is stored and gets the key that follows from the ids of `row`. The caller saves both.
    void exchangeRootKeys(BankTransaction& old, BankTransaction& row, bool rowIsStored);

private:
    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
