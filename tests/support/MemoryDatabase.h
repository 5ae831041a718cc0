// A SQLite database in memory-backed storage, for tests that run very many units: the engine and
// its files are the real ones, only fsync costs nothing.
#pragma once

#include "store/Database.h"
#include "store/Migrations.h"
#include "support/MemoryLog.h"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace bankfeed::testing
{

class MemoryDatabase
{
public:
    MemoryDatabase()
    {
        const bool shared = std::filesystem::exists("/dev/shm");
        std::string name = std::string(shared ? "/dev/shm" : "/tmp") + "/bankfeed-test-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        folder_ = name;
        store::DatabaseOptions options;
        options.url = Secret("sqlite:" + folder_ + "/test.db");
        auto opened = store::Database::open(options, log_);
        if (!opened.ok()) throw std::runtime_error(opened.error().text);
        database_ = std::move(opened).value();
        const auto migrated = store::migrate(*database_);
        if (!migrated.ok()) throw std::runtime_error(migrated.error().text);
    }
    MemoryDatabase(const MemoryDatabase&) = delete;
    MemoryDatabase& operator=(const MemoryDatabase&) = delete;
    ~MemoryDatabase()
    {
        database_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    store::Database& operator*() { return *database_; }

private:
    MemoryLog log_;
    std::string folder_;
    std::unique_ptr<store::Database> database_;
};

} // namespace bankfeed::testing
