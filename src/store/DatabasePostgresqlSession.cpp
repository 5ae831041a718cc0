#include "store/DatabaseBinding.h"
#include "store/DatabasePostgresql.h"
#include "store/Dialect.h"

#include <Poco/Data/PostgreSQL/PostgreSQLStatementImpl.h>
#include <Poco/Data/PostgreSQL/SessionImpl.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <Poco/Exception.h>

#include <libpq-fe.h>

#include <charconv>
#include <list>
#include <map>
#include <utility>

namespace bankfeed::store
{

namespace
{

// A statement that runs this long is stuck; so is a transaction that does nothing for as long.
constexpr const char* statementTimeoutMs = "60000";
constexpr const char* idleTimeoutMs = "60000";
constexpr std::size_t preparedMax = 64;

struct Failure
{
    Error error;
    bool again = false;
    bool answered = true;
};

/// What a message of PostgreSQL's verbose form begins with: "ERROR:  23505: duplicate key ...". The
/// first word may be translated.
struct Message
{
    std::string state;   ///< The SQLSTATE; "" when there is none.
    std::string primary; ///< The first line; may hold values.
};

Message messageOf(PGconn* connection)
{
    const std::string_view text = PQerrorMessage(connection);
    const std::size_t colon = text.find(":  ");
    if (colon == std::string_view::npos || text.size() < colon + 10) return {};
    const std::string_view rest = text.substr(colon + 3);
    if (rest.substr(5, 2) != ": ") return {};
    return {std::string(rest.substr(0, 5)),
        std::string(
            rest.substr(7, rest.find('\n') == std::string_view::npos ? std::string_view::npos
                                                                     : rest.find('\n') - 7))};
}

Error unreachable()
{
    return Error::retry("store.unreachable", "The connection to the database was lost.");
}

Failure failureOfState(const Message& message)
{
    const std::string& state = message.state;
    const std::string named = "The database refused a statement (SQLSTATE " + state + ").";
    if (state == "40001" || state == "40P01")
        return {Error::retry("store.busy", "The database asked to run the unit again."), true};
    if (state == "55P03" || state == "57014")
        return {Error::retry("store.busy", "The database did not finish a statement in time.")};
    // Two units made the same row at the same time: the one that lost sees it when it runs again.
    if (state == "23505")
        return {Error::conflict("store.conflict", "The database refused a row that exists."), true};
    if (state == "42P07" || state == "42710" || state == "0A000" || state == "26000")
        return {Error::internal("store.statement", named), true};
    if (state == "53100" || state == "53200")
        return {Error::exhausted("store.full", "The database server is out of disk or memory.")};
    if (state == "25006")
        return {Error::retry("store.unreachable", "The database server is read-only now."), true};
    const std::string kind = state.substr(0, 2);
    if (kind == "08" || state == "57P01" || state == "57P02" || state == "57P03" ||
        state == "57P05" || state == "25P03")
        return {unreachable(), true, false};
    if (kind == "53") return {Error::retry("store.busy", "The database server is at a limit.")};
    if (kind == "XX")
        return {Error::corrupt("store.corrupt", "The database server reports damage: " + state)};
    // Messages of class 42 are about names and syntax; those of other classes quote values.
    if (kind == "42") return {Error::internal("store.statement", named + " " + message.primary)};
    return {Error::internal("store.statement", named)};
}

Failure failureOf(PGconn* connection)
{
    if (PQstatus(connection) != CONNECTION_OK) return {unreachable(), true, false};
    const Message message = messageOf(connection);
    if (message.state.empty())
    {
        return {
            Error::internal("store.statement", "The database client refused a statement."), false};
    }
    return failureOfState(message);
}

/// A statement of Poco's that tells what it knows of its columns.
class OpenStatement final : public Poco::Data::PostgreSQL::PostgreSQLStatementImpl
{
public:
    using PostgreSQLStatementImpl::affectedRowCount;
    using PostgreSQLStatementImpl::columnsReturned;
    using PostgreSQLStatementImpl::metaColumn;
    using PostgreSQLStatementImpl::PostgreSQLStatementImpl;
};

/// Reads rows from their text, which is exact for every type.
class PostgresqlExtraction final : public RowExtraction
{
public:
    explicit PostgresqlExtraction(OpenStatement& statement) : statement_(statement) {}

    std::size_t extract(std::size_t) override
    {
        if (rows_ == 0) columns_ = statement_.columnsReturned();
        if (rows_ == rowsPerQuery) throw tooManyRows();
        ++rows_;
        for (std::size_t i = 0; i < columns_; ++i)
            cells_.push_back(cell(i));
        return 1;
    }

private:
    Value cell(std::size_t column)
    {
        std::string text;
        if (!getExtractor()->extract(column, text)) return {};
        using Poco::Data::MetaColumn;
        switch (statement_.metaColumn(column).type())
        {
        case MetaColumn::FDT_CLOB: // Poco's name for TEXT.
        case MetaColumn::FDT_STRING: return text;
        case MetaColumn::FDT_BOOL: return text == "t";
        case MetaColumn::FDT_INT16:
        case MetaColumn::FDT_INT32:
        case MetaColumn::FDT_INT64:
        case MetaColumn::FDT_DOUBLE: return number(text);
        default: throw oddColumn();
        }
    }

    /// Integers of any width; a NUMERIC, such as a sum, when it is one and fits.
    static Value number(const std::string& text)
    {
        std::int64_t value = 0;
        const char* end = text.data() + text.size();
        const auto [stopped, fault] = std::from_chars(text.data(), end, value);
        if (fault != std::errc() || stopped != end) throw oddColumn();
        return value;
    }

    OpenStatement& statement_;
};

/// A statement that the server has prepared, with what goes in and what comes out.
struct Prepared
{
    Prepared(Poco::Data::PostgreSQL::SessionImpl& session, const std::string& sql)
        : impl(new OpenStatement(session)),
          statement(Poco::Data::StatementImpl::Ptr(impl)),
          binding(new RowBinding),
          extraction(new PostgresqlExtraction(*impl))
    {
        statement << sql;
        statement.addBind(binding);
        statement.addExtract(extraction);
    }

    OpenStatement* impl;
    Poco::Data::Statement statement;
    Poco::SharedPtr<RowBinding> binding;
    Poco::SharedPtr<PostgresqlExtraction> extraction;
};

class PostgresqlSession final : public Session
{
public:
    explicit PostgresqlSession(Poco::AutoPtr<Poco::Data::PostgreSQL::SessionImpl> session)
        : session_(std::move(session)), connection_(session_->handle())
    {
        PQsetErrorVerbosity(connection_, PQERRORS_VERBOSE);
        PQsetNoticeReceiver(
            connection_, [](void*, const PGresult*) {}, nullptr);
    }
    ~PostgresqlSession() override
    {
        // First the connection: a statement deallocates itself only on an open one, and the server
        // forgets them all anyway.
        try
        {
            session_->close();
        }
        catch (...)
        {
        }
    }

    [[nodiscard]] Engine engine() const override { return Engine::Postgresql; }

    [[nodiscard]] TransactionState state() noexcept override
    {
        if (PQstatus(connection_) != CONNECTION_OK) return TransactionState::Lost;
        switch (PQtransactionStatus(connection_))
        {
        case PQTRANS_IDLE: return TransactionState::Idle;
        case PQTRANS_INTRANS: return TransactionState::Open;
        case PQTRANS_INERROR: return TransactionState::Failed;
        case PQTRANS_ACTIVE:
        case PQTRANS_UNKNOWN: return TransactionState::Lost;
        }
        return TransactionState::Lost;
    }

    [[nodiscard]] ControlAnswer control(const char* sql) override
    {
        ControlAnswer answer;
        PGresult* result = PQexec(connection_, sql);
        answer.done = PQresultStatus(result) == PGRES_COMMAND_OK;
        if (answer.done) answer.tag = PQcmdStatus(result);
        PQclear(result);
        if (answer.done) return answer;
        const Failure failure = failureOf(connection_);
        answer.error = failure.error;
        answer.again = failure.again;
        answer.answered = failure.answered;
        return answer;
    }

    Rows run(
        std::string_view sql, const std::vector<Value>& parameters, std::int64_t& touched) override
    {
        Prepared& prepared = preparedFor(std::string(sql));
        prepared.binding->aim(parameters, parameters.size());
        prepared.extraction->aim();
        try
        {
            prepared.statement.execute();
        }
        catch (const Poco::Exception&)
        {
            Failure failure = failureOf(connection_);
            throw StatementFailed(std::move(failure.error), failure.again);
        }
        touched = prepared.impl->affectedRowCount();
        return prepared.extraction->takeRows();
    }

    std::int64_t insertMany(std::string_view table, const std::vector<std::string>& columns,
        const std::vector<Value>& cells, std::string_view tail) override
    {
        std::vector<Value> arrays;
        for (std::size_t i = 0; i < columns.size(); ++i)
            arrays.emplace_back(dialect::arrayLiteral(cells, i, columns.size()));
        std::int64_t touched = 0;
        run(dialect::insertMany(Engine::Postgresql, table, columns, tail), arrays, touched);
        return touched;
    }

    [[nodiscard]] PGconn* connection() { return connection_; }

private:
    /// Poco prepares every statement on the server: two more round trips, and one to forget it. So
    /// they are kept, the latest ones first.
    Prepared& preparedFor(const std::string& sql)
    {
        const auto found = bySql_.find(sql);
        if (found != bySql_.end())
        {
            prepared_.splice(prepared_.begin(), prepared_, found->second);
            return found->second->second;
        }
        if (prepared_.size() == preparedMax)
        {
            bySql_.erase(prepared_.back().first);
            prepared_.pop_back();
        }
        prepared_.emplace_front(std::piecewise_construct, std::forward_as_tuple(sql),
            std::forward_as_tuple(*session_, sql));
        bySql_.emplace(sql, prepared_.begin());
        return prepared_.front().second;
    }

    using List = std::list<std::pair<std::string, Prepared>>;

    Poco::AutoPtr<Poco::Data::PostgreSQL::SessionImpl> session_;
    PGconn* connection_;
    List prepared_;
    std::map<std::string, List::iterator> bySql_;
};

/// Runs a statement of the set-up and gives the first cell of its answer, or nothing on failure.
std::optional<std::string> ask(PGconn* connection, const std::string& sql)
{
    PGresult* result = PQexec(connection, sql.c_str());
    std::optional<std::string> answer;
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK) answer.emplace();
    if (status == PGRES_TUPLES_OK)
        answer.emplace(PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return answer;
}

Result<void> settle(PGconn* connection, std::int64_t busyTimeoutMs)
{
    const std::string settings =
        std::string("SET statement_timeout = ") + statementTimeoutMs +
        "; SET idle_in_transaction_session_timeout = " + idleTimeoutMs +
        "; SET lock_timeout = " + std::to_string(busyTimeoutMs) +
        "; SET client_encoding = 'UTF8'; SET standard_conforming_strings = on"
        "; SELECT set_config('synchronous_commit', 'on', false) "
        "WHERE current_setting('synchronous_commit') = 'off'";
    if (!ask(connection, settings))
        return Error::internal("store.setting", "PostgreSQL did not take the session's settings.");
    const auto encoding = ask(connection, "SHOW server_encoding");
    if (!encoding) return unreachable();
    if (*encoding != "UTF8")
        return Error::invalid("store.encoding", "The PostgreSQL database must be encoded in UTF8.");
    return success();
}

} // namespace

Result<std::unique_ptr<Session>> openPostgresqlSession(
    const Secret& connection, std::int64_t busyTimeoutMs)
{
    try
    {
        // Made directly: the registry of connectors belongs to the whole process.
        auto session =
            std::make_unique<PostgresqlSession>(Poco::AutoPtr<Poco::Data::PostgreSQL::SessionImpl>(
                new Poco::Data::PostgreSQL::SessionImpl(std::string(connection.reveal()))));
        BF_TRY(settle(session->connection(), busyTimeoutMs));
        return std::unique_ptr<Session>(std::move(session));
    }
    catch (const Poco::Exception&)
    {
        return Error::retry("store.unreachable", "The PostgreSQL server cannot be reached.");
    }
}

} // namespace bankfeed::store
