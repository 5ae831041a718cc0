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
    BF_LET(place, readDatabasePlace(tables));
    store::DatabaseOptions options;
    options.url = place.url;
    auto opened = store::Database::open(options, log);
    if (!opened.ok()) return ofDatabase(place, opened.error());
    return opened;
}

/// What the stored data is at, when it is ours.
Result<store::MigrationStatus> statusOfOurs(const HostTables& tables, store::Database& database)
{
    BF_LET(found, store::migrationStatus(database));
    BF_TRY(store::checkHost(database, tables.host->host_id));
    return found;
}

constexpr const char* whileRunning =
    "Migrations run between create() and start(), or after stop().";

bf_status status(bf_plugin* plugin, bf_migration_status* out, bf_error* err) noexcept
{
    auto* const instance = PluginInstance::of(plugin);
    if (instance == nullptr || out == nullptr || out->struct_size < sizeof(bf_migration_status))
        return misused(
            instance, err, "status()", "status() needs a plugin and a result with its size.");
    return guarded(err,
        [&]() -> bf_status
        {
            const PluginInstance::HostCall call(*instance, "status()");
            if (!call) return call.refuse(err);
            if (instance->started()) return misused(instance, err, "status()", whileRunning);
            HostLog log(instance->tables());
            const auto database = openDatabase(instance->tables(), log);
            if (!database.ok()) return report(err, database.error());
            const auto found = statusOfOurs(instance->tables(), **database);
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
        return misused(instance, err, "apply()", "apply() was called without a plugin.");
    return guarded(err,
        [&]() -> bf_status
        {
            const PluginInstance::HostCall call(*instance, "apply()");
            if (!call) return call.refuse(err);
            if (instance->started()) return misused(instance, err, "apply()", whileRunning);
            HostLog log(instance->tables());
            const auto database = openDatabase(instance->tables(), log);
            if (!database.ok()) return report(err, database.error());
            const auto before = statusOfOurs(instance->tables(), **database);
            if (!before.ok()) return report(err, before.error());
            if (before->current == before->target) return BF_ALREADY;
            const auto migrated = store::migrate(**database);
            if (!migrated.ok()) return report(err, migrated.error());
            (*database)->close();
            return BF_OK;
        });
}

} // namespace

const bf_plugin_migrations migrationsTable = {sizeof(bf_plugin_migrations), 0, status, apply};

} // namespace bankfeed::plugin
