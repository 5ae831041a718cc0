#include "BankTruth.h"

#include <algorithm>
#include <stdexcept>

namespace plaidsim
{

namespace
{

// A simulator is not a warehouse; these bounds are far above any test and far below the memory.
constexpr std::size_t mostInstitutions = 1000;
constexpr std::size_t mostLogins = 10'000;
constexpr std::size_t mostAccounts = 50'000;
constexpr std::size_t mostRowsPerAccount = 2'000'000;

[[noreturn]] void refuse(const std::string& sentence)
{
    throw std::invalid_argument(sentence);
}

// Takes a row's effect into the account's sums, or out of them.
void count(BankAccount& account, const BankTransaction& row, bool in)
{
    if (row.removed || (row.pending && row.amount.negative())) return;
    Decimal& sum = row.pending ? account.pendingOutflow : account.postedSum;
    sum = in ? sum + row.amount : sum - row.amount;
}

} // namespace

bool isAmerican(const Institution& institution)
{
    return std::any_of(institution.countryCodes.begin(), institution.countryCodes.end(),
        [](const std::string& code) { return code == "US" || code == "CA"; });
}

Decimal BankAccount::currentBalance() const
{
    return isDebt() ? openingBalance + postedSum : openingBalance - postedSum;
}

std::optional<Decimal> BankAccount::availableBalance() const
{
    if (type != "depository" && !(type == "credit" && limit)) return std::nullopt;
    const Decimal base = isDebt() ? *limit - currentBalance() : currentBalance();
    return pendingOutflow.zero() ? base : base - pendingOutflow;
}

bool BankAccount::hasTransactions() const
{
    return type == "depository" || type == "credit" || (type == "loan" && subtype == "student");
}

Institution& BankTruth::addInstitution(Institution institution)
{
    if (institution.id.empty()) refuse("an institution needs an id");
    if (institutions_.size() >= mostInstitutions) refuse("too many institutions");
    const auto [it, added] = institutions_.try_emplace(institution.id, institution);
    if (!added) refuse("institution " + institution.id + " exists already");
    return it->second;
}

Login& BankTruth::addLogin(Login login)
{
    if (this->institution(login.institutionId) == nullptr)
        refuse("no institution " + login.institutionId);
    if (this->login(login.institutionId, login.username) != nullptr)
        refuse("login " + login.username + " exists already at " + login.institutionId);
    if (logins_.size() >= mostLogins) refuse("too many logins");
    if (login.id.empty()) login.id = "login-" + std::to_string(nextNumber_++);
    const auto [it, added] = logins_.try_emplace(login.id, login);
    if (!added) refuse("login " + login.id + " exists already");
    return it->second;
}

BankAccount& BankTruth::addAccount(BankAccount account)
{
    Login* owner = login(account.loginId);
    if (owner == nullptr) refuse("no login " + account.loginId);
    if (accounts_.size() >= mostAccounts) refuse("too many accounts");
    if (account.id.empty()) account.id = "bank-account-" + std::to_string(nextNumber_++);
    const auto [it, added] = accounts_.try_emplace(account.id, account);
    if (!added) refuse("account " + account.id + " exists already");
    owner->accountIds.push_back(account.id);
    return it->second;
}

const BankTransaction& BankTruth::addTransaction(
    BankAccount& account, BankTransaction row, bool pageBreak)
{
    if (account.rows.size() >= mostRowsPerAccount) refuse("too many rows in " + account.id);
    if (row.id.empty()) row.id = "row-" + std::to_string(nextNumber_++);
    if (!account.rowOfId.try_emplace(row.id, account.rows.size()).second)
        refuse("row " + row.id + " exists already in " + account.id);
    count(account, row, true);
    account.rows.push_back(std::make_shared<const BankTransaction>(std::move(row)));
    account.journal.push_back({TruthChange::added, account.rows.size() - 1, pageBreak});
    return *account.rows.back();
}

void BankTruth::modifyTransaction(BankAccount& account, BankTransaction row)
{
    const auto found = account.rowOfId.find(row.id);
    if (found == account.rowOfId.end() || account.rows[found->second]->removed)
        refuse("no row " + row.id + " in " + account.id);
    count(account, *account.rows[found->second], false);
    count(account, row, true);
    account.rows[found->second] = std::make_shared<const BankTransaction>(std::move(row));
    account.journal.push_back({TruthChange::modified, found->second});
}

void BankTruth::removeTransaction(BankAccount& account, const std::string& rowId)
{
    const auto found = account.rowOfId.find(rowId);
    if (found == account.rowOfId.end() || account.rows[found->second]->removed)
        refuse("no row " + rowId + " in " + account.id);
    BankTransaction gone = *account.rows[found->second];
    count(account, gone, false);
    gone.removed = true;
    account.rows[found->second] = std::make_shared<const BankTransaction>(std::move(gone));
    account.journal.push_back({TruthChange::removed, found->second});
}

Institution* BankTruth::institution(const std::string& id)
{
    const auto found = institutions_.find(id);
    return found == institutions_.end() ? nullptr : &found->second;
}

Login* BankTruth::login(const std::string& id)
{
    const auto found = logins_.find(id);
    return found == logins_.end() ? nullptr : &found->second;
}

Login* BankTruth::login(const std::string& institutionId, const std::string& username)
{
    for (auto& [id, login] : logins_)
    {
        if (login.institutionId == institutionId && login.username == username) return &login;
    }
    return nullptr;
}

BankAccount* BankTruth::account(const std::string& id)
{
    const auto found = accounts_.find(id);
    return found == accounts_.end() ? nullptr : &found->second;
}

const BankTransaction* BankTruth::transaction(
    const BankAccount& account, const std::string& rowId) const
{
    const auto found = account.rowOfId.find(rowId);
    if (found == account.rowOfId.end() || account.rows[found->second]->removed) return nullptr;
    return account.rows[found->second].get();
}

} // namespace plaidsim
