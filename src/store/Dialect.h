// What differs between the engines' SQL. Everything else is written once for both.
#pragma once

#include "store/Unit.h"

#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store::dialect
{

/// How a unit of work begins.
[[nodiscard]] const char* beginWrite(Engine engine);
[[nodiscard]] const char* beginRead(Engine engine);

/// A statement of the schema as this engine takes it. Text is compared byte by byte on both: SQLite
/// does so by itself, PostgreSQL when each column says COLLATE "C".
[[nodiscard]] std::string definition(Engine engine, std::string_view statement);

/// Counts the tables of the name $1 in the place where ours are kept.
[[nodiscard]] const char* countTables(Engine engine);

/// The statement of Unit::insertMany. `columns` are "name TYPE". SQLite binds a row at a time,
/// PostgreSQL one array literal per column.
[[nodiscard]] std::string insertMany(Engine engine, std::string_view table,
    const std::vector<std::string>& columns, std::string_view tail);

/// The column `column` of `cells` as PostgreSQL's array literal.
[[nodiscard]] std::string arrayLiteral(
    const std::vector<Value>& cells, std::size_t column, std::size_t columns);

/// True when the parameters of a statement are $1, $2, ... $count, in this order, each once: the
/// form that both engines number alike.
[[nodiscard]] bool placeholdersInOrder(std::string_view sql, std::size_t count);

} // namespace bankfeed::store::dialect
