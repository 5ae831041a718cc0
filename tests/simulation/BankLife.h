// What happens at the banks: a random life of accounts and statements.
#pragma once

#include "Fate.h"
#include "Journal.h"
#include "Plaid.h"

#include <map>
#include <string>
#include <vector>

namespace bankfeed::simulation
{

/// What the bank once said of a row.
struct Version
{
    std::string date;
    plaidsim::Decimal amount; ///< The provider's sign.
    bool pending = false;
};

class BankLife
{
public:
    BankLife(Plaid& plaid, Fate& fate, Journal& journal);

    /// Banks, logins and accounts with a past.
    void begin();

    /// One thing happens to the rows of some statement.
    void changeRows();

    /// One thing happens to an account, a login or an Item.
    void changeAccess();

    /// After the last fault: who is broken is repaired where the bank itself can do that.
    [[nodiscard]] const std::vector<Version>& versions(
        const std::string& accountId, const std::string& rowId) const;

    std::uint64_t rowsMade = 0;

private:
    plaidsim::BankAccount& openAccount(const std::string& loginId, bool first);
    plaidsim::BankAccount* anyAccount();
    const plaidsim::BankTransaction* anyRow(const plaidsim::BankAccount& account, bool pending);
    std::string anyDate(bool past);
    plaidsim::Day nearby(const std::string& accountId, const plaidsim::BankTransaction& row);
    plaidsim::Decimal anyAmount(const plaidsim::BankAccount& account);
    plaidsim::BankTransaction newRow(const plaidsim::BankAccount& account, bool past);
    void add(plaidsim::BankAccount& account, plaidsim::BankTransaction row, bool pageBreak = false);
    void modify(plaidsim::BankAccount& account, plaidsim::BankTransaction row);
    void changeOne(plaidsim::BankAccount& account);
    void postPending(plaidsim::BankAccount& account, const plaidsim::BankTransaction& pending);
    void tell(const std::string& line);
    plaidsim::Item* anyItem();
    void churn(const plaidsim::BankAccount& account);

    Plaid& plaid_;
    Fate& fate_;
    Journal& journal_;
    std::map<std::string, std::map<std::string, std::vector<Version>>> versions_;
    std::vector<std::string> masks_;
    bool splits_ = false;
    bool unmatched_ = false;
    bool overPrecise_ = false;
    bool neverPending_ = false;
    bool manyRows_ = false;
    bool past_ = false; ///< The rows of an account with many are made.
    int accountsMade_ = 0;
    int closed_ = 0;
};

} // namespace bankfeed::simulation
