// A world with link sessions: a vault, a scripted provider, and the job run by hand.
#pragma once

#include "link/LinkSessions.h"
#include "store/TokenVault.h"
#include "unit/accounts/World.h"
#include "unit/link/LinkBank.h"

namespace bankfeed::testing
{

class LinkWorld
{
public:
    explicit LinkWorld(World& around, const link::LinkSettings& settings = {})
        : world(around),
          vault(valueOf(store::TokenVault::make(Secret(std::string(32, 'k')), around.random))),
          sessions(*around.database, around.clock, around.random, bank, tokens, *vault, around.wake,
              around.database.log(), "plaid", settings)
    {
        bank.now = [this] { return world.clock.now(); };
    }

    static link::Person ada() { return {"u1", "Ada Admin", "login-1"}; }
    static link::Person adaElsewhere() { return {"u1", "Ada Admin", "login-2"}; }
    static link::Person ben() { return {"u2", "Ben Books", "login-3"}; }

    link::LinkSessions::Started start(LinkPurpose purpose, const std::string& connectionId = "",
        const link::Person& person = ada())
    {
        return valueOf(sessions.start(
            World::tenant, person, purpose, connectionId, "https://host/plugins/plaid/console/"));
    }
    std::string begin(LinkPurpose purpose = LinkPurpose::Connect,
        const std::string& connectionId = "", const link::Person& person = ada())
    {
        const auto started = start(purpose, connectionId, person);
        CPPUNIT_ASSERT(!started.busy);
        return started.sessionId;
    }

    /// Runs the job of a session once if it is due, as the engine does, and ends it.
    bool runJob()
    {
        const auto lease = world.write([&](store::Unit& unit)
            { return store::JobRepository(unit).claim(world.clock.now(), 180'000); });
        if (!lease) return false;
        if (lease->kind != store::job::linkSession)
        {
            finishJob(*lease, {});
            return true;
        }
        finishJob(*lease, valueOf(sessions.step(*lease)));
        return true;
    }
    void runJobs()
    {
        for (int i = 0; i < 50 && runJob(); ++i)
        {
        }
    }
    void finishJob(const store::JobLease& lease, const store::JobEnd& end)
    {
        world.write([&](store::Unit& unit)
            { store::JobRepository(unit).end(lease, world.clock.now(), end); });
    }

    store::LinkSession stored(const std::string& id)
    {
        return *world.write([&](store::Unit& unit)
            { return store::LinkSessionRepository(unit, World::tenant).find(id); });
    }
    link::LinkSessions::Shown show(const std::string& id, const link::Person& person = ada())
    {
        return valueOf(sessions.show(World::tenant, person, id));
    }
    std::int64_t connections() { return world.count("SELECT COUNT(*) FROM connection"); }

    World& world;
    LinkBank bank;
    OneToken tokens;
    std::unique_ptr<store::TokenVault> vault;
    link::LinkSessions sessions;
};

} // namespace bankfeed::testing
