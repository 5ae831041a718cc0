#include "Statement.h"

#include <stdexcept>

namespace plaidsim
{

namespace
{

BankTransaction existing(
    const BankTruth& truth, const BankAccount& account, const std::string& rowId)
{
    const BankTransaction* row = truth.transaction(account, rowId);
    if (row == nullptr) throw std::invalid_argument("there is no row \"" + rowId + "\"");
    return *row;
}

} // namespace

std::string postPending(
    BankTruth& truth, BankAccount& account, const std::string& rowId, const Posting& posting)
{
    BankTransaction posted = existing(truth, account, rowId);
    if (!posted.pending) throw std::invalid_argument("row " + rowId + " is not pending");
    posted.id = posting.newId;
    posted.pending = false;
    posted.authorizedDate = posted.date;
    posted.date = posting.date;
    posted.replacesPending = rowId;
    posted.matchedToPending = posting.matched;
    if (posting.amount) posted.amount = *posting.amount;
    if (posting.name) posted.name = *posting.name;
    truth.removeTransaction(account, rowId);
    return truth.addTransaction(account, std::move(posted), posting.splitPages).id;
}

std::string churnRow(BankTruth& truth, BankAccount& account, const std::string& rowId)
{
    BankTransaction again = existing(truth, account, rowId);
    truth.removeTransaction(account, rowId);
    again.id.clear();
    return truth.addTransaction(account, std::move(again)).id;
}

} // namespace plaidsim
