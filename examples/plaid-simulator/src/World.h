// Everything the simulator knows, and what happens in it. One lock guards it all; nobody holds the
// lock while talking to the network.
#pragma once

#include "Agenda.h"
#include "BankTruth.h"
#include "Faults.h"
#include "ItemView.h"
#include "LinkSessions.h"
#include "RateLimits.h"
#include "SeededRandom.h"
#include "Settings.h"
#include "WebhookSender.h"
#include "WebhookSigner.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace plaidsim
{

struct Credentials
{
    std::string clientId = "simulator-client";
    std::string secret = "simulator-secret-0000";
};

struct PublicToken
{
    std::string itemId;
    Nanos expires = 0;
    bool used = false;
};

// What a new Item is made from.
struct ItemRequest
{
    std::string institutionId;
    std::string loginId;
    std::vector<std::string> bankAccountIds;
    std::vector<std::string> products;
    std::optional<std::string> webhook;
    int daysRequested = 90;
    std::string clientUserId;
};

class BankDays;

class World
{
public:
    // References must outlive the world.
    World(VirtualClock& clock, WebhookSigner& signer, WebhookOutlet& outlet, std::uint64_t seed);

    std::mutex mutex; // hold it for every call and every look below
    VirtualClock& clock;
    WebhookSigner& signer;
    SeededRandom random;        // ids and tokens of the model
    SeededRandom requestRandom; // request ids, apart so that traffic does not change the model
    Settings settings;
    Credentials credentials;
    std::string environment = "sandbox";
    std::string linkBase; // "http://127.0.0.1:PORT", where hosted Link pages are served
    BankTruth truth;
    Agenda agenda;
    LinkSessions links;
    Faults faults;
    RateLimits limits;
    std::vector<std::shared_ptr<BankDays>> lives; // that were ordered, for reports

    // --- Items -------------------------------------------------------------------------------

    // Shares the accounts and schedules the fetching of their history.
    Item& createItem(const ItemRequest& request);

    // By access token. Throws the PlaidError that a call with this token gets: unknown or removed.
    Item& itemByToken(const std::string& accessToken);

    Item* item(const std::string& itemId);

    // By access or public token, whether it still works or not; null when there is none.
    Item* itemOfToken(const std::string& token);
    const std::map<std::string, std::unique_ptr<Item>>& items() const { return items_; }

    std::string issuePublicToken(Item& item);

    // The Item of a good public token, which is used up by this. Throws a PlaidError.
    Item& exchange(const std::string& publicToken);

    // Replaces what the Item shares: new accounts get new account ids and their history is fetched,
    // de-selected ones disappear.
    void select(Item& item, const std::vector<std::string>& bankAccountIds);
    // What would be shared if only these were wanted, in the Item's order.
    std::vector<std::string> remaining(
        const Item& item, const std::vector<std::string>& bankAccountIds);

    void remove(Item& item);
    void breakItem(Item& item, const PlaidError& error);

    // A completed update mode starts the consent anew.
    void renewConsent(Item& item);

    // The webhook that goes ahead of the end of a consent: PENDING_DISCONNECT, or in Europe
    // PENDING_EXPIRATION.
    void warnOfConsent(Item& item, Nanos end);

    // The end of the Item's error, and what happened meanwhile at the bank.
    void repair(Item& item);

    // Transactions was not part of the Item from the start: begins to fetch.
    void startTransactions(Item& item, int daysRequested);

    // The bank reports a row again that has not changed: the log grows by a no-op `modified`.
    void touch(Item& item);

    // Brings bank rows that are new since the last look into the Item's log; fires webhooks.
    // Answers the number of updates.
    std::size_t catchUp(Item& item);

    // --- the bank ----------------------------------------------------------------------------

    // The rows of this account changed: every Item that shares it catches up, at once or, where the
    // setting says so, later than the balance.
    void accountChanged(const std::string& bankAccountId);

    // A new account: fires NEW_ACCOUNTS_AVAILABLE at the Items of its login.
    void accountOpened(const BankAccount& account);

    void closeAccount(BankAccount& account);

    // An account was closed, or can be seen no more: it vanishes from every Item.
    void accountClosed(const BankAccount& account);

    // The person takes the account back at the bank: it goes on, no Item shows it any more.
    void accountRevoked(const BankAccount& account, bool notifies);

    // Plaid can no longer tell that it is the same account: the Items show it under a new
    // account_id, and its rows under new ids.
    void accountChurned(const BankAccount& account);

    // The live Items that share this account.
    std::vector<Item*> itemsSharing(const std::string& bankAccountId);

    // --- webhooks ----------------------------------------------------------------------------

    // Sends to the Item's address, when it has one. `fields` are added to the common ones.
    bool notify(Item& item, const std::string& type, const std::string& code, Json fields);
    void notifySyncUpdates(Item& item);
    // Where a fault of webhooks strikes, it is lost, doubled, late or overtaken by the next one.
    void sendWebhook(const std::string& url, const Json& body, const std::string& itemId);

    // --- time --------------------------------------------------------------------------------

    // Does what is due; answers how many things that were.
    std::size_t runDue();

private:
    void share(Item& item, const std::string& bankAccountId);
    void unshare(Item& item, const std::string& bankAccountId);
    void scheduleLoad(Item& item, Nanos untilRecent);
    std::size_t loadRows(Item& item, Loaded goal);
    void load(const std::string& itemId, Loaded goal);
    void appendRow(Item& item, SharedAccount& account, const std::string& bankAccountId,
        std::shared_ptr<const BankTransaction> row, TruthChange change, bool pageBreak);
    bool applyJournalLine(Item& item, SharedAccount& shared, const BankAccount& account,
        const JournalLine& line, std::vector<std::string>& removedIds);
    void breakOlderItems(const Item& item);
    void catchUpAll(const std::string& bankAccountId);
    void hold(Webhook webhook, Nanos atMost);
    void releaseHeld(const std::string& url);

    struct HeldWebhook
    {
        std::uint64_t id = 0;
        Webhook webhook;
    };

    WebhookOutlet& outlet_;
    std::vector<HeldWebhook> held_; // by webhook_held, oldest first
    std::uint64_t nextHeld_ = 1;
    IdMint itemIds_;
    IdMint accountIds_;
    IdMint transactionIds_;
    std::map<std::string, std::unique_ptr<Item>> items_;
    std::map<std::string, Item*> byToken_;
    std::map<std::string, PublicToken> publicTokens_;
};

} // namespace plaidsim
