// Health: how it goes, for those who operate the plugin, and the same as text without names.
#include "base/JsonText.h"
#include "console/Answers.h"
#include "console/Console.h"
#include "console/RequestReader.h"
#include "store/BalanceProofRepository.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/HealthRepository.h"
#include "store/NoticeRepository.h"
#include "store/SealedColumns.h"

#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace bankfeed::console
{

namespace
{

constexpr std::size_t accountsPageSize = 50;
constexpr std::size_t diagnosticsMost = 100; ///< Connections, and feeds, that are named one by one.

using store::HealthRepository;

std::string valueOf(const std::map<std::string, std::string>& query, const char* name)
{
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
}

std::int64_t number(std::uint64_t value)
{
    return static_cast<std::int64_t>(value);
}

void writeCounts(
    JsonWriter& json, std::string_view name, const std::map<std::string, std::int64_t>& counts)
{
    json.key(name).beginObject();
    for (const auto& [state, count] : counts)
        json.member(state, count);
    json.endObject();
}

void writeWebhooks(JsonWriter& json, const WebhookCounts& counts, const std::string& address,
    const std::optional<UtcTime>& lastSeen)
{
    json.key("webhooks").beginObject();
    writeTextOrNull(json, "address", address);
    writeTime(json, "last_seen_at", lastSeen);
    json.member("stored", number(counts.stored));
    json.member("repeated", number(counts.repeated)).member("refused", number(counts.refused));
    json.member("forged", number(counts.forged)).member("postponed", number(counts.postponed));
    json.member("not_understood", number(counts.notUnderstood));
    json.member("unknown_kind", number(counts.unknownKind));
    json.member("unknown_connection", number(counts.unknownConnection));
    json.member("key_fetches", number(counts.keyFetches)).endObject();
}

void writeWebhookKeys(JsonWriter& json, const WebhookKeyCounts& keys)
{
    json.key("webhook_keys").beginObject().member("kept", number(keys.kept));
    json.member("expired", number(keys.expired)).member("refused", number(keys.refused));
    json.member("under_way", number(keys.underWay)).endObject();
}

void writeBudgets(JsonWriter& json, const std::vector<CallUse>& budgets)
{
    json.key("budgets").beginArray();
    for (const CallUse& one : budgets)
    {
        json.beginObject().member("call", one.call).member("used", number(one.used));
        json.member("limit", number(one.limit));
        json.member("waiting_seconds", one.waitMs / 1'000).endObject();
    }
    json.endArray();
}

/// What an operator needs who changes the token key, of the whole host: the key is one for all.
std::int64_t sealedOtherwise(std::map<std::string, std::int64_t> sealed, const std::string& id)
{
    sealed.erase(id);
    std::int64_t otherwise = 0;
    for (const auto& [keyId, count] : sealed)
        otherwise += count;
    return otherwise;
}

void writeFeeds(JsonWriter& json, const HealthRepository::Feeds& feeds)
{
    json.key("feeds").beginObject().member("count", feeds.count).member("held", feeds.held);
    json.member("undelivered", feeds.undelivered).member("behind", feeds.behind);
    writeTime(json, "waiting_since", feeds.waitingSince);
    json.endObject();
}

void writeProof(JsonWriter& json, const std::optional<store::BalanceProof>& proof)
{
    if (!proof)
    {
        json.nullMember("proof");
        return;
    }
    json.key("proof").beginObject().member("state", proof->state).member("reason", proof->reason);
    writeTextOrNull(json, "bank", proof->bank);
    writeTextOrNull(json, "ledger", proof->ledger);
    writeTextOrNull(json, "difference", proof->difference);
    writeTextOrNull(json, "unexplained", proof->unexplained);
    writeTime(json, "since", proof->since);
    writeTime(json, "looked_at", proof->lookedAt);
    json.endObject();
}

/// One feed with the account that writes it; names are read once for each connection of a page.
class FeedWriter
{
public:
    FeedWriter(JsonWriter& json, store::Unit& unit, const std::string& tenant)
        : json_(json), accounts_(unit, tenant), connections_(unit, tenant), proofs_(unit, tenant)
    {
    }

    void write(const HealthRepository::Feed& feed)
    {
        const auto account = accounts_.findByFeed(feed.id);
        if (!account) return;
        json_.beginObject().member("bank_account_id", account->id);
        json_.member("connection_id", account->connectionId);
        json_.member("institution", institutionOf(account->connectionId));
        json_.member("name", account->name);
        writeTextOrNull(json_, "mask", account->mask);
        json_.member("currency", account->currency).member("exponent", account->exponent);
        json_.member("undelivered", feed.undelivered);
        writeTime(json_, "waiting_since", feed.waitingSince);
        writeTime(json_, "delivered_at", feed.deliveredAt);
        writeTextOrNull(json_, "held_reason", feed.heldReason);
        writeProof(json_, proofs_.find(account->id));
        json_.endObject();
    }

private:
    const std::string& institutionOf(const std::string& connectionId)
    {
        const auto known = institutions_.find(connectionId);
        if (known != institutions_.end()) return known->second;
        const auto found = connections_.find(connectionId);
        return institutions_[connectionId] = found ? found->institutionName : std::string();
    }

    JsonWriter& json_;
    store::BankAccountRepository accounts_;
    store::ConnectionRepository connections_;
    store::BalanceProofRepository proofs_;
    std::map<std::string, std::string> institutions_;
};

Result<HealthRepository::Which> whichOf(const std::string& text)
{
    if (text.empty()) return HealthRepository::Which::All;
    if (text == "behind") return HealthRepository::Which::Behind;
    if (text == "differing") return HealthRepository::Which::Differing;
    return Error::invalid("console.query", "There is no such choice of accounts.");
}

/// Lines "name: value". Only counts, codes, times and ids of our own are put in.
class Lines
{
public:
    void add(std::string_view name, const std::string& value)
    {
        text_.append(name).append(": ").append(value.empty() ? "-" : value).append("\n");
    }
    void add(std::string_view name, std::int64_t value) { add(name, std::to_string(value)); }
    void add(std::string_view name, const std::optional<UtcTime>& time)
    {
        add(name, time ? rfc3339(*time) : std::string());
    }
    void addAll(const std::string& group, const std::map<std::string, std::int64_t>& counts)
    {
        for (const auto& [name, count] : counts)
            add(group + "." + name, count);
    }
    [[nodiscard]] std::string text() && { return std::move(text_); }

private:
    std::string text_;
};

void addWebhooks(Lines& lines, const WebhookCounts& counts, const WebhookKeyCounts& keys)
{
    lines.add("webhooks.stored", number(counts.stored));
    lines.add("webhooks.repeated", number(counts.repeated));
    lines.add("webhooks.refused", number(counts.refused));
    lines.add("webhooks.forged", number(counts.forged));
    lines.add("webhooks.postponed", number(counts.postponed));
    lines.add("webhooks.not_understood", number(counts.notUnderstood));
    lines.add("webhooks.unknown_kind", number(counts.unknownKind));
    lines.add("webhooks.unknown_connection", number(counts.unknownConnection));
    lines.add("webhook_keys.kept", number(keys.kept));
    lines.add("webhook_keys.refused", number(keys.refused));
    lines.add("webhook_keys.fetches", number(counts.keyFetches));
}

/// The connections that are not well, by our own ids. What the provider says in words may hold
/// names, and stays out.
void addConnections(Lines& lines, store::Unit& unit, const std::string& tenant)
{
    std::size_t named = 0;
    for (const auto& one : store::ConnectionRepository(unit, tenant).all())
    {
        if (one.ended() || (one.state == store::connectionState::healthy && one.errorCode.empty()))
            continue;
        if (++named > diagnosticsMost) break;
        std::string value = one.state;
        if (!one.stateReason.empty()) value += " " + one.stateReason;
        if (!one.errorCode.empty()) value += ", error " + one.errorCode;
        if (!one.errorRequestId.empty()) value += ", request " + one.errorRequestId;
        if (one.lastSuccessAt) value += ", last success " + rfc3339(*one.lastSuccessAt);
        if (one.pausedAt) value += ", paused";
        lines.add("connection " + one.id, value);
    }
}

void addFeeds(Lines& lines, store::Unit& unit, const std::string& tenant)
{
    HealthRepository health(unit, tenant);
    store::BankAccountRepository accounts(unit, tenant);
    for (const auto& feed : health.feedsPage(HealthRepository::Which::Behind, "", diagnosticsMost))
    {
        const auto account = accounts.findByFeed(feed.id);
        std::string value = std::to_string(feed.undelivered) + " undelivered";
        if (feed.waitingSince) value += " since " + rfc3339(*feed.waitingSince);
        if (!feed.heldReason.empty()) value += ", refused " + feed.heldReason;
        lines.add("feed of " + (account ? account->id : std::string("-")), value);
    }
    for (const auto& feed :
        health.feedsPage(HealthRepository::Which::Differing, "", diagnosticsMost))
        if (const auto account = accounts.findByFeed(feed.id))
            lines.add("balance of " + account->id, std::string("differs"));
}

} // namespace

void Console::addHealthRoutes()
{
    route("GET", "api/health", Capability::Operate, Within::Tenant, &Console::health);
    route("GET", "api/health/accounts", Capability::Operate, Within::Tenant,
        &Console::healthAccounts);
    route("GET", "api/health/diagnostics", Capability::Operate, Within::Tenant,
        &Console::diagnostics);
}

Result<Answer> Console::health(const Call& call)
{
    const std::string& tenant = call.principal.tenant;
    const UtcTime now = ports_.clock.now();
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            HealthRepository health(unit, tenant);
            const auto jobs = health.jobs();
            JsonWriter json;
            json.beginObject();
            writeTime(json, "now", now);
            json.member("version", settings_.version).member("environment", settings_.environment);
            writeCounts(json, "connections", health.connectionsByState());
            json.key("jobs").beginObject().member("waiting", jobs.waiting);
            json.member("running", jobs.running).member("failing", jobs.failing);
            writeTime(json, "next_due_at", jobs.nextDueAt);
            json.endObject();
            writeFeeds(json, health.feeds());
            writeCounts(
                json, "balance_proofs", store::BalanceProofRepository(unit, tenant).countByState());
            writeWebhooks(json, ports_.webhookCounts(), settings_.webhookUrl,
                store::ConnectionRepository(unit, tenant).newestWebhookAt());
            writeWebhookKeys(json, ports_.webhookKeys());
            writeBudgets(json, ports_.callBudgets());
            const std::string keyId = ports_.tokenKeyId();
            json.key("token_key").beginObject().member("id", keyId);
            json.member("sealed_with_other_keys",
                    sealedOtherwise(store::SealedColumns(unit).countByKey(), keyId))
                .endObject();
            json.member("notices", store::NoticeRepository(unit, tenant).countOpen());
            json.member("ledger_accounts", health.ledgerAccounts());
            json.member("ledger_accounts_waiting", health.ledgerAccountsWaiting()).endObject();
            return Answer{200, std::move(json).text()};
        });
}

Result<Answer> Console::healthAccounts(const Call& call)
{
    BF_LET(which, whichOf(valueOf(call.query, "show")));
    const std::string& tenant = call.principal.tenant;
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            const auto feeds =
                HealthRepository(unit, tenant)
                    .feedsPage(which, valueOf(call.query, "after"), accountsPageSize);
            JsonWriter json;
            json.beginObject().key("accounts").beginArray();
            FeedWriter writer(json, unit, tenant);
            for (const auto& feed : feeds)
                writer.write(feed);
            json.endArray();
            if (feeds.size() == accountsPageSize)
                json.member("next", feeds.back().id);
            else
                json.nullMember("next");
            json.endObject();
            return Answer{200, std::move(json).text()};
        });
}

Result<Answer> Console::diagnostics(const Call& call)
{
    const std::string& tenant = call.principal.tenant;
    const UtcTime now = ports_.clock.now();
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            HealthRepository health(unit, tenant);
            const auto jobs = health.jobs();
            const auto feeds = health.feeds();
            Lines lines;
            lines.add("bankfeed", settings_.version);
            lines.add("at", std::optional(now));
            lines.add("environment", settings_.environment);
            lines.add("database",
                std::string(unit.engine() == store::Engine::Sqlite ? "sqlite" : "postgresql"));
            lines.add(
                "webhook address", std::string(settings_.webhookUrl.empty() ? "none" : "set"));
            lines.add("last webhook", store::ConnectionRepository(unit, tenant).newestWebhookAt());
            lines.addAll("connections", health.connectionsByState());
            lines.add("jobs.waiting", jobs.waiting);
            lines.add("jobs.running", jobs.running);
            lines.add("jobs.failing", jobs.failing);
            lines.add("jobs.next_due", jobs.nextDueAt);
            lines.add("feeds", feeds.count);
            lines.add("feeds.held", feeds.held);
            lines.add("feeds.undelivered", feeds.undelivered);
            lines.add("feeds.waiting_since", feeds.waitingSince);
            lines.addAll(
                "balance_proofs", store::BalanceProofRepository(unit, tenant).countByState());
            addWebhooks(lines, ports_.webhookCounts(), ports_.webhookKeys());
            for (const CallUse& one : ports_.callBudgets())
                lines.add("budget " + one.call,
                    std::to_string(one.used) + " of " + std::to_string(one.limit));
            lines.addAll("notices", health.noticesByKind());
            addConnections(lines, unit, tenant);
            addFeeds(lines, unit, tenant);
            return Answer{200, JsonObject().text("text", std::move(lines).text()).json()};
        });
}

} // namespace bankfeed::console
