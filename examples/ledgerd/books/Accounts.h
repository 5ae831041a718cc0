// The accounts of the books. Every function takes the tenant: an id of another one is not found.
#pragma once

#include "base/Money.h"
#include "base/Result.h"
#include "books/Database.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ledgerd
{

enum class AccountType
{
    asset = 1,
    liability = 2,
    equity = 3,
    income = 4,
    expense = 5,
};

const char* typeName(AccountType type); // "asset"
bool parseAccountType(std::string_view name, AccountType& out);

// What the books themselves use an account for; one account per role and currency.
enum class Role
{
    none,
    suspense,        // where the other side of a bank transaction waits until somebody knows better
    openingBalances, // where balances come from that are older than the books
};

struct Account
{
    std::int64_t id = 0;
    std::string name; // "Assets:Bank:Checking"
    AccountType type = AccountType::asset;
    Currency currency;
    bool open = true;
    bool feedable = false; // a bank feed may post here
    Role role = Role::none;
    std::int64_t balance = 0; // minor units, debit positive
    std::string lastEntryOn;  // civil date; "" without entries
};

struct NewAccount
{
    std::string name; // full name
    AccountType type = AccountType::asset;
    Currency currency;
    bool feedable = false;
    Role role = Role::none;
    std::string idempotencyKey; // "" when a person makes it
};

struct CreatedAccount
{
    std::int64_t id = 0;
    bool already = false; // the idempotency key had made it before
};

constexpr std::size_t accountNameMax = 200; // bytes
constexpr std::size_t accountsMax = 10'000; // per tenant

// "acc-17" and back; 0 when `text` is not of that form.
std::string accountText(std::int64_t id);
std::int64_t parseAccountText(std::string_view text);

// One level of a name out of what a person typed: one line, single blanks, no colon (a hyphen
// stands for it) and no semicolon (a comma). "" when nothing is left.
std::string accountNamePart(std::string_view typed);

// True for "Assets:Bank:Checking": levels as accountNamePart makes them, joined by colons, at most
// accountNameMax bytes, and no sign at the start.
bool isAccountName(std::string_view name);

// The full name that a person means by what they typed. Colons separate levels, which stand below
// the type's root: "Bank:Savings" of an asset is "Assets:Bank:Savings", and so is
// "Assets:Bank:Savings". A name without colons stands below `home` ("Bank"), if there is one.
// Failure: no name, too long a name, or one that begins with the root of another type.
Result<std::string> fullAccountName(
    AccountType type, std::string_view typed, std::string_view home = "");

namespace accounts
{

// All of a tenant by name.
std::vector<Account> list(Unit& unit, const std::string& tenant);

Result<Account> find(Unit& unit, const std::string& tenant, std::int64_t id);

// Makes an account. Failure: conflict when the name is taken, invalid for a bad name, for another
// exponent than the tenant's currency has, or when the tenant has accountsMax.
Result<CreatedAccount> create(
    Unit& unit, const std::string& tenant, const NewAccount& account, std::int64_t utcNs);

// The account of a role, made when there is none yet.
Result<Account> forRole(
    Unit& unit, const std::string& tenant, Role role, const Currency& currency, std::int64_t utcNs);

// Closing keeps the history and refuses new entries; an account can be opened again.
Done setOpen(Unit& unit, const std::string& tenant, std::int64_t id, bool open);

} // namespace accounts

} // namespace ledgerd
