#include "books/Accounts.h"

#include "books/ClosedBooks.h"
#include "books/LedgerEvents.h"

#include <bankfeed/ext/ledger-events.h>

#include "base/Clock.h"
#include "base/Text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace ledgerd
{

namespace
{

constexpr std::array<const char*, 6> typeNames{
    "", "asset", "liability", "equity", "income", "expense"};
constexpr std::array<const char*, 6> rootNames{
    "", "Assets", "Liabilities", "Equity", "Income", "Expenses"};
constexpr std::string_view idPrefix = "acc-";

const char* roleText(Role role)
{
    switch (role)
    {
    case Role::suspense: return "suspense";
    case Role::openingBalances: return "opening-balances";
    case Role::none: break;
    }
    return "";
}

Role parseRole(const std::string& text)
{
    if (text == "suspense") return Role::suspense;
    if (text == "opening-balances") return Role::openingBalances;
    return Role::none;
}

const std::string columns =
    "SELECT id, name, type, currency, exponent, open, feedable, role, balance_units, last_entry_on"
    " FROM account WHERE tenant = ?";
constexpr std::string_view columnTypes = "ititiiitit";

Account accountOf(const Rows& rows, std::size_t row)
{
    Account account;
    account.id = rows.integer(row, 0);
    account.name = rows.text(row, 1);
    account.type = static_cast<AccountType>(rows.integer(row, 2));
    account.currency.code = rows.text(row, 3);
    account.currency.exponent = static_cast<std::uint32_t>(rows.integer(row, 4));
    account.open = rows.integer(row, 5) != 0;
    account.feedable = rows.integer(row, 6) != 0;
    account.role = parseRole(rows.text(row, 7));
    account.balance = rows.integer(row, 8);
    account.lastEntryOn = rows.text(row, 9);
    return account;
}

// Notes the currency of the tenant at its first use; later only the same exponent passes.
Done admitCurrency(Unit& unit, const std::string& tenant, const Currency& currency)
{
    if (!isCurrencyCode(currency.code) || currency.exponent > exponentMax)
        return invalid(
            "A currency is a code of up to 11 letters and digits, with 0 to 18 decimals.");
    const Rows known = unit.select("SELECT exponent FROM currency WHERE tenant = ? AND code = ?",
        "i", {tenant, currency.code});
    if (known.empty())
    {
        unit.run("INSERT INTO currency (tenant, code, exponent) VALUES (?, ?, ?)",
            {tenant, currency.code, static_cast<std::int64_t>(currency.exponent)});
        return done();
    }
    if (known.integer(0, 0) != static_cast<std::int64_t>(currency.exponent))
        return invalid("These books keep " + currency.code + " with " +
                       std::to_string(known.integer(0, 0)) + " decimals.");
    return done();
}

} // namespace

const char* typeName(AccountType type)
{
    return typeNames.at(static_cast<std::size_t>(type));
}

bool parseAccountType(std::string_view name, AccountType& out)
{
    for (std::size_t i = 1; i < typeNames.size(); ++i)
        if (name == typeNames[i])
        {
            out = static_cast<AccountType>(i);
            return true;
        }
    return false;
}

std::string accountText(std::int64_t id)
{
    return std::string(idPrefix) + std::to_string(id);
}

std::int64_t parseAccountText(std::string_view text)
{
    if (!text.starts_with(idPrefix)) return 0;
    text.remove_prefix(idPrefix.size());
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    const bool whole =
        error == std::errc() && end == text.data() + text.size() && text.front() != '0';
    return whole && id > 0 ? id : 0;
}

std::string accountNamePart(std::string_view typed)
{
    std::string out = singleBlanks(typed);
    std::replace(out.begin(), out.end(), ':', '-');
    std::replace(out.begin(), out.end(), ';', ',');
    return trimmed(cutUtf8(out, 100));
}

bool isAccountName(std::string_view name)
{
    // At its start, a sign would be a virtual posting, a comment or a directive in an export.
    const auto isSign = [](char c)
    {
        return !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
               static_cast<unsigned char>(c) < 0x80;
    };
    if (name.empty() || name.size() > accountNameMax || isSign(name.front())) return false;
    while (true)
    {
        const std::size_t colon = name.find(':');
        const std::string_view part = name.substr(0, colon);
        if (part.empty() || accountNamePart(part) != part) return false;
        if (colon == std::string_view::npos) return true;
        name.remove_prefix(colon + 1);
    }
}

Result<std::string> fullAccountName(AccountType type, std::string_view typed, std::string_view home)
{
    std::vector<std::string> levels;
    for (const std::string& level : splitList(typed, ':'))
        if (std::string part = accountNamePart(level); !part.empty())
            levels.push_back(std::move(part));
    if (levels.empty()) return invalid("The account needs a name.");
    const std::string root = rootNames.at(static_cast<std::size_t>(type));
    std::size_t first = 0;
    if (levels.size() > 1)
        for (std::size_t i = 1; i < rootNames.size(); ++i)
        {
            if (!equalsIgnoringCase(levels[0], rootNames[i])) continue;
            if (root != rootNames[i])
                return invalid("The name begins with " + levels[0] +
                               ", but the account is of the "
                               "type " +
                               typeName(type) + ", which stands below " + root + ".");
            first = 1;
        }
    std::string name = root;
    if (levels.size() == 1 && !home.empty()) name.append(":").append(home);
    for (; first < levels.size(); ++first)
        name.append(":").append(levels[first]);
    if (name.size() > accountNameMax) return invalid("The account's name is too long.");
    return name;
}

namespace accounts
{

std::vector<Account> list(Unit& unit, const std::string& tenant)
{
    const Rows rows = unit.select(columns + " ORDER BY name", columnTypes, {tenant});
    std::vector<Account> all;
    all.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row)
        all.push_back(accountOf(rows, row));
    return all;
}

Result<Account> find(Unit& unit, const std::string& tenant, std::int64_t id)
{
    const Rows rows = unit.select(columns + " AND id = ?", columnTypes, {tenant, id});
    if (rows.empty()) return notFound("There is no such account.");
    return accountOf(rows, 0);
}

Result<CreatedAccount> create(
    Unit& unit, const std::string& tenant, const NewAccount& account, std::int64_t utcNs)
{
    if (!isAccountName(account.name))
        return invalid(
            "An account's name is made of levels joined by colons, such as Assets:Bank:Checking.");
    if (!account.idempotencyKey.empty())
    {
        const Rows made =
            unit.select("SELECT id FROM account WHERE tenant = ? AND idempotency_key = ?", "i",
                {tenant, account.idempotencyKey});
        if (!made.empty()) return CreatedAccount{made.integer(0, 0), true};
    }
    const Rows taken = unit.select(
        "SELECT 1 FROM account WHERE tenant = ? AND name = ?", "i", {tenant, account.name});
    if (!taken.empty()) return conflict("There is an account named " + account.name + " already.");
    const Rows count = unit.select("SELECT count(*) FROM account WHERE tenant = ?", "i", {tenant});
    if (count.integer(0, 0) >= static_cast<std::int64_t>(accountsMax))
        return invalid("These books hold as many accounts as they can.");
    if (Done admitted = admitCurrency(unit, tenant, account.currency); !admitted)
        return admitted.failure();

    // An id is never given twice, not even by books that were restored from an older copy: a bank
    // feed that knew the account of the newer ones would be booked into a stranger. So ids move on
    // with the time, in milliseconds since the first account.
    const Rows next =
        unit.select("SELECT COALESCE(MAX(id), 0) + 1, COALESCE(MIN(created_utc_ns), ?) "
                    "FROM account",
            "ii", {utcNs});
    const std::int64_t id = std::max(next.integer(0, 0), (utcNs - next.integer(0, 1)) / nsPerMs);
    unit.run("INSERT INTO account (id, tenant, name, type, currency, exponent, open, feedable, "
             "role, idempotency_key,"
             " balance_units, last_entry_on, created_utc_ns) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, "
             "0, '', ?)",
        {id, tenant, account.name, static_cast<std::int64_t>(account.type), account.currency.code,
            static_cast<std::int64_t>(account.currency.exponent), std::int64_t{account.feedable},
            std::string(roleText(account.role)), account.idempotencyKey, utcNs});
    return CreatedAccount{id, false};
}

Result<Account> forRole(
    Unit& unit, const std::string& tenant, Role role, const Currency& currency, std::int64_t utcNs)
{
    const Rows rows = unit.select(columns + " AND role = ? AND currency = ?", columnTypes,
        {tenant, std::string(roleText(role)), currency.code});
    if (!rows.empty())
    {
        Account found = accountOf(rows, 0);
        if (found.currency != currency)
            return invalid(
                "These books keep " + currency.code + " with another number of decimals.");
        return found;
    }
    NewAccount wanted;
    wanted.type = AccountType::equity;
    wanted.currency = currency;
    wanted.role = role;
    const std::string base =
        role == Role::suspense ? "Equity:Suspense:" : "Equity:Opening balances:";
    wanted.name = base + currency.code;
    // A person may have taken the name for something else.
    for (int attempt = 2; attempt < 10; ++attempt)
    {
        const auto made = create(unit, tenant, wanted, utcNs);
        if (made) return find(unit, tenant, made->id);
        if (made.failure().kind != Failure::Kind::conflict) return made.failure();
        wanted.name = base + currency.code + " " + std::to_string(attempt);
    }
    return conflict("The names for the account of this role are taken.");
}

Done setOpen(Unit& unit, const std::string& tenant, std::int64_t id, bool open)
{
    const auto account = find(unit, tenant, id);
    if (!account) return account.failure();
    if (account->role != Role::none) return invalid("The books need this account themselves.");
    if (open && closed::mergedInto(unit, tenant, id) != id)
        return invalid("The account was merged into another one.");
    unit.run("UPDATE account SET open = ? WHERE tenant = ? AND id = ?",
        {std::int64_t{open}, tenant, id});
    events::add(unit, tenant,
        {0, "", BF_EVENT_ACCOUNT, accountText(id), "", open ? BF_ACCOUNT_OPEN : BF_ACCOUNT_CLOSED,
            0, ""});
    return done();
}

} // namespace accounts

} // namespace ledgerd
