// bankfeed.plugin.migrations/1: stored data is brought to the version of the code.
#include "Boundary.h"
#include "HostPorts.h"
#include "HostSettings.h"
#include "PluginInstance.h"
#include "Tables.h"

#include "store/Migrations.h"

namespace bankfeed::plugin
{

namespace
{

/// Opens the database for the length of one call: between create() and start() nothing is running.
Result<std::unique_ptr<store::Database>> openDatabase(const HostTables& tables, Log& log)
{
    BF_LET(url, readDatabaseUrl(tables));
    store::DatabaseOptions options;
    options.url = url;
    auto opened = store::Database::open(options, log);
    if (!opened.ok()) return ofSetting("database_url", opened.error());
    return opened;
}

bf_status refuseWhileRunning(bf_error* err)
{
    return report(
        err, BF_E_INVALID, "Migrations run between create() and start(), or after stop().");
}

bf_status status(bf_plugin* plugin, bf_migration_status* out, bf_error* err) noexcept
{
    auto* const instance = PluginInstance::of(plugin);
    if (instance == nullptr || out == nullptr || out->struct_size < sizeof(bf_migration_status))
        return report(err, BF_E_INVALID, "status() needs a plugin and a result with its size.");
    return guarded(err,
        [&]() -> bf_status
        {
            if (instance->started()) return refuseWhileRunning(err);
            HostLog log(instance->tables());
            const auto database = openDatabase(instance->tables(), log);
            if (!database.ok()) return report(err, database.error());
            const auto found = store::migrationStatus(**database);
            if (!found.ok()) return report(err, found.error());
            out->current = found->current;
            out->target = found->target;
            (*database)->close();
            return BF_OK;
        });
}

bf_status apply(bf_plugin* plugin, bf_error* err) noexcept
{
    auto* const instance = PluginInstance::of(plugin);
    if (instance == nullptr)
        return report(err, BF_E_INVALID, "apply() was called without a plugin.");
    return guarded(err,
        [&]() -> bf_status
        {
            if (instance->started()) return refuseWhileRunning(err);
            HostLog log(instance->tables());
            const auto database = openDatabase(instance->tables(), log);
            if (!database.ok()) return report(err, database.error());
            const auto before = store::migrationStatus(**database);
            if (!before.ok()) return report(err, before.error());
            if (before->current == before->target) return BF_ALREADY;
            const auto ours = store::checkHost(**database, instance->tables().host->host_id);
            if (!ours.ok()) return report(err, ours.error());
            const auto migrated = store::migrate(**database);
            if (!migrated.ok()) return report(err, migrated.error());
            (*database)->close();
            return BF_OK;
        });
}

} // namespace

const bf_plugin_migrations migrationsTable = {sizeof(bf_plugin_migrations), 0, status, apply};

} // namespace bankfeed::plugin
