// A unit of work: one open transaction, as repositories see it.
#pragma once

#include "base/Result.h"
#include "base/Time.h"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bankfeed::store
{

/// NULL, an integer or a text. Bytes are kept as hexadecimal or base64 text, times as nanoseconds,
/// dates as text, booleans as 0 and 1: the forms that both engines order and compare alike.
class Value
{
public:
    Value() = default; ///< NULL
    Value(std::int64_t number) : value_(number) {}
    Value(int number) : value_(std::int64_t{number}) {}
    Value(bool flag) : value_(std::int64_t{flag ? 1 : 0}) {}
    Value(std::string text) : value_(std::move(text)) {}
    Value(std::string_view text) : value_(std::string(text)) {}
    Value(const char* text) : value_(std::string(text)) {}
    Value(UtcTime time) : value_(time.ns) {}
    template <class T>
    Value(const std::optional<T>& value)
    {
        if (value) *this = Value(*value);
    }

    [[nodiscard]] bool isNull() const { return value_.index() == 0; }
    [[nodiscard]] const std::int64_t* number() const { return std::get_if<std::int64_t>(&value_); }
    [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&value_); }

private:
    std::variant<std::monostate, std::int64_t, std::string> value_;
};

/// The answer of a query. Columns are counted from 0, in the order of the SELECT list.
class Rows
{
public:
    Rows() = default;
    Rows(std::size_t columns, std::vector<Value> cells)
        : columns_(columns), cells_(std::move(cells))
    {
    }

    [[nodiscard]] std::size_t size() const { return columns_ == 0 ? 0 : cells_.size() / columns_; }
    [[nodiscard]] bool empty() const { return cells_.empty(); }

    /// Throw BrokenInvariant when the cell is NULL or of the other type.
    [[nodiscard]] std::int64_t number(std::size_t row, std::size_t column) const;
    [[nodiscard]] const std::string& text(std::size_t row, std::size_t column) const;

    [[nodiscard]] bool isNull(std::size_t row, std::size_t column) const;
    [[nodiscard]] bool isNumber(std::size_t row, std::size_t column) const;
    [[nodiscard]] std::optional<std::int64_t> maybeNumber(
        std::size_t row, std::size_t column) const;
    [[nodiscard]] std::optional<std::string> maybeText(std::size_t row, std::size_t column) const;
    [[nodiscard]] std::optional<UtcTime> maybeTime(std::size_t row, std::size_t column) const;

private:
    [[nodiscard]] const Value& cell(std::size_t row, std::size_t column) const;

    std::size_t columns_ = 0;
    std::vector<Value> cells_;
};

/// Thrown by Unit when the engine refuses a statement. Only Database catches it: it poisons the
/// unit, which is rolled back and, where that helps, run again. Repositories let it pass.
class StatementFailed : public std::runtime_error
{
public:
    StatementFailed(Error error, bool again)
        : std::runtime_error(error.text), error_(std::move(error)), again_(again)
    {
    }
    [[nodiscard]] const Error& error() const { return error_; }
    [[nodiscard]] bool mayRunAgain() const { return again_; }

private:
    Error error_;
    bool again_;
};

enum class Engine : std::uint8_t
{
    Sqlite,
    Postgresql,
};

/// One open transaction, on the thread that opened it. Statements use $1, $2, ... in order of first
/// appearance, each parameter once.
class Unit
{
public:
    virtual ~Unit() = default;

    /// Runs a statement that gives rows (SELECT, or ... RETURNING). At most 10,000 rows; more throw
    /// StatementFailed.
    virtual Rows query(std::string_view sql, const std::vector<Value>& parameters) = 0;
    Rows query(std::string_view sql) { return query(sql, {}); }

    /// Runs a statement and gives the number of rows it touched.
    virtual std::int64_t execute(std::string_view sql, const std::vector<Value>& parameters) = 0;
    std::int64_t execute(std::string_view sql) { return execute(sql, {}); }

    /// Inserts many rows in one go: `INSERT INTO table (columns) <rows> tail`, for example with the
    /// tail "ON CONFLICT (a, b) DO UPDATE SET c = excluded.c". `columns` names the columns with
    /// their type, "units BIGINT" or "name TEXT"; `cells` holds the rows one after the other, at
    /// most limits::rowsPerUnit of them. On SQLite a bound vector, on PostgreSQL unnest of arrays.
    /// Gives the number of rows touched.
    virtual std::int64_t insertMany(std::string_view table, const std::vector<std::string>& columns,
        const std::vector<Value>& cells, std::string_view tail) = 0;

    /// For the few places where the engines' SQL differs.
    [[nodiscard]] virtual Engine engine() const = 0;

    /// " FOR UPDATE" on PostgreSQL, "" on SQLite, whose writer is alone.
    [[nodiscard]] std::string_view forUpdate() const
    {
        return engine() == Engine::Postgresql ? " FOR UPDATE" : "";
    }
};

} // namespace bankfeed::store
