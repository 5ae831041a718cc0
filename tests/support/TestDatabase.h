// A database for one test, on either engine, removed with it.
#pragma once

#include "store/Database.h"
#include "support/MemoryLog.h"

#include <memory>
#include <string>

namespace bankfeed::testing
{

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
    [[nodiscard]] MemoryLog& log() { return log_; }

    /// Closes it, and opens it again.
    void reopen();
    void close() { database_.reset(); }

    /// The options with which it was opened; `reopen` takes them.
    store::DatabaseOptions options;

private:
    store::Engine engine_;
    MemoryLog log_;
    TemporaryFolder folder_;
    std::string url_;
    std::unique_ptr<store::Database> database_;
};

} // namespace bankfeed::testing
