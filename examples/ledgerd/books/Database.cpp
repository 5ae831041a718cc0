#include "books/Database.h"

#include "books/Schema.h"

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/SQLite/SQLiteException.h>
#include <Poco/Data/SQLite/Utility.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <array>
#include <condition_variable>
#include <mutex>
#include <sqlite3.h>

namespace ledgerd
{

namespace
{

using Poco::Data::Keywords::into;
using Poco::Data::Keywords::use;

constexpr std::size_t readers = 2;

// Poco's exceptions end here.
template <class F>
auto translated(F&& work)
{
    try
    {
        return work();
    }
    catch (const Poco::Data::SQLite::DBLockedException& e)
    {
        throw DatabaseError(DatabaseError::Kind::busy, e.displayText());
    }
    catch (const Poco::Data::SQLite::TableLockedException& e)
    {
        throw DatabaseError(DatabaseError::Kind::busy, e.displayText());
    }
    catch (const Poco::Data::SQLite::ConstraintViolationException& e)
    {
        throw DatabaseError(DatabaseError::Kind::constraint, e.displayText());
    }
    catch (const Poco::Exception& e)
    {
        throw DatabaseError(DatabaseError::Kind::other, e.displayText());
    }
}

void execute(Poco::Data::Session& session, const std::string& sql)
{
    translated(
        [&]
        {
            Poco::Data::Statement statement(session);
            statement << sql;
            statement.execute();
        });
}

std::string pragma(Poco::Data::Session& session, const std::string& sql)
{
    return translated(
        [&]
        {
            std::vector<std::string> answer;
            Poco::Data::Statement statement(session);
            statement << sql;
            statement.addExtract(into(answer));
            statement.execute();
            return answer.empty() ? std::string() : answer.front();
        });
}

void demand(bool holds, const std::string& what)
{
    if (!holds) throw DatabaseError(DatabaseError::Kind::other, what);
}

// The URI form is what lets a file be opened for reading only.
std::string uriOf(const std::string& path, bool readOnly)
{
    std::string uri = "file:";
    for (const char c : path)
    {
        if (c == '?' || c == '#' || c == '%')
        {
            constexpr std::string_view digits = "0123456789ABCDEF";
            const auto byte = static_cast<unsigned char>(c);
            uri += '%';
            uri += digits[byte >> 4];
            uri += digits[byte & 15u];
        }
        else
            uri += c;
    }
    return uri + (readOnly ? "?mode=ro" : "?mode=rwc");
}

} // namespace

std::size_t Rows::size() const
{
    if (columns_.empty()) return 0;
    return std::visit([](const auto& column) { return column.size(); }, columns_.front());
}

std::int64_t Rows::integer(std::size_t row, std::size_t column) const
{
    return std::get<std::vector<std::int64_t>>(columns_.at(column)).at(row);
}

const std::string& Rows::text(std::size_t row, std::size_t column) const
{
    return std::get<std::vector<std::string>>(columns_.at(column)).at(row);
}

struct Unit::Access
{
    Poco::Data::Session session;

    // SQLite's own word on whether a transaction is open.
    bool insideTransaction()
    {
        return sqlite3_get_autocommit(Poco::Data::SQLite::Utility::dbHandle(session)) == 0;
    }
};

void Unit::run(const std::string& sql, std::vector<Value> values)
{
    translated(
        [&]
        {
            Poco::Data::Statement statement(access_.session);
            statement << sql;
            for (Value& value : values)
                std::visit([&](auto& v) { statement.addBind(use(v)); }, value);
            statement.execute();
        });
}

Rows Unit::select(const std::string& sql, std::string_view types, std::vector<Value> values)
{
    return translated(
        [&]
        {
            std::vector<Column> columns;
            for (const char type : types)
                columns.push_back(type == 'i' ? Column(std::vector<std::int64_t>())
                                              : Column(std::vector<std::string>()));
            Poco::Data::Statement statement(access_.session);
            statement << sql;
            for (Value& value : values)
                std::visit([&](auto& v) { statement.addBind(use(v)); }, value);
            for (Column& column : columns)
                std::visit([&](auto& c) { statement.addExtract(into(c)); }, column);
            statement, Poco::Data::Keywords::limit(rowsPerSelectMax + 1);
            statement.execute();
            Rows rows(std::move(columns));
            demand(rows.size() <= rowsPerSelectMax, "more rows than a page may hold");
            return rows;
        });
}

void Unit::insertMany(const std::string& sql, std::vector<Column> columns)
{
    const auto sizeOf = [](const Column& column)
    { return std::visit([](const auto& c) { return c.size(); }, column); };
    for (const Column& column : columns)
        demand(sizeOf(column) == sizeOf(columns.front()), "columns of different lengths");
    if (columns.empty() || sizeOf(columns.front()) == 0) return;
    translated(
        [&]
        {
            Poco::Data::Statement statement(access_.session);
            statement << sql;
            for (Column& column : columns)
                std::visit([&](auto& c) { statement.addBind(use(c)); }, column);
            statement.execute();
        });
}

struct Database::State
{
    std::string path;
    DatabaseOptions options;

    std::mutex writing;
    std::unique_ptr<Unit::Access> writer;

    std::mutex lanes;
    std::condition_variable laneFree;
    std::array<std::unique_ptr<Unit::Access>, readers> reader;
    std::array<bool, readers> taken{};

    std::unique_ptr<Unit::Access> connect(bool toWrite)
    {
        const bool readOnly = options.readOnly || !toWrite;
        auto access = translated(
            [&]
            {
                return std::unique_ptr<Unit::Access>(new Unit::Access{Poco::Data::Session(
                    Poco::Data::SQLite::Connector::KEY, uriOf(path, readOnly), 5)});
            });
        Poco::Data::Session& session = access->session;
        sqlite3_busy_timeout(Poco::Data::SQLite::Utility::dbHandle(session), 5000);
        execute(session, "PRAGMA foreign_keys = ON");
        execute(session, "PRAGMA trusted_schema = OFF");
        execute(session, "PRAGMA synchronous = FULL");
        if (!readOnly)
            demand(pragma(session, "PRAGMA journal_mode = WAL") == "wal", "cannot switch to WAL");
        else
        {
            // Only the writer checkpoints: two connections that do can spoil a WAL file before
            // SQLite 3.51.3.
            execute(session, "PRAGMA wal_autocheckpoint = 0");
            execute(session, "PRAGMA query_only = ON");
        }
        demand(pragma(session, "PRAGMA foreign_keys") == "1" &&
                   pragma(session, "PRAGMA synchronous") == "2",
            "SQLite did not take its settings");
        return access;
    }

    std::size_t takeReader()
    {
        std::unique_lock lock(lanes);
        while (true)
        {
            for (std::size_t i = 0; i < readers; ++i)
                if (!taken[i])
                {
                    taken[i] = true;
                    return i;
                }
            laneFree.wait(lock);
        }
    }

    void giveBack(std::size_t lane)
    {
        {
            const std::lock_guard lock(lanes);
            taken[lane] = false;
        }
        laneFree.notify_one();
    }
};

Database::Database(std::string path, DatabaseOptions options) : state_(std::make_unique<State>())
{
    translated([] { Poco::Data::SQLite::Connector::registerConnector(); });
    state_->path = std::move(path);
    state_->options = std::move(options);
    if (state_->options.readOnly)
    {
        read([](Unit& unit) { checkSchema(unit); });
        return;
    }
    state_->writer = state_->connect(true);
    write([](Unit& unit) { migrateSchema(unit); });
}

Database::~Database()
{
    // The last connection to close checkpoints, so the writer goes last.
    for (auto& reader : state_->reader)
        reader.reset();
    state_->writer.reset();
}

void Database::transact(bool writing, const std::function<Ending(Unit&)>& work)
{
    std::unique_lock<std::mutex> writerLock;
    std::size_t lane = 0;
    if (writing)
        writerLock = std::unique_lock(state_->writing);
    else
        lane = state_->takeReader();
    std::unique_ptr<Unit::Access>& slot = writing ? state_->writer : state_->reader[lane];

    const auto finish = [&](bool healthy)
    {
        if (!healthy) slot.reset(); // closing rolls back what is open
        if (!writing) state_->giveBack(lane);
    };
    try
    {
        if (!slot) slot = state_->connect(writing);
        execute(slot->session, writing ? "BEGIN IMMEDIATE" : "BEGIN");
        demand(slot->insideTransaction(), "BEGIN began nothing");
        Unit unit(*slot);
        const Ending ending = work(unit);
        if (ending == Ending::commit && writing)
        {
            if (state_->options.beforeCommit) state_->options.beforeCommit();
            demand(slot->insideTransaction(), "the transaction ended too early");
            try
            {
                execute(slot->session, "COMMIT");
            }
            catch (const DatabaseError& e)
            {
                const bool constraint = e.kind() == DatabaseError::Kind::constraint;
                throw DatabaseError(
                    constraint ? e.kind() : DatabaseError::Kind::unknownOutcome, e.what());
            }
            if (slot->insideTransaction())
                throw DatabaseError(DatabaseError::Kind::unknownOutcome, "COMMIT ended nothing");
        }
        else
            execute(slot->session, "ROLLBACK");
        finish(true);
    }
    catch (...)
    {
        finish(false);
        throw;
    }
}

} // namespace ledgerd
