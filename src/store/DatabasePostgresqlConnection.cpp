#include "store/DatabasePostgresqlConnection.h"

#include <Poco/Any.h>
#include <Poco/Data/StatementImpl.h>

#include <optional>
#include <string>
#include <vector>

namespace bankfeed::store
{

namespace
{

// A statement that runs this long is stuck; so is a transaction that does nothing for as long.
constexpr const char* statementTimeoutMs = "60000";
constexpr const char* idleTimeoutMs = "60000";

/// Runs a statement of the set-up and gives the first cell of its answer, or nothing on failure.
std::optional<std::string> ask(PGconn* connection, const std::string& sql)
{
    const PostgresqlAnswer result(PQexec(connection, sql.c_str()));
    std::optional<std::string> answer;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK) answer.emplace();
    if (status == PGRES_TUPLES_OK)
        answer.emplace(PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "");
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
    const bool set = ask(connection, settings).has_value();
    const auto encoding = ask(connection, "SHOW server_encoding");
    if (PQstatus(connection) != CONNECTION_OK)
        return Error::retry("store.unreachable", "The connection to the database was lost.");
    if (!set || !encoding)
        return Error::internal("store.setting", "PostgreSQL did not take the session's settings.");
    if (*encoding != "UTF8")
        return Error::invalid("store.encoding", "The PostgreSQL database must be encoded in UTF8.");
    return success();
}

/// What libpq says of a connection that did not come about: "connection refused", "password
/// authentication failed for user ...". It names host and user, and never the password; should it
/// do so one day, nothing of it is passed on.
Error notReached(const std::string& reason, const PostgresqlAddress& address)
{
    constexpr std::size_t reasonMax = 400;
    std::string text = "The PostgreSQL server cannot be reached";
    const auto password = address.find("password");
    if (password == address.end() || reason.find(password->second.reveal()) == std::string::npos)
        text += ": " + reason.substr(0, reasonMax);
    for (char& c : text)
    {
        if (c == '\n' || c == '\t') c = ' ';
    }
    return Error::retry("store.unreachable", text);
}

[[noreturn]] void notForSessions(const char* what)
{
    throw BrokenInvariant(std::string(what) + " of a session with PostgreSQL");
}

} // namespace

Result<PostgresqlConnection::Ptr> PostgresqlConnection::connect(
    const PostgresqlAddress& address, std::int64_t busyTimeoutMs)
{
    std::vector<const char*> keys;
    std::vector<const char*> values;
    for (const auto& [key, value] : address)
    {
        keys.push_back(key.c_str());
        values.push_back(value.reveal().data()); // Ends with NUL, as every text of the address.
    }
    keys.push_back(nullptr);
    values.push_back(nullptr);
    Ptr made(new PostgresqlConnection(PQconnectdbParams(keys.data(), values.data(), 0)));
    if (!made->isConnected()) return notReached(PQerrorMessage(made->native()), address);
    PQsetNoticeReceiver(
        made->native(), [](void*, const PGresult*) {}, nullptr);
    BF_TRY(settle(made->native(), busyTimeoutMs));
    return made;
}

PostgresqlConnection::PostgresqlConnection(PGconn* connection)
    : Poco::Data::SessionImpl("PostgreSQL"), connection_(connection)
{
}

bool PostgresqlConnection::isConnected() const
{
    return PQstatus(native()) == CONNECTION_OK;
}

bool PostgresqlConnection::isTransaction() const
{
    return PQtransactionStatus(native()) != PQTRANS_IDLE;
}

const std::string& PostgresqlConnection::connectorName() const
{
    static const std::string name = "PostgreSQL";
    return name;
}

void PostgresqlConnection::open(const std::string&)
{
    notForSessions("open");
}

void PostgresqlConnection::reset()
{
    notForSessions("reset");
}

void PostgresqlConnection::setConnectionTimeout(std::size_t)
{
    notForSessions("setConnectionTimeout");
}

Poco::SharedPtr<Poco::Data::StatementImpl> PostgresqlConnection::createStatementImpl()
{
    notForSessions("createStatementImpl");
}

void PostgresqlConnection::begin()
{
    notForSessions("begin");
}

void PostgresqlConnection::commit()
{
    notForSessions("commit");
}

void PostgresqlConnection::rollback()
{
    notForSessions("rollback");
}

void PostgresqlConnection::setTransactionIsolation(Poco::UInt32)
{
    notForSessions("setTransactionIsolation");
}

void PostgresqlConnection::setFeature(const std::string&, bool)
{
    notForSessions("setFeature");
}

bool PostgresqlConnection::getFeature(const std::string&)
{
    notForSessions("getFeature");
}

void PostgresqlConnection::setProperty(const std::string&, const Poco::Any&)
{
    notForSessions("setProperty");
}

Poco::Any PostgresqlConnection::getProperty(const std::string&)
{
    notForSessions("getProperty");
}

} // namespace bankfeed::store
