// Rows that a person took out of the books, shown again under other ids.
#pragma once

#include "store/LinkedAccountRepository.h"
#include "store/TransactionRepository.h"
#include "store/Unit.h"

#include <set>
#include <string>
#include <vector>

namespace bankfeed::sync
{

/// An undone row keeps its mark under its own id. A bank that gives its rows new ids, or a login
/// that is connected anew, would bring it back as a new row; here such a row is held as undone in
/// the place of the old one.
///
/// The same: day, amount and currency, counted, one of the same words first; of an account before
/// this one in its feed, or a row of the account itself that the bank shows no more. A new row of
/// the same words beside one that is still shown is held too, for nobody can say whether the bank
/// is about to take the other one back: a person may book it.
///
/// For the rows of one unit, under the lock of their connection; locks the connections of the
/// accounts before them too.
class UndoneRows
{
public:
    UndoneRows(store::Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant)) {}

    /// False: nothing that these accounts' feeds booked was undone.
    [[nodiscard]] bool load(const std::vector<store::LinkedAccount>& accounts);

    struct Newcomer
    {
        store::BankTransaction* row; ///< Of these accounts, posted, shown, about to be booked.
        bool matched = false;        ///< Set by match: it is held as undone now.
    };
    /// `goingIds`: of the connection's rows, those that the bank takes back at the same time.
    /// Writes the rows whose place is taken; the caller saves the newcomers.
    void match(std::vector<Newcomer>& newcomers, const std::set<std::string>& goingIds);

    /// The rows whose place was taken, as they are stored now.
    [[nodiscard]] const std::vector<store::BankTransaction>& taken() const { return taken_; }

private:
    struct Fed
    {
        std::string bankAccountId;
        std::string connectionId;
        std::set<std::string> family; ///< All accounts of its feed.
    };
    [[nodiscard]] store::BankTransaction* partnerOf(const store::BankTransaction& row,
        const Fed& fed, const std::set<std::string>& goingIds, bool& takesPlace);

    store::Unit& unit_;
    const std::string tenant_;
    std::vector<std::string> feedIds_;
    std::vector<Fed> fed_;
    std::vector<store::BankTransaction> undone_;
    std::set<std::string> used_; ///< Root keys of undone rows that have their newcomer.
    std::vector<store::BankTransaction> taken_;
};

} // namespace bankfeed::sync
