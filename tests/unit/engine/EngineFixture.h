// A database with connections in it, for the tests of the engine.
#pragma once

#include "engine/ConnectionHealth.h"
#include "store/ConnectionRepository.h"
#include "store/JobRepository.h"
#include "store/NoticeRepository.h"
#include "support/ManualClock.h"
#include "support/MemoryLog.h"
#include "support/SeededRandom.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

namespace bankfeed::engine
{

struct EngineFixture
{
    explicit EngineFixture(store::Engine engine) : database(engine), random(11) {}

    /// A healthy connection of a tenant; its provider id is "item-" and its id.
    void addConnection(const std::string& tenant, const std::string& id)
    {
        write(
            [&](store::Unit& unit)
            {
                store::Connection connection;
                connection.id = id;
                connection.provider = "plaid";
                connection.providerConnectionId = "item-" + id;
                connection.institutionName = "First Platypus Bank";
                connection.accessTokenSealed = "sealed";
                connection.createdAt = clock.now();
                connection.createdBy = "Ada";
                CPPUNIT_ASSERT(store::ConnectionRepository(unit, tenant).insert(connection));
            });
    }

    store::Connection connection(const std::string& tenant, const std::string& id)
    {
        return read([&](store::Unit& unit)
            { return store::ConnectionRepository(unit, tenant).find(id).value(); });
    }

    std::vector<std::string> notices(const std::string& tenant)
    {
        return read(
            [&](store::Unit& unit)
            {
                std::vector<std::string> kinds;
                for (const auto& notice : store::NoticeRepository(unit, tenant).openOnes())
                    kinds.push_back(notice.kind);
                return kinds;
            });
    }

    store::JobRepository::Status job(
        const std::string& tenant, std::string_view kind, const std::string& subject)
    {
        return read([&](store::Unit& unit)
            { return store::JobRepository(unit).status(tenant, kind, subject); });
    }

    void ask(const std::string& tenant, std::string_view kind, const std::string& subject)
    {
        write([&](store::Unit& unit)
            { store::JobRepository(unit).ask(random, tenant, kind, subject, clock.now()); });
    }

    store::JobLease claim()
    {
        const auto lease = (*database).write([&](store::Unit& unit) -> Result<store::JobLease>
            { return store::JobRepository(unit).claim(clock.now(), 60'000).value(); });
        return lease.value();
    }

    template <class Body>
    void write(Body body)
    {
        const auto done = (*database).write(
            [&](store::Unit& unit) -> Result<void>
            {
                body(unit);
                return success();
            });
        CPPUNIT_ASSERT(done.ok());
    }

    template <class Body>
    auto read(Body body) -> std::invoke_result_t<Body, store::Unit&>
    {
        using Value = std::invoke_result_t<Body, store::Unit&>;
        return (*database)
            .read([&](store::Unit& unit) -> Result<Value> { return body(unit); })
            .value();
    }

    testing::TestDatabase database;
    testing::ManualClock clock;
    testing::SeededRandom random;
    testing::MemoryLog log;
    ConnectionHealth health{*database, clock, random, log};
};

template <class Body>
void onBothEngines(Body body)
{
    for (const auto engine : {store::Engine::Sqlite, store::Engine::Postgresql})
    {
        EngineFixture fixture(engine);
        body(fixture);
    }
}

} // namespace bankfeed::engine
