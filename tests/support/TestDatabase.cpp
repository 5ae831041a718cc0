#include "support/TestDatabase.h"

#include "store/Migrations.h"
#include "support/PostgresServer.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace bankfeed::testing
{

TemporaryFolder::TemporaryFolder()
{
    std::array<char, 64> name{"/tmp/bankfeed-test-XXXXXX"};
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name.data();
}

TemporaryFolder::~TemporaryFolder()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

TestDatabase::TestDatabase(store::Engine engine, Schema schema) : engine_(engine)
{
    url_ = engine == store::Engine::Sqlite ? "sqlite:" + folder_.path() + "/test.db"
                                           : PostgresServer::shared().freshDatabase();
    options.url = Secret(url_);
    reopen();
    if (schema == Schema::None) return;
    const auto migrated = store::migrate(*database_);
    if (!migrated.ok()) throw std::runtime_error(migrated.error().text);
}

void TestDatabase::reopen()
{
    database_.reset();
    auto opened = store::Database::open(options, log_);
    if (!opened.ok()) throw std::runtime_error(opened.error().text);
    database_ = std::move(opened).value();
}

} // namespace bankfeed::testing
