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

void put(bf_date& out, const std::string& text)
{
    std::memset(out.text, 0, sizeof out.text);
    std::copy_n(text.begin(), std::min(text.size(), sizeof out.text - 1), out.text);
}

bf_money money(std::int64_t units, int exponent, const std::string& currency)
{
    bf_money out{};
    out.units = units;
    out.exponent = static_cast<std::uint32_t>(exponent);
    std::copy_n(currency.begin(), std::min(currency.size(), sizeof out.currency - 1), out.currency);
    return out;
}

template <std::size_t Size>
std::string textOf(const char (&text)[Size])
{
    return {text, strnlen(text, Size)};
}

Digest digestOf(const std::uint8_t (&bytes)[BF_DIGEST_SIZE])
{
    Digest digest{};
    std::copy(std::begin(bytes), std::end(bytes), digest.begin());
    return digest;
}

std::optional<Watermark> markOf(const bf_watermark& mark)
{
    if (mark.present == 0) return std::nullopt;
    return Watermark{mark.epoch, mark.last_seq, digestOf(mark.chain_digest)};
}

bf_watermark newMark()
{
    bf_watermark mark{};
    mark.struct_size = sizeof mark;
    return mark;
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

bf_change changeOf(const LedgerChange& change)
{
    bf_change out{};
    out.struct_size = sizeof out;
    out.kind = static_cast<std::uint32_t>(change.kind);
    out.seq = change.seq;
    out.root_key = change.rootKey.c_str();
    out.revision = change.revision;
    out.account_id = change.ledgerAccountId.c_str();
    out.counter_account = change.counterAccount.c_str();
    out.amount = money(change.units, change.exponent, change.currency);
    put(out.booked_on, change.bookedOn);
    put(out.authorized_on, change.authorizedOn);
    out.description = change.description.c_str();
    out.original_description = change.originalDescription.c_str();
    out.merchant = change.merchant.c_str();
    out.category = change.category.c_str();
    std::copy(change.contentDigest.begin(), change.contentDigest.end(), out.content_digest);
    std::copy(change.chainDigest.begin(), change.chainDigest.end(), out.chain_digest);
    return out;
}

/// Where the change is that stopped the batch: refused, or in conflict; those in front of it may be
/// marked in any way, for nothing is applied. Without one, the first that is not said to be
/// applied.
std::size_t stoppedAt(const std::vector<bf_change_result>& results)
{
    const auto stops = [](const bf_change_result& result)
    { return result.outcome == BF_OUTCOME_REJECTED || result.outcome == BF_OUTCOME_CONFLICT; };
    const auto lacks = [](const bf_change_result& result)
    { return result.outcome != BF_OUTCOME_APPLIED && result.outcome != BF_OUTCOME_ALREADY; };
    auto found = std::find_if(results.begin(), results.end(), stops);
    if (found == results.end()) found = std::find_if(results.begin(), results.end(), lacks);
    return static_cast<std::size_t>(found - results.begin());
}

/// Reads what the host said per change. An answer that contradicts itself is "unknown".
Result<PostOutcome> outcomeOf(bf_status status, const std::vector<bf_change_result>& results)
{
    PostOutcome outcome;
    const std::size_t at = stoppedAt(results);
    if (at < results.size())
    {
        if (status == BF_OK)
            return Error::unknown("host.contradiction",
                "The host said a batch is applied, but not each of its changes.");
        outcome.index = at;
        outcome.kind =
            status == BF_E_CONFLICT ? PostOutcome::Kind::Conflict : PostOutcome::Kind::Rejected;
        outcome.reason = results[at].reason <= BF_REASON_REMOVED
                             ? static_cast<RefusalReason>(results[at].reason)
                             : RefusalReason::Invalid;
        return outcome;
    }
    outcome.appliedNow = static_cast<std::uint64_t>(std::count_if(results.begin(), results.end(),
        [](const bf_change_result& result) { return result.outcome == BF_OUTCOME_APPLIED; }));
    if (status != BF_OK)
    {
        outcome.kind =
            status == BF_E_CONFLICT ? PostOutcome::Kind::Conflict : PostOutcome::Kind::Rejected;
        outcome.reason = RefusalReason::Invalid;
        outcome.appliedNow = 0;
    }
    return outcome;
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
        sayOnce("The host described a ledger account of \"" + tenant +
                "\" against the specification, and it cannot be fed until it is mended: " + left +
                ". Left out in all: " + std::to_string(visit.leftOut) + ".");
    return std::move(visit.accounts);
}

/// The accounts are listed every few seconds; what is wrong with them is said once.
void HostLedger::sayOnce(const std::string& line)
{
    if (said_.size() >= saidMax || !said_.insert(line).second) return;
    HostLog(tables_).write(LogLevel::HostMisbehaving, "accounts", line);
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

Result<std::optional<Watermark>> HostLedger::watermark(
    const std::string& tenant, const std::string& feedId)
{
    bf_watermark mark = newMark();
    bf_error error = newError();
    const bf_status status = tables_.ledgerPost->get_watermark(
        tables_.host, tenant.c_str(), feedId.c_str(), &mark, &error);
    if (status != BF_OK) return hostError(status, error, "say how far a feed is applied");
    return markOf(mark);
}

Result<PostOutcome> HostLedger::post(const LedgerBatch& batch)
{
    BF_ASSERT(!batch.changes.empty() && batch.changes.size() <= BF_CHANGES_PER_BATCH_MAX);
    std::vector<bf_change> changes;
    changes.reserve(batch.changes.size());
    for (const auto& change : batch.changes)
        changes.push_back(changeOf(change));

    bf_batch out{};
    out.struct_size = sizeof out;
    out.flags = batch.epochStart ? BF_BATCH_EPOCH_START : 0U;
    out.tenant_id = batch.tenant.c_str();
    out.feed_id = batch.feedId.c_str();
    out.epoch = batch.epoch;
    std::copy(batch.previousDigest.begin(), batch.previousDigest.end(), out.prev_digest);
    out.changes = changes.data();
    out.change_size = sizeof(bf_change);
    out.change_count = static_cast<std::uint32_t>(changes.size());

    std::vector<bf_change_result> results(changes.size());
    for (auto& result : results)
        result.struct_size = sizeof(bf_change_result);
    bf_watermark after = newMark();
    bf_error error = newError();
    const bf_status status = tables_.ledgerPost->post_batch(
        tables_.host, &out, results.data(), sizeof(bf_change_result), &after, &error);
    if (status != BF_OK && status != BF_E_REJECTED && status != BF_E_CONFLICT)
    {
        // Whatever the host's word for it: what is in the books is what the watermark says. Only a
        // wrong digest and a batch against the rules will not get better by asking.
        Error failure = hostError(status, error, "apply a batch of ledger changes");
        if (failure.kind != ErrorKind::Corrupt && failure.kind != ErrorKind::Invalid)
            failure.kind = ErrorKind::Unknown;
        return failure;
    }
    BF_LET(outcome, outcomeOf(status, results));
    outcome.after = markOf(after);
    return outcome;
}

Result<std::vector<Head>> HostLedger::heads(
    const std::string& tenant, const std::vector<std::string>& rootKeys)
{
    BF_ASSERT(rootKeys.size() <= BF_CHANGES_PER_BATCH_MAX);
    if (rootKeys.empty()) return std::vector<Head>{};
    std::vector<const char*> keys;
    for (const auto& key : rootKeys)
        keys.push_back(key.c_str());
    std::vector<bf_head> heads(keys.size());
    for (auto& head : heads)
        head.struct_size = sizeof(bf_head);
    bf_error error = newError();
    const bf_status status =
        tables_.ledgerPost->find_heads(tables_.host, tenant.c_str(), keys.data(),
            static_cast<std::uint32_t>(keys.size()), heads.data(), sizeof(bf_head), &error);
    if (status != BF_OK) return hostError(status, error, "say what it holds of a feed");
    std::vector<Head> found;
    for (const auto& head : heads)
    {
        // Nothing that is numbered above it could be told; no feed of ours has come near it.
        if (head.revision > BF_REVISION_MAX)
            return Error::invalid("host.bad_head", "The host told a head with revision " +
                                                       std::to_string(head.revision) +
                                                       ", which no change had that it was given.");
        found.push_back({head.revision, digestOf(head.content_digest)});
    }
    return found;
}

} // namespace bankfeed::plugin
