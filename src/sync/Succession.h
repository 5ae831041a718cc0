// Rows of an account that was connected anew: which of them the books have already, under an id of
// before.
#pragma once

#include "store/LinkedAccountRepository.h"
#include "store/SuccessionRepository.h"
#include "store/TransactionRepository.h"
#include "store/Unit.h"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace bankfeed::sync
{

/// When a login is connected anew, or an account is shared again, all of the provider's ids are
/// new, and the bank shows once more what the books have. The new account goes on with the feed of
/// the old one (accounts/FeedBefore); here each of its rows takes the place in the books of the row
/// that it was: root key, revision and what was sent. From then on what the bank says of the new
/// row amends or voids the entry. (DESIGN 7; docs/decisions/0008.)
///
/// The same: day, amount and currency, counted; among several, one of the same words is taken
/// first. A row without a partner, about whose day entries are left that nobody has taken, may be
/// one of these, re-dated or changed: it is held. So is one that has the money of an entry that is
/// left within daysFar. When all rows have been matched and none is left
/// there, it is one that the bank booked late; else a person decides.
///
/// For the rows of one unit, under the lock of their connection; locks the connections of the old
/// accounts too.
class Succession
{
public:
    Succession(store::Unit& unit, std::string tenant)
        : unit_(unit), tenant_(std::move(tenant)), mirror_(unit_, tenant_), places_(unit_, tenant_)
    {
    }

    /// How far from its old day a row of the same money is looked for.
    static constexpr int daysFar = 60;

    /// False: no account before these has told the books anything in their ledger accounts.
    [[nodiscard]] bool load(const std::vector<store::LinkedAccount>& accounts);

    struct Newcomer
    {
        store::BankTransaction* row; ///< Of these accounts, posted, shown, never told of.
        bool stored;                 ///< It is in the mirror already.
    };
    /// Gives partners their places: `row` changes its root key, revision and what was sent, and
    /// what it was before is written. The caller books and saves the rows.
    void match(const std::vector<Newcomer>& newcomers);

    /// The rows that gave their places away, as they are stored now. After match.
    [[nodiscard]] const std::vector<store::BankTransaction>& given() const { return given_; }

    /// Whether a row without a partner may be in the books all the same. After match, for its
    /// newcomers.
    [[nodiscard]] bool mayBeBooked(const store::BankTransaction& row) const;

    /// Held rows of one of the accounts of which that is certain by now that they are not in the
    /// books, oldest first, at most limits::rowsPerUnit.
    [[nodiscard]] std::vector<store::BankTransaction> certainlyNew(
        const store::LinkedAccount& linked);

private:
    struct Before
    {
        std::string feedId;
        std::string ledgerAccountId;
        std::string lastBookedOn;
        std::vector<store::BankTransaction>
            alike;                      ///< Of the newcomers' amounts; without those taken.
        std::set<std::string> daysLeft; ///< Near the newcomers, after match: days of entries left.
    };
    void readAlike(
        Before& before, const std::string& accountId, const std::vector<Newcomer>& newcomers);
    void readDaysLeft(Before& before, const std::string& accountId, const std::string& from,
        const std::string& to);
    /// Entries that the account does not reach back to are left whatever the rows are: of the first
    /// day that it shows, and before, nothing is concluded.
    void dropThoseLeftFarAway(
        Before& before, const std::string& accountId, std::vector<store::BankTransaction>& rows);
    [[nodiscard]] static std::vector<store::BankTransaction>::iterator partnerOf(
        const store::BankTransaction& row, Before& before);

    store::Unit& unit_;
    const std::string tenant_;
    store::TransactionRepository mirror_;
    store::SuccessionRepository places_;
    std::map<std::string, Before> before_; ///< By bank account.
    std::vector<store::BankTransaction> given_;
};

} // namespace bankfeed::sync
