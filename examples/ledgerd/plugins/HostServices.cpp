// log, clock, wake, config, secrets, data-dir and http-routes.
#include "plugins/ServiceGuard.h"

#include "base/Text.h"

#include <array>
#include <cstring>

namespace ledgerd
{

namespace
{

constexpr std::string_view pluginsPath = "/plugins";

void logWrite(
    const bf_host* host, std::uint32_t level, const char* component, const char* message) noexcept
{
    try
    {
        if (component == nullptr || message == nullptr) return;
        constexpr std::array levels{
            LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error};
        HostSide& side = sideOf(host);
        const std::string where = side.id() + "/" + cutUtf8(component, BF_ID_MAX);
        const std::string_view what(message, ::strnlen(message, BF_TEXT_MAX));
        if (level == BF_LOG_HOST_MISBEHAVING)
            side.surroundings().log.error(
                where, "the host broke a rule of the ABI: " + std::string(what));
        else if (level == BF_LOG_PLUGIN_MISBEHAVING)
            side.surroundings().log.error(
                where, "a state that must not exist: " + std::string(what));
        else
            side.surroundings().log.write(
                level < levels.size() ? levels[level] : LogLevel::error, where, what);
    }
    catch (...) // a line is lost, nothing else
    {
    }
}

std::int64_t clockUtc(const bf_host* host) noexcept
{
    return sideOf(host).surroundings().clock.utcNs();
}
std::int64_t clockMono(const bf_host* host) noexcept
{
    return sideOf(host).surroundings().clock.monoNs();
}

void wakeHost(const bf_host* host, std::uint32_t reasons) noexcept
{
    try
    {
        sideOf(host).wake(reasons);
    }
    catch (...) // a hint is lost; the host comes by itself within five seconds
    {
    }
}

bf_status configGet(const bf_host* host, const char* key, const bf_sink* value) noexcept
{
    return hostService(host, nullptr, "config.get",
        [&](HostSide& side, std::string&) -> bf_status
        {
            if (key == nullptr) return BF_E_INVALID;
            const auto found = side.setting(key);
            return found ? put(value, *found) : statusOf(found.failure());
        });
}

std::uint64_t configRevision(const bf_host* host) noexcept
{
    return sideOf(host).revision();
}

bf_status secretsGet(const bf_host* host, const char* name, const bf_sink* value) noexcept
{
    return hostService(host, nullptr, "secrets.get",
        [&](HostSide& side, std::string&) -> bf_status
        {
            if (name == nullptr) return BF_E_INVALID;
            if (!side.mayUseSecret(name)) return BF_E_DENIED;
            auto found = side.secrets()->get(name);
            if (!found)
            {
                if (found.failure().kind == Failure::Kind::notFound) return BF_E_NOT_FOUND;
                side.surroundings().log.error(side.id(), "secrets: " + found.failure().text);
                return BF_E_INTERNAL;
            }
            const bf_status status = put(value, *found);
            wipe(*found);
            return status;
        });
}

bf_status secretsPut(const bf_host* host, const char* name, bf_bytes value) noexcept
{
    return hostService(host, nullptr, "secrets.put",
        [&](HostSide& side, std::string&) -> bf_status
        {
            if (name == nullptr || (value.data == nullptr && value.size > 0) ||
                value.size > BF_SECRET_SIZE_MAX)
                return BF_E_INVALID;
            if (!side.mayUseSecret(name)) return BF_E_DENIED;
            const std::string folder = side.surroundings().secretsDir;
            Done stored = ensurePrivateFolder(folder);
            if (stored)
                stored = side.secrets()->put(
                    name, std::string_view(static_cast<const char*>(value.data), value.size));
            if (stored) return BF_OK;
            side.surroundings().log.error(side.id(), "secrets: " + stored.failure().text);
            return stored.failure().kind == Failure::Kind::denied ? BF_E_UNSUPPORTED
                                                                  : BF_E_INTERNAL;
        });
}

bf_status dataDirPath(const bf_host* host, const bf_sink* value) noexcept
{
    return hostService(host, nullptr, "data-dir.path",
        [&](HostSide& side, std::string&) -> bf_status
        {
            const std::string folder = side.surroundings().dataDir + "/plugins";
            const std::string own = folder + "/" + side.id();
            for (const std::string& path : {folder, own})
                if (Done made = ensurePrivateFolder(path); !made)
                {
                    side.surroundings().log.error(side.id(), "data-dir: " + made.failure().text);
                    return BF_E_INTERNAL;
                }
            return put(value, own);
        });
}

bf_status registerRoute(const bf_host* host, const bf_route* route, bf_error* err) noexcept
{
    return hostService(host, err, "http-routes.register_route",
        [&](HostSide& side, std::string& text) -> bf_status
        {
            const bool readable = route != nullptr && route->struct_size >= sizeof(bf_route) &&
                                  route->path != nullptr;
            if (!readable || !side.starting() ||
                (route->flags != BF_ROUTE_OPEN && route->flags != BF_ROUTE_PRINCIPAL))
            {
                text = "A route has a path and one of two kinds, and is opened during start().";
                return BF_E_INVALID;
            }
            const Done added = side.routes().add(
                {route->route_id, route->path, route->flags == BF_ROUTE_OPEN, route->body_max});
            if (added) return BF_OK;
            text = added.failure().text;
            return added.failure().kind == Failure::Kind::busy ? BF_E_EXHAUSTED
                                                               : statusOf(added.failure());
        });
}

bf_status publicUrl(const bf_host* host, std::uint32_t routeId, const bf_sink* value) noexcept
{
    return hostService(host, nullptr, "http-routes.public_url",
        [&](HostSide& side, std::string&) -> bf_status
        {
            const auto route = side.routes().find(routeId);
            if (!route) return BF_E_INVALID;
            const std::string& base = side.surroundings().publicUrl;
            if (base.empty()) return BF_E_NOT_FOUND;
            return put(value, base + std::string(pluginsPath) + side.routePrefix() + route->path);
        });
}

constexpr bf_host_log logTable{sizeof(bf_host_log), 0, logWrite};
constexpr bf_host_clock clockTable{sizeof(bf_host_clock), 0, clockUtc, clockMono};
constexpr bf_host_wake wakeTable{sizeof(bf_host_wake), 0, wakeHost};
constexpr bf_host_config configTable{sizeof(bf_host_config), 0, configGet, configRevision};
constexpr bf_host_secrets secretsTable{sizeof(bf_host_secrets), 0, secretsGet, secretsPut};
constexpr bf_host_data_dir dataDirTable{sizeof(bf_host_data_dir), 0, dataDirPath};
constexpr bf_host_http_routes routesTable{sizeof(bf_host_http_routes), 0, registerRoute, publicUrl};

struct Offered
{
    const char* id;
    const void* table;
};

constexpr std::array offered{
    Offered{BF_EXT_HOST_LOG, &logTable},
    Offered{BF_EXT_HOST_CLOCK, &clockTable},
    Offered{BF_EXT_HOST_WAKE, &wakeTable},
    Offered{BF_EXT_HOST_CONFIG, &configTable},
    Offered{BF_EXT_HOST_SECRETS, &secretsTable},
    Offered{BF_EXT_HOST_DATA_DIR, &dataDirTable},
    Offered{BF_EXT_HOST_HTTP_ROUTES, &routesTable},
    Offered{BF_EXT_HOST_LEDGER_ACCOUNTS, &ledgerAccountsTable},
    Offered{BF_EXT_HOST_LEDGER_POST, &ledgerPostTable},
};

} // namespace

const void* hostExtension(const char* id)
{
    for (const Offered& offer : offered)
        if (std::strcmp(offer.id, id) == 0) return offer.table;
    return nullptr;
}

} // namespace ledgerd
