// A backup of the plugin's database that a test can go back to, on either engine.
#pragma once

#include "store/Database.h"

#include <array>
#include <stdexcept>
#include <string>

namespace bankfeed::testing
{

/// Copies what a plugin keeps of sync and delivery, table by table, into tables beside them.
class PluginBackup
{
public:
    explicit PluginBackup(store::Database& database) : database_(database) { take(); }

    /// Replaces the backup by what is there now.
    void take()
    {
        for (const char* table : tables)
        {
            write("DROP TABLE IF EXISTS backup_" + std::string(table));
            write("CREATE TABLE backup_" + std::string(table) + " AS SELECT * FROM " + table);
        }
    }

    void restore()
    {
        for (const char* table : tables)
        {
            write("DELETE FROM " + std::string(table));
            write("INSERT INTO " + std::string(table) + " SELECT * FROM backup_" + table);
        }
    }

private:
    static constexpr std::array<const char*, 13> tables{"connection", "bank_account",
        "account_link", "feed", "bank_transaction", "import_batch", "bank_change", "sync_loop",
        "sync_stage", "outbox", "job", "ledger_fact", "ledger_event_position"};

    void write(const std::string& sql)
    {
        const auto written = database_.write(
            [&](store::Unit& unit) -> Result<void>
            {
                unit.execute(sql);
                return success();
            });
        if (!written.ok()) throw std::runtime_error(written.error().text);
    }

    store::Database& database_;
};

} // namespace bankfeed::testing
