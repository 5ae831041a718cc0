#include "Runtime.h"

#include "ConsoleFiles.h"
#include "HostLedger.h"
#include "HostPorts.h"
#include "HostRoutes.h"
#include "HostSettings.h"
#include "Version.h"
#include "Workers.h"

#include "adapters/PocoHttpsTransport.h"
#include "adapters/ProviderAddress.h"
#include "adapters/SystemRandom.h"
#include "base/JsonText.h"
#include "base/Limits.h"
#include "console/Console.h"
#include "engine/Core.h"
#include "plaid/PlaidClient.h"
#include "plaid/PlaidWebhookVerifier.h"
#include "plaid/WebhookKeyRing.h"
#include "store/InboxRepository.h"
#include "store/Migrations.h"
#include "store/SealedColumns.h"
#include "store/WebhookKeys.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <iterator>
#include <limits>
#include <utility>

namespace bankfeed::plugin
{

namespace
{

constexpr const char* tokenKeySecret = "bankfeed.token_key";
constexpr const char* otherKeySecret = "bankfeed.token_key_other";

plaid::PlaidSettings plaidSettings(const Settings& settings)
{
    plaid::PlaidSettings out;
    out.environment = settings.environment;
    out.clientId = settings.clientId;
    out.secret = settings.clientSecret;
    out.clientName = settings.clientName;
    out.language = settings.language;
    out.countryCodes = settings.countryCodes;
    out.daysRequested = settings.daysRequested;
    out.keepCallBudget = !settings.allowDevelopmentEndpoint;
    out.pagesOnLoopback = settings.allowDevelopmentEndpoint;
    return out;
}

/// How long the books may take nothing before somebody should look.
constexpr std::int64_t stallNs = 10LL * 60 * nsPerSecond;
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

/// The key of the sealed columns: the stored one, or, for a database that was never sealed, a new
/// one.
Result<Secret> tokenKey(
    const HostTables& tables, const Settings& settings, store::Database& database, Random& random)
{
    if (!settings.tokenKey.empty()) return settings.tokenKey;
    BF_LET(bound, store::TokenVault::isBound(database));
    if (bound)
    {
        return Error::corrupt("settings.token_key_lost",
            std::string("The database is sealed with a key that the host's secrets do not hold. "
                        "Put the secret \"") +
                tokenKeySecret +
                "\" back from your backup; without it every bank must be connected again.");
    }
    std::array<char, store::TokenVault::keyBytes> bytes{};
    random.fill(bytes.data(), bytes.size());
    Secret key(std::string_view(bytes.data(), bytes.size()));
    bytes.fill(0);
    const auto raw = key.reveal();
    if (tables.secrets->put(tables.host, tokenKeySecret, {raw.data(), raw.size()}) != BF_OK)
    {
        return Error::invalid(
            "settings.token_key", std::string("The host could not keep a new secret \"") +
                                      tokenKeySecret + "\". Make it by hand: 32 random bytes.");
    }
    return key;
}

std::vector<Secret> olderKeys(const Settings& settings)
{
    if (settings.tokenKeyOther.empty()) return {};
    return {settings.tokenKeyOther};
}

/// A vault that opens everything that the database holds sealed, bound to it; or why there is none.
Result<std::unique_ptr<store::TokenVault>> vaultFor(
    store::Database& database, Random& random, const Secret& key, const std::vector<Secret>& older)
{
    auto made = store::TokenVault::make(key, random, older);
    if (!made.ok())
    {
        return Error::invalid("settings.token_key", std::string("The secret \"") + tokenKeySecret +
                                                        "\" or \"" + otherKeySecret +
                                                        "\" is wrong: " + made.error().text);
    }
    // Before anything is bound to the new key: a key that is still needed must not go.
    BF_LET(missing, store::sealedWithMissingKeys(database, **made));
    for (const auto& [keyId, count] : missing)
        return Error::corrupt("settings.token_key_other",
            std::to_string(count) + " values are sealed with another token key (" + keyId +
                "). Give bankfeed the key that was used before, as \"" + tokenKeySecret +
                "\", or as \"" + otherKeySecret + "\" while you change keys.");
    const auto bound = (*made)->bind(database);
    // Another key, seen from here, is a database that does not fit.
    if (!bound.ok() && bound.error().kind == ErrorKind::Denied)
        return Error::corrupt("settings.token_key_other", bound.error().text);
    if (!bound.ok()) return bound.error();
    return std::move(*made);
}

} // namespace

struct Runtime::Parts
{
    explicit Parts(const HostTables& hostTables)
        : tables(hostTables), clock(hostTables), log(hostTables)
    {
    }

    HostTables tables;
    HostClock clock;
    HostLog log;
    adapters::SystemRandom random;
    Settings settings;
    HostWake wake{tables, [this]
        {
            if (workers) workers->wake();
        }};
    std::unique_ptr<store::Database> database;
    std::unique_ptr<store::TokenVault> vault;
    std::unique_ptr<adapters::PocoHttpsTransport> transport;
    std::unique_ptr<plaid::PlaidClient> provider;
    std::unique_ptr<store::WebhookKeys> storedKeys;
    std::unique_ptr<plaid::WebhookKeyRing> keys;
    std::unique_ptr<plaid::PlaidWebhookVerifier> verifier;
    std::unique_ptr<engine::Core> core;
    std::unique_ptr<engine::LedgerAccountFeed> feeds;
    std::unique_ptr<console::Console> console;
    std::unique_ptr<HostLedger> ledger;
    std::unique_ptr<delivery::Relay> relay;
    std::unique_ptr<delivery::LedgerEvents> events;
    std::unique_ptr<Workers> workers;

    std::uint64_t configurationRevision = 0;
    console::StaticFiles pages;
    RouteUrls urls;

    // Of delivery, for live(), which must not ask the database.
    std::atomic<std::int64_t> feedsHeld{0};
    std::atomic<std::int64_t> stalledSinceNs{never};
    std::atomic<std::int64_t> pumpFailsSinceNs{never};

    void followConfiguration();
    void hideFromLog(const Settings& read);
    void followTokenKeys(const Settings& read);
    Result<void> openStore();
    Result<void> reachProvider();
    Result<void> readConsole();
    void buildCore();
    void buildConsole();
    [[nodiscard]] console::WebhookCounts webhookCounts() const;
    [[nodiscard]] console::WebhookKeyCounts webhookKeys() const;
    [[nodiscard]] std::vector<console::CallUse> callBudgets() const;
    [[nodiscard]] std::string startLine() const;
    [[nodiscard]] std::int64_t stalledNs() const;
};

Result<void> Runtime::Parts::openStore()
{
    store::DatabaseOptions options;
    options.url = settings.database.url;
    auto opened = store::Database::open(options, log);
    if (!opened.ok()) return ofDatabase(settings.database, opened.error());
    database = std::move(opened).value();
    BF_LET(status, store::migrationStatus(*database));
    if (status.current != status.target)
    {
        return Error::corrupt("store.not_migrated",
            "The database is at version " + std::to_string(status.current) +
                ", and this plugin needs " + std::to_string(status.target) +
                ". The host must run the plugin's migrations before start().");
    }
    BF_TRY(store::bindHost(*database, tables.host->host_id, settings.environment));
    BF_LET(key, tokenKey(tables, settings, *database, random));
    settings.tokenKey = key;
    BF_LET(made, vaultFor(*database, random, key, olderKeys(settings)));
    vault = std::move(made);
    return success();
}

/// Token keys that were changed are taken over while everything runs on. Keys that do not open what
/// is sealed are not: the old ones stay.
void Runtime::Parts::followTokenKeys(const Settings& read)
{
    if (read.tokenKey.empty() || (read.tokenKey.equals(settings.tokenKey) &&
                                     read.tokenKeyOther.equals(settings.tokenKeyOther)))
        return;
    const auto tried = vaultFor(*database, random, read.tokenKey, olderKeys(read));
    const auto taken =
        tried.ok() ? vault->take(read.tokenKey, olderKeys(read)) : Result<void>(tried.error());
    if (!taken.ok())
    {
        log.write(LogLevel::Error, "plugin",
            "The changed token keys are not taken over, and the old ones stay in use: " +
                taken.error().text);
        return;
    }
    settings.tokenKey = read.tokenKey;
    settings.tokenKeyOther = read.tokenKeyOther;
    log.write(
        LogLevel::Info, "plugin", "The token keys are taken over; " + vault->keyId() + " seals.");
    const auto asked = core->resealEverything();
    if (!asked.ok())
        log.write(LogLevel::Error, "plugin", "Sealing anew waits: " + asked.error().text);
}

Result<void> Runtime::Parts::reachProvider()
{
    adapters::TransportSettings transportSettings;
    transportSettings.baseUrl = settings.baseUrl;
    transportSettings.allowDevelopmentEndpoint = settings.allowDevelopmentEndpoint;
    if (const auto address =
            adapters::providerAddress(settings.baseUrl, settings.allowDevelopmentEndpoint);
        address.ok())
    {
        const auto fits = adapters::fitsEnvironment(
            *address, settings.environment, settings.allowDevelopmentEndpoint);
        if (!fits.ok()) return Error::invalid("settings.base_url", fits.error().text);
    }
    auto made = adapters::PocoHttpsTransport::create(transportSettings);
    if (!made.ok() && made.error().code == "http.address")
    {
        return Error::invalid("settings.base_url",
            "The setting \"base_url\" of bankfeed must be left out; only with "
            "\"allow_development_endpoint = on\" it may be a simulator's address on the "
            "loopback interface.");
    }
    if (!made.ok()) return made.error();
    transport = std::move(made).value();
    const auto plaid = plaidSettings(settings);
    provider = std::make_unique<plaid::PlaidClient>(*transport, clock, log, plaid);
    storedKeys = std::make_unique<store::WebhookKeys>(*database);
    keys = std::make_unique<plaid::WebhookKeyRing>(*transport, clock, log, plaid, storedKeys.get());
    verifier = std::make_unique<plaid::PlaidWebhookVerifier>(*keys);
    return success();
}

Result<void> Runtime::Parts::readConsole()
{
    const std::string folder = std::string(tables.host->plugin_dir) + "/console";
    BF_LET(files, console::StaticFiles::read(folder, consoleFiles()));
    pages = std::move(files);
    return success();
}

void Runtime::Parts::buildCore()
{
    engine::CoreSettings coreSettings;
    coreSettings.environment = settings.environment;
    coreSettings.language = settings.language;
    coreSettings.webhookUrl = urls.webhook;
    coreSettings.booking.holdRounded = settings.holdRounded;
    coreSettings.pollIntervalMs = std::int64_t{settings.pollIntervalSeconds} * 1'000;
    core = std::make_unique<engine::Core>(
        engine::CorePorts{*database, *vault, *provider, *verifier, clock, random, wake, log},
        coreSettings);
    feeds = std::make_unique<engine::LedgerAccountFeed>(*database, clock, random, wake);
    ledger = std::make_unique<HostLedger>(tables);
    relay = std::make_unique<delivery::Relay>(*database, *ledger, clock, random, log);
    events = std::make_unique<delivery::LedgerEvents>(*database, clock, random, wake);
    workers = std::make_unique<Workers>(core->engine(), clock, log);
}

void Runtime::Parts::buildConsole()
{
    console::ConsoleSettings consoleSettings;
    consoleSettings.environment = settings.environment;
    consoleSettings.version = BANKFEED_VERSION;
    consoleSettings.publicUrl = urls.console;
    consoleSettings.askBankOnSync = settings.refreshOnSyncNow;
    consoleSettings.liveBalances = settings.liveBalances;
    consoleSettings.pollIntervalMs = std::int64_t{settings.pollIntervalSeconds} * 1'000;
    consoleSettings.webhooks = !urls.webhook.empty();
    consoleSettings.webhookUrl = urls.webhook;
    consoleSettings.chooseInUpdate.clear();
    std::copy_if(settings.countryCodes.begin(), settings.countryCodes.end(),
        std::back_inserter(consoleSettings.chooseInUpdate), plaid::updateOffersAccounts);
    consoleSettings.csrfKey = console::Csrf::randomKey(random);
    console = std::make_unique<console::Console>(
        console::ConsolePorts{*database, clock, random, wake, log, core->linkSessions(),
            [this] { return webhookCounts(); }, [this] { return vault->keyId(); },
            [this] { return webhookKeys(); }, [this] { return callBudgets(); },
            [this](const std::string& tenant) { core->ledgerMirror().lookSoon(tenant); }},
        consoleSettings, std::move(pages));
}

console::WebhookCounts Runtime::Parts::webhookCounts() const
{
    const auto taken = core->intake().counts();
    return {taken.stored, taken.repeated, taken.refused, taken.forged, taken.postponed,
        taken.notUnderstood, taken.unknownKind, core->inboxReader().unknownConnections(),
        keys->fetches()};
}

console::WebhookKeyCounts Runtime::Parts::webhookKeys() const
{
    const auto counts = keys->counts();
    return {counts.kept, counts.expired, counts.refused, counts.underWay};
}

std::vector<console::CallUse> Runtime::Parts::callBudgets() const
{
    std::vector<console::CallUse> uses;
    for (const auto& one : provider->callUses())
        uses.push_back({one.path, one.used, one.limit, one.waitMs});
    return uses;
}

/// How long the books have taken nothing of what waits for them.
std::int64_t Runtime::Parts::stalledNs() const
{
    const std::int64_t since = std::min(stalledSinceNs.load(), pumpFailsSinceNs.load());
    return since == never ? 0 : std::max<std::int64_t>(0, clampedDifference(clock.monoNs(), since));
}

std::string Runtime::Parts::startLine() const
{
    std::string line =
        std::string("bankfeed ") + BANKFEED_VERSION + " is running against " + settings.environment;
    if (!settings.webhooks) return line + ", without webhooks.";
    if (urls.webhook.empty())
        return line + ", without a public address: the host has none, and the banks are polled.";
    return line + ".";
}

void Runtime::Parts::hideFromLog(const Settings& read)
{
    for (const Secret* secret : {&read.clientSecret, &read.tokenKey, &read.tokenKeyOther})
        log.hide(*secret);
}

/// A secret that was changed at Plaid is changed here without a pause. Everything else waits for
/// the next start, and the log says so.
void Runtime::Parts::followConfiguration()
{
    const std::uint64_t revision = tables.config->revision(tables.host);
    if (revision == configurationRevision) return;
    configurationRevision = revision;
    // Perhaps what holds a feed was mended with it; a quarter of an hour is long for who mended it.
    relay->lookAgain();
    const auto read = readSettings(tables);
    if (!read.ok())
    {
        log.write(LogLevel::Error, "plugin",
            "The changed configuration is not taken over: " + read.error().text);
        return;
    }
    hideFromLog(*read);
    if (!sameButCredentials(*read, settings))
        log.write(LogLevel::Warning, "plugin",
            "Changed settings take effect at the next start; only secrets are taken over at once.");
    followTokenKeys(*read);
    if (read->clientId.equals(settings.clientId) &&
        read->clientSecret.equals(settings.clientSecret))
        return;
    settings.clientId = read->clientId;
    settings.clientSecret = read->clientSecret;
    provider->setCredentials(settings.clientId, settings.clientSecret);
    keys->setCredentials(settings.clientId, settings.clientSecret);
    log.write(LogLevel::Info, "plugin", "The client id and its secret are taken over.");
    const auto asked = core->lookAtEverything();
    if (!asked.ok())
        log.write(LogLevel::Error, "plugin",
            "The connections are not looked at anew: " + asked.error().text);
}

Runtime::Runtime(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Runtime::~Runtime()
{
    if (parts_->workers) beginStop();
}

Result<std::unique_ptr<Runtime>> Runtime::start(const HostTables& tables)
{
    auto parts = std::make_unique<Parts>(tables);
    parts->configurationRevision = tables.config->revision(tables.host);
    BF_LET(settings, readSettings(tables));
    parts->settings = std::move(settings);
    parts->hideFromLog(parts->settings);
    BF_TRY(parts->openStore());
    BF_TRY(parts->reachProvider());
    BF_TRY(parts->readConsole());
    // Late: a host may not close what it opened before a start that failed.
    BF_LET(urls, openRoutes(tables, parts->settings.webhooks));
    parts->urls = urls;
    parts->buildCore();
    parts->buildConsole();
    BF_TRY(parts->core->begin());
    parts->workers->start(parts->settings.workerThreads);
    parts->log.write(LogLevel::Info, "plugin", parts->startLine());
    return std::unique_ptr<Runtime>(new Runtime(std::move(parts)));
}

void Runtime::beginStop()
{
    parts_->workers->stop();
    parts_->transport->abort();
}

bool Runtime::finishStop(std::int64_t deadlineMonoNs)
{
    if (!parts_->workers->joinUntil(deadlineMonoNs)) return false;
    parts_->database->close();
    return true;
}

intake::WebhookIntake& Runtime::intake()
{
    return parts_->core->intake();
}

console::Console& Runtime::console()
{
    return *parts_->console;
}

engine::LedgerAccountFeed& Runtime::feeds()
{
    return *parts_->feeds;
}

delivery::LedgerEvents& Runtime::events()
{
    return *parts_->events;
}

Result<bool> Runtime::knowsTenant(const std::string& tenant)
{
    return parts_->ledger->hasTenant(tenant);
}

Result<delivery::PumpReport> Runtime::pump(std::uint32_t batchMax, std::uint32_t budgetMs)
{
    auto pumped = parts_->relay->pump(batchMax, budgetMs);
    if (!pumped.ok())
    {
        std::int64_t before = never;
        parts_->pumpFailsSinceNs.compare_exchange_strong(before, parts_->clock.monoNs());
        return pumped;
    }
    parts_->pumpFailsSinceNs = never;
    if (pumped->jobsAsked) parts_->wake.wake(WakeReason::Jobs);
    parts_->feedsHeld = pumped->feedsHeld;
    parts_->stalledSinceNs = pumped->stalledSinceNs.value_or(never);
    return pumped;
}

bool Runtime::needsAttention() const
{
    if (parts_->feedsHeld > 0) return true;
    return parts_->stalledNs() >= stallNs;
}

Result<bool> Runtime::tick(std::uint32_t budgetMs)
{
    parts_->followConfiguration();
    BF_LET(outcome, parts_->core->ledgerMirror().tick(*parts_->ledger, budgetMs));
    return outcome.more;
}

Result<std::string> Runtime::healthJson()
{
    BF_LET(waiting, parts_->database->read([](store::Unit& unit) -> Result<std::int64_t>
                        { return store::InboxRepository(unit).waitingCount(); }));
    BF_LET(sealed,
        parts_->database->read([](store::Unit& unit) -> Result<std::map<std::string, std::int64_t>>
            { return store::SealedColumns(unit).countByKey(); }));
    sealed.erase(parts_->vault->keyId());
    std::int64_t sealedOtherwise = 0;
    for (const auto& [keyId, count] : sealed)
        sealedOtherwise += count;
    const auto counts = parts_->webhookCounts();
    const auto number = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
    return JsonObject()
        .text("version", BANKFEED_VERSION)
        .text("environment", parts_->settings.environment)
        .number("webhooks_stored", number(counts.stored))
        .number("webhooks_repeated", number(counts.repeated))
        .number("webhooks_refused", number(counts.refused))
        .number("webhooks_forged", number(counts.forged))
        .number("webhooks_postponed", number(counts.postponed))
        .number("webhooks_not_understood", number(counts.notUnderstood))
        .number("webhooks_unknown_kind", number(counts.unknownKind))
        .number("webhooks_unknown_connection", number(counts.unknownConnection))
        .number("webhook_key_fetches", number(counts.keyFetches))
        .number("inbox_waiting", waiting)
        .text("token_key_id", parts_->vault->keyId())
        .number("sealed_with_other_keys", sealedOtherwise)
        .number("feeds_held", parts_->feedsHeld)
        .number("delivery_stalled_seconds", parts_->stalledNs() / nsPerSecond)
        .json();
}

} // namespace bankfeed::plugin
