#include "store/SealedColumns.h"

#include <algorithm>
#include <array>

namespace bankfeed::store
{

namespace
{

struct Column
{
    const char* table;
    const char* row;
    const char* name;
};

/// Every column named *_sealed; a test compares them with the schema.
constexpr std::array<Column, 4> columns{
    Column{"connection", "connection_id", "access_token_sealed"},
    Column{"link_session", "session_id", "link_token_sealed"},
    Column{"link_session", "session_id", "hosted_url_sealed"},
    Column{"link_session", "session_id", "public_token_sealed"}};

constexpr const char* checkName = "token_key_check";

} // namespace

std::size_t SealedColumns::columnCount()
{
    return columns.size();
}

std::string_view SealedColumns::nameOf(std::size_t column)
{
    return columns.at(column).name;
}

std::map<std::string, std::int64_t> SealedColumns::countByKey()
{
    std::map<std::string, std::int64_t> counts;
    const auto add = [&](const Rows& rows)
    {
        for (std::size_t i = 0; i < rows.size(); ++i)
            counts[rows.text(i, 0)] += rows.number(i, 1);
    };
    // "v1.", then the eight digits of the key's id.
    for (const Column& one : columns)
        add(unit_.query(std::string("SELECT SUBSTR(") + one.name + ", 4, 8), COUNT(*) FROM " +
                        one.table + " WHERE " + one.name + " LIKE 'v1.%' GROUP BY 1"));
    add(unit_.query(
        "SELECT SUBSTR(value, 4, 8), COUNT(*) FROM meta WHERE name = $1 GROUP BY 1", {checkName}));
    return counts;
}

std::string SealedColumns::boundTo()
{
    const Rows rows = unit_.query("SELECT value FROM meta WHERE name = $1", {checkName});
    return rows.empty() ? std::string() : TokenVault::keyIdOf(rows.text(0, 0));
}

std::vector<SealedColumns::Sealed> SealedColumns::notSealedWith(
    const std::string& keyId, std::size_t column, const std::string& after, std::int64_t count)
{
    BF_ASSERT(count >= 1 && count <= 500);
    const Column& one = columns.at(column);
    const std::string row = one.row;
    const std::string name = one.name;
    const Rows rows =
        unit_.query("SELECT tenant_id, " + row + ", " + name + " FROM " + one.table + " WHERE " +
                        row + " > $1 AND " + name + " LIKE 'v1.%' AND SUBSTR(" + name +
                        ", 4, 8) <> $2 ORDER BY " + row + " LIMIT $3",
            {after, keyId, count});
    std::vector<Sealed> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back({column, rows.text(i, 0), rows.text(i, 1), rows.text(i, 2)});
    return found;
}

bool SealedColumns::replace(const Sealed& old, const std::string& text)
{
    const Column& one = columns.at(old.column);
    const std::string name = one.name;
    return unit_.execute(std::string("UPDATE ") + one.table + " SET " + name +
                             " = $1 WHERE tenant_id = $2 AND " + one.row + " = $3 AND " + name +
                             " = $4",
               {text, old.tenant, old.row, old.text}) > 0;
}

Result<std::map<std::string, std::int64_t>> sealedWithMissingKeys(
    Database& database, const TokenVault& vault)
{
    const auto ids = vault.keyIds();
    return database.read(
        [&](Unit& unit) -> Result<std::map<std::string, std::int64_t>>
        {
            auto counts = SealedColumns(unit).countByKey();
            std::erase_if(counts, [&](const auto& one)
                { return std::find(ids.begin(), ids.end(), one.first) != ids.end(); });
            return counts;
        });
}

} // namespace bankfeed::store
