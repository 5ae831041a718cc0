// The place of a row in the books: its entry changes hands when the bank shows the row under
// another id.
#pragma once

#include "store/TransactionRepository.h"

namespace bankfeed::store
{

/// Whether the two are of one amount in one currency, whatever their days.
[[nodiscard]] inline bool sameMoney(const BankTransaction& a, const BankTransaction& b)
{
    return a.units == b.units && a.exponent == b.exponent && a.currency == b.currency &&
           a.currencyOfficial == b.currencyOfficial;
}

/// `row` has now told the books what `old` told them. Its root key is the caller's to exchange.
inline void takePlace(BankTransaction& row, const BankTransaction& old)
{
    row.revision = old.revision;
    row.sentLedgerAccountId = old.sentLedgerAccountId;
    row.sentUnits = old.sentUnits;
    row.sentExponent = old.sentExponent;
    row.sentCurrency = old.sentCurrency;
    row.sentBookedOn = old.sentBookedOn;
    row.sentFingerprint = old.sentFingerprint;
    row.entryMark = old.entryMark;
    row.undoAsked = old.undoAsked;
}

/// The row that gave its place away: one that the books never heard of.
inline void leaveBehind(BankTransaction& row)
{
    row.lane = lane::gone;
    row.laneReason.clear();
    takePlace(row, {});
}

} // namespace bankfeed::store
