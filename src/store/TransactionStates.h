// Where a bank transaction stands, and why: the words that the mirror stores.
#pragma once

#include <string_view>

namespace bankfeed::store
{

/// Where a bank transaction stands. The names are stored; do not rename.
namespace lane
{
inline constexpr std::string_view pending = "pending"; ///< Shown by the bank, not posted yet.
inline constexpr std::string_view held = "held";       ///< Kept aside; lane_reason says why.
inline constexpr std::string_view beforeStart =
    "before_start"; ///< Older than its link wants; lane_reason is the link that judged.
inline constexpr std::string_view leftOut =
    "left_out"; ///< A person said that the books have it otherwise, and its data did not let it be
                ///< booked; lane_reason says what of them (LeftOutRows: who, and when).
inline constexpr std::string_view booked = "booked"; ///< In the books, or in the outbox.
inline constexpr std::string_view voided = "voided"; ///< Was booked; the bank took it back.
inline constexpr std::string_view gone = "gone";     ///< Taken back, and the books never had it.
} // namespace lane

/// Why a row is held.
namespace heldReason
{
inline constexpr std::string_view notLinked = "not_linked";
inline constexpr std::string_view overflow = "overflow"; ///< Too large for the books.
inline constexpr std::string_view noCurrency = "no_currency";
inline constexpr std::string_view unknownCurrency = "unknown_currency";
inline constexpr std::string_view currencyDiffers =
    "currency_differs"; ///< From the bank account's.
inline constexpr std::string_view notANumber = "not_a_number";
inline constexpr std::string_view overlap =
    "overlap"; ///< May be one that is booked already, and was shown under another id.
inline constexpr std::string_view undone =
    "undone"; ///< A person took it out of the books. It stays so, also while the bank shows it no
              ///< more, until a person books it again.
inline constexpr std::string_view rounded =
    "rounded"; ///< More precise than the currency: a person decides, where the setting says so.
inline constexpr std::string_view leftOutChanged =
    "left_out_changed"; ///< A person left it out, and the bank states another amount since: it may
                        ///< be in the books by hand, so that a person decides again.
} // namespace heldReason

/// Whether a row is held because of its data, whatever the books say: the bank may correct it, or a
/// person leaves it out.
[[nodiscard]] inline bool isDataReason(std::string_view reason)
{
    return reason == heldReason::overflow || reason == heldReason::noCurrency ||
           reason == heldReason::unknownCurrency || reason == heldReason::currencyDiffers ||
           reason == heldReason::notANumber;
}

/// Why a booked row stays in the books although the bank says otherwise. "" for every other booked
/// row: it follows the bank.
namespace keptReason
{
inline constexpr std::string_view accessLost =
    "access_lost"; ///< Removed when its account was not shown any more.
inline constexpr std::string_view manyRemoved =
    "many_removed"; ///< Removed with most of its account: a person decides.
inline constexpr std::string_view moved = "moved"; ///< Shown under another account.
inline constexpr std::string_view forgotten =
    "forgotten"; ///< Only the books knew it: this mirror was restored from a backup that is older.
inline constexpr std::string_view takenBack =
    "taken_back"; ///< An account whose feed was taken back had booked it, and a person or a closed
                  ///< period keeps it. The row is one of the account whose ledger account it is.
} // namespace keptReason

/// Such a row has this and its root key for an id, until the bank shows it, or a row that is the
/// same, under its own. No provider's id begins so.
inline constexpr std::string_view forgottenId = "forgotten:";

/// The row that has such an entry, or one that was voided then, has this and its root key for an
/// id. No provider's id begins so.
inline constexpr std::string_view takenBackId = "taken_back:";

/// Why the books take a row, or the bank's word on a booked one, not now. Of a row that is not in
/// them the lane is held; one that is stays booked, as it is.
namespace refusedReason
{
inline constexpr std::string_view periodClosed = "period_closed";
inline constexpr std::string_view accountClosed = "account_closed";
inline constexpr std::string_view reconciled = "reconciled";
inline constexpr std::string_view removed = "removed"; ///< A person took the entry out.
} // namespace refusedReason

[[nodiscard]] inline bool isRefusedReason(std::string_view reason)
{
    return reason == refusedReason::periodClosed || reason == refusedReason::accountClosed ||
           reason == refusedReason::reconciled || reason == refusedReason::removed;
}

/// What people did in the books to the entry of a row. The names are stored; do not rename.
namespace entryMark
{
inline constexpr std::string_view removed = "removed";       ///< A tombstone: it never comes back.
inline constexpr std::string_view reconciled = "reconciled"; ///< Neither amended nor voided.
/// An administrator wants a removed entry back, and the books do not take it now: they have nothing
/// of it, and only a post brings it back.
inline constexpr std::string_view wanted = "wanted";
} // namespace entryMark

/// The reason of a row in the lane gone that this mirror never told of, but may have told of before
/// it was restored: the books are to be asked.
inline constexpr std::string_view goneNotKnown = "not_known";

} // namespace bankfeed::store
