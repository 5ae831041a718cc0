#include "accounts/LedgerMirror.h"

#include "accounts/Attention.h"
#include "base/JsonWriter.h"
#include "base/Limits.h"
#include "base/Netstring.h"
#include "base/Utf8.h"
#include "store/AccountLinkRepository.h"
#include "store/AuditRepository.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/JobRepository.h"
#include "store/NoticeRepository.h"

#include <algorithm>

namespace bankfeed::accounts
{

namespace
{

constexpr std::size_t tenantsMax = 100'000;
constexpr std::size_t seenMax = 10'000;
constexpr std::size_t ledgerAccountsMax = 100'000;
constexpr std::int64_t pageSize = 5000;

std::string lastEntry(const LedgerAccount& account)
{
    return account.lastEntryOn ? account.lastEntryOn->text() : std::string();
}

Digest digestOf(const std::vector<LedgerAccount>& accounts)
{
    Netstrings parts;
    for (const LedgerAccount& a : accounts)
        parts.add(a.id)
            .add(a.name)
            .add(static_cast<std::int64_t>(a.type))
            .add(std::int64_t{a.open} * 2 + std::int64_t{a.feedable})
            .add(a.currency)
            .add(std::int64_t{a.exponent})
            .add(a.balanceUnits)
            .add(lastEntry(a));
    return sha256(parts.bytes());
}

bool same(const LedgerAccount& a, const LedgerAccount& b)
{
    return a.name == b.name && a.type == b.type && a.open == b.open && a.feedable == b.feedable &&
           a.currency == b.currency && a.exponent == b.exponent &&
           a.balanceUnits == b.balanceUnits && a.lastEntryOn == b.lastEntryOn;
}

/// The host said no for good, as against "not now" or "unknown".
bool refused(const Error& error)
{
    return error.kind == ErrorKind::Conflict || error.kind == ErrorKind::Invalid ||
           error.kind == ErrorKind::Denied || error.kind == ErrorKind::NotFound ||
           error.kind == ErrorKind::Exhausted;
}

} // namespace

Result<LedgerMirror::Outcome> LedgerMirror::tick(Ledger& ledger, std::int64_t budgetMs)
{
    const std::int64_t until = clock_.monoNs() + budgetMs * nsPerMs;
    BF_LET(tenants, tenantsOf(ledger));
    // Begin behind the tenant where time was up last.
    const auto next = std::upper_bound(tenants.begin(), tenants.end(), resumeAfter_);
    std::rotate(tenants.begin(), next, tenants.end());
    resumeAfter_.clear();
    Outcome outcome;
    for (std::size_t i = 0; i < tenants.size(); ++i)
    {
        BF_TRY(serve(ledger, tenants[i], until, outcome));
        if (clock_.monoNs() < until || i + 1 == tenants.size()) continue;
        resumeAfter_ = tenants[i];
        outcome.more = true;
        break;
    }
    if (outcome.made > 0) wake_.wake(WakeReason::Jobs);
    return outcome;
}

Result<std::vector<std::string>> LedgerMirror::tenantsOf(Ledger& ledger)
{
    std::vector<std::string> tenants;
    // Only collected here: no unit may be open while the host visits.
    BF_TRY(ledger.visitTenants(
        [&](const std::string& tenant) -> Result<void>
        {
            if (tenants.size() >= tenantsMax)
                return Error::exhausted("ledger.tenants", "The host has too many tenants.");
            tenants.push_back(tenant);
            return success();
        }));
    std::sort(tenants.begin(), tenants.end());
    tenants.erase(std::unique(tenants.begin(), tenants.end()), tenants.end());
    return tenants;
}

Result<void> LedgerMirror::serve(
    Ledger& ledger, const std::string& tenant, std::int64_t untilNs, Outcome& outcome)
{
    const std::int64_t madeBefore = outcome.made;
    BF_TRY(makeWished(ledger, tenant, untilNs, outcome));
    const auto last = seen_.find(tenant);
    const std::int64_t now = clock_.monoNs();
    const bool fresh =
        last != seen_.end() && now - last->second.atNs < settings_.mirrorEveryMs * nsPerMs;
    if (fresh && outcome.made == madeBefore) return success();
    auto shown = ledger.accounts(tenant);
    if (!shown.ok())
    {
        log_.write(LogLevel::Warning, "accounts",
            "the host does not give its accounts: " + shown.error().text);
        return success();
    }
    if (shown->size() > ledgerAccountsMax)
        return Error::exhausted("ledger.accounts", "The host has too many accounts.");
    std::sort(shown->begin(), shown->end(),
        [](const LedgerAccount& a, const LedgerAccount& b) { return a.id < b.id; });
    const Digest digest = digestOf(*shown);
    if (last == seen_.end() || last->second.digest != digest)
        BF_TRY(mirror(tenant, std::move(*shown), outcome));
    if (seen_.size() >= seenMax) seen_.clear();
    seen_[tenant] = Seen{now, digest};
    return success();
}

Result<void> LedgerMirror::makeWished(
    Ledger& ledger, const std::string& tenant, std::int64_t untilNs, Outcome& outcome)
{
    BF_LET(wishes, database_.read(
                       [&](store::Unit& unit) -> Result<std::vector<store::LedgerAccountWish>> {
                           return store::LedgerAccountRepository(unit, tenant)
                               .waiting(settings_.wishesPerTick);
                       }));
    for (const store::LedgerAccountWish& wish : wishes)
    {
        const auto id = ledger.createAccount(
            tenant, {wish.id, wish.name, wish.type, wish.currency, wish.exponent});
        if (id.ok())
            BF_TRY(made(tenant, wish, *id, outcome));
        else if (refused(id.error()))
            BF_TRY(failed(tenant, wish, id.error().text, outcome));
        else
            log_.write(LogLevel::Warning, "accounts",
                "the host has not made an account yet: " + id.error().text);
        if (clock_.monoNs() >= untilNs) return success();
    }
    return success();
}

Result<void> LedgerMirror::made(const std::string& tenant, const store::LedgerAccountWish& wish,
    const std::string& ledgerAccountId, Outcome& outcome)
{
    const UtcTime now = clock_.now();
    BF_LET(good, database_.write(
                     [&](store::Unit& unit) -> Result<bool>
                     {
                         store::LedgerAccountRepository ledger(unit, tenant);
                         store::AccountLinkRepository links(unit, tenant);
                         const auto link = links.find(wish.linkId);
                         if (!link || link->endedAt)
                         {
                             ledger.wishMade(wish.id, ledgerAccountId);
                             return true;
                         }
                         const auto stored = ledger.findWish(wish.id);
                         if (!stored || stored->state != "waiting") return true;
                         if (!links.setLedgerAccount(wish.linkId, ledgerAccountId))
                         {
                             giveUp(unit, tenant, wish,
                                 "The books gave an account that is fed already.", now);
                             return false;
                         }
                         ledger.wishMade(wish.id, ledgerAccountId);
                         if (!ledger.find(ledgerAccountId))
                             ledger.put({{ledgerAccountId, wish.name, wish.type, true, true,
                                            wish.currency, wish.exponent, 0, std::nullopt}},
                                 now);
                         links.setState(wish.linkId, store::linkState::releasing);
                         store::JobRepository(unit).ask(
                             random_, tenant, store::job::release, wish.linkId, now);
                         return true;
                     }));
    ++(good ? outcome.made : outcome.failed);
    return success();
}

Result<void> LedgerMirror::failed(const std::string& tenant, const store::LedgerAccountWish& wish,
    const std::string& why, Outcome& outcome)
{
    const UtcTime now = clock_.now();
    BF_TRY(database_.write(
        [&](store::Unit& unit) -> Result<void>
        {
            const auto stored = store::LedgerAccountRepository(unit, tenant).findWish(wish.id);
            if (stored && stored->state == "waiting") giveUp(unit, tenant, wish, why, now);
            return success();
        }));
    ++outcome.failed;
    return success();
}

void LedgerMirror::giveUp(store::Unit& unit, const std::string& tenant,
    const store::LedgerAccountWish& wish, const std::string& why, UtcTime now)
{
    // The link ends and the bank account is open again, so that the review asks once more.
    const std::string text = isUtf8(why) ? safeText(why, limits::textBytes) : std::string();
    store::LedgerAccountRepository(unit, tenant).wishFailed(wish.id, text);
    store::AccountLinkRepository links(unit, tenant);
    const auto link = links.find(wish.linkId);
    if (!link || !links.end(wish.linkId, now)) return;
    store::BankAccountRepository accounts(unit, tenant);
    accounts.setDecision(link->bankAccountId, store::decision::open, "", now);
    JsonWriter params;
    params.beginObject().member("name", wish.name).member("text", text).endObject();
    Attention attention(unit, random_, tenant, now);
    attention.open(store::notice::ledgerAccountFailed, wish.linkId, "warning", params.text());
    if (const auto account = accounts.find(link->bankAccountId))
        if (const auto connection =
                store::ConnectionRepository(unit, tenant).find(account->connectionId))
            attention.refresh(*connection, /*justRead=*/false);
    store::AuditRepository(unit, tenant)
        .append(
            now, store::Actor::system(), "account.link_failed", link->bankAccountId, params.text());
}

Result<std::map<std::string, LedgerAccount>> LedgerMirror::stored(const std::string& tenant)
{
    std::map<std::string, LedgerAccount> all;
    std::string after;
    for (std::size_t read = 0; read <= ledgerAccountsMax * 2;)
    {
        BF_LET(page,
            database_.read([&](store::Unit& unit) -> Result<std::vector<LedgerAccount>>
                { return store::LedgerAccountRepository(unit, tenant).page(after, pageSize); }));
        for (LedgerAccount& account : page)
        {
            after = account.id;
            all.emplace(after, std::move(account));
        }
        read += page.size();
        if (page.size() < static_cast<std::size_t>(pageSize)) return all;
    }
    return Error::exhausted("ledger.accounts", "The mirror holds too many accounts.");
}

Result<void> LedgerMirror::mirror(
    const std::string& tenant, std::vector<LedgerAccount> shown, Outcome& outcome)
{
    BF_LET(before, stored(tenant));
    std::vector<LedgerAccount> changed;
    for (LedgerAccount& account : shown)
    {
        const auto found = before.find(account.id);
        if (found == before.end() || !same(found->second, account)) changed.push_back(account);
        if (found != before.end()) before.erase(found);
    }
    // What the host does not list any more stays, closed: links and history name it.
    for (auto& [id, account] : before)
    {
        if (!account.open) continue;
        account.open = false;
        changed.push_back(std::move(account));
    }
    const UtcTime now = clock_.now();
    for (std::size_t begin = 0; begin < changed.size(); begin += limits::rowsPerUnit)
    {
        const std::size_t end = std::min(changed.size(), begin + limits::rowsPerUnit);
        const std::vector<LedgerAccount> part(changed.begin() + static_cast<std::ptrdiff_t>(begin),
            changed.begin() + static_cast<std::ptrdiff_t>(end));
        BF_TRY(database_.write(
            [&](store::Unit& unit) -> Result<void>
            {
                store::LedgerAccountRepository(unit, tenant).put(part, now);
                return success();
            }));
        outcome.written += static_cast<std::int64_t>(part.size());
    }
    return success();
}

} // namespace bankfeed::accounts
