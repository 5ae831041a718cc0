#include "sync/Booking.h"

#include "base/Limits.h"
#include "money/Currency.h"
#include "money/Decimal.h"
#include "store/LedgerContent.h"

#include <string>
#include <string_view>

namespace bankfeed::sync
{

namespace
{

using store::BankTransaction;
using store::LinkedAccount;
using store::SentMark;

Result<money::Currency> currencyOf(const std::string& code, bool official)
{
    return official ? money::Currency::iso(code) : money::Currency::unofficial(code);
}

/// Why the amount cannot be booked to the account; "" when it can. An account whose currency the
/// provider does not name takes in nothing new, but what is booked stays.
std::string_view amountTrouble(const BankTransaction& row, const LinkedAccount& account, bool live)
{
    namespace reason = store::heldReason;
    if (row.currency.empty()) return reason::noCurrency;
    const bool accountNamesNone = account.account.currency.empty();
    if (accountNamesNone && !live) return reason::noCurrency;
    const auto currency = currencyOf(row.currency, row.currencyOfficial);
    if (!currency.ok()) return reason::unknownCurrency;
    if (!accountNamesNone && (row.currency != account.account.currency ||
                                 row.currencyOfficial != account.account.currencyOfficial))
        return reason::currencyDiffers;
    // An entry of the books keeps its currency, also when it is empty after a void.
    if (row.revision > 0 && !row.sentCurrency.empty() &&
        (row.currency != row.sentCurrency || row.exponent != row.sentExponent))
        return reason::currencyDiffers;
    const auto exact = money::Decimal::nearest(row.amountExact);
    if (!exact.ok())
        return exact.error().kind == ErrorKind::Exhausted ? reason::overflow : reason::notANumber;
    const auto units = exact->toUnits(currency->exponent());
    const bool fits =
        units.ok() && units->units <= limits::unitsPerRow && units->units >= -limits::unitsPerRow;
    return fits ? std::string_view() : reason::overflow;
}

void stay(BankTransaction& row, std::string_view lane, std::string_view reason = {})
{
    row.lane = lane;
    row.laneReason = reason;
}

LedgerChange tell(BankTransaction& row, ChangeKind kind, const std::string& ledgerAccountId)
{
    const std::int64_t revision = kind == ChangeKind::Void && isUndone(row)
                                      ? store::nextUndoneRevision(row.revision)
                                      : store::nextRevision(row.revision);
    BF_ASSERT(revision <= 0xFFFF'FFFF);
    LedgerChange change = store::changeOf(row, kind, revision, ledgerAccountId);
    store::noteSent(row, change);
    return change;
}

/// Why the books would not take another word on what they have.
std::string_view refusalOfChange(const BankTransaction& row, const store::ClosedPeriods& closed)
{
    if (row.entryMark == store::entryMark::reconciled) return store::refusedReason::reconciled;
    if (closed.closed(row.sentLedgerAccountId, row.sentBookedOn))
        return store::refusedReason::periodClosed;
    return {};
}

/// Takes the row out of the books if it is in them, and leaves it in `lane`.
std::optional<LedgerChange> withdraw(BankTransaction& row, bool live,
    const store::ClosedPeriods& closed, std::string_view lane, std::string_view reason = {})
{
    if (const auto refusal = refusalOfChange(row, closed); live && !refusal.empty())
    {
        stay(row, store::lane::booked, refusal);
        return std::nullopt;
    }
    stay(row, lane, reason);
    if (!live) return std::nullopt;
    return tell(row, ChangeKind::Void, row.sentLedgerAccountId);
}

/// Where a row that the bank took back stands, when the books were never told of it by this mirror.
/// One that was restored may have told them in the life that it forgot, so they are asked, where
/// the row could have been booked at all.
void leaveUntold(BankTransaction& row, const LinkedAccount* account)
{
    const bool fed = account != nullptr && account->link && account->link->ledgerAccountId;
    stay(row, store::lane::gone, fed ? store::goneNotKnown : std::string_view());
    if (fed) row.sentLedgerAccountId = *account->link->ledgerAccountId;
}

/// What a person removed from the books stays out of them.
void stayRemoved(BankTransaction& row, bool live)
{
    if (live)
        stay(row, store::lane::booked, store::refusedReason::removed);
    else if (row.removed)
        stay(row, row.revision > 0 ? store::lane::voided : store::lane::gone);
    else if (row.pending)
        stay(row, store::lane::pending);
    else
        stay(row, store::lane::held, store::refusedReason::removed);
}

/// Whether this link finds the row too old. Judged once per link.
bool isBeforeStart(const BankTransaction& row, const store::AccountLink& link, Occasion occasion)
{
    if (row.revision > 0) return false;
    if (row.lane == store::lane::beforeStart &&
        (occasion == Occasion::BankSpoke || row.laneReason == link.id))
        return true;
    return !link.startDate.empty() && row.bookedOn < link.startDate;
}

} // namespace

void setAmount(BankTransaction& row, const ProviderAmount& amount)
{
    row.amountExact = amount.exact;
    row.currency = amount.currency;
    row.currencyOfficial = amount.official;
    row.units = 0;
    row.exponent = 0;
    row.rounded = false;
    const auto currency = currencyOf(amount.currency, amount.official);
    if (!currency.ok()) return;
    row.exponent = currency->exponent();
    const auto exact = money::Decimal::nearest(amount.exact);
    if (!exact.ok()) return;
    const auto units = exact->toUnits(currency->exponent());
    if (!units.ok()) return;
    row.units = units->units;
    row.rounded = units->rounded;
}

void askAgain(BankTransaction& row)
{
    stay(row, store::lane::held, store::heldReason::leftOutChanged);
}

bool isUndone(const BankTransaction& row)
{
    return row.lane == store::lane::held && row.laneReason == store::heldReason::undone;
}

LedgerChange undo(BankTransaction& row)
{
    BF_ASSERT(inTheBooks(row));
    auto change = withdraw(row, true, {}, store::lane::held, store::heldReason::undone);
    BF_ASSERT(change.has_value());
    row.undoAsked = false;
    // Nobody can want it back: the bank shows it as a row of another account.
    if (row.providerTransactionId.starts_with(store::takenBackId)) stay(row, store::lane::voided);
    return std::move(*change);
}

namespace
{

/// What a person took out, and the books did not let go.
std::optional<LedgerChange> undoWhenFree(BankTransaction& row, const store::ClosedPeriods& closed)
{
    if (const auto refusal = refusalOfChange(row, closed); !refusal.empty())
    {
        stay(row, store::lane::booked, refusal);
        return std::nullopt;
    }
    return undo(row);
}

} // namespace

void noteCameBack(
    store::BookFacts& facts, const BankTransaction& before, const BankTransaction& after)
{
    if (before.entryMark != store::entryMark::removed || !after.entryMark.empty()) return;
    facts.setEntry(after.rootKey, store::entryAgain, after.revision, facts.position().generation);
}

namespace
{

std::optional<LedgerChange> judge(BankTransaction& row, const LinkedAccount* account,
    Occasion occasion, const BookingRules& rules, const store::ClosedPeriods& closed)
{
    if (occasion == Occasion::Decision && isUndone(row) &&
        row.entryMark == store::entryMark::removed && !row.removed && !row.pending)
    {
        const BankTransaction before = row;
        auto change = judge(row, account, Occasion::Again, rules, closed);
        if (!change) row = before;
        return change;
    }
    const bool wanted = occasion == Occasion::Decision || occasion == Occasion::Again;
    if (isUndone(row) && !wanted) return std::nullopt;
    if (occasion == Occasion::Again) row.entryMark.clear();
    const SentMark sent = SentMark::parse(row.sentFingerprint);
    // The books have thrown away what they were told.
    const bool again = occasion == Occasion::Again && row.revision > 0;
    const bool live = inTheBooks(row) && !again;

    if (row.entryMark == store::entryMark::removed)
    {
        stayRemoved(row, live);
        return std::nullopt;
    }
    if (wanted || !live) row.undoAsked = false;
    if (row.undoAsked) return undoWhenFree(row, closed);
    if (row.removed && row.revision == 0)
    {
        leaveUntold(row, account);
        return std::nullopt;
    }
    if (row.removed) return withdraw(row, live, closed, store::lane::voided);
    if (row.pending) return withdraw(row, live, closed, store::lane::pending);

    if (row.lane == store::lane::held && row.laneReason == store::heldReason::overlap)
        return std::nullopt;
    const bool asks =
        row.lane == store::lane::held && row.laneReason == store::heldReason::leftOutChanged;
    if (row.lane == store::lane::leftOut || (asks && !wanted)) return std::nullopt;

    // What is in the books stays there and follows the bank, whatever is linked today.
    if (account == nullptr)
    {
        if (!live) stay(row, store::lane::held, store::heldReason::notLinked);
        return std::nullopt;
    }
    const auto& link = account->link;
    if (!live && !again && (!link || !link->ledgerAccountId))
    {
        if (row.lane != store::lane::beforeStart)
            stay(row, store::lane::held, store::heldReason::notLinked);
        return std::nullopt;
    }
    if (!live && !again && occasion != Occasion::Decision && isBeforeStart(row, *link, occasion))
    {
        const std::string judge =
            row.lane == store::lane::beforeStart && occasion == Occasion::BankSpoke ? row.laneReason
                                                                                    : link->id;
        stay(row, store::lane::beforeStart, judge);
        return std::nullopt;
    }
    if (const auto trouble = amountTrouble(row, *account, live || again); !trouble.empty())
        return withdraw(row, live, closed, store::lane::held, trouble);
    // Judged once, like the start date: what is in the books, or was, follows the bank, and what
    // waits for the books to take it passed, by a person's word perhaps.
    const bool passed =
        wanted || (occasion == Occasion::Release && store::isRefusedReason(row.laneReason));
    if (rules.holdRounded && row.rounded && row.revision == 0 && !passed)
    {
        stay(row, store::lane::held, store::heldReason::rounded);
        return std::nullopt;
    }

    const bool known = live && sent.fingerprint == store::fingerprintOf(row);
    const std::string& target = row.revision > 0 ? row.sentLedgerAccountId : *link->ledgerAccountId;
    std::string_view refusal = live && !known ? refusalOfChange(row, closed) : std::string_view();
    if (!known && closed.closed(target, row.bookedOn)) refusal = store::refusedReason::periodClosed;
    stay(row, live || refusal.empty() ? store::lane::booked : store::lane::held, refusal);
    if (known || !refusal.empty()) return std::nullopt;
    if (again) return tell(row, ChangeKind::Post, row.sentLedgerAccountId);
    if (row.revision > 0) return tell(row, ChangeKind::Amend, row.sentLedgerAccountId);
    return tell(row, ChangeKind::Post, *link->ledgerAccountId);
}

} // namespace

std::optional<LedgerChange> book(BankTransaction& row, const LinkedAccount* account,
    Occasion occasion, const BookingRules& rules, const store::ClosedPeriods& closed)
{
    // One that is wanted back comes by a post, whoever asks for it and however often it waits.
    const bool wanted = row.entryMark == store::entryMark::wanted;
    auto change = judge(row, account, wanted ? Occasion::Again : occasion, rules, closed);
    if (wanted && !change && row.entryMark.empty()) row.entryMark = store::entryMark::wanted;
    return change;
}

} // namespace bankfeed::sync
