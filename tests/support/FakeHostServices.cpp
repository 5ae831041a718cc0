// Log, clock, wake, configuration, secrets, data folder and routes of FakeHost.
#include "support/FakeHostServices.h"

#include "base/Utf8.h"

#include <chrono>
#include <cstring>

namespace bankfeed::testing
{

namespace
{

using Services = FakeHostServices;
using At = FakeHostServices::At;

bool isWord(const char* text)
{
    if (text == nullptr || *text == '\0') return false;
    for (const char* c = text; *c != '\0'; ++c)
    {
        if (!((*c >= 'a' && *c <= 'z') || *c == '-')) return false;
    }
    return true;
}

void writeLine(
    const bf_host* host, std::uint32_t level, const char* component, const char* message) noexcept
{
    FakeHost& fake = Services::of(host);
    Services::count(fake, "log.write");
    if (level > BF_LOG_PLUGIN_MISBEHAVING) fake.broke("a log level that does not exist");
    if (!isWord(component)) fake.broke("the component of a log line is not a word");
    if (message == nullptr)
    {
        fake.broke("a log line without a message");
        return;
    }
    const std::string line(message);
    if (line.empty() || line.size() > BF_TEXT_MAX) fake.broke("a log line of a wrong length");
    if (!isUtf8(line) || safeText(line, line.size() * 3 + 3) != line)
        fake.broke("a log line with control bytes or broken UTF-8");
    Services::logged(fake, std::string(component == nullptr ? "" : component) + ": " + line);
}

std::int64_t utcNs(const bf_host* /*host*/) noexcept
{
    using namespace std::chrono;
    return duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
}

std::int64_t monoNs(const bf_host* /*host*/) noexcept
{
    using namespace std::chrono;
    return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

void wakeHost(const bf_host* host, std::uint32_t reasons) noexcept
{
    FakeHost& fake = Services::of(host);
    Services::count(fake, "wake.wake");
    if (reasons == 0 || (reasons & ~(BF_WAKE_PUMP | BF_WAKE_TICK)) != 0)
        fake.broke("a wake without a reason, or with one that does not exist");
    Services::wake(fake, reasons);
}

bf_status configGet(const bf_host* host, const char* key, const bf_sink* value) noexcept
{
    FakeHost& fake = Services::of(host);
    const At at(fake, "config.get", {HostCall::Migrate, HostCall::Start, HostCall::Tick});
    if (key == nullptr || !knownSetting(key))
        fake.broke(std::string("a setting that the manifest does not list: ") +
                   (key == nullptr ? "NULL" : key));
    if (fake.faults.config != BF_OK) return fake.faults.config;
    const auto found = fake.settings.find(key == nullptr ? "" : key);
    if (found == fake.settings.end()) return BF_E_NOT_FOUND;
    // In two parts, as a sink allows.
    const std::string_view text = found->second;
    const bf_status first = Services::give(fake, value, text.substr(0, text.size() / 2));
    return first != BF_OK ? first : Services::give(fake, value, text.substr(text.size() / 2));
}

std::uint64_t configRevision(const bf_host* host) noexcept
{
    const At at(Services::of(host), "config.revision",
        {HostCall::Migrate, HostCall::Start, HostCall::Tick, HostCall::Pump});
    return Services::of(host).revision;
}

bf_status secretGet(const bf_host* host, const char* name, const bf_sink* value) noexcept
{
    FakeHost& fake = Services::of(host);
    const At at(fake, "secrets.get", {HostCall::Start, HostCall::Tick});
    if (name == nullptr || !knownSecret(name))
    {
        fake.broke("a secret that the manifest does not list");
        return BF_E_DENIED;
    }
    if (fake.faults.secretGet != BF_OK) return fake.faults.secretGet;
    const auto found = fake.secrets.find(name);
    if (found == fake.secrets.end()) return BF_E_NOT_FOUND;
    if (!found->second.empty()) Services::remember(fake, found->second);
    return Services::give(fake, value, found->second);
}

bf_status secretPut(const bf_host* host, const char* name, bf_bytes value) noexcept
{
    FakeHost& fake = Services::of(host);
    const At at(fake, "secrets.put", {HostCall::Start, HostCall::Tick});
    if (name == nullptr || !knownSecret(name) || value.data == nullptr || value.size == 0 ||
        value.size > BF_SECRET_SIZE_MAX)
    {
        fake.broke("a secret that cannot be stored");
        return BF_E_INVALID;
    }
    const std::string bytes(static_cast<const char*>(value.data), value.size);
    Services::remember(fake, bytes);
    if (fake.faults.secretPut != BF_OK) return fake.faults.secretPut;
    fake.secrets[name] = bytes;
    return BF_OK;
}

bf_status dataDirPath(const bf_host* host, const bf_sink* value) noexcept
{
    FakeHost& fake = Services::of(host);
    const At at(fake, "data-dir.path", {HostCall::Migrate, HostCall::Start, HostCall::Tick});
    if (fake.faults.dataDir != BF_OK) return fake.faults.dataDir;
    return Services::give(fake, value, fake.faults.dataPath.value_or(fake.dataFolder()));
}

bf_status registerRoute(const bf_host* host, const bf_route* route, bf_error* err) noexcept
{
    FakeHost& fake = Services::of(host);
    const At at(fake, "http-routes.register_route", {HostCall::Start});
    const bool good = route != nullptr && route->struct_size >= sizeof(bf_route) &&
                      route->path != nullptr && route->path[0] == '/' &&
                      (route->flags == BF_ROUTE_OPEN || route->flags == BF_ROUTE_PRINCIPAL) &&
                      route->body_max > 0 && route->body_max <= BF_BODY_MAX;
    if (!good)
    {
        fake.broke("a route that breaks the specification");
        return Services::fail(fake, err, BF_E_INVALID);
    }
    if (fake.faults.registerRoute != BF_OK)
        return Services::fail(fake, err, fake.faults.registerRoute);
    for (const auto& [id, known] : fake.routes())
    {
        if (id == route->route_id || known.path == route->path)
        {
            fake.broke("a route was registered twice");
            return Services::fail(fake, err, BF_E_CONFLICT);
        }
    }
    Services::routes(fake)[route->route_id] = {route->path, route->flags, route->body_max};
    return BF_OK;
}

bf_status publicUrl(const bf_host* host, std::uint32_t routeId, const bf_sink* value) noexcept
{
    FakeHost& fake = Services::of(host);
    const At at(fake, "http-routes.public_url", {HostCall::Start, HostCall::Tick, HostCall::Pump});
    const auto found = fake.routes().find(routeId);
    if (found == fake.routes().end()) fake.broke("the URL of a route that is not registered");
    if (fake.faults.publicUrlStatus != BF_OK) return fake.faults.publicUrlStatus;
    if (fake.faults.publicUrl) return Services::give(fake, value, *fake.faults.publicUrl);
    if (found == fake.routes().end() || fake.publicAddress.empty()) return BF_E_NOT_FOUND;
    return Services::give(fake, value, fake.publicAddress + found->second.path);
}

} // namespace

void FakeHostServices::fillPlain(FakeHost::Tables& tables)
{
    tables.log = {sizeof(bf_host_log), 0, writeLine};
    tables.clock = {sizeof(bf_host_clock), 0, utcNs, monoNs};
    tables.wake = {sizeof(bf_host_wake), 0, wakeHost};
    tables.config = {sizeof(bf_host_config), 0, configGet, configRevision};
    tables.secrets = {sizeof(bf_host_secrets), 0, secretGet, secretPut};
    tables.dataDir = {sizeof(bf_host_data_dir), 0, dataDirPath};
    tables.routes = {sizeof(bf_host_http_routes), 0, registerRoute, publicUrl};
}

} // namespace bankfeed::testing
