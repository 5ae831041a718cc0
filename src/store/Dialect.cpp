#include "store/Dialect.h"

namespace bankfeed::store::dialect
{

namespace
{

std::string_view nameOf(std::string_view column)
{
    const std::size_t blank = column.find(' ');
    BF_ASSERT(blank != std::string_view::npos && blank > 0);
    return column.substr(0, blank);
}

std::string_view typeOf(std::string_view column)
{
    return column.substr(nameOf(column).size() + 1);
}

void appendQuoted(std::string& literal, const std::string& text)
{
    literal.push_back('"');
    for (const char c : text)
    {
        if (c == '"' || c == '\\') literal.push_back('\\');
        literal.push_back(c);
    }
    literal.push_back('"');
}

} // namespace

const char* beginWrite(Engine engine)
{
    // A deferred transaction of SQLite that reads and then writes fails at once when somebody else
    // wrote in between, whatever the busy timeout.
    return engine == Engine::Sqlite ? "BEGIN IMMEDIATE"
                                    : "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
}

const char* beginRead(Engine engine)
{
    return engine == Engine::Sqlite ? "BEGIN DEFERRED"
                                    : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
}

std::string definition(Engine engine, std::string_view statement)
{
    std::string sql(statement);
    if (engine == Engine::Sqlite) return sql;
    constexpr std::string_view type = " TEXT";
    constexpr std::string_view collated = " TEXT COLLATE \"C\"";
    for (std::size_t at = sql.find(type); at != std::string::npos; at = sql.find(type, at))
    {
        const char next = at + type.size() < sql.size() ? sql[at + type.size()] : ' ';
        const bool whole = next == ' ' || next == ',' || next == ')' || next == '\n';
        if (whole) sql.replace(at, type.size(), collated);
        at += whole ? collated.size() : type.size();
    }
    return sql;
}

const char* countTables(Engine engine)
{
    return engine == Engine::Sqlite
               ? "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1"
               : "SELECT COUNT(*) FROM information_schema.tables "
                 "WHERE table_schema = current_schema() AND table_name = $1";
}

std::string insertMany(Engine engine, std::string_view table,
    const std::vector<std::string>& columns, std::string_view tail)
{
    std::string sql = "INSERT INTO ";
    sql.append(table).append(" (");
    std::string rows = engine == Engine::Sqlite ? ") VALUES (" : ") SELECT * FROM unnest(";
    for (std::size_t i = 0; i < columns.size(); ++i)
    {
        if (i > 0)
        {
            sql.append(", ");
            rows.append(", ");
        }
        sql.append(nameOf(columns[i]));
        rows.append("$").append(std::to_string(i + 1));
        if (engine == Engine::Postgresql) rows.append("::").append(typeOf(columns[i])).append("[]");
    }
    return sql.append(rows).append(") ").append(tail);
}

std::string arrayLiteral(const std::vector<Value>& cells, std::size_t column, std::size_t columns)
{
    std::string literal = "{";
    for (std::size_t i = column; i < cells.size(); i += columns)
    {
        if (literal.size() > 1) literal.push_back(',');
        if (const std::int64_t* number = cells[i].number())
            literal.append(std::to_string(*number));
        else if (const std::string* text = cells[i].text())
            appendQuoted(literal, *text);
        else
            literal.append("NULL");
    }
    literal.push_back('}');
    return literal;
}

bool placeholdersInOrder(std::string_view sql, std::size_t count)
{
    std::size_t seen = 0;
    for (std::size_t at = sql.find('$'); at != std::string_view::npos; at = sql.find('$', at))
    {
        std::size_t number = 0;
        std::size_t digits = 0;
        for (++at; at < sql.size() && sql[at] >= '0' && sql[at] <= '9' && digits < 5;
             ++at, ++digits)
            number = number * 10 + static_cast<std::size_t>(sql[at] - '0');
        if (digits > 0 && number != ++seen) return false;
    }
    return seen == count;
}

} // namespace bankfeed::store::dialect
