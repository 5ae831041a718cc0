#include "HostedPlugin.h"

#include <chrono>
#include <cstring>
#include <stdexcept>

namespace bankfeed::testing
{

namespace
{

/// The host's side of one answer. It notes what is out of order.
struct Reply
{
    FakeHost& host;
    const ReplyFaults& faults;
    Replied got;
    bool bodyBegun = false;
};

bf_status setStatus(void* ctx, std::uint32_t status)
{
    auto& reply = *static_cast<Reply*>(ctx);
    if (reply.got.httpStatus != 0) reply.host.broke("set_status was called twice");
    if (status < 200 || status > 599) reply.host.broke("an HTTP status that does not exist");
    reply.got.httpStatus = status;
    return reply.faults.setStatus;
}

bool isOneLine(const char* text)
{
    return text != nullptr && std::strpbrk(text, "\r\n") == nullptr;
}

bf_status addHeader(void* ctx, const char* name, const char* value)
{
    auto& reply = *static_cast<Reply*>(ctx);
    if (reply.got.httpStatus == 0 || reply.bodyBegun) reply.host.broke("a header out of order");
    if (!isOneLine(name) || !isOneLine(value)) reply.host.broke("a header that is not one line");
    reply.got.headers.emplace(name, value);
    return reply.faults.addHeader;
}

bf_status writeBody(void* ctx, const void* data, std::uint64_t size)
{
    auto& reply = *static_cast<Reply*>(ctx);
    if (reply.got.httpStatus == 0) reply.host.broke("a body before its status");
    reply.bodyBegun = true;
    reply.got.body.append(static_cast<const char*>(data), size);
    return reply.faults.write;
}

bf_status writeText(void* ctx, const void* data, std::uint64_t size)
{
    static_cast<std::string*>(ctx)->append(static_cast<const char*>(data), size);
    return BF_OK;
}

/// Headers one behind the other, each with room for what a newer host would add.
std::vector<char> headersOf(const Asked& asked)
{
    const std::size_t stride = sizeof(bf_header) + asked.extraStride;
    std::vector<char> bytes(stride * asked.headers.size(), '\x5a');
    for (std::size_t i = 0; i < asked.headers.size(); ++i)
    {
        const bf_header header{asked.headers[i].first.c_str(), asked.headers[i].second.c_str()};
        std::memcpy(bytes.data() + i * stride, &header, sizeof header);
    }
    return bytes;
}

std::int64_t utcNow()
{
    using namespace std::chrono;
    return duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
}

} // namespace

bf_error emptyError()
{
    bf_error error{};
    error.struct_size = sizeof error;
    return error;
}

std::int64_t monoIn(std::int64_t ms)
{
    using namespace std::chrono;
    return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count() +
           ms * 1'000'000;
}

template <class Body>
Answer HostedPlugin::call(HostCall kind, Body&& body)
{
    bf_error error = emptyError();
    Answer answer;
    {
        const FakeHost::Calling calling(host_, kind);
        answer.status = body(&error);
    }
    if (error.text[BF_ERROR_TEXT_SIZE - 1] != '\0') host_.broke("an error text without its end");
    answer.text.assign(error.text, strnlen(error.text, BF_ERROR_TEXT_SIZE));
    answer.retryable = error.retryable != 0;
    answer.retryAfterMs = error.retry_after_ms;
    host_.capture(answer.text);
    if (answer.status < 0 && answer.text.empty() && kind != HostCall::Request)
        host_.broke("an error without a text");
    return answer;
}

HostedPlugin::HostedPlugin(FakeHost& host) : host_(host)
{
    const bf_entry* entry = bankfeed_entry_v1(BF_ABI_MINOR);
    if (entry == nullptr) throw std::runtime_error("the entry refuses its own version");
    created_ = call(HostCall::Create,
        [&](bf_error* error) { return entry->create(host_.abi(), &plugin_, error); });
    if ((created_.status == BF_OK) != (plugin_ != nullptr))
        host_.broke("create() gave a status and a plugin that do not fit");
}

HostedPlugin::~HostedPlugin()
{
    if (plugin_ == nullptr) return;
    while (stop().status != BF_OK)
    {
    }
    plugin_->destroy(plugin_);
}

Answer HostedPlugin::start()
{
    Answer answer =
        call(HostCall::Start, [&](bf_error* error) { return plugin_->start(plugin_, error); });
    if (answer.status != BF_OK && answer.text.find("started already") == std::string::npos)
        host_.closeRoutes();
    return answer;
}

Answer HostedPlugin::stop(std::int64_t ms)
{
    return stopUntil(monoIn(ms));
}

Answer HostedPlugin::stopUntil(std::int64_t deadlineMonoNs)
{
    host_.closeRoutes();
    return call(HostCall::Stop,
        [&](bf_error* error) { return plugin_->stop(plugin_, deadlineMonoNs, error); });
}

Answer HostedPlugin::apply()
{
    const auto* migrations = table<bf_plugin_migrations>(BF_EXT_PLUGIN_MIGRATIONS);
    return call(
        HostCall::Migrate, [&](bf_error* error) { return migrations->apply(plugin_, error); });
}

Answer HostedPlugin::migrationStatus(bf_migration_status& out)
{
    const auto* migrations = table<bf_plugin_migrations>(BF_EXT_PLUGIN_MIGRATIONS);
    out = {};
    out.struct_size = sizeof out;
    return call(HostCall::Migrate,
        [&](bf_error* error) { return migrations->status(plugin_, &out, error); });
}

Answer HostedPlugin::pump(bf_pump_result& out, std::uint32_t batches, std::uint32_t budgetMs)
{
    const auto* delivery = table<bf_plugin_delivery>(BF_EXT_PLUGIN_DELIVERY);
    out = {};
    out.struct_size = sizeof out;
    return call(HostCall::Pump,
        [&](bf_error* error) { return delivery->pump(plugin_, batches, budgetMs, &out, error); });
}

Answer HostedPlugin::position(bf_event_position& out, const std::string& tenant)
{
    const auto* events = table<bf_plugin_ledger_events>(BF_EXT_PLUGIN_LEDGER_EVENTS);
    out = {};
    out.struct_size = sizeof out;
    return call(HostCall::Events,
        [&](bf_error* error) { return events->position(plugin_, tenant.c_str(), &out, error); });
}

Answer HostedPlugin::tell(const bf_event_batch& batch)
{
    const auto* events = table<bf_plugin_ledger_events>(BF_EXT_PLUGIN_LEDGER_EVENTS);
    return call(
        HostCall::Events, [&](bf_error* error) { return events->tell(plugin_, &batch, error); });
}

Answer HostedPlugin::tick(bf_tick_result& out)
{
    const auto* sync = table<bf_plugin_account_sync>(BF_EXT_PLUGIN_ACCOUNT_SYNC);
    out = {};
    out.struct_size = sizeof out;
    return call(
        HostCall::Tick, [&](bf_error* error) { return sync->tick(plugin_, 10'000, &out, error); });
}

Answer HostedPlugin::feedStatus(bf_feed_status& out, const std::string& ledgerAccount)
{
    const auto* sync = table<bf_plugin_account_sync>(BF_EXT_PLUGIN_ACCOUNT_SYNC);
    out = {};
    out.struct_size = sizeof out;
    return call(HostCall::Request, [&](bf_error* error)
        { return sync->feed_status(plugin_, "main", ledgerAccount.c_str(), &out, error); });
}

Answer HostedPlugin::health(std::string& json)
{
    const auto* health = table<bf_plugin_health>(BF_EXT_PLUGIN_HEALTH);
    const bf_sink sink{&json, writeText};
    Answer answer = call(
        HostCall::Request, [&](bf_error* error) { return health->report(plugin_, &sink, error); });
    host_.capture(json);
    return answer;
}

Answer HostedPlugin::live(std::uint32_t& state)
{
    const auto* health = table<bf_plugin_health>(BF_EXT_PLUGIN_HEALTH);
    return call(
        HostCall::Request, [&](bf_error* error) { return health->live(plugin_, &state, error); });
}

Replied HostedPlugin::handle(const Asked& asked, const ReplyFaults& faults)
{
    const std::vector<char> headers = headersOf(asked);
    bf_principal principal{};
    principal.struct_size = sizeof principal;
    principal.capabilities = asked.capabilities;
    principal.tenant_id = asked.tenant.c_str();
    principal.user_id = "u1";
    principal.user_name = "Ada";
    principal.session_id = "session-1";
    principal.last_strong_login_utc_ns = utcNow();

    bf_http_request request{};
    request.struct_size = sizeof request;
    request.route_id = asked.routeId;
    request.method = asked.method.c_str();
    request.path = asked.path.c_str();
    request.query = asked.query.c_str();
    request.headers =
        headers.empty() ? nullptr : reinterpret_cast<const bf_header*>(headers.data());
    request.header_size = static_cast<std::uint32_t>(sizeof(bf_header) + asked.extraStride);
    request.header_count = static_cast<std::uint32_t>(asked.headers.size());
    request.body = {asked.body.data(), asked.body.size()};
    request.remote_address = "127.0.0.1";
    request.received_utc_ns = utcNow();
    request.principal = asked.loggedIn ? &principal : nullptr;

    Reply reply{host_, faults, {}, false};
    bf_http_response response{};
    response.struct_size = sizeof response;
    response.ctx = &reply;
    response.set_status = setStatus;
    response.add_header = addHeader;
    response.write = writeBody;

    const auto* http = table<bf_plugin_http>(BF_EXT_PLUGIN_HTTP);
    const Answer answer = call(HostCall::Request,
        [&](bf_error* error) { return http->handle(plugin_, &request, &response, error); });
    reply.got.status = answer.status;
    reply.got.text = answer.text;
    host_.capture(reply.got.body);
    for (const auto& [name, value] : reply.got.headers)
        host_.capture(name + ": " + value);
    return reply.got;
}

void HostedPlugin::run()
{
    const Answer migrated = apply();
    if (migrated.status != BF_OK && migrated.status != BF_ALREADY)
        throw std::runtime_error(migrated.text);
    const Answer started = start();
    if (started.status != BF_OK) throw std::runtime_error(started.text);
}

} // namespace bankfeed::testing
