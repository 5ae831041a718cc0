// The feed that an account goes on with: the same account at the bank wrote it before.
#pragma once

#include "accounts/Identity.h"
#include "base/Date.h"
#include "base/Ledger.h"
#include "store/BankAccountRepository.h"
#include "store/Unit.h"

#include <optional>
#include <string>

namespace bankfeed::accounts
{

/// The same account at the bank fed a ledger account before, through access that has ended or that
/// this one takes the place of, or until a person stopped it, and nobody else wrote there.
struct FeedBefore
{
    std::string bankAccountId;
    std::string ledgerAccountId;
    Date from;  ///< Where that feed began: the start date of a feed that goes on with it.
    Date until; ///< Its last row.
};

/// The bank account whose place `account` takes in a ledger account: the last one that fed it, when
/// the two may be one at the bank and that one gives way (Identity::givesWay).
[[nodiscard]] std::optional<std::string> placeTaken(store::Unit& unit, const std::string& tenant,
    const Identity& identity, const store::BankAccount& account,
    const std::string& ledgerAccountId);

/// What the review proposes by: the start of the old feed in place of the day behind the last
/// entry. The rows of before are told from new ones when they are booked (sync/Succession).
[[nodiscard]] std::optional<FeedBefore> feedBefore(store::Unit& unit, const std::string& tenant,
    const Identity& identity, const store::BankAccount& account,
    const LedgerAccount& ledgerAccount);

/// The feed that the account writes once it feeds this ledger account: that of the account whose
/// place it takes there, so that the entries in the books keep their names (root keys) and what the
/// old feed still owes goes first; else its own. An account that has told the books anything under
/// its own feed keeps that. "" when its feed is written by another account by now: it needs a new
/// one.
[[nodiscard]] std::string feedToWrite(store::Unit& unit, const std::string& tenant,
    const Identity& identity, const store::BankAccount& account,
    const std::string& ledgerAccountId);

} // namespace bankfeed::accounts
