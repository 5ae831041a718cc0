#include "store/DatabaseSqlite.h"
#include "store/DatabaseStatement.h"
#include "store/Dialect.h"

#include <Poco/Data/SQLite/SessionImpl.h>
#include <Poco/Data/SQLite/Utility.h>
#include <Poco/Data/Session.h>
#include <Poco/Exception.h>

#include <sqlite3.h>

#include <array>
#include <utility>

namespace bankfeed::store
{

namespace
{

// A page of 8 KiB and a checkpoint every 5,000 of them gave the fastest bulk inserts of those
// tried.
constexpr const char* pageSize = "8192";
constexpr const char* checkpointPages = "5000";
// In KiB, below zero as SQLite wants it. The ids of the banks are random, so a sync touches its
// indexes all over at every commit; what does not fit in is read from the file again each time.
// It is taken as it is needed.
constexpr const char* writerCache = "-16384";
constexpr const char* readerCache = "-2000";

struct Failure
{
    Error error;
    bool again = false;
};

/// Texts of SQLite name tables, columns and words of the SQL; bound values are never among them.
std::string explained(sqlite3* database, const char* what)
{
    return std::string(what) + ": " + sqlite3_errmsg(database) + ".";
}

Failure failureOf(sqlite3* database)
{
    const int extended = sqlite3_extended_errcode(database);
    switch (extended & 0xff)
    {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return {Error::retry("store.busy", "Another program holds the database.")};
    case SQLITE_FULL: return {Error::exhausted("store.full", "The disk of the database is full.")};
    case SQLITE_NOMEM: return {Error::exhausted("store.memory", "The database got no memory.")};
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
        return {Error::retry("store.unreachable",
            std::string("The database file cannot be used: ") + sqlite3_errstr(extended) + ".")};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return {Error::corrupt("store.corrupt", "The database file is damaged, or is not one.")};
    case SQLITE_READONLY:
        return {Error::denied("store.read_only", "The database file cannot be written.")};
    case SQLITE_CONSTRAINT:
        return {
            Error::conflict("store.conflict", explained(database, "The database refused a row"))};
    default:
        return {Error::internal(
            "store.statement", explained(database, "The database refused a statement"))};
    }
}

StatementFailed statementFailed(sqlite3* database)
{
    Failure failure = failureOf(database);
    return {std::move(failure.error), failure.again};
}

/// Reads each cell by the type that it has; an expression has no declared one.
class SqliteStatement final : public RowStatement
{
public:
    SqliteStatement(Poco::Data::SessionImpl& session, sqlite3* database)
        : RowStatement(session), database_(database)
    {
    }
    SqliteStatement(const SqliteStatement&) = delete;
    SqliteStatement& operator=(const SqliteStatement&) = delete;
    ~SqliteStatement() override { sqlite3_finalize(prepared_); }

    /// Lets go of the cursor and of the values, which belong to the caller.
    void rest()
    {
        sqlite3_reset(prepared_);
        sqlite3_clear_bindings(prepared_);
    }

protected:
    void compileImpl() override
    {
        if (prepared_ != nullptr) return;
        const std::string sql = toString();
        const char* rest = nullptr;
        const int code = sqlite3_prepare_v3(database_, sql.c_str(),
            static_cast<int>(sql.size() + 1), SQLITE_PREPARE_PERSISTENT, &prepared_, &rest);
        if (code != SQLITE_OK) throw statementFailed(database_);
        BF_ASSERT(prepared_ != nullptr && *rest == '\0');
    }

    void bindImpl() override
    {
        sqlite3_reset(prepared_);
        in.advance();
        const auto count = static_cast<int>(in.columns());
        BF_ASSERT(sqlite3_bind_parameter_count(prepared_) == count);
        for (int i = 0; i < count; ++i)
        {
            if (bind(i + 1, in.cell(static_cast<std::size_t>(i))) != SQLITE_OK)
                throw statementFailed(database_);
        }
        step();
    }

    bool hasNext() override { return has_; }

    std::size_t next() override
    {
        const int columns = sqlite3_column_count(prepared_);
        out.begin(static_cast<std::size_t>(columns));
        for (int i = 0; i < columns; ++i)
            out.add(cell(i));
        step();
        return 1;
    }

private:
    int bind(int position, const Value& value)
    {
        if (const std::int64_t* number = value.number())
            return sqlite3_bind_int64(prepared_, position, *number);
        if (const std::string* text = value.text())
        {
            return sqlite3_bind_text64(
                prepared_, position, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
        }
        return sqlite3_bind_null(prepared_, position);
    }

    void step()
    {
        const int code = sqlite3_step(prepared_);
        has_ = code == SQLITE_ROW;
        if (!has_ && code != SQLITE_DONE) throw statementFailed(database_);
    }

    Value cell(int column)
    {
        switch (sqlite3_column_type(prepared_, column))
        {
        case SQLITE_NULL: return {};
        case SQLITE_INTEGER: return std::int64_t{sqlite3_column_int64(prepared_, column)};
        case SQLITE_TEXT: {
            const void* text = sqlite3_column_text(prepared_, column);
            const auto size = static_cast<std::size_t>(sqlite3_column_bytes(prepared_, column));
            return std::string(static_cast<const char*>(text), size);
        }
        default: throw oddColumn();
        }
    }

    sqlite3* database_;
    sqlite3_stmt* prepared_ = nullptr;
    bool has_ = false;
};

class SqliteSession final : public Session
{
public:
    explicit SqliteSession(Poco::Data::Session session)
        : session_(std::move(session)), database_(Poco::Data::SQLite::Utility::dbHandle(session_))
    {
    }

    [[nodiscard]] Engine engine() const override { return Engine::Sqlite; }

    [[nodiscard]] TransactionState state() noexcept override
    {
        return sqlite3_get_autocommit(database_) != 0 ? TransactionState::Idle
                                                      : TransactionState::Open;
    }

    [[nodiscard]] ControlAnswer control(const char* sql) override
    {
        ControlAnswer answer;
        const int code = sqlite3_exec(database_, sql, nullptr, nullptr, nullptr);
        answer.done = code == SQLITE_OK;
        if (answer.done)
        {
            answer.tag = sql;
            return answer;
        }
        // When the sync of the log fails, the commit may yet be found there after a crash.
        answer.answered = (code & 0xff) != SQLITE_IOERR;
        answer.error = failureOf(database_).error;
        return answer;
    }

    Rows run(
        std::string_view sql, const std::vector<Value>& parameters, std::int64_t& touched) override
    {
        return bindAndRun(sql, parameters, parameters.size(), touched);
    }

    std::int64_t insertMany(std::string_view table, const std::vector<std::string>& columns,
        const std::vector<Value>& cells, std::string_view tail) override
    {
        std::int64_t touched = 0;
        bindAndRun(dialect::insertMany(Engine::Sqlite, table, columns, tail), cells, columns.size(),
            touched);
        return touched;
    }

    /// Runs a PRAGMA and gives what it answers, "" for nothing.
    std::string pragma(const std::string& text)
    {
        std::int64_t touched = 0;
        const std::vector<Value> none;
        const Rows rows = bindAndRun("PRAGMA " + text, none, 0, touched);
        if (rows.empty()) return {};
        return rows.isNumber(0, 0) ? std::to_string(rows.number(0, 0)) : rows.text(0, 0);
    }

    [[nodiscard]] sqlite3* database() { return database_; }

private:
    Rows bindAndRun(std::string_view sql, const std::vector<Value>& cells, std::size_t columns,
        std::int64_t& touched)
    {
        const std::int64_t before = sqlite3_total_changes64(database_);
        auto& kept = statements_.of(std::string(sql), *session_.impl(), database_);
        Rows rows = kept.run(cells, columns);
        touched = sqlite3_total_changes64(database_) - before;
        return rows;
    }

    Poco::Data::Session session_;
    sqlite3* database_;
    PreparedStatements<SqliteStatement> statements_; ///< Gone before the session.
};

Result<void> demand(SqliteSession& session, const char* name, const char* value)
{
    session.pragma(std::string(name) + " = " + value);
    if (session.pragma(name) == value) return success();
    return Error::internal(
        "store.setting", std::string("SQLite did not take the setting ") + name + ".");
}

Result<void> settle(SqliteSession& session, SqliteRole role, std::int64_t busyTimeoutMs)
{
    sqlite3* database = session.database();
    sqlite3_busy_timeout(database, static_cast<int>(busyTimeoutMs));
    const bool writer = role == SqliteRole::Writer;
    if (writer && session.pragma("page_count") == "0")
        session.pragma(std::string("page_size = ") + pageSize);
    if (writer) session.pragma("journal_mode = wal");
    if (session.pragma("journal_mode") != "wal")
        return Error::internal("store.setting", "SQLite did not take the setting journal_mode.");
    using Setting = std::pair<const char*, const char*>;
    const std::array<Setting, 6> settings{{{"synchronous", "2"}, {"foreign_keys", "1"},
        {"cache_size", writer ? writerCache : readerCache}, {"trusted_schema", "0"},
        {"query_only", writer ? "0" : "1"},
        {"wal_autocheckpoint", writer ? checkpointPages : "0"}}};
    for (const auto& [name, value] : settings)
        BF_TRY(demand(session, name, value));
    // The last session to close would checkpoint; a reader never may, so that only one session ever
    // writes to the file itself.
    if (!writer) sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    return success();
}

} // namespace

Result<std::unique_ptr<Session>> openSqliteSession(
    const std::string& path, SqliteRole role, std::int64_t busyTimeoutMs)
{
    try
    {
        // Made directly: the registry of connectors belongs to the whole process.
        Poco::Data::Session made(
            Poco::AutoPtr<Poco::Data::SessionImpl>(new Poco::Data::SQLite::SessionImpl(path)));
        auto session = std::make_unique<SqliteSession>(std::move(made));
        BF_TRY(settle(*session, role, busyTimeoutMs));
        return std::unique_ptr<Session>(std::move(session));
    }
    catch (const StatementFailed& failed)
    {
        return failed.error();
    }
    catch (const Poco::Exception&)
    {
        return Error::retry("store.unreachable", "The database file cannot be opened.");
    }
}

} // namespace bankfeed::store
