#include "store/Migrations.h"

#include "store/Dialect.h"
#include "store/Schema.h"

#include <charconv>

namespace bankfeed::store
{

namespace
{

std::uint32_t target()
{
    return static_cast<std::uint32_t>(schemaSteps().size());
}

std::optional<std::string> metaValue(Unit& unit, const std::string& name)
{
    const Rows rows = unit.query("SELECT value FROM meta WHERE name = $1", {name});
    if (rows.empty()) return std::nullopt;
    return rows.text(0, 0);
}

Result<std::uint32_t> versionIn(Unit& unit)
{
    if (unit.query(dialect::countTables(unit.engine()), {"meta"}).number(0, 0) == 0) return 0U;
    const auto text = metaValue(unit, "schema_version");
    std::uint32_t version = 0;
    const bool given = text.has_value();
    const char* end = given ? text->data() + text->size() : nullptr;
    if (!given || std::from_chars(text->data(), end, version).ptr != end || version == 0)
    {
        return Error::corrupt(
            "store.not_ours", "The database has a table \"meta\" that bankfeed did not make.");
    }
    if (version > target())
    {
        return Error::corrupt(
            "store.newer", "The database is at schema version " + std::to_string(version) +
                               ", this bankfeed knows " + std::to_string(target()) +
                               ": a newer bankfeed has used it. Install that one again.");
    }
    return version;
}

Error ofOtherHost()
{
    return Error::corrupt("store.other_host",
        "The database belongs to another host. Give each set of books its own.");
}

Result<void> runStep(Database& database, std::uint32_t step)
{
    return database.write(
        [step](Unit& unit) -> Result<void>
        {
            // Another process may have been faster.
            BF_LET(version, versionIn(unit));
            if (version > step) return success();
            for (const std::string_view statement : schemaSteps()[step])
                unit.execute(dialect::definition(unit.engine(), statement));
            unit.execute(R"(INSERT INTO meta (name, value) VALUES ('schema_version', $1)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value)",
                {std::to_string(step + 1)});
            return success();
        });
}

} // namespace

Result<MigrationStatus> migrationStatus(Database& database)
{
    return database.read(
        [](Unit& unit) -> Result<MigrationStatus>
        {
            BF_LET(version, versionIn(unit));
            return MigrationStatus{version, target()};
        });
}

Result<void> checkHost(Database& database, const std::string& hostId)
{
    return database.read(
        [&](Unit& unit) -> Result<void>
        {
            BF_LET(version, versionIn(unit));
            if (version == 0) return success();
            const auto owner = metaValue(unit, "host_id");
            if (owner && *owner != hostId) return ofOtherHost();
            return success();
        });
}

Result<void> migrate(Database& database)
{
    BF_LET(status, migrationStatus(database));
    for (std::uint32_t step = status.current; step < status.target; ++step)
        BF_TRY(runStep(database, step));
    return success();
}

Result<void> bindHost(Database& database, const std::string& hostId, const std::string& environment)
{
    return database.write(
        [&](Unit& unit) -> Result<void>
        {
            constexpr const char* insert =
                "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
            unit.execute(insert, {"host_id", hostId});
            unit.execute(insert, {"environment", environment});
            if (metaValue(unit, "host_id") != hostId) return ofOtherHost();
            if (metaValue(unit, "environment") != environment)
            {
                return Error::corrupt("store.other_environment",
                    "The database belongs to another environment of the "
                    "provider. Give each its own.");
            }
            return success();
        });
}

} // namespace bankfeed::store
