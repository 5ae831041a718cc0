// Connections: what there is, how it goes, sync now, disconnect.
#include "base/JsonText.h"
#include "console/AccountAnswers.h"
#include "console/Answers.h"
#include "console/Console.h"
#include "console/RequestReader.h"
#include "engine/BankAsk.h"
#include "engine/Pause.h"
#include "store/AuditRepository.h"
#include "store/NoticeRepository.h"
#include "store/OutboxRepository.h"

#include <algorithm>

namespace bankfeed::console
{

namespace
{

Error noConnection()
{
    return Error::notFound("connection.unknown", "There is no such connection.");
}

/// How many changes of a feed the books do not have yet.
std::int64_t undelivered(const store::Feed* feed)
{
    if (feed == nullptr) return 0;
    const std::uint64_t acked = feed->ackedEpoch == feed->epoch ? feed->ackedSeq : 0;
    const std::uint64_t written = feed->nextSeq - 1;
    return written > acked ? static_cast<std::int64_t>(written - acked) : 0;
}

/// "https://books.example/"; "" for what has no origin. A host's own pages are at its root: it
/// names no other address.
std::string originOf(const std::string& url)
{
    const std::size_t scheme = url.find("://");
    if (!url.starts_with("http://") && !url.starts_with("https://")) return "";
    const std::string origin = url.substr(0, url.find('/', scheme + 3));
    return origin.size() == scheme + 3 ? std::string() : origin + "/";
}

struct AccountProgress
{
    const BankAccountView* account = nullptr;
    std::string_view phase;
    std::int64_t undelivered = 0;
};

/// Where an account stands of which the books have every row.
std::string_view openingPhase(const ConnectionView& view, const BankAccountView& account)
{
    if (account.link->opening != store::openingState::due) return "done";
    if (view.connection.ended()) return "stopped"; // No sync will measure it any more.
    if (view.connection.pausedAt) return "paused";
    if (account.openingOutstanding || account.booking.attempts > 0) return "waiting";
    // Without a job it is left to the next sync; that which completes the history is under way.
    const bool comes = account.booking.exists || view.connection.history != "complete";
    return comes ? "booking" : "waiting";
}

std::vector<AccountProgress> progressOf(
    store::Unit& unit, const std::string& tenant, const ConnectionView& view)
{
    std::vector<std::string> ids;
    for (const BankAccountView& account : view.accounts)
        if (account.link) ids.push_back(account.link->feedId);
    const auto feeds = store::OutboxRepository(unit, tenant).feedsOf(ids);
    std::vector<AccountProgress> all;
    for (const BankAccountView& account : view.accounts)
    {
        if (!account.link) continue;
        const auto found = feeds.find(account.link->feedId);
        const store::Feed* feed = found == feeds.end() ? nullptr : &found->second;
        AccountProgress one{&account, "done", undelivered(feed)};
        if (account.link->state == store::linkState::waitingForAccount)
            one.phase = "waiting_for_account";
        else if (account.link->state == store::linkState::checkingBooks)
            one.phase = "checking_books";
        else if (account.link->state == store::linkState::takingBack)
            one.phase = "taking_back";
        else if (account.link->state == store::linkState::releasing)
            one.phase = account.booking.attempts > 0 ? "waiting" : "releasing";
        else if (one.undelivered > 0)
            one.phase = feed != nullptr && feed->onHold() ? "held" : "delivering";
        else if (view.work.running && !view.connection.ended())
            // What the bank still sends may be for this account.
            one.phase = "fetching";
        else
            one.phase = openingPhase(view, account);
        all.push_back(one);
    }
    return all;
}

/// Of a connection from which something may come.
std::string_view phaseOfReading(const Work& work)
{
    if (work.waiting) return "waiting";
    if (work.loop && work.loop->state == store::loopState::sealed) return "applying";
    if (work.loop && work.loop->state == store::loopState::waiting && !work.running)
        return "waiting";
    return work.running ? "fetching" : "";
}

std::string_view phaseOf(const ConnectionView& view, const std::vector<AccountProgress>& accounts)
{
    // What was read of an ended connection and not applied stays where it is.
    const bool ended = view.connection.ended();
    const bool rests = ended || view.connection.pausedAt.has_value();
    const std::string_view reading = rests ? "" : phaseOfReading(view.work);
    if (!reading.empty()) return reading;
    const auto any = [&](auto... phases)
    {
        return std::any_of(accounts.begin(), accounts.end(),
            [&](const AccountProgress& one) { return ((one.phase == phases) || ...); });
    };
    if (any("waiting_for_account", "checking_books", "releasing", "booking", "taking_back"))
        return "booking";
    if (any("delivering")) return "delivering";
    if (any("held")) return "held";
    if (any("stopped") || (ended && view.work.loop)) return "stopped";
    if (view.connection.pausedAt) return "paused";
    return any("waiting") ? "waiting" : "done";
}

std::int64_t fetchedOf(const ConnectionView& view)
{
    if (view.work.loop && view.work.loop->rowCount > 0) return view.work.loop->rowCount;
    std::int64_t stored = 0;
    for (const BankAccountView& account : view.accounts)
        stored += account.counts.held + account.counts.pending + account.counts.booked +
                  account.counts.beforeStart;
    return stored;
}

/// Why nothing goes on: the connection's own failure, else the first of its accounts to be tried
/// again.
void writeProgressError(JsonWriter& json, const ConnectionView& view)
{
    std::optional<UtcTime> next = view.work.nextTryAt;
    const std::string* code = &view.work.errorCode;
    const std::string* text = &view.work.errorText;
    if (!view.work.waiting)
        for (const BankAccountView& account : view.accounts)
        {
            const store::JobRepository::Status& job = account.booking;
            if (job.attempts == 0 || (next && *next <= job.dueAt)) continue;
            next = job.dueAt;
            code = &job.errorCode;
            text = &job.errorText;
        }
    if (!next)
    {
        json.nullMember("error");
        return;
    }
    json.key("error").beginObject().member("code", *code).member("text", *text);
    // The jobs keep no request of the provider's; the connection keeps that of its last failure.
    const bool same = view.work.waiting && *code == view.connection.errorCode;
    json.member("request_id", same ? view.connection.errorRequestId : std::string());
    writeTime(json, "next_try_at", next);
    json.endObject();
}

std::string progressJson(const ConnectionView& view, const std::vector<AccountProgress>& accounts)
{
    JsonWriter json;
    json.beginObject().member("phase", phaseOf(view, accounts));
    writePaused(json, view.connection);
    json.member("fetched", fetchedOf(view)).key("accounts").beginArray();
    for (const AccountProgress& one : accounts)
    {
        const store::AccountLink& link = *one.account->link;
        // Counted as the rows stand now, so that what a sync brings after the release counts too.
        const store::TransactionRepository::LaneCounts& counts = one.account->counts;
        const std::int64_t delivered =
            std::clamp<std::int64_t>(counts.booked - one.undelivered, 0, counts.booked);
        const std::int64_t done = counts.booked + counts.beforeStart;
        json.beginObject().member("bank_account_id", one.account->account.id);
        const std::int64_t waiting = link.state == store::linkState::active ? 0 : counts.held;
        json.member("phase", one.phase).member("total", done + waiting).member("done", done);
        json.member("before_start", counts.beforeStart).member("delivered", delivered);
        json.member("opening", link.opening).endObject();
    }
    json.endArray().key("failed").beginArray();
    for (const store::FailedWish& wish : view.failed)
        json.beginObject()
            .member("bank_account_id", wish.bankAccountId)
            .member("code", failureCode(wish))
            .member("name", wish.name)
            .member("text", wish.errorText)
            .endObject();
    json.endArray();
    writeProgressError(json, view);
    json.endObject();
    return std::move(json).text();
}

} // namespace

void Console::addConnectionRoutes()
{
    route("GET", "api/session", Capability::View, Within::Tenant, &Console::session);
    route(
        "GET", "api/connections/{id}", Capability::View, Within::Connection, &Console::connection);
    route("POST", "api/connections/{id}/sync", Capability::Link, Within::Connection,
        &Console::syncNow);
    route("POST", "api/connections/{id}/pause", Capability::Link, Within::Connection,
        &Console::pause);
    route("POST", "api/connections/{id}/resume", Capability::Link, Within::Connection,
        &Console::resume);
    route("POST", "api/connections/{id}/disconnect", Capability::Link, Within::Connection,
        &Console::disconnect);
    route("POST", "api/connections/{id}/keep-both", Capability::Link, Within::Connection,
        &Console::keepBoth);
    route("GET", "api/connections/{id}/progress", Capability::View, Within::Connection,
        &Console::progress);
}

Result<Answer> Console::session(const Call& call)
{
    const Principal& who = call.principal;
    JsonWriter json;
    json.beginObject().key("user").beginObject().member("id", who.userId);
    json.member("name", who.userName).endObject().member("tenant", who.tenant);
    json.key("can").beginObject().member("view", who.can(Capability::View));
    json.member("link", who.can(Capability::Link));
    json.member("operate", who.can(Capability::Operate)).endObject();
    json.member("csrf", csrf_.token(who)).member("environment", settings_.environment);
    json.member("version", settings_.version);
    writeTextOrNull(json, "books_url", originOf(settings_.publicUrl));
    json.member("webhooks", settings_.webhooks);
    json.member("poll_interval_seconds", settings_.pollIntervalMs / 1'000);
    json.endObject();
    return Answer{200, std::move(json).text()};
}

Result<Answer> Console::connection(const Call& call)
{
    const std::string& tenant = call.principal.tenant;
    const UtcTime now = ports_.clock.now();
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            auto found = store::ConnectionRepository(unit, tenant).find(call.path.at("id"));
            if (!found) return noConnection();
            JsonWriter json;
            writeConnection(
                json, ConnectionView::load(unit, tenant, std::move(*found), now), true, settings_);
            return Answer{200, std::move(json).text()};
        });
}

Result<Answer> Console::syncNow(const Call& call)
{
    BF_TRY(readNothing(call.request.body));
    const std::string& tenant = call.principal.tenant;
    const std::string& id = call.path.at("id");
    const UtcTime now = ports_.clock.now();
    BF_LET(bank, ports_.database.write(
                     [&](store::Unit& unit) -> Result<engine::BankAsked>
                     {
                         const auto found = store::ConnectionRepository(unit, tenant).lock(id);
                         if (!found) return noConnection();
                         if (found->state == store::connectionState::removed)
                             return Error::conflict(
                                 "connection.removed", "The connection has been ended.");
                         if (found->pausedAt)
                             return Error::conflict(
                                 "connection.paused", "Somebody has paused the connection.");
                         store::JobRepository jobs(unit);
                         jobs.askAtOnce(ports_.random, tenant, store::job::refresh, id, now);
                         jobs.askAtOnce(ports_.random, tenant, store::job::sync, id, now);
                         // A broken login is not mended by it, and a call would be paid for.
                         const bool well = found->state == store::connectionState::healthy ||
                                           found->state == store::connectionState::expiring;
                         if (!settings_.askBankOnSync || !well) return engine::BankAsked{};
                         return engine::askBank(unit, ports_.random, tenant, id, now);
                     }));
    ports_.wake.wake(WakeReason::Jobs);
    JsonWriter json;
    json.beginObject().member("id", id).member("bank_asked", bank.asked);
    writeTime(json, "bank_askable_at", bank.nextPossibleAt);
    writeTextOrNull(json, "bank_refused", bank.refused);
    json.endObject();
    return Answer{202, std::move(json).text()};
}

Result<Answer> Console::pause(const Call& call)
{
    BF_TRY(readNothing(call.request.body));
    const std::string& id = call.path.at("id");
    BF_TRY(ports_.database.write(
        [&](store::Unit& unit) -> Result<void>
        {
            return engine::pauseConnection(unit, call.principal.tenant, id,
                {call.principal.userId, call.principal.userName}, ports_.clock.now());
        }));
    return Answer{202, JsonObject().text("id", id).json()};
}

Result<Answer> Console::resume(const Call& call)
{
    BF_TRY(readNothing(call.request.body));
    const std::string& id = call.path.at("id");
    BF_TRY(ports_.database.write(
        [&](store::Unit& unit) -> Result<void>
        {
            return engine::resumeConnection(unit, ports_.random, call.principal.tenant, id,
                {call.principal.userId, call.principal.userName}, ports_.clock.now());
        }));
    ports_.wake.wake(WakeReason::Jobs);
    return Answer{202, JsonObject().text("id", id).json()};
}

Result<Answer> Console::disconnect(const Call& call)
{
    BF_TRY(readNothing(call.request.body));
    const std::string& tenant = call.principal.tenant;
    const std::string& id = call.path.at("id");
    const UtcTime now = ports_.clock.now();
    BF_TRY(ports_.database.write(
        [&](store::Unit& unit) -> Result<void>
        {
            const auto found = store::ConnectionRepository(unit, tenant).lock(id);
            if (!found) return noConnection();
            if (found->state == store::connectionState::removed)
                return Error::conflict("connection.removed", "The connection has been ended.");
            store::JobRepository(unit).askAtOnce(
                ports_.random, tenant, store::job::disconnect, id, now);
            store::AuditRepository(unit, tenant)
                .append(now, {call.principal.userId, call.principal.userName},
                    "connection.disconnected", id,
                    JsonObject().text("institution", found->institutionName).json());
            return success();
        }));
    ports_.wake.wake(WakeReason::Jobs);
    return Answer{202, JsonObject().text("id", id).json()};
}

Result<Answer> Console::keepBoth(const Call& call)
{
    BF_TRY(readNothing(call.request.body));
    const std::string& tenant = call.principal.tenant;
    const std::string& id = call.path.at("id");
    const UtcTime now = ports_.clock.now();
    BF_TRY(ports_.database.write(
        [&](store::Unit& unit) -> Result<void>
        {
            store::ConnectionRepository connections(unit, tenant);
            const auto found = connections.lock(id);
            if (!found) return noConnection();
            const auto old = connections.lock(found->replaces);
            // Once its end is on its way it is too late to say so.
            const bool ending =
                old &&
                store::JobRepository(unit).status(tenant, store::job::disconnect, old->id).exists;
            if (!old || old->removedAt || found->removedAt || ending)
                return Error::conflict("connection.replaces_nothing",
                    "The connection does not take the place of another, or not any more.");
            connections.setReplaces(id, "");
            store::NoticeRepository(unit, tenant).clear(store::notice::oldLoginStays, id, now);
            const auto detail = JsonObject()
                                    .text("institution", found->institutionName)
                                    .text("old_connection_id", old->id)
                                    .json();
            store::AuditRepository(unit, tenant)
                .append(now, store::Actor{call.principal.userId, call.principal.userName},
                    "connection.kept_beside", id, detail);
            return success();
        }));
    return Answer{202, JsonObject().text("id", id).json()};
}

Result<Answer> Console::progress(const Call& call)
{
    const std::string& tenant = call.principal.tenant;
    const UtcTime now = ports_.clock.now();
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            auto found = store::ConnectionRepository(unit, tenant).find(call.path.at("id"));
            if (!found) return noConnection();
            const auto view = ConnectionView::load(unit, tenant, std::move(*found), now);
            return Answer{200, progressJson(view, progressOf(unit, tenant, view))};
        });
}

} // namespace bankfeed::console
