// A bank, its mirror and books on one engine, and short words to work with them.
#pragma once

#include "base/Wake.h"
#include "delivery/LedgerEvents.h"
#include "support/FaultyDatabase.h"
#include "support/SyncWorld.h"
#include "support/TestDatabase.h"

#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bankfeed::testing
{

class NoWake final : public Wake
{
public:
    void wake(WakeReason) noexcept override {}
};

class SyncFixture : public CppUnit::TestFixture
{
public:
    explicit SyncFixture(store::Engine engine, std::uint64_t seed = 7)
        : engine_(engine), seed_(seed)
    {
    }

    void setUp() override
    {
        openDatabase();
        beginWorld({});
    }
    void tearDown() override
    {
        world_.reset();
        faulty_.reset();
        database_.reset();
    }

protected:
    void openDatabase()
    {
        database_ = std::make_unique<TestDatabase>(engine_);
        faulty_ = std::make_unique<FaultyDatabase>(**database_);
    }
    /// Once a test; setUp() does it, with the rules of the core.
    void beginWorld(const sync::BookingRules& rules)
    {
        world_ = std::make_unique<SyncWorld>(*faulty_, **database_, "main", seed_, rules);
    }
    /// Of January.
    static std::string day(int i)
    {
        return "2026-01-" + std::string(i < 10 ? "0" : "") + std::to_string(i);
    }
    void linkChecking(const std::string& startDate = "")
    {
        world_->link(world_->discover("checking"), "Assets:Checking", startDate);
    }
    /// Rows of 100, 101 and so on, named after the prefix and their number.
    void putRows(
        int count, const std::string& account = "checking", const std::string& prefix = "t")
    {
        for (int i = 0; i < count; ++i)
            world_->bank.put({prefix + std::to_string(i), account, 100 + i});
    }
    void syncAndDeliver()
    {
        world_->sync();
        world_->pump();
    }
    /// What comes within seconds; no sync.
    void settle()
    {
        for (int i = 0; i < 3; ++i)
        {
            world_->clock.advanceMs(3'000);
            world_->run();
            world_->pump();
        }
    }
    /// In the books, which tell of it.
    void closeThrough(const std::string& through)
    {
        world_->ledger.closedThrough = through;
        delivery::LedgerEvent event{delivery::LedgerEvent::Kind::Period, "e" + through, ""};
        event.through = through;
        NoWake wake;
        delivery::LedgerEvents events(world_->plain, world_->clock, world_->random, wake);
        const auto position = events.position("main");
        CPPUNIT_ASSERT(events.tell({"main", false, false, position->eventId, {event}}).ok());
    }
    std::string lane(const std::string& id) { return world_->row(id)->lane; }
    void assertStands(const std::string& id, std::string_view lane, std::string_view reason = {})
    {
        const auto row = world_->row(id);
        CPPUNIT_ASSERT_MESSAGE(id, row.has_value());
        CPPUNIT_ASSERT_EQUAL_MESSAGE(id, std::string(lane), row->lane);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(id, std::string(reason), row->laneReason);
    }
    template <std::invocable<store::Unit&> Body>
    void write(Body&& body)
    {
        const auto written = world_->plain.write(
            [&](store::Unit& unit) -> Result<void>
            {
                body(unit);
                return success();
            });
        CPPUNIT_ASSERT(written.ok());
    }
    void write(const std::string& sql)
    {
        write([&](store::Unit& unit) { unit.execute(sql); });
    }

    std::unique_ptr<TestDatabase> database_;
    std::unique_ptr<FaultyDatabase> faulty_;
    std::unique_ptr<SyncWorld> world_;

private:
    store::Engine engine_;
    std::uint64_t seed_;
};

/// Two accounts at the bank that feed nothing yet.
class TwoAccountsFixture : public SyncFixture
{
public:
    using SyncFixture::SyncFixture;

    void setUp() override
    {
        SyncFixture::setUp();
        world_->bank.addAccount({"checking"});
        world_->bank.addAccount({"savings"});
    }
};

/// Two logins at one bank: "old" feeds the books, "new" takes its place when a test says so.
class TwoLoginsFixture : public SyncFixture
{
public:
    using SyncFixture::SyncFixture;

    void setUp() override
    {
        SyncFixture::setUp();
        world_->bank.addAccount({"old"});
        world_->bank.addAccount({"new"});
        oldLink_ = world_->link(world_->discover("old"), books);
        world_->run();
    }

protected:
    static constexpr const char* books = "Assets:Checking";

    /// A row of each of these days, of 100 and the day.
    void putRows(const std::string& account, int first, int last)
    {
        for (int i = first; i <= last; ++i)
            world_->bank.put({account + std::to_string(i), account, 100 + i, day(i)});
    }
    /// Access to the old account ended; the new one goes on with its feed. Gives the new link.
    std::string takeThePlace(const std::string& ledgerAccount, const std::string& startDate = "")
    {
        world_->unlink(oldLink_);
        const auto account = world_->discover("new");
        write(
            [&](store::Unit& unit) {
                store::BankAccountRepository(unit, world_->tenant)
                    .setFeed(account, world_->feedId("old"));
            });
        return world_->link(account, ledgerAccount, startDate);
    }

    std::string oldLink_;
};

} // namespace bankfeed::testing
