// A database for one test, on either engine, removed with it.
#pragma once

#include "base/Log.h"
#include "store/Database.h"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace bankfeed::test
{

/// Keeps what is logged, for tests to look at.
class KeptLog final : public Log
{
public:
    void write(
        LogLevel level, std::string_view component, std::string_view message) noexcept override;
    [[nodiscard]] std::string all() const;

private:
    mutable std::mutex mutex_;
    std::string text_;
};

/// A folder under /tmp that is removed with this object.
class TemporaryFolder
{
public:
    TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder();
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

/// An open, empty database; migrated unless told otherwise. On PostgreSQL it is a fresh database of
/// the tests' own server, see PostgresServer.
class TestDatabase
{
public:
    enum class Schema : std::uint8_t
    {
        Migrated,
        None,
    };
    explicit TestDatabase(store::Engine engine, Schema schema = Schema::Migrated);

    store::Database& operator*() { return *database_; }
    store::Database* operator->() { return database_.get(); }

    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] store::Engine engine() const { return engine_; }
    [[nodiscard]] KeptLog& log() { return log_; }

    /// Closes it, and opens it again.
    void reopen();
    void close() { database_.reset(); }

    /// The options with which it was opened; `reopen` takes them.
    store::DatabaseOptions options;

private:
    store::Engine engine_;
    KeptLog log_;
    TemporaryFolder folder_;
    std::string url_;
    std::unique_ptr<store::Database> database_;
};

} // namespace bankfeed::test
