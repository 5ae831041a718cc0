#include "PluginBackup.h"

#include "Journal.h"

namespace bankfeed::simulation
{

namespace
{

constexpr const char* prefix = "backup_";

store::Rows query(store::Database& database, const std::string& sql)
{
    auto rows =
        database.read([&](store::Unit& unit) -> Result<store::Rows> { return unit.query(sql); });
    if (!rows.ok()) throw Broken("a backup cannot read: " + rows.error().text);
    return std::move(*rows);
}

} // namespace

void PluginBackup::run(const std::vector<std::string>& statements)
{
    const auto ran = database_.write(
        [&](store::Unit& unit) -> Result<void>
        {
            for (const auto& sql : statements)
                unit.execute(sql);
            return success();
        });
    if (!ran.ok()) throw Broken("a backup fails: " + ran.error().text);
}

std::string PluginBackup::decisions()
{
    std::string all;
    for (const char* sql :
        {"SELECT connection_id || ' ' || state || ' ' || provider_connection_id FROM connection "
         "ORDER BY connection_id",
            "SELECT bank_account_id || ' ' || feed_id || ' ' || decision || ' ' || state FROM "
            "bank_account ORDER BY bank_account_id",
            "SELECT link_id || ' ' || state || ' ' || COALESCE(ledger_account_id, '') || ' ' || "
            "CAST(COALESCE(ended_at, 0) AS TEXT) FROM account_link ORDER BY link_id",
            "SELECT session_id FROM link_session ORDER BY session_id",
            "SELECT CAST(COUNT(*) AS TEXT) FROM audit WHERE action LIKE 'transactions.%'"})
    {
        const auto rows = query(database_, sql);
        for (std::size_t i = 0; i < rows.size(); ++i)
            all += rows.text(i, 0) + "\n";
    }
    return all;
}

void PluginBackup::take()
{
    if (tables_.empty())
    {
        const auto names = query(
            database_, database_.engine() == store::Engine::Sqlite
                           ? "SELECT name FROM sqlite_master WHERE type = 'table'"
                           : "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE "
                             "table_schema = 'public'");
        std::vector<std::string> made;
        for (std::size_t i = 0; i < names.size(); ++i)
        {
            tables_.push_back(names.text(i, 0));
            made.push_back("CREATE TABLE " + (prefix + tables_.back()) + " AS SELECT * FROM " +
                           tables_.back() + " WHERE 1 = 0");
        }
        run(made);
    }
    std::vector<std::string> copies;
    for (const auto& table : tables_)
    {
        copies.push_back("DELETE FROM " + (prefix + table));
        copies.push_back("INSERT INTO " + (prefix + table) + " SELECT * FROM " + table);
    }
    run(copies);
    decisions_ = decisions();
    taken_ = true;
}

bool PluginBackup::fits()
{
    return taken_ && decisions() == decisions_;
}

std::map<std::string, std::string> PluginBackup::notIn()
{
    const std::string copy = std::string(prefix) + "bank_transaction";
    const auto rows = query(database_,
        "SELECT root_key, provider_transaction_id FROM bank_transaction t WHERE revision > 0 AND "
        "NOT EXISTS (SELECT 1 FROM " +
            copy + " c WHERE c.root_key = t.root_key)");
    std::map<std::string, std::string> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        found[rows.text(i, 0)] = rows.text(i, 1);
    return found;
}

void PluginBackup::restore()
{
    std::vector<std::string> copies;
    for (const auto& table : tables_)
    {
        copies.push_back("DELETE FROM " + table);
        copies.push_back("INSERT INTO " + table + " SELECT * FROM " + (prefix + table));
    }
    run(copies);
}

} // namespace bankfeed::simulation
