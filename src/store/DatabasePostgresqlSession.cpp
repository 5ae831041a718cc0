#include "store/DatabasePostgresql.h"
#include "store/DatabasePostgresqlConnection.h"
#include "store/DatabaseStatement.h"
#include "store/Dialect.h"

#include <libpq-fe.h>

#include <charconv>
#include <utility>

namespace bankfeed::store
{

namespace
{

struct Failure
{
    Error error;
    bool again = false;
    bool answered = true;
};

Error unreachable()
{
    return Error::retry("store.unreachable", "The connection to the database was lost.");
}

/// `primary` may hold values; only that of class 42 is about names and syntax.
Failure failureOfState(const std::string& state, const std::string& primary)
{
    const std::string named = "The database refused a statement (SQLSTATE " + state + ").";
    if (state == "40001" || state == "40P01")
        return {Error::retry("store.busy", "The database asked to run the unit again."), true};
    if (state == "55P03" || state == "57014")
        return {Error::retry("store.busy", "The database did not finish a statement in time.")};
    // Two units made the same row at the same time: the one that lost sees it when it runs again.
    if (state == "23505")
        return {Error::conflict("store.conflict", "The database refused a row that exists."), true};
    // Two processes migrated at the same time, or a statement was prepared before a migration.
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
        return {Error::corrupt("store.corrupt", "The database reports damage: " + state + ".")};
    if (kind == "42") return {Error::internal("store.statement", named + " " + primary)};
    return {Error::internal("store.statement", named)};
}

Failure failureOf(PGconn* connection, const PGresult* result)
{
    if (PQstatus(connection) != CONNECTION_OK) return {unreachable(), true, false};
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (state == nullptr)
        return {Error::internal("store.statement", "The database client refused a statement.")};
    return failureOfState(state, primary == nullptr ? "" : primary);
}

/// Runs at once the first time, prepared from the second time on: one round trip each, but for the
/// second with two.
class PostgresqlStatement final : public RowStatement
{
public:
    PostgresqlStatement(Poco::Data::SessionImpl& session, PGconn* connection, std::string name)
        : RowStatement(session), connection_(connection), name_(std::move(name))
    {
    }
    PostgresqlStatement(const PostgresqlStatement&) = delete;
    PostgresqlStatement& operator=(const PostgresqlStatement&) = delete;
    ~PostgresqlStatement() override
    {
        // Only a sound session drops statements one by one; another is closed as a whole.
        if (prepared_ && PQtransactionStatus(connection_) == PQTRANS_INTRANS)
            PQclear(PQexec(connection_, ("DEALLOCATE " + name_).c_str()));
    }

    [[nodiscard]] std::int64_t touched() const { return touched_; }
    void rest() { answer_.reset(); }

protected:
    void compileImpl() override
    {
        if (prepared_ || !seen_) return;
        const PostgresqlAnswer made(
            PQprepare(connection_, name_.c_str(), toString().c_str(), 0, nullptr));
        if (PQresultStatus(made.get()) != PGRES_COMMAND_OK) fail(made.get());
        prepared_ = true;
    }

    void bindImpl() override
    {
        in.advance();
        const std::size_t count = in.columns();
        std::vector<std::string> numbers(count);
        std::vector<const char*> values(count);
        for (std::size_t i = 0; i < count; ++i)
            values[i] = textOf(in.cell(i), numbers[i]);
        const auto size = static_cast<int>(count);
        answer_.reset(prepared_ ? PQexecPrepared(connection_, name_.c_str(), size, values.data(),
                                      nullptr, nullptr, 0)
                                : PQexecParams(connection_, toString().c_str(), size, nullptr,
                                      values.data(), nullptr, nullptr, 0));
        seen_ = true;
        const ExecStatusType status = PQresultStatus(answer_.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail(answer_.get());
        rows_ = PQntuples(answer_.get());
        row_ = 0;
        const std::string_view touched = PQcmdTuples(answer_.get());
        touched_ = 0;
        std::from_chars(touched.data(), touched.data() + touched.size(), touched_);
    }

    bool hasNext() override { return row_ < rows_; }

    std::size_t next() override
    {
        const int columns = PQnfields(answer_.get());
        out.begin(static_cast<std::size_t>(columns));
        for (int i = 0; i < columns; ++i)
            out.add(cell(i));
        ++row_;
        return 1;
    }

private:
    [[noreturn]] void fail(const PGresult* result)
    {
        Failure failure = failureOf(connection_, result);
        throw StatementFailed(std::move(failure.error), failure.again);
    }

    static const char* textOf(const Value& value, std::string& number)
    {
        if (const std::string* text = value.text()) return text->c_str();
        if (value.number() == nullptr) return nullptr;
        number = std::to_string(*value.number());
        return number.c_str();
    }

    Value cell(int column)
    {
        if (PQgetisnull(answer_.get(), row_, column) != 0) return {};
        const std::string_view text(PQgetvalue(answer_.get(), row_, column),
            static_cast<std::size_t>(PQgetlength(answer_.get(), row_, column)));
        switch (PQftype(answer_.get(), column))
        {
        case 16: return text == "t";    // boolean
        case 20:                        // bigint
        case 21:                        // smallint
        case 23:                        // integer
        case 1700: return number(text); // numeric, as of a sum
        case 19:                        // name
        case 25:                        // text
        case 705:                       // a literal of no type
        case 1042:                      // character
        case 1043: return Value(text);  // character varying
        default: throw oddColumn();
        }
    }

    static Value number(std::string_view text)
    {
        std::int64_t value = 0;
        const char* end = text.data() + text.size();
        const auto [stopped, fault] = std::from_chars(text.data(), end, value);
        if (fault != std::errc() || stopped != end) throw oddColumn();
        return value;
    }

    PGconn* connection_;
    std::string name_;
    PostgresqlAnswer answer_;
    bool seen_ = false;
    bool prepared_ = false;
    int rows_ = 0;
    int row_ = 0;
    std::int64_t touched_ = 0;
};

class PostgresqlSession final : public Session
{
public:
    explicit PostgresqlSession(PostgresqlConnection::Ptr session)
        : session_(std::move(session)), connection_(session_->native())
    {
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
        const PostgresqlAnswer result(PQexec(connection_, sql));
        answer.done = PQresultStatus(result.get()) == PGRES_COMMAND_OK;
        if (answer.done)
        {
            answer.tag = PQcmdStatus(result.get());
            return answer;
        }
        Failure failure = failureOf(connection_, result.get());
        answer.error = std::move(failure.error);
        answer.again = failure.again;
        answer.answered = failure.answered;
        return answer;
    }

    Rows run(
        std::string_view sql, const std::vector<Value>& parameters, std::int64_t& touched) override
    {
        auto& kept = statements_.of(
            std::string(sql), *session_, connection_, "bf_" + std::to_string(++names_));
        Rows rows = kept.run(parameters, parameters.size());
        touched = kept.implementation->touched();
        return rows;
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

private:
    PostgresqlConnection::Ptr session_;
    PGconn* connection_;
    PreparedStatements<PostgresqlStatement> statements_; ///< Gone before the session.
    std::int64_t names_ = 0;
};

} // namespace

Result<std::unique_ptr<Session>> openPostgresqlSession(
    const PostgresqlAddress& address, std::int64_t busyTimeoutMs)
{
    BF_LET(connection, PostgresqlConnection::connect(address, busyTimeoutMs));
    return std::unique_ptr<Session>(std::make_unique<PostgresqlSession>(std::move(connection)));
}

} // namespace bankfeed::store
