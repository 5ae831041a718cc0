// Which bank account feeds which ledger account now.
#pragma once

#include "accounts/Identity.h"
#include "store/AccountLinkRepository.h"
#include "store/Unit.h"

#include <map>
#include <string>

namespace bankfeed::accounts
{

/// The bank account behind a link that has not ended.
struct Feeder
{
    store::AccountLink link;
    std::string bankAccountId;
    std::string name;
    std::string mask;
    std::string institution;
    std::string connectionId;
    bool live = true; ///< False: nothing can come any more, so another may take its place.

    /// Whether it keeps an account of `connection` from feeding the same ledger account: not one of
    /// a connection whose place that one takes.
    [[nodiscard]] bool standsInTheWayOf(const store::Connection& connection) const
    {
        // Until what was is restored, nobody feeds the ledger account.
        if (link.state == store::linkState::takingBack) return true;
        return live && (connection.replaces.empty() || connection.replaces != connectionId);
    }

    /// "Savings ••1111"
    [[nodiscard]] std::string shownName() const;
};

class Feeders
{
public:
    [[nodiscard]] static Feeders load(
        store::Unit& unit, const std::string& tenant, const Identity& identity);

    /// Who feeds the ledger account, live or not; null when nobody does.
    [[nodiscard]] const Feeder* ofLedgerAccount(const std::string& ledgerAccountId) const;
    [[nodiscard]] const Feeder* ofBankAccount(const std::string& bankAccountId) const;

    /// True when one feeds it that does not give way to accounts of `connection`.
    [[nodiscard]] bool taken(
        const std::string& ledgerAccountId, const store::Connection& connection) const;

private:
    std::map<std::string, Feeder> byBank_;
    std::map<std::string, std::string> bankOfLedger_;
};

} // namespace bankfeed::accounts
