#include "SeededFeeds.h"

#include "store/Migrations.h"
#include "support/MemoryLog.h"
#include "support/SyncWorld.h"

#include <stdexcept>

namespace bankfeed::testing
{

void seedFeeds(FakeHost& host, int rows)
{
    MemoryLog log;
    store::DatabaseOptions options;
    options.url = Secret(host.databaseUrl());
    const auto database = store::Database::open(options, log);
    if (!database.ok() || !store::migrate(**database).ok())
        throw std::runtime_error("the database cannot be seeded");
    SyncWorld world(**database, **database, "main", 7);
    for (const std::string account : {"checking", "savings"})
    {
        world.bank.addAccount({account, "USD", 5'000});
        world.link(world.discover(account), "Assets:" + account);
        for (int i = 0; i < rows; ++i)
            world.bank.put({account + std::to_string(i), account, 100 + i});
    }
    world.run();
    world.sync();
    (*database)->close();
}

} // namespace bankfeed::testing
