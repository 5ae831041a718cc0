// A connection to PostgreSQL, as a session of Poco::Data. Internal to the store.
#pragma once

#include "base/Result.h"
#include "store/DatabasePostgresql.h"

#include <Poco/Data/SessionImpl.h>

#include <libpq-fe.h>

#include <memory>

namespace bankfeed::store
{

struct ClearResult
{
    void operator()(PGresult* result) const { PQclear(result); }
};
using PostgresqlAnswer = std::unique_ptr<PGresult, ClearResult>;

struct FinishConnection
{
    void operator()(PGconn* connection) const { PQfinish(connection); }
};

/// Owns the connection, and frees it in whatever state it is. Poco's own session does so only while
/// the connection is sound: one that was lost, or never came about, it leaks with 40 KB.
class PostgresqlConnection final : public Poco::Data::SessionImpl
{
public:
    using Ptr = Poco::AutoPtr<PostgresqlConnection>;

    /// Connects and asserts the settings. Errors: see openPostgresqlSession.
    [[nodiscard]] static Result<Ptr> connect(
        const PostgresqlAddress& address, std::int64_t busyTimeoutMs);

    [[nodiscard]] PGconn* native() const { return connection_.get(); }

    void open(const std::string& connectionString) override;
    void close() override { connection_.reset(); }
    void reset() override;
    bool isConnected() const override;
    void setConnectionTimeout(std::size_t timeout) override;
    std::size_t getConnectionTimeout() const override { return 0; }
    Poco::SharedPtr<Poco::Data::StatementImpl> createStatementImpl() override;

    // UnitOfWork begins and ends transactions; these throw BrokenInvariant.
    void begin() override;
    void commit() override;
    void rollback() override;
    void setTransactionIsolation(Poco::UInt32 level) override;

    bool canTransact() const override { return true; }
    bool isTransaction() const override;
    Poco::UInt32 getTransactionIsolation() const override { return 0; }
    bool hasTransactionIsolation(Poco::UInt32) const override { return false; }
    bool isTransactionIsolation(Poco::UInt32) const override { return false; }
    const std::string& connectorName() const override;
    void setFeature(const std::string& name, bool state) override;
    bool getFeature(const std::string& name) override;
    void setProperty(const std::string& name, const Poco::Any& value) override;
    Poco::Any getProperty(const std::string& name) override;

private:
    explicit PostgresqlConnection(PGconn* connection);

    std::unique_ptr<PGconn, FinishConnection> connection_;
};

} // namespace bankfeed::store
