// What is true at the banks: institutions, logins, accounts and every row of their statements.
// Nothing here knows who shares what with whom; that is the Item view's business.
#pragma once

#include "CivilTime.h"
#include "Decimal.h"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace plaidsim
{

struct Institution
{
    std::string id;
    std::string name;
    std::vector<std::string> countryCodes{"US"};
    std::vector<std::string> products{"transactions", "auth", "balance", "identity"};
    bool oauth = false;                // its own account pane, shown in every update-mode session
    bool persistentAccountIds = false; // tokenized account numbers: Chase, PNC, US Bank
    bool sharedAccountsStay = false;   // update mode cannot take accounts away (Chase)
    int consentMonths = 0;             // 0: consent never expires
};

// US and CA: Link's update mode can change which accounts are shared, and the end of a consent is
// announced by PENDING_DISCONNECT. Elsewhere neither holds.
bool isAmerican(const Institution& institution);

struct Login
{
    std::string id;
    std::string institutionId;
    std::string username;
    std::string password;
    bool notifiesNewAccounts = true; // false: the user chose at the bank not to share new accounts
    bool dynamic = false;            // behaves as user_transactions_dynamic
    std::vector<std::string> accountIds;
};

// One row of a bank statement. `amount` has Plaid's sign: positive when money leaves the account.
struct BankTransaction
{
    std::string id;
    Day date{};
    std::optional<Day> authorizedDate;
    Decimal amount;
    std::string name;
    std::string originalDescription;
    std::optional<std::string> merchantName;
    std::optional<std::string> checkNumber;
    std::optional<std::string> isoCurrency;        // of the account unless stated
    std::optional<std::string> unofficialCurrency; // wins over isoCurrency
    std::string categoryPrimary;                   // empty: none
    std::string categoryDetailed;
    std::string channel = "other"; // online, in store, other
    bool pending = false;
    bool removed = false;
    std::string replacesPending;  // bank id of the pending row this one is the posting of
    bool matchedToPending = true; // false: the wire says nothing about replacesPending
};

enum class TruthChange
{
    added,
    modified,
    removed
};

// One line of an account's journal, in the order of what happened at the bank.
struct JournalLine
{
    TruthChange change;
    std::size_t row;        // index in BankAccount::rows
    bool pageBreak = false; // deliver on another page than the line before
};

struct BankAccount
{
    std::string id;
    std::string loginId;
    std::string name;
    std::optional<std::string> officialName;
    std::string type = "depository";
    std::string subtype = "checking";
    std::optional<std::string> mask;
    std::optional<std::string> isoCurrency{"USD"};
    std::optional<std::string> unofficialCurrency;
    std::optional<std::string> holderCategory{"personal"};
    std::string persistentId;
    Decimal openingBalance;
    std::optional<Decimal> limit;
    bool closed = false;
    std::vector<std::shared_ptr<const BankTransaction>> rows; // current state of each row
    std::vector<JournalLine> journal;
    std::map<std::string, std::size_t> rowOfId;
    Decimal postedSum;      // of the posted rows, with Plaid's sign
    Decimal pendingOutflow; // of the pending rows that take money

    // Opening balance and every posted row: for depository accounts what one has, else what one
    // owes.
    Decimal currentBalance() const;

    // Current balance less what pending rows will take; nothing where banks state none.
    std::optional<Decimal> availableBalance() const;

    // Transactions exist on the wire for depository, credit and student-loan accounts only.
    bool hasTransactions() const;

    // Assets grow with money coming in, debts with money going out.
    bool isDebt() const { return type == "credit" || type == "loan"; }
};

class BankTruth
{
public:
    // Each throws std::invalid_argument, with a sentence for a person, when what it refers to does
    // not exist or the id is taken. Pointers stay good while the truth lives.
    Institution& addInstitution(Institution institution);
    Login& addLogin(Login login);
    BankAccount& addAccount(BankAccount account);

    // Adds a row and its journal line; an empty id gets one of its own.
    const BankTransaction& addTransaction(
        BankAccount& account, BankTransaction row, bool pageBreak = false);

    // Replaces the state of a row; `row.id` names it.
    void modifyTransaction(BankAccount& account, BankTransaction row);
    void removeTransaction(BankAccount& account, const std::string& rowId);

    Institution* institution(const std::string& id);
    Login* login(const std::string& id);
    Login* login(const std::string& institutionId, const std::string& username);
    BankAccount* account(const std::string& id);
    const BankTransaction* transaction(const BankAccount& account, const std::string& rowId) const;

    const std::map<std::string, Institution>& institutions() const { return institutions_; }
    const std::map<std::string, Login>& logins() const { return logins_; }
    const std::map<std::string, BankAccount>& accounts() const { return accounts_; }

private:
    std::map<std::string, Institution> institutions_;
    std::map<std::string, Login> logins_;
    std::map<std::string, BankAccount> accounts_;
    unsigned long nextNumber_ = 1;
};

} // namespace plaidsim
