// B6: pages to committed mirror and outbox, beside a bulk upsert of the same rows by SQLite alone.
#include "../unit/plaid/ScriptedTransport.h"
#include "BankPages.h"
#include "plaid/PlaidClient.h"
#include "support/SyncWorld.h"
#include "support/TestDatabase.h"

#include <benchmark/benchmark.h>
#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace bankfeed::bench
{

namespace
{

constexpr std::size_t pageCount = 40;
constexpr std::size_t rowsPerPage = 500;

const std::vector<std::string>& pages()
{
    static const std::vector<std::string> made = bankPages(pageCount, rowsPerPage);
    return made;
}

/// Plaid, as far as a sync asks it.
Result<HttpResponse> answer(const HttpRequest& request)
{
    const std::string_view asked = request.body.reveal();
    const auto cursor = asked.find("\"cursor\":\"page-");
    const std::size_t page =
        cursor == std::string_view::npos ? 0 : std::stoul(std::string(asked.substr(cursor + 15)));
    HttpResponse response;
    response.status = 200;
    response.body =
        page < pageCount
            ? pages()[page]
            : R"({"accounts":[],"added":[],"has_more":false,"modified":[],"next_cursor":"page-)" +
                  std::to_string(pageCount) +
                  R"(","removed":[],"request_id":"r","transactions_update_status":"HISTORICAL_UPDATE_COMPLETE"})";
    return response;
}

/// A connection with one linked account, on a database file of its own.
struct Books
{
    Books()
    {
        transport.answerBy(answer);
        settings.keepCallBudget = false;
        provider = std::make_unique<plaid::PlaidClient>(transport, clock, log, settings);
        world = std::make_unique<testing::SyncWorld>(
            *database, *database, "main", 3, sync::BookingRules{}, provider.get());
        world->link(world->discover(pagesAccount), "Assets:Checking");
        world->run();
    }

    testing::TestDatabase database{store::Engine::Sqlite};
    testing::ScriptedTransport transport;
    testing::ManualClock clock;
    testing::MemoryLog log;
    plaid::PlaidSettings settings;
    std::unique_ptr<plaid::PlaidClient> provider;
    std::unique_ptr<testing::SyncWorld> world;
};

class Stopwatch
{
public:
    [[nodiscard]] double seconds() const
    {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
    }

private:
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

void synced(benchmark::State& state)
{
    for (auto _ : state)
    {
        Books books;
        const Stopwatch watch;
        books.world->sync();
        state.SetIterationTime(watch.seconds());
        if (books.world->count("SELECT COUNT(*) FROM outbox") !=
            static_cast<std::int64_t>(pageCount * rowsPerPage))
            state.SkipWithError("rows are missing in the outbox");
    }
    state.SetItemsProcessed(
        state.iterations() * static_cast<std::int64_t>(pageCount * rowsPerPage));
}

/// SQLite without anything between.
class RawFile
{
public:
    explicit RawFile(const std::string& path)
    {
        must(sqlite3_open(path.c_str(), &handle_));
        // As bankfeed sets them; the page size is in the file.
        run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA wal_autocheckpoint=5000; PRAGMA cache_size=-16384");
    }
    RawFile(const RawFile&) = delete;
    RawFile& operator=(const RawFile&) = delete;
    ~RawFile() { sqlite3_close_v2(handle_); }

    void run(const std::string& sql)
    {
        must(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr));
    }
    sqlite3_stmt* prepare(const std::string& sql)
    {
        sqlite3_stmt* statement = nullptr;
        must(sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr));
        return statement;
    }
    static void must(int code)
    {
        if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errstr(code));
    }

private:
    sqlite3* handle_ = nullptr;
};

std::string pathOf(const testing::TestDatabase& database)
{
    return database.url().substr(std::string("sqlite:").size());
}

/// Rows of the mirror, as SQLite gives them, and the statement that writes them.
struct Rows
{
    std::string upsert;
    std::vector<std::vector<sqlite3_value*>> values;

    Rows()
    {
        Books books;
        books.world->sync();
        books.world.reset();
        books.database.close();
        RawFile file(pathOf(books.database));
        sqlite3_stmt* all = file.prepare("SELECT * FROM bank_transaction");
        const int columns = sqlite3_column_count(all);
        std::string marks;
        std::string sets;
        for (int i = 0; i < columns; ++i)
        {
            const std::string name = sqlite3_column_name(all, i);
            marks += i == 0 ? "?" : ",?";
            sets += (i == 0 ? "" : ",") + name + "=excluded." + name;
        }
        upsert = "INSERT INTO bank_transaction VALUES (" + marks +
                 ") ON CONFLICT (connection_id, provider_transaction_id) DO UPDATE SET " + sets;
        while (sqlite3_step(all) == SQLITE_ROW)
        {
            auto& row = values.emplace_back();
            for (int i = 0; i < columns; ++i)
                row.push_back(sqlite3_value_dup(sqlite3_column_value(all, i)));
        }
        sqlite3_finalize(all);
    }
};

void raw_upsert(benchmark::State& state)
{
    static const Rows rows;
    for (auto _ : state)
    {
        testing::TestDatabase database(store::Engine::Sqlite);
        database.close();
        RawFile file(pathOf(database));
        sqlite3_stmt* upsert = file.prepare(rows.upsert);
        const Stopwatch watch;
        for (std::size_t i = 0; i < rows.values.size(); ++i)
        {
            if (i % rowsPerPage == 0) file.run("BEGIN IMMEDIATE");
            for (std::size_t column = 0; column < rows.values[i].size(); ++column)
                sqlite3_bind_value(upsert, static_cast<int>(column) + 1, rows.values[i][column]);
            if (sqlite3_step(upsert) != SQLITE_DONE) state.SkipWithError("a row is refused");
            sqlite3_reset(upsert);
            if (i % rowsPerPage == rowsPerPage - 1) file.run("COMMIT");
        }
        state.SetIterationTime(watch.seconds());
        sqlite3_finalize(upsert);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows.values.size()));
}

} // namespace

BENCHMARK(synced)->Iterations(1)->UseManualTime();
BENCHMARK(raw_upsert)->Iterations(1)->UseManualTime();

} // namespace bankfeed::bench
