// The books' SQLite file, and the only place where a transaction begins and ends.
//
// One writing connection (checkpoints happen on it alone) and two that only read. Every transaction
// begins and ends with explicit text, and SQLite itself is asked whether it is still inside one:
// Poco's own notes of that go wrong after a full disk. A connection that saw an error is closed and
// made anew.
#pragma once

#include "base/Result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace ledgerd
{

// What nobody expects of a database: the file is locked, full, damaged, or a constraint caught a
// fault of ours.
class DatabaseError : public std::runtime_error
{
public:
    enum class Kind
    {
        busy,
        constraint,
        unknownOutcome, // COMMIT was sent and its answer not understood
        other,
    };
    DatabaseError(Kind kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
    Kind kind() const { return kind_; }

private:
    Kind kind_;
};

using Value = std::variant<std::int64_t, std::string>;
using Column = std::variant<std::vector<std::int64_t>, std::vector<std::string>>;

// The answer of a SELECT, column by column.
class Rows
{
public:
    explicit Rows(std::vector<Column> columns) : columns_(std::move(columns)) {}
    std::size_t size() const;
    bool empty() const { return size() == 0; }
    std::int64_t integer(std::size_t row, std::size_t column) const;
    const std::string& text(std::size_t row, std::size_t column) const;

private:
    std::vector<Column> columns_;
};

constexpr std::size_t rowsPerSelectMax = 100'000;

// One transaction. Valid only inside the closure that received it; not for other threads.
class Unit
{
public:
    Unit(const Unit&) = delete;
    Unit& operator=(const Unit&) = delete;

    void run(const std::string& sql, std::vector<Value> values = {});
    // `types` has one letter per column: 'i' for integers, 't' for text. Columns must not be NULL.
    // Throws when there are more than rowsPerSelectMax rows.
    Rows select(const std::string& sql, std::string_view types, std::vector<Value> values = {});
    // Runs the statement once per row of `columns`, which all have the same length.
    void insertMany(const std::string& sql, std::vector<Column> columns);

private:
    friend class Database;
    struct Access;
    explicit Unit(Access& access) : access_(access) {}
    Access& access_;
};

struct DatabaseOptions
{
    bool readOnly = false;
    // Called before every COMMIT of a writing unit; a test throws from here to see that nothing
    // stays behind.
    std::function<void()> beforeCommit;
};

class Database
{
public:
    // Opens the file, makes it when missing, and brings the schema to this version. Takes no lock:
    // see Books. Throws DatabaseError.
    explicit Database(std::string path, DatabaseOptions options = {});
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // Runs `work(Unit&)` in one writing transaction and gives back what it returns. A failed
    // Result, or an exception, undoes everything. Any thread; writers wait for one another. After
    // unknownOutcome, look what is there.
    template <class Work>
    auto write(Work&& work)
    {
        return runIn<std::invoke_result_t<Work, Unit&>>(true, std::forward<Work>(work));
    }

    // Runs `work(Unit&)` on one consistent view of the books. Any thread.
    template <class Work>
    auto read(Work&& work)
    {
        return runIn<std::invoke_result_t<Work, Unit&>>(false, std::forward<Work>(work));
    }

private:
    struct State;
    enum class Ending
    {
        commit,
        rollback,
    };

    void transact(bool writing, const std::function<Ending(Unit&)>& work);

    template <class T>
    static bool failed(const Result<T>& result)
    {
        return !result.ok();
    }
    template <class T>
    static bool failed(const T&)
    {
        return false;
    }

    template <class T, class Work>
    T runIn(bool writing, Work&& work)
    {
        if constexpr (std::is_void_v<T>)
            transact(writing,
                [&](Unit& unit)
                {
                    work(unit);
                    return Ending::commit;
                });
        else
        {
            std::optional<T> answer;
            transact(writing,
                [&](Unit& unit)
                {
                    answer.emplace(work(unit));
                    return failed(*answer) ? Ending::rollback : Ending::commit;
                });
            return std::move(*answer);
        }
    }

    std::unique_ptr<State> state_;
};

} // namespace ledgerd
