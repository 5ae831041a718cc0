#include "World.h"

#include "accounts/Linking.h"
#include "money/Decimal.h"
#include "store/AccountLinkRepository.h"
#include "store/BankAccountRepository.h"
#include "store/NoticeRepository.h"
#include "store/TransactionRepository.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

namespace bankfeed::testing
{

namespace
{

template <class T>
T must(Result<T> result)
{
    if (!result.ok()) throw std::runtime_error(result.error().code + ": " + result.error().text);
    return std::move(result).value();
}

void must(const Result<void>& result)
{
    if (!result.ok()) throw std::runtime_error(result.error().code + ": " + result.error().text);
}

void require(bool condition, const std::string& what)
{
    if (!condition) throw std::runtime_error(what);
}

plaid::PlaidSettings plaidSettings()
{
    plaid::PlaidSettings settings;
    settings.clientId = Secret{"simulator-client"};
    settings.secret = Secret{"simulator-secret-0000"};
    settings.clientName = "Ledger Host";
    settings.pagesOnLoopback = true;
    return settings;
}

std::string statusLine(int status)
{
    return "HTTP/1.1 " + std::to_string(status) + " So\r\nContent-Length: 0\r\n\r\n";
}

/// Hundredths of a decimal text. The rows of these tests have no more.
std::int64_t cents(const std::string& text)
{
    const std::size_t point = text.find('.');
    std::string digits = text.substr(0, point);
    std::string rest = point == std::string::npos ? "" : text.substr(point + 1);
    require(rest.size() <= 2, "not whole cents: " + text);
    rest.resize(2, '0');
    const bool negative = digits.starts_with('-');
    const std::int64_t value = std::abs(std::stoll(digits)) * 100 + std::stoll(rest);
    return negative ? -value : value;
}

constexpr std::int64_t coarseNs = 240 * nsPerSecond; ///< Webhooks may be five minutes old.

} // namespace

// --- transport and books ---

BriefTransport::BriefTransport(const std::string& url)
{
    adapters::TransportSettings settings;
    settings.baseUrl = url;
    settings.allowDevelopmentEndpoint = true;
    real_ = must(adapters::PocoHttpsTransport::create(settings));

    closedPort_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    require(::bind(closedPort_, plain, size) == 0 && ::getsockname(closedPort_, plain, &size) == 0,
        "no port can be had");
    settings.baseUrl = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    refused_ = must(adapters::PocoHttpsTransport::create(settings));
}

BriefTransport::~BriefTransport()
{
    ::close(closedPort_);
}

Result<HttpResponse> BriefTransport::post(const HttpRequest& request)
{
    HttpRequest brief = request;
    brief.deadlineMs = std::min<std::int64_t>(brief.deadlineMs, deadlineMs);
    ++underWay;
    auto answer = (nobodyListens ? refused_ : real_)->post(brief);
    --underWay;
    return answer;
}

Result<void> Books::visitTenants(
    const std::function<Result<void>(const std::string& tenant)>& visit)
{
    return entries.visitTenants(visit);
}

Result<std::vector<LedgerAccount>> Books::accounts(const std::string&)
{
    std::vector<LedgerAccount> list;
    for (const auto& [key, account] : accounts_)
        list.push_back(account);
    return list;
}

Result<std::string> Books::createAccount(const std::string&, const LedgerAccountRequest& request)
{
    LedgerAccount& account = accounts_[request.idempotencyKey];
    if (!account.id.empty()) return account.id;
    account.id = "book-" + std::to_string(accounts_.size());
    account.name = request.name;
    account.type = request.type;
    account.currency = request.currency;
    account.exponent = request.exponent;
    return account.id;
}

Result<std::optional<Watermark>> Books::watermark(
    const std::string& tenant, const std::string& feedId)
{
    return entries.watermark(tenant, feedId);
}

Result<PostOutcome> Books::post(const LedgerBatch& batch)
{
    return entries.post(batch);
}

Result<std::vector<Head>> Books::heads(
    const std::string& tenant, const std::vector<std::string>& rootKeys)
{
    return entries.heads(tenant, rootKeys);
}

// --- the world ---

World::World(WorldSettings settings)
    : clock(Json::parse(simulator.look("/_sim/clock")).at("unix_seconds").get<std::int64_t>()),
      transport(simulator.api()),
      settings_(settings)
{
    vault_ = must(store::TokenVault::make(Secret(std::string(32, 'k')), random));
    must(vault_->bind(*database));
    endpoint_ =
        std::make_unique<LoopbackServer>([this](Connection& connection) { serve(connection); });
    restart();
}

World::~World()
{
    endpoint_.reset(); // Before what it calls.
}

void World::restart()
{
    const std::unique_lock lock(coreMutex_);
    core.reset();
    client_ = std::make_unique<plaid::PlaidClient>(transport, clock, log, plaidSettings());
    storedKeys_ = std::make_unique<store::WebhookKeys>(*database);
    keys_ = std::make_unique<plaid::WebhookKeyRing>(
        transport, clock, log, plaidSettings(), storedKeys_.get());
    verifier_ = std::make_unique<plaid::PlaidWebhookVerifier>(*keys_);
    engine::CoreSettings coreSettings;
    coreSettings.environment = "sandbox";
    coreSettings.webhookUrl = settings_.webhooks ? endpoint_->url() + "/plaid/webhook" : "";
    coreSettings.pollIntervalMs = settings_.pollIntervalMs;
    core = std::make_unique<engine::Core>(
        engine::CorePorts{*database, *vault_, *client_, *verifier_, clock, random, wake_, log},
        coreSettings);
    relay = std::make_unique<delivery::Relay>(*database, books, clock, random, log);
    must(core->begin());
}

void World::serve(Connection& connection)
{
    while (true)
    {
        const std::string request = connection.request();
        if (request.empty()) return;
        const std::size_t end = request.find("\r\n\r\n");
        std::vector<std::pair<std::string, std::string>> fields;
        for (std::size_t at = request.find("\r\n") + 2; at < end;)
        {
            const std::size_t next = request.find("\r\n", at);
            const std::string line = request.substr(at, next - at);
            const std::size_t colon = line.find(": ");
            fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
            at = next + 2;
        }
        std::vector<WebhookHeader> headers;
        for (const auto& [name, value] : fields)
            headers.push_back({name, value});
        const std::string_view body = std::string_view(request).substr(end + 4);
        const std::shared_lock lock(coreMutex_);
        const int status = core->intake().handle(headers, body, clock.now());
        if (!connection.send(statusLine(status))) return;
    }
}

// --- the bank, and Plaid ---

Json World::pull(const std::string& path, const Json& body) const
{
    return Json::parse(simulator.control(path, body.dump()));
}

Json World::look(const std::string& path) const
{
    return Json::parse(simulator.look(path));
}

void World::fault(const std::string& kind, Json more) const
{
    more["kind"] = kind;
    pull("/_sim/faults", more);
}

void World::clearFaults() const
{
    static_cast<void>(simulator.look("/_sim/faults", "DELETE"));
}

std::size_t World::faultsWaiting() const
{
    return look("/_sim/faults").at("faults").size();
}

std::string World::post(
    const std::string& amount, const std::string& name, const std::string& account, Json more) const
{
    more["amount"] = amount;
    more["name"] = name;
    pull("/_sim/transactions", {{"account_id", account}, {"transactions", Json::array({more})}});
    return name;
}

void World::postMany(int count, const std::string& account) const
{
    Json rows = Json::array();
    for (int i = 0; i < count; ++i)
        rows.push_back({{"amount", std::to_string(1 + i % 7) + "." + std::to_string(10 + i % 90)},
            {"name", "Row " + std::to_string(i)}});
    pull("/_sim/transactions", {{"account_id", account}, {"transactions", rows}});
}

std::string World::itemOf(const std::string& connectionId)
{
    return connection(connectionId).providerConnectionId;
}

int World::forge(const std::string& kind, const std::string& connectionId) const
{
    const std::string item = const_cast<World*>(this)->itemOf(connectionId);
    return pull("/_sim/webhooks/forge", {{"item_id", item}, {"kind", kind}})
        .at("status")
        .get<int>();
}

// --- people ---

std::string World::beginLink(LinkPurpose purpose, const std::string& connectionId)
{
    const auto started =
        must(core->linkSessions().start(tenant, ada, purpose, connectionId, "https://books/"));
    require(!started.busy, "another session is in the way");
    settle();
    return started.sessionId;
}

link::LinkSessions::Shown World::session(const std::string& sessionId)
{
    return must(core->linkSessions().show(tenant, ada, sessionId));
}

Json World::completeLink(const std::string& sessionId, Json choices)
{
    const std::string url{session(sessionId).hostedUrl.reveal()};
    require(!url.empty(), "the session has no address");
    std::string id = url.substr(url.rfind("/") + 1);
    id = id.substr(0, id.find("?"));
    const Json state = look("/_sim/state?rows=0");
    for (const Json& token : state.at("link_tokens"))
    {
        if (token.at("hosted_id") != id) continue;
        choices["link_token"] = token.at("link_token");
        return pull("/_sim/link/complete", choices);
    }
    throw std::runtime_error("the simulator does not know the address " + url);
}

std::string World::link(LinkPurpose purpose, const std::string& connectionId, Json choices)
{
    const std::string id = beginLink(purpose, connectionId);
    completeLink(id, std::move(choices));
    settle();
    if (!settings_.webhooks) pass(6);
    return id;
}

void World::feedAll(const std::string& connectionId)
{
    std::vector<accounts::Decision> decisions;
    for (const auto& account : accountsOf(connectionId))
    {
        if (account.decision != store::decision::open || !account.feedable) continue;
        accounts::Decision decision;
        decision.bankAccountId = account.id;
        decision.choice = accounts::Choice::New;
        decision.name = account.name + " " + account.id;
        decisions.push_back(decision);
    }
    require(!decisions.empty(), "nothing waits for a decision");
    accounts::Linking linking(*database, clock, random, wake_);
    const auto applied = must(
        linking.apply(tenant, store::Actor{ada.userId, ada.userName}, connectionId, decisions));
    require(applied.conflicts.empty(), "the decisions have conflicts");
    settle();
}

void World::disconnect(const std::string& connectionId)
{
    must((*database).write(
        [&](store::Unit& unit) -> Result<void>
        {
            store::JobRepository(unit).ask(
                random, tenant, store::job::disconnect, connectionId, clock.now());
            return success();
        }));
    settle();
}

std::string World::connected(Json choices)
{
    const std::string sessionId = link(LinkPurpose::Connect, "", std::move(choices));
    const auto shown = session(sessionId);
    require(shown.session.state == store::sessionState::done,
        "the session is " + shown.session.state + " " + shown.session.errorCode);
    const std::string id = shown.session.connectionId.value();
    pass(30);
    feedAll(id);
    pass(60);
    checkInStep();
    require(notices().empty(), "a new connection has a notice");
    return id;
}

// --- time ---

void World::settle()
{
    for (int round = 0; round < 1'000; ++round)
    {
        bool busy = false;
        pull("/_sim/webhooks/settle");
        for (int i = 0; i < 5'000 && must(core->engine().runNext()); ++i)
            busy = true;
        if (deliver.value_or(false))
        {
            if (must(core->ledgerMirror().tick(books, 60'000)).made > 0) busy = true;
            const auto report = must(relay->pump(1'000, 60'000));
            busy = busy || report.delivered > 0 || report.remaining;
        }
        if (!busy) return;
    }
    throw std::runtime_error("there is always more to do");
}

void World::step(std::int64_t ns)
{
    clock.advanceMs(ns / nsPerMs);
    const std::string seconds = std::to_string(ns / nsPerMs / 1'000) + "." +
                                std::to_string(1'000 + ns / nsPerMs % 1'000).substr(1);
    pull("/_sim/clock/step", {{"seconds", seconds}});
}

void World::pass(double seconds, bool exactly)
{
    settle();
    const std::int64_t end = clock.now().ns + static_cast<std::int64_t>(seconds * 1e3) * nsPerMs;
    while (clock.now().ns < end)
    {
        std::int64_t to = std::min(end, clock.now().ns + coarseNs);
        if (exactly)
        {
            if (const auto due = must(core->engine().nextDue()))
                to = std::min(to, std::max(due->ns, clock.now().ns) + nsPerMs);
        }
        step(std::max<std::int64_t>(to - clock.now().ns, nsPerMs));
        settle();
    }
}

void World::leap(double seconds)
{
    constexpr double most = 21'600;
    for (; seconds > 0; seconds -= most)
    {
        step(static_cast<std::int64_t>(std::min(seconds, most) * 1e3) * nsPerMs);
        settle();
    }
}

// --- looking ---

store::Connection World::connection(const std::string& id)
{
    return read([&](store::Unit& unit)
        { return store::ConnectionRepository(unit, tenant).find(id).value(); });
}

std::vector<store::Connection> World::connections()
{
    return read([&](store::Unit& unit) { return store::ConnectionRepository(unit, tenant).all(); });
}

std::vector<std::string> World::notices()
{
    return read(
        [&](store::Unit& unit)
        {
            std::vector<std::string> kinds;
            for (const auto& notice : store::NoticeRepository(unit, tenant).openOnes())
                kinds.push_back(notice.kind);
            std::sort(kinds.begin(), kinds.end());
            return kinds;
        });
}

std::vector<store::BankAccount> World::accountsOf(const std::string& connectionId)
{
    return read([&](store::Unit& unit)
        { return store::BankAccountRepository(unit, tenant).ofConnection(connectionId); });
}

std::int64_t World::count(const std::string& sql)
{
    return read([&](store::Unit& unit) { return unit.query(sql).number(0, 0); });
}

bool World::mirrorHolds(const std::string& name)
{
    return read(
        [&](store::Unit& unit)
        {
            return unit.query(
                           "SELECT COUNT(*) FROM bank_transaction WHERE name = $1 AND removed = 0",
                           {name})
                       .number(0, 0) > 0;
        });
}

std::size_t World::calls(const std::string& path) const
{
    std::size_t count = 0;
    const Json all = look("/_sim/requests");
    for (const Json& call : all.at("requests"))
        count += call.at("path") == path ? 1U : 0U;
    return count;
}

std::string World::logged() const
{
    std::string text;
    for (const std::string& line : log.lines())
        text += "\n  " + line;
    const Json all = look("/_sim/requests");
    for (const Json& call : all.at("requests"))
        text += "\n  " + call.at("at").get<std::string>() + " " +
                call.at("path").get<std::string>() + " " + call.at("status").dump() + " " +
                call.at("fault").dump();
    return text;
}

void World::forgetCalls() const
{
    static_cast<void>(simulator.look("/_sim/requests", "DELETE"));
}

void World::checkMirror(const store::Connection& connection, const Json& item)
{
    std::map<std::string, store::BankTransaction> rows;
    read(
        [&](store::Unit& unit)
        {
            std::vector<std::string> ids;
            const auto listed = unit.query("SELECT provider_transaction_id FROM bank_transaction "
                                           "WHERE connection_id = $1 AND removed = 0",
                {connection.id});
            store::TransactionRepository mirror(unit, tenant);
            for (std::size_t i = 0; i < listed.size(); ++i)
            {
                ids.push_back(listed.text(i, 0));
                if (ids.size() < 500 && i + 1 < listed.size()) continue;
                for (const auto& row : mirror.find(connection.id, ids))
                    rows.emplace(row.providerTransactionId, row);
                ids.clear();
            }
            return 0;
        });
    std::size_t shown = 0;
    for (const Json& shared : item.at("shared"))
    {
        for (const Json& truth : shared.at("transactions"))
        {
            ++shown;
            const auto id = truth.at("transaction_id").get<std::string>();
            const auto name = truth.at("name").get<std::string>();
            const auto row = rows.find(id);
            require(row != rows.end(), "the mirror lacks \"" + name + "\" " + id);
            require(-cents(truth.at("amount_text").get<std::string>()) == row->second.units,
                "another amount: " + name);
            require(row->second.bookedOn == truth.at("date"), "another date: " + name);
            require(row->second.name == name, "another name: " + name);
            require(row->second.pending == truth.at("pending"), "pending differs: " + name);
            require(row->second.providerAccountId == shared.at("account_id"), "of another account");
        }
    }
    require(rows.size() == shown, "the mirror has " + std::to_string(rows.size()) +
                                      " rows, and Plaid shows " + std::to_string(shown));
}

void World::checkBooks(const Json& state, const store::Connection& connection, const Json& item)
{
    for (const auto& account : accountsOf(connection.id))
    {
        const auto link = read([&](store::Unit& unit)
            { return store::AccountLinkRepository(unit, tenant).ofBankAccount(account.id); });
        if (!link || account.state != store::accountState::shared) continue;
        require(link->state == store::linkState::active, account.name + " is " + link->state);
        const std::string& book = link->ledgerAccountId.value();
        std::set<std::string> expected;
        std::string bankAccountId;
        for (const Json& shared : item.at("shared"))
        {
            if (shared.at("account_id") != account.providerAccountId) continue;
            bankAccountId = shared.at("bank_account_id").get<std::string>();
            for (const Json& truth : shared.at("transactions"))
            {
                if (truth.at("pending").get<bool>()) continue;
                const auto id = truth.at("transaction_id").get<std::string>();
                const auto row = read(
                    [&](store::Unit& unit) {
                        return store::TransactionRepository(unit, tenant)
                            .find(connection.id, {id})
                            .at(0);
                    });
                const auto entry = books.entries.books.entries.find(row.rootKey);
                require(entry != books.entries.books.entries.end(),
                    "the books lack " + row.name + ", which is " + row.lane + row.laneReason);
                require(
                    entry->second.units == row.units, "another amount in the books: " + row.name);
                require(entry->second.ledgerAccountId == book, "in another account: " + row.name);
                require(expected.insert(row.rootKey).second, "one entry for two rows: " + row.name);
            }
        }
        for (const auto& [key, entry] : books.entries.books.entries)
        {
            if (!key.starts_with("tx1_") || entry.ledgerAccountId != book ||
                entry.last.kind == ChangeKind::Void)
                continue;
            require(expected.contains(key),
                "the books have what the bank does not show: " + entry.last.description);
        }
        for (const Json& truth : state.at("accounts"))
        {
            if (truth.at("account_id") != bankAccountId) continue;
            const auto current = cents(truth.at("current").get<std::string>());
            require(books.entries.sum(book) == current,
                account.name + ": the books have " + std::to_string(books.entries.sum(book)) +
                    ", the bank " + std::to_string(current));
        }
    }
}

void World::checkInStep()
{
    const Json state = look("/_sim/state");
    int seen = 0;
    for (const auto& connection : connections())
    {
        if (connection.ended()) continue;
        for (const Json& item : state.at("items"))
        {
            if (item.at("item_id") != connection.providerConnectionId) continue;
            ++seen;
            checkMirror(connection, item);
            checkBooks(state, connection, item);
        }
    }
    require(seen > 0, "nothing is connected");
}

void World::checkNothingStuck()
{
    require(count("SELECT COUNT(*) FROM job WHERE state = 'running'") == 0, "a job is under way");
    require(count("SELECT COUNT(*) FROM job WHERE attempts > 0") == 0, "a job that failed waits");
    require(transport.underWay == 0, "a call is under way");
}

} // namespace bankfeed::testing
