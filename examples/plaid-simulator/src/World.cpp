#include "World.h"

#include <algorithm>

namespace plaidsim
{

World::World(
    VirtualClock& clockToUse, WebhookSigner& signerToUse, WebhookOutlet& outlet, std::uint64_t seed)
    : clock(clockToUse),
      signer(signerToUse),
      random(seed),
      requestRandom(seed ^ 0x5DEECE66DULL),
      links(*this),
      faults(seed ^ 0xFA17ULL),
      outlet_(outlet),
      itemIds_(seed ^ 0x17E3ULL, 4),
      accountIds_(seed ^ 0xACC0ULL, 2),
      transactionIds_(seed ^ 0x7EA2ULL, 7)
{
}

namespace
{

// Seven days ahead Plaid warns, in Europe by another name; then the consent ends. A renewed consent
// has another date, for which it was called again.
void watchConsent(World& world, const Item& item)
{
    const Nanos end = *item.consentExpires;
    const auto stillEnds = [&world, id = item.id, end]() -> Item*
    {
        Item* found = world.item(id);
        const bool same = found != nullptr && !found->removed && found->consentExpires == end;
        return same ? found : nullptr;
    };
    const auto warn = [&world, stillEnds, end]
    {
        if (Item* found = stillEnds()) world.warnOfConsent(*found, end);
    };
    world.agenda.at(end - days(7), warn);
    world.agenda.at(end,
        [&world, stillEnds]
        {
            Item* found = stillEnds();
            if (found == nullptr || found->error) return;
            PlaidError error = PlaidError::loginRequired();
            error.reason = "OAUTH_CONSENT_EXPIRED";
            world.breakItem(*found, error);
        });
}

} // namespace

Item& World::createItem(const ItemRequest& request)
{
    auto made = std::make_unique<Item>();
    made->id = itemIds_.next();
    made->accessToken = "access-" + environment + "-" + random.uuid();
    made->institutionId = request.institutionId;
    made->loginId = request.loginId;
    made->clientUserId = request.clientUserId;
    made->webhook = request.webhook;
    made->products = request.products;
    made->daysRequested = request.daysRequested;
    made->createdAt = clock.now();
    made->transactionsOn = made->has("transactions");
    const Institution* bank = truth.institution(request.institutionId);
    if (bank != nullptr && bank->consentMonths > 0)
        made->consentExpires = made->createdAt + days(30) * bank->consentMonths;
    for (const auto& accountId : request.bankAccountIds)
        share(*made, accountId);
    Item& kept = *made;
    items_[kept.id] = std::move(made);
    byToken_[kept.accessToken] = &kept;
    if (kept.consentExpires) watchConsent(*this, kept);
    if (kept.transactionsOn) scheduleLoad(kept, milliseconds(settings.initialDelayMs));
    if (settings.singleItemPerLogin) breakOlderItems(kept);
    if (settings.loginExpiryDays > 0)
    {
        agenda.at(clock.now() + days(settings.loginExpiryDays),
            [this, id = kept.id] { breakItem(*item(id), PlaidError::loginRequired()); });
    }
    return kept;
}

void World::breakOlderItems(const Item& newest)
{
    for (auto& [id, other] : items_)
    {
        if (other.get() != &newest && other->loginId == newest.loginId && !other->removed)
            breakItem(*other, PlaidError::loginRequired());
    }
}

Item& World::itemByToken(const std::string& accessToken)
{
    const auto found = byToken_.find(accessToken);
    const bool gone = found != byToken_.end() && found->second->removed;
    if (gone && !settings.removedTokenIsUnknown)
        throw PlaidError::item("ITEM_NOT_FOUND",
            "The Item you requested cannot be found. This Item does not exist, has been "
            "previously removed via /item/remove, or has had access removed by the user");
    if (gone || found == byToken_.end())
        throw PlaidError::invalidInput("INVALID_ACCESS_TOKEN",
            "provided access token is in an invalid format. expected format: "
            "access-<environment>-<identifier>, or the token is unknown");
    return *found->second;
}

Item* World::item(const std::string& itemId)
{
    const auto found = items_.find(itemId);
    return found == items_.end() ? nullptr : found->second.get();
}

Item* World::itemOfToken(const std::string& token)
{
    const auto found = byToken_.find(token);
    if (found != byToken_.end()) return found->second;
    const auto open = publicTokens_.find(token);
    return open == publicTokens_.end() ? nullptr : item(open->second.itemId);
}

std::string World::issuePublicToken(Item& item)
{
    const std::string token = "public-" + environment + "-" + random.uuid();
    publicTokens_[token] = {item.id, clock.now() + minutes(30), false};
    return token;
}

Item& World::exchange(const std::string& publicToken)
{
    const auto found = publicTokens_.find(publicToken);
    if (found == publicTokens_.end() || found->second.used || found->second.expires <= clock.now())
        throw PlaidError::invalidInput("INVALID_PUBLIC_TOKEN",
            "could not find matching public token: it is unknown, was used, or is older than 30 "
            "minutes");
    Item& target = *item(found->second.itemId);
    if (target.removed) return itemByToken(target.accessToken); // throws
    found->second.used = true;
    target.exchanged = true;
    return target;
}

void World::remove(Item& item)
{
    item.removed = true;
}

void World::breakItem(Item& item, const PlaidError& error)
{
    if (item.removed) return;
    item.error = error;
    item.lastFailure = clock.now();
    notify(item, "ITEM", "ERROR", {{"error", error.embedded()}});
}

void World::renewConsent(Item& item)
{
    const Institution* bank = truth.institution(item.institutionId);
    if (bank == nullptr || bank->consentMonths <= 0) return;
    item.consentExpires = clock.now() + days(30) * bank->consentMonths;
    watchConsent(*this, item);
}

void World::warnOfConsent(Item& item, Nanos end)
{
    if (isAmerican(*truth.institution(item.institutionId)))
        notify(item, "ITEM", "PENDING_DISCONNECT",
            {{"reason", "INSTITUTION_TOKEN_EXPIRATION"}, {"disconnect_time", timestamp(end)}});
    else
        notify(item, "ITEM", "PENDING_EXPIRATION", {{"consent_expiration_time", timestamp(end)}});
}

void World::repair(Item& item)
{
    if (!item.error) return;
    item.error.reset();
    // What fell due while the Item was broken was not fetched.
    load(item.id, Loaded::recent);
    load(item.id, Loaded::everything);
    catchUp(item);
}

void World::accountChanged(const std::string& bankAccountId)
{
    if (settings.balanceAheadMs == 0) return catchUpAll(bankAccountId);
    agenda.at(clock.now() + milliseconds(settings.balanceAheadMs),
        [this, bankAccountId] { catchUpAll(bankAccountId); });
}

void World::catchUpAll(const std::string& bankAccountId)
{
    for (Item* item : itemsSharing(bankAccountId))
    {
        if (!item->error) catchUp(*item);
    }
}

void World::accountOpened(const BankAccount& account)
{
    const Login* login = truth.login(account.loginId);
    if (login == nullptr || !login->notifiesNewAccounts) return;
    for (auto& [id, item] : items_)
    {
        if (item->removed || item->loginId != login->id) continue;
        notify(*item, "ITEM", "NEW_ACCOUNTS_AVAILABLE", {{"error", nullptr}});
    }
}

std::vector<Item*> World::itemsSharing(const std::string& bankAccountId)
{
    std::vector<Item*> found;
    for (const auto& [id, item] : items_)
    {
        if (!item->removed && item->shared.count(bankAccountId) != 0) found.push_back(item.get());
    }
    return found;
}

void World::accountClosed(const BankAccount& account)
{
    for (Item* item : itemsSharing(account.id))
        unshare(*item, account.id);
}

void World::closeAccount(BankAccount& account)
{
    account.closed = true;
    accountClosed(account);
}

void World::accountRevoked(const BankAccount& account, bool notifies)
{
    if (notifies)
    {
        for (Item* item : itemsSharing(account.id))
            notify(*item, "ITEM", "USER_ACCOUNT_REVOKED",
                {{"account_id", item->shared.at(account.id).accountId}});
    }
    accountClosed(account);
}

void World::accountChurned(const BankAccount& account)
{
    const auto items = itemsSharing(account.id);
    accountClosed(account);
    for (Item* item : items)
    {
        std::vector<std::string> wanted = item->sharedOrder;
        wanted.push_back(account.id);
        select(*item, wanted);
    }
}

bool World::notify(Item& item, const std::string& type, const std::string& code, Json fields)
{
    if (!item.webhook) return false;
    fields["webhook_type"] = type;
    fields["webhook_code"] = code;
    fields["item_id"] = item.id;
    fields["environment"] = environment;
    sendWebhook(*item.webhook, fields, item.id);
    item.lastWebhook = LastWebhook{clock.now(), code};
    return true;
}

void World::notifySyncUpdates(Item& item)
{
    if (!item.syncArmed) return;
    notify(item, "TRANSACTIONS", "SYNC_UPDATES_AVAILABLE",
        {{"initial_update_complete", item.initialDone},
            {"historical_update_complete", item.historyDone}});
}

std::size_t World::runDue()
{
    std::size_t done = 0;
    while (Agenda::Action action = agenda.takeDue(clock.now()))
    {
        action();
        ++done;
    }
    return done;
}

} // namespace plaidsim
