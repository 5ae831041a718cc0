// Tenants and ledger accounts of the host: the half of HostLedger that the mirror of the books
// asks.
#include "HostLedger.h"

#include "Boundary.h"
#include "HostAnswers.h"
#include "HostPorts.h"

#include "base/Limits.h"
#include "base/Utf8.h"
#include "money/Currency.h"
#include "money/Decimal.h"

#include <algorithm>
#include <cstring>

namespace bankfeed::plugin
{

namespace
{

constexpr std::size_t tenantsMax = 100'000;
constexpr std::size_t accountsMax = 100'000;

/// Accounts that are named in the log because they cannot be mirrored; further ones are counted.
constexpr std::size_t namedPerList = 20;
constexpr std::size_t saidMax = 1'000;

template <std::size_t Size>
std::string textOf(const char (&text)[Size])
{
    return {text, strnlen(text, Size)};
}

struct AccountVisit
{
    std::vector<LedgerAccount> accounts;
    std::vector<std::string> left; ///< Why accounts are left out, with their ids.
    std::size_t leftOut = 0;
    std::size_t number = 0;
    bool bad = false;
    bool tooMany = false;
};

/// ISO 4217 codes, and those of a provider: what a bank account's currency can be equal to.
bool isCurrency(std::string_view code)
{
    return money::Currency::unofficial(code).ok();
}

/// Fills `one` from what the host says. What is against the specification; nullptr when nothing is.
const char* takeAccount(const bf_ledger_account& account, LedgerAccount& one)
{
    if (!isId(account.account_id)) return "account_id is not an id";
    one.id = account.account_id;
    if (account.name == nullptr) return "name is NULL";
    if (!isUtf8(account.name)) return "name is not UTF-8";
    one.name = safeText(account.name, limits::textBytes);
    if (account.type < BF_LEDGER_ASSET || account.type > BF_LEDGER_EXPENSE) return "type is none";
    one.type = static_cast<LedgerAccountType>(account.type);
    one.open = (account.flags & BF_LEDGER_OPEN) != 0;
    one.feedable = (account.flags & BF_LEDGER_FEEDABLE) != 0;
    one.currency = textOf(account.balance.currency);
    if (!isCurrency(one.currency)) return "balance.currency is not a currency";
    if (account.exponent > money::Decimal::scaleMax) return "exponent is above 18";
    one.exponent = static_cast<int>(account.exponent);
    if (account.balance.exponent > money::Decimal::scaleMax) return "balance.exponent is above 18";
    // The balance may have an exponent of its own, as any amount: the same worth in our units.
    const auto balance =
        money::Decimal::ofUnits(account.balance.units, static_cast<int>(account.balance.exponent))
            .toUnits(one.exponent);
    if (!balance.ok() || balance->rounded)
        return "balance is no whole number of units of the account's exponent";
    one.balanceUnits = balance->units;
    const std::string day = textOf(account.last_entry_on.text);
    one.lastEntryOn = Date::parse(day);
    return one.lastEntryOn || day.empty() ? nullptr : "last_entry_on is no date";
}

bf_status visitAccount(void* ctx, const bf_ledger_account* account) noexcept
{
    auto& visit = *static_cast<AccountVisit*>(ctx);
    try
    {
        if (account == nullptr || account->struct_size < sizeof(bf_ledger_account))
        {
            visit.bad = true;
            return BF_E_INVALID;
        }
        if (++visit.number > accountsMax)
        {
            visit.tooMany = true;
            return BF_E_EXHAUSTED;
        }
        LedgerAccount one;
        const char* const fault = takeAccount(*account, one);
        if (fault == nullptr)
        {
            visit.accounts.push_back(std::move(one));
            return BF_OK;
        }
        // One account that is wrong does not keep the others out.
        ++visit.leftOut;
        if (visit.left.size() < namedPerList)
            visit.left.push_back(
                "ledger account " +
                (one.id.empty() ? "number " + std::to_string(visit.number) : "\"" + one.id + "\"") +
                ": " + fault);
        return BF_OK;
    }
    catch (...)
    {
        return BF_E_EXHAUSTED;
    }
}

/// An account that is listed twice counts once.
void leaveOutRepeated(AccountVisit& visit)
{
    auto& all = visit.accounts;
    std::stable_sort(all.begin(), all.end(),
        [](const LedgerAccount& a, const LedgerAccount& b) { return a.id < b.id; });
    const auto repeated = std::unique(all.begin(), all.end(),
        [&](const LedgerAccount& a, const LedgerAccount& b)
        {
            if (a.id != b.id) return false;
            ++visit.leftOut;
            if (visit.left.size() < namedPerList)
                visit.left.push_back("ledger account \"" + b.id + "\": it is listed twice");
            return true;
        });
    all.erase(repeated, all.end());
}

struct TenantVisit
{
    std::vector<std::string> tenants;
    bool bad = false;
    bool tooMany = false;
};

bf_status visitTenant(void* ctx, const char* tenant) noexcept
{
    auto& visit = *static_cast<TenantVisit*>(ctx);
    try
    {
        if (!isId(tenant))
        {
            visit.bad = true;
            return BF_E_INVALID;
        }
        if (visit.tenants.size() >= tenantsMax)
        {
            visit.tooMany = true;
            return BF_E_EXHAUSTED;
        }
        visit.tenants.emplace_back(tenant);
        return BF_OK;
    }
    catch (...)
    {
        return BF_E_EXHAUSTED;
    }
}

} // namespace

Result<void> HostLedger::visitTenants(const std::function<Result<void>(const std::string&)>& visit)
{
    tenants_.clear();
    TenantVisit found;
    const bf_status status =
        tables_.ledgerAccounts->visit_tenants(tables_.host, visitTenant, &found);
    if (found.bad)
        return Error::invalid(
            "host.bad_tenant", "The host named a tenant against the specification: number " +
                                   std::to_string(found.tenants.size() + 1) +
                                   " of ledger-accounts visit_tenants is not an id.");
    if (found.tooMany)
        return Error::exhausted(
            "host.too_many_tenants", "The host has more tenants than this plugin takes, which is " +
                                         std::to_string(tenantsMax) + ".");
    if (status != BF_OK) return hostError(status, newError(), "list its tenants");
    for (const auto& tenant : found.tenants)
        BF_TRY(visit(tenant));
    return success();
}

Result<bool> HostLedger::hasTenant(const std::string& tenant)
{
    if (tenants_.contains(tenant)) return true;
    std::set<std::string> named;
    BF_TRY(visitTenants(
        [&](const std::string& one) -> Result<void>
        {
            named.insert(one);
            return success();
        }));
    tenants_ = std::move(named);
    return tenants_.contains(tenant);
}

Result<std::vector<LedgerAccount>> HostLedger::accounts(const std::string& tenant)
{
    AccountVisit visit;
    const bf_status status =
        tables_.ledgerAccounts->list(tables_.host, tenant.c_str(), visitAccount, &visit);
    if (visit.bad)
        return Error::invalid("host.bad_account",
            "The host described a ledger account of \"" + tenant +
                "\" against the specification: number " + std::to_string(visit.number + 1) +
                " of ledger-accounts list is NULL or too short.");
    if (visit.tooMany)
        return Error::exhausted("host.too_many_accounts",
            "\"" + tenant + "\" has more ledger accounts than this plugin takes, which is " +
                std::to_string(accountsMax) + ".");
    if (status != BF_OK) return hostError(status, newError(), "list its accounts");
    leaveOutRepeated(visit);
    for (const auto& left : visit.left)
        sayOnce("accounts",
            "The host described a ledger account of \"" + tenant +
                "\" against the specification, and it cannot be fed until it is mended: " + left +
                ". Left out in all: " + std::to_string(visit.leftOut) + ".");
    return std::move(visit.accounts);
}

void HostLedger::sayOnce(const char* component, const std::string& line)
{
    if (said_.size() >= saidMax || !said_.insert(line).second) return;
    HostLog(tables_).write(LogLevel::HostMisbehaving, component, line);
}

Result<std::string> HostLedger::createAccount(
    const std::string& tenant, const LedgerAccountRequest& request)
{
    bf_ledger_account_request out{};
    out.struct_size = sizeof out;
    out.type = static_cast<std::uint32_t>(request.type);
    out.idempotency_key = request.idempotencyKey.c_str();
    out.name = request.name.c_str();
    out.exponent = static_cast<std::uint32_t>(request.exponent);
    std::copy_n(request.currency.begin(),
        std::min(request.currency.size(), sizeof out.currency - 1), out.currency);
    HostText id(BF_ID_MAX);
    bf_error error = newError();
    const bf_status status =
        tables_.ledgerAccounts->create(tables_.host, tenant.c_str(), &out, id.sink(), &error);
    if (status != BF_OK && status != BF_ALREADY)
        return hostError(status, error, "create an account");
    const char* const fault = id.fault();
    if (fault != nullptr)
        return Error::invalid("host.bad_account_id",
            "The host made the account \"" + request.name +
                "\", but its id, as ledger-accounts create wrote it, " + fault + ".");
    if (id.bytes().empty())
        return Error::unknown("host.no_account_id", "The host made an account without naming it.");
    return id.bytes();
}

} // namespace bankfeed::plugin
