// A world with two linked accounts whose changes go into books, and short words to look at them.
#pragma once

#include "support/FaultyDatabase.h"
#include "support/SyncWorld.h"
#include "support/TestDatabase.h"

#include "store/NoticeRepository.h"

#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>

#include <map>
#include <memory>
#include <string>

namespace bankfeed::testing
{

class DeliveryFixture : public CppUnit::TestFixture
{
public:
    explicit DeliveryFixture(store::Engine engine) : engine_(engine) {}

    void setUp() override
    {
        database_ = std::make_unique<TestDatabase>(engine_);
        faulty_ = std::make_unique<FaultyDatabase>(**database_);
        world_ = std::make_unique<SyncWorld>(*faulty_, **database_, "main", 3);
        for (const char* account : {"checking", "savings"})
        {
            world_->bank.addAccount({account, "USD", 5'000});
            links_[account] =
                world_->link(world_->discover(account), std::string("Assets:") + account);
        }
        world_->run();
    }
    void tearDown() override
    {
        world_.reset();
        faulty_.reset();
        database_.reset();
    }

protected:
    void putRows(int count, const std::string& prefix, const std::string& account = "checking")
    {
        for (int i = 0; i < count; ++i)
            world_->bank.put({prefix + std::to_string(i), account, 100 + i});
    }
    void syncAndDeliver()
    {
        world_->sync();
        world_->pump();
    }
    void check()
    {
        world_->checkMirror();
        world_->checkBooks("checking", "Assets:checking");
        world_->checkBooks("savings", "Assets:savings");
    }
    store::Feed feed(const std::string& account = "checking")
    {
        return *world_->look([&](store::Unit& unit)
            { return store::OutboxRepository(unit, "main").feed(world_->feedId(account)); });
    }
    bool noticeOpen(const std::string& account)
    {
        return world_->look(
            [&](store::Unit& unit)
            {
                return store::NoticeRepository(unit, "main")
                    .isOpen(store::notice::feedHeld, world_->feedId(account));
            });
    }
    void write(const std::string& sql)
    {
        const auto written = world_->plain.write(
            [&](store::Unit& unit) -> Result<void>
            {
                unit.execute(sql);
                return success();
            });
        CPPUNIT_ASSERT(written.ok());
    }

    std::unique_ptr<TestDatabase> database_;
    std::unique_ptr<FaultyDatabase> faulty_;
    std::unique_ptr<SyncWorld> world_;
    std::map<std::string, std::string> links_;

private:
    store::Engine engine_;
};

} // namespace bankfeed::testing
