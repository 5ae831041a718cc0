#include "accounts/LedgerMirror.h"

#include "accounts/FailedLink.h"
#include "accounts/LedgerName.h"
#include "accounts/LinkingChecks.h"
#include "base/JsonWriter.h"
#include "base/Limits.h"
#include "base/Netstring.h"
#include "base/Utf8.h"
#include "store/AccountLinkRepository.h"
#include "store/AuditRepository.h"
#include "store/BankAccountRepository.h"
#include "store/BookFacts.h"
#include "store/JobRepository.h"
#include "store/NoticeRepository.h"
#include "store/TenantErasureRepository.h"

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

std::string nameIn(const std::vector<LedgerAccount>& accounts, const std::string& id)
{
    const auto found = std::find_if(accounts.begin(), accounts.end(),
        [&](const LedgerAccount& account) { return account.id == id; });
    return found == accounts.end() ? std::string() : found->name;
}

/// The decision's entry in the audit log has the name that was asked for; this one says what it
/// came to.
void tellMade(store::Unit& unit, const std::string& tenant, const store::AccountLink& link,
    const store::LedgerAccountWish& wish, const std::string& name, UtcTime now)
{
    const auto account = store::BankAccountRepository(unit, tenant).find(link.bankAccountId);
    JsonWriter detail;
    detail.beginObject();
    if (account) detail.member("account", account->name).member("mask", account->mask);
    detail.member("ledger_account", name).member("asked_for", wish.name);
    detail.member("link_id", link.id).endObject();
    store::AuditRepository(unit, tenant)
        .append(
            now, store::Actor::system(), "ledger_account.made", link.bankAccountId, detail.text());
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
    const std::int64_t until = clampedSum(clock_.monoNs(), budgetMs * nsPerMs);
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
    if (outcome.made > 0 || outcome.checked > 0) wake_.wake(WakeReason::Jobs);
    return outcome;
}

void LedgerMirror::lookSoon(const std::string& tenant)
{
    {
        const std::lock_guard lock(lookedAtMutex_);
        // Beyond that the accounts come with the tick that is due anyway.
        if (lookedAt_.size() >= seenMax) return;
        lookedAt_.insert(tenant);
    }
    wake_.wake(WakeReason::Tick);
}

bool LedgerMirror::takeLookedAt(const std::string& tenant)
{
    const std::lock_guard lock(lookedAtMutex_);
    return lookedAt_.erase(tenant) > 0;
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
    // Nothing is kept of a tenant whose data is being deleted.
    BF_LET(erased, database_.read([](store::Unit& unit) -> Result<std::vector<std::string>>
                       { return store::TenantErasureRepository::tenants(unit); }));
    std::erase_if(tenants, [&](const std::string& tenant)
        { return std::binary_search(erased.begin(), erased.end(), tenant); });
    return tenants;
}

Result<LedgerMirror::Asked> LedgerMirror::asked(const std::string& tenant)
{
    return database_.read(
        [&](store::Unit& unit) -> Result<Asked>
        {
            return Asked{
                store::LedgerAccountRepository(unit, tenant).waiting(settings_.wishesPerTick),
                BooksCheck::waiting(unit, tenant),
                store::LedgerAccountRepository(unit, tenant).any()};
        });
}

Result<void> LedgerMirror::serve(
    Ledger& ledger, const std::string& tenant, std::int64_t untilNs, Outcome& outcome)
{
    BF_LET(wanted, asked(tenant)); // Before the look, so that it begins after the decisions.
    BF_LET(created, create(ledger, tenant, std::move(wanted.wishes), untilNs, outcome));
    const auto last = seen_.find(tenant);
    const std::int64_t now = clock_.monoNs();
    const std::int64_t often =
        takeLookedAt(tenant) ? settings_.mirrorLookedAtMs : settings_.mirrorEveryMs;
    const bool fresh = last != seen_.end() && now - last->second.atNs < often * nsPerMs;
    if (fresh && created.empty() && wanted.links.empty()) return success();
    // Before they are noted as made: a host gives a name of its own, such as one with its levels.
    auto shown = ledger.accounts(tenant);
    for (const Created& one : created)
        BF_TRY(made(tenant, one, shown.ok() ? nameIn(*shown, one.ledgerAccountId) : "", outcome));
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
    // A mirror that was erased is made anew, though the host gives what it gave before.
    const bool erased = !wanted.mirrored && !shown->empty();
    if (last == seen_.end() || last->second.digest != digest || erased)
        BF_TRY(mirror(tenant, *shown, outcome));
    BF_LET(feeding, check_.settle(tenant, wanted.links, *shown, clock_.now()));
    outcome.checked += feeding;
    if (seen_.size() >= seenMax) seen_.clear();
    seen_[tenant] = Seen{now, digest};
    return success();
}

Result<std::vector<LedgerMirror::Created>> LedgerMirror::create(Ledger& ledger,
    const std::string& tenant, std::vector<store::LedgerAccountWish> wishes, std::int64_t untilNs,
    Outcome& outcome)
{
    std::vector<Created> created;
    const auto ask = [&](const store::LedgerAccountWish& wish)
    {
        return ledger.createAccount(
            tenant, {wish.id, wish.name, wish.type, wish.currency, wish.exponent});
    };
    for (store::LedgerAccountWish& wish : wishes)
    {
        auto id = ask(wish);
        if (!id.ok() && id.error().kind == ErrorKind::Conflict)
        {
            // Most likely the name is taken where the host puts it, which only the host knows.
            BF_LET(other, renamed(tenant, wish.id));
            if (other) id = ask(wish = std::move(*other));
        }
        if (id.ok())
            created.push_back({wish, *id});
        else if (refused(id.error()))
            BF_TRY(failed(tenant, wish, id.error().text, outcome));
        else
            log_.write(LogLevel::Warning, "accounts",
                "the host has not made an account yet: " + id.error().text);
        if (clock_.monoNs() >= untilNs) break;
    }
    return created;
}

Result<std::optional<store::LedgerAccountWish>> LedgerMirror::renamed(
    const std::string& tenant, const std::string& wishId)
{
    return database_.write(
        [&](store::Unit& unit) -> Result<std::optional<store::LedgerAccountWish>>
        {
            std::optional<store::LedgerAccountWish> none;
            store::LedgerAccountRepository ledger(unit, tenant);
            auto wish = ledger.findWish(wishId);
            if (!wish) return none;
            const auto link = store::AccountLinkRepository(unit, tenant).find(wish->linkId);
            if (!link) return none;
            const auto account =
                store::BankAccountRepository(unit, tenant).find(link->bankAccountId);
            const std::string mask = account ? tidyName(account->mask) : std::string();
            // Once: a name that ends in the mask was tried with it.
            if (mask.empty() || wish->name.ends_with(" " + mask)) return none;
            wish->name = std::string(cutUtf8(wish->name, ledgerNameBytesMax - mask.size() - 1));
            wish->name += " " + mask;
            if (!ledger.renameWish(wish->id, wish->name)) return none;
            return wish;
        });
}

Result<void> LedgerMirror::made(const std::string& tenant, const Created& created,
    const std::string& realName, Outcome& outcome)
{
    const UtcTime now = clock_.now();
    const store::LedgerAccountWish& wish = created.wish;
    const std::string& name = realName.empty() ? wish.name : realName;
    BF_LET(good, database_.write(
                     [&](store::Unit& unit) -> Result<bool>
                     {
                         // Asked again, the host gives the one it made, though people may have
                         // merged it away meanwhile.
                         const std::string id =
                             store::BookFacts(unit, tenant).targetOf(created.ledgerAccountId);
                         store::LedgerAccountRepository ledger(unit, tenant);
                         store::AccountLinkRepository links(unit, tenant);
                         const auto link = links.find(wish.linkId);
                         if (!link || link->endedAt)
                         {
                             ledger.wishMade(wish.id, id);
                             return true;
                         }
                         const auto stored = ledger.findWish(wish.id);
                         if (!stored || stored->state != "waiting") return true;
                         if (!links.setLedgerAccount(wish.linkId, id))
                         {
                             giveUp(unit, tenant, wish,
                                 "The books gave an account that is fed already.", now);
                             return false;
                         }
                         ledger.wishMade(wish.id, id);
                         if (!ledger.find(id))
                             ledger.put({{id, name, wish.type, true, true, wish.currency,
                                            wish.exponent, 0, std::nullopt}},
                                 now);
                         links.setState(wish.linkId, store::linkState::releasing);
                         store::JobRepository(unit).ask(
                             random_, tenant, store::job::release, wish.linkId, now);
                         tellMade(unit, tenant, *link, wish, name, now);
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
    const auto link = store::AccountLinkRepository(unit, tenant).find(wish.linkId);
    if (link)
        (void)endFailedLink(unit, random_, tenant, *link,
            {store::notice::ledgerAccountFailed, wish.name, {{"text", text}}}, now);
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
    const std::string& tenant, const std::vector<LedgerAccount>& shown, Outcome& outcome)
{
    BF_LET(before, stored(tenant));
    std::vector<LedgerAccount> changed;
    for (const LedgerAccount& account : shown)
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
