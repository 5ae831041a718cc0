#include "HostTables.h"

#include "HostAnswers.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace bankfeed::plugin
{

namespace
{

Error missing(const char* id)
{
    return Error::invalid(
        "host.missing_service", std::string("The host does not offer ") + id +
                                    ", which this plugin needs. Update the host application.");
}

/// The table of an id, when it holds every function that we call.
template <class Table, class... Functions>
Result<const Table*> table(const bf_host* host, const char* id, Functions Table::*... functions)
{
    const auto* found = static_cast<const Table*>(host->get_extension(host, id));
    if (found == nullptr || found->struct_size < sizeof(Table) ||
        (... || (found->*functions == nullptr)))
        return missing(id);
    return found;
}

/// ledger-post of a host that may end before visit_entries, which it need not offer.
Result<const bf_host_ledger_post*> ledgerPostOf(const bf_host* host)
{
    const auto* found =
        static_cast<const bf_host_ledger_post*>(host->get_extension(host, BF_EXT_HOST_LEDGER_POST));
    if (found == nullptr || found->struct_size < offsetof(bf_host_ledger_post, visit_entries) ||
        found->get_watermark == nullptr || found->post_batch == nullptr ||
        found->find_heads == nullptr)
        return missing(BF_EXT_HOST_LEDGER_POST);
    return found;
}

/// 1 to 63 bytes of [A-Za-z0-9._-]: the database is bound to it for ever.
bool isHostId(const char* id)
{
    const std::string_view text(id, strnlen(id, BF_ID_MAX + 1));
    return !text.empty() && text.size() <= BF_ID_MAX &&
           std::all_of(text.begin(), text.end(),
               [](char c)
               {
                   return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
               });
}

} // namespace

Result<HostTables> HostTables::fetch(const bf_host* host)
{
    if (host == nullptr || host->struct_size < sizeof(bf_host) || host->get_extension == nullptr ||
        host->host_id == nullptr || host->plugin_dir == nullptr)
    {
        return Error::invalid(
            "host.incomplete", "The host's description of itself is incomplete (bf_host).");
    }
    if (!isHostId(host->host_id))
    {
        return Error::invalid("host.id", "The host's host_id must have 1 to 63 bytes of letters, "
                                         "digits, dot, underscore and hyphen.");
    }
    if (host->plugin_dir[0] != '/')
    {
        return Error::invalid("host.plugin_dir", "The host's plugin_dir must be the absolute path "
                                                 "of the plugin's folder (bf_host.plugin_dir).");
    }
    if (const char* const fault = host->name != nullptr ? faultOfText(host->name) : nullptr)
    {
        return Error::invalid(
            "host.name", std::string("The host's name (bf_host.name) ") + fault + ".");
    }
    HostTables tables;
    tables.host = host;
    BF_LET(log, table(host, BF_EXT_HOST_LOG, &bf_host_log::write));
    BF_LET(clock, table(host, BF_EXT_HOST_CLOCK, &bf_host_clock::utc_ns, &bf_host_clock::mono_ns));
    BF_LET(wake, table(host, BF_EXT_HOST_WAKE, &bf_host_wake::wake));
    BF_LET(
        config, table(host, BF_EXT_HOST_CONFIG, &bf_host_config::get, &bf_host_config::revision));
    BF_LET(secrets, table(host, BF_EXT_HOST_SECRETS, &bf_host_secrets::get, &bf_host_secrets::put));
    BF_LET(dataDir, table(host, BF_EXT_HOST_DATA_DIR, &bf_host_data_dir::path));
    BF_LET(
        accounts, table(host, BF_EXT_HOST_LEDGER_ACCOUNTS, &bf_host_ledger_accounts::visit_tenants,
                      &bf_host_ledger_accounts::list, &bf_host_ledger_accounts::create));
    BF_LET(post, ledgerPostOf(host));
    BF_LET(routes, table(host, BF_EXT_HOST_HTTP_ROUTES, &bf_host_http_routes::register_route,
                       &bf_host_http_routes::public_url));
    tables.log = log;
    tables.clock = clock;
    tables.wake = wake;
    tables.config = config;
    tables.secrets = secrets;
    tables.dataDir = dataDir;
    tables.ledgerAccounts = accounts;
    tables.ledgerPost = post;
    tables.httpRoutes = routes;
    return tables;
}

} // namespace bankfeed::plugin
