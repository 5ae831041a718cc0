#include "store/LedgerContent.h"

#include "base/Hex.h"
#include "base/LedgerDigest.h"
#include "base/Netstring.h"
#include "base/RootKey.h"
#include "money/Decimal.h"

#include <charconv>
#include <vector>

namespace bankfeed::store
{

LedgerChange changeOf(const BankTransaction& row, ChangeKind kind, std::int64_t revision,
    const std::string& ledgerAccountId)
{
    LedgerChange change;
    change.kind = kind;
    change.rootKey = row.rootKey;
    change.revision = static_cast<std::uint32_t>(revision);
    change.ledgerAccountId = ledgerAccountId;
    change.counterAccount = suspenseRole;
    // A void takes back what the books have, in its currency and on its day: the row may say
    // something else by now, and the books would refuse another currency for ever.
    const bool takesBack = kind == ChangeKind::Void && !row.sentCurrency.empty();
    change.units = kind == ChangeKind::Void ? 0 : row.units;
    change.exponent = takesBack ? row.sentExponent : row.exponent;
    change.currency = takesBack ? row.sentCurrency : row.currency;
    change.bookedOn = takesBack ? row.sentBookedOn : row.bookedOn;
    change.authorizedOn = row.authorizedOn;
    change.description = row.name.empty() ? row.originalDescription : row.name;
    change.originalDescription = row.originalDescription;
    change.merchant = row.merchant;
    const bool undone = row.lane == lane::held && row.laneReason == heldReason::undone;
    change.category =
        kind == ChangeKind::Void && undone ? std::string(undoneCategory) : row.category;
    change.contentDigest = contentDigest(change);
    return change;
}

LedgerChange openingChangeOf(const std::string& tenant, const BankAccount& account,
    const AccountLink& link, ChangeKind kind, std::int64_t revision)
{
    BF_ASSERT(link.ledgerAccountId.has_value() && link.openingOrdinal > 0);
    LedgerChange change;
    change.kind = kind;
    change.rootKey = openingRootKey(tenant, link.feedId, link.openingOrdinal);
    change.revision = static_cast<std::uint32_t>(revision);
    change.ledgerAccountId = *link.ledgerAccountId;
    change.counterAccount = openingRole;
    change.units = link.openingUnits;
    change.exponent = static_cast<int>(account.exponent);
    change.currency = account.currency;
    change.bookedOn = link.openingOn;
    change.description = "Opening balance";
    change.contentDigest = contentDigest(change);
    return change;
}

std::string fingerprintOf(const BankTransaction& row)
{
    Netstrings parts;
    parts.add("bankfeed.fingerprint/1").add(row.units).add(std::int64_t{row.exponent});
    parts.add(row.currency).add(row.bookedOn).add(row.authorizedOn);
    parts.add(row.name).add(row.originalDescription);
    return sha256Hex(parts.bytes()).substr(0, 32);
}

SentMark SentMark::parse(const std::string& text)
{
    const auto dot = text.find('.');
    if (dot == std::string::npos) return {};
    return {text.substr(0, dot), text.substr(dot + 1)};
}

bool inTheBooks(const BankTransaction& row)
{
    return row.revision > 0 && row.entryMark != entryMark::wanted &&
           !SentMark::parse(row.sentFingerprint).fingerprint.empty();
}

std::optional<ToldBefore> ToldBefore::parse(const std::string& text)
{
    ToldBefore told;
    if (text.empty()) return told;
    std::vector<std::string> parts;
    std::size_t at = 0;
    // The account comes last, because nobody knows what is in its id.
    for (int i = 0; i < 6; ++i)
    {
        const auto bar = text.find('|', at);
        if (bar == std::string::npos) return std::nullopt;
        parts.push_back(text.substr(at, bar - at));
        at = bar + 1;
    }
    const auto number = [](const std::string& digits, std::int64_t& out)
    {
        const auto* end = digits.data() + digits.size();
        const auto read = std::from_chars(digits.data(), end, out);
        return read.ec == std::errc() && read.ptr == end;
    };
    std::int64_t exponent = 0;
    if (!number(parts[0], told.revision) || !number(parts[1], told.units) ||
        !number(parts[2], exponent))
        return std::nullopt;
    told.exponent = static_cast<int>(exponent);
    told.currency = parts[3];
    told.bookedOn = parts[4];
    told.fingerprint = parts[5];
    told.ledgerAccountId = text.substr(at);
    return told;
}

std::string ToldBefore::text() const
{
    if (revision == 0) return "";
    return std::to_string(revision) + "|" + std::to_string(units) + "|" + std::to_string(exponent) +
           "|" + currency + "|" + bookedOn + "|" + fingerprint + "|" + ledgerAccountId;
}

ToldBefore ToldBefore::of(const BankTransaction& row)
{
    return {row.revision, row.sentUnits, row.sentExponent, row.sentCurrency, row.sentBookedOn,
        row.sentFingerprint, row.sentLedgerAccountId};
}

void ToldBefore::putBack(BankTransaction& row) const
{
    row.revision = revision;
    row.sentUnits = units;
    row.sentExponent = exponent;
    row.sentCurrency = currency;
    row.sentBookedOn = bookedOn;
    row.sentFingerprint = fingerprint;
    row.sentLedgerAccountId = ledgerAccountId;
}

void noteNotOurs(BankTransaction& row, const Head& head)
{
    row.revision = std::max(row.revision, std::int64_t{head.revision});
    row.sentFingerprint = SentMark{"?", toHex(asBytes(head.contentDigest))}.text();
}

bool noteUndone(BankTransaction& row, const Head& head)
{
    if (!isUndoneRevision(head.revision) || std::int64_t{head.revision} <= row.revision)
        return false;
    row.lane = lane::held;
    row.laneReason = heldReason::undone;
    row.revision = head.revision;
    row.sentUnits = 0;
    row.sentFingerprint = SentMark{"", toHex(asBytes(head.contentDigest))}.text();
    return true;
}

bool noteBookedAgain(BankTransaction& row, const Head& head)
{
    const bool undone = row.lane == lane::held && row.laneReason == heldReason::undone;
    if (!undone || row.removed || row.pending || row.sentLedgerAccountId.empty() ||
        isUndoneRevision(head.revision) || std::int64_t{head.revision} <= row.revision)
        return false;
    const auto nothing =
        changeOf(row, ChangeKind::Void, head.revision, row.sentLedgerAccountId).contentDigest;
    if (nothing == head.contentDigest) return false;
    row.lane = lane::booked;
    row.laneReason.clear();
    row.revision = head.revision;
    row.sentFingerprint = SentMark{"?", ""}.text();
    return true;
}

void noteSent(BankTransaction& row, LedgerChange& change)
{
    // A key that the books begin has nothing before, whatever the mirror remembers.
    change.before = change.revision > 1 ? ToldBefore::of(row).text() : std::string();
    const bool isVoid = change.kind == ChangeKind::Void;
    row.revision = change.revision;
    row.sentLedgerAccountId = change.ledgerAccountId;
    row.sentUnits = change.units;
    row.sentExponent = change.exponent;
    row.sentCurrency = change.currency;
    row.sentBookedOn = change.bookedOn;
    row.sentFingerprint =
        SentMark{isVoid ? std::string() : fingerprintOf(row), toHex(asBytes(change.contentDigest))}
            .text();
}

bool noteTold(BankTransaction& row)
{
    const auto sent = SentMark::parse(row.sentFingerprint);
    for (const auto kind : {ChangeKind::Post, ChangeKind::Amend})
    {
        auto change = changeOf(row, kind, row.revision, row.sentLedgerAccountId);
        if (toHex(asBytes(change.contentDigest)) != sent.contentDigest) continue;
        noteSent(row, change);
        return true;
    }
    return false;
}

namespace
{

void setTold(BankTransaction& row, const BookedEntry& entry, UtcTime now)
{
    row.lane = lane::booked;
    row.revision = entry.head.revision;
    row.sentLedgerAccountId = entry.ledgerAccountId;
    row.sentUnits = entry.units;
    row.sentExponent = entry.exponent;
    row.sentCurrency = entry.currency;
    row.sentBookedOn = entry.bookedOn;
    if (entry.removed) row.entryMark = entryMark::removed;
    if (entry.reconciled) row.entryMark = entryMark::reconciled;
    row.changedAt = now;
}

} // namespace

void noteBooked(BankTransaction& row, const BookedEntry& entry, UtcTime now)
{
    setTold(row, entry, now);
    row.laneReason.clear();
    // Without the digest of the head: the rebuild compares the contents.
    row.sentFingerprint = row.pending ? std::string() : SentMark{"?", ""}.text();
}

BankTransaction forgottenRow(const BookedEntry& entry, const BankAccount& account, UtcTime now)
{
    BankTransaction row;
    row.connectionId = account.connectionId;
    row.providerTransactionId = std::string(forgottenId) + entry.rootKey;
    row.providerAccountId = account.providerAccountId;
    row.bankAccountId = account.id;
    row.amountExact = money::Decimal::ofUnits(entry.units, entry.exponent).text();
    row.units = entry.units;
    row.exponent = entry.exponent;
    row.currency = entry.currency;
    row.currencyOfficial = entry.currency != account.currency || account.currencyOfficial;
    row.bookedOn = entry.bookedOn;
    row.name = entry.description;
    row.originalDescription = entry.originalDescription;
    row.removed = true;
    row.laneReason = keptReason::forgotten;
    row.rootKey = entry.rootKey;
    setTold(row, entry, now);
    row.sentFingerprint = SentMark{"?", toHex(asBytes(entry.head.contentDigest))}.text();
    row.firstSeenAt = now;
    return row;
}

bool saysTheSame(const BankTransaction& forgotten, const BankTransaction& row)
{
    const auto wordsOf = [](const BankTransaction& one) -> const std::string&
    { return one.originalDescription.empty() ? one.name : one.originalDescription; };
    return forgotten.bookedOn == row.bookedOn && forgotten.units == row.units &&
           forgotten.exponent == row.exponent && forgotten.currency == row.currency &&
           (wordsOf(forgotten).empty() || wordsOf(forgotten) == wordsOf(row));
}

} // namespace bankfeed::store
