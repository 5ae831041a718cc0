// Runs that book rows, a person who takes them back, and short words to look at both.
#pragma once

#include "SyncFixture.h"

#include "store/ImportRepository.h"
#include "sync/HeldDecision.h"
#include "sync/Imports.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bankfeed::testing
{

class ImportsFixture : public SyncFixture
{
public:
    explicit ImportsFixture(store::Engine engine) : SyncFixture(engine, 5) {}

    void setUp() override
    {
        SyncFixture::setUp();
        world_->bank.addAccount({"a", "USD", 1'000});
        world_->bank.addAccount({"b"});
    }

protected:
    static constexpr const char* books = "Assets:Checking";

    void put(const std::string& id, int on, std::int64_t units, const std::string& account = "a")
    {
        world_->bank.put({id, account, units, day(on)});
    }
    /// Three rows by the link, two by a sync. Gives the id of the latter's import.
    std::string twoImports(bool opening = false)
    {
        put("t1", 1, 100);
        put("t2", 2, 200);
        put("t3", 3, 400);
        world_->discover("a");
        world_->sync();
        link_ = world_->link("acc_main_a", books, "", opening);
        world_->run();
        world_->clock.advanceMs(1'000);
        put("t4", 4, 1'000);
        put("t5", 5, 2'000);
        syncAndDeliver();
        return imports().front().id;
    }
    std::vector<store::Import> imports()
    {
        return world_->look([&](store::Unit& unit)
            { return store::ImportRepository(unit, "main").page(0, "", 100); });
    }
    store::Import import(const std::string& id)
    {
        return *world_->look(
            [&](store::Unit& unit) { return store::ImportRepository(unit, "main").find(id); });
    }
    std::string ask(const std::string& id, bool undo = true)
    {
        const auto asked = world_->plain.write(
            [&](store::Unit& unit) -> Result<store::Import>
            {
                return (undo ? sync::askUndo : sync::askRedo)(
                    unit, "main", ada_, id, world_->random, world_->clock.now());
            });
        return asked.ok() ? "ok" : asked.error().code;
    }
    void undo(const std::string& id)
    {
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), ask(id));
        world_->run();
        world_->pump();
    }
    std::string decide(const std::vector<std::string>& ids, sync::OverlapChoice choice,
        const std::string& account = "acc_main_a")
    {
        const auto decided = world_->plain.write(
            [&](store::Unit& unit) -> Result<std::int64_t>
            {
                sync::OverlapDecision decision;
                decision.bankAccountId = account;
                decision.transactions = ids;
                decision.choice = choice;
                return sync::decideHeld(
                    unit, "main", ada_, decision, world_->random, world_->clock.now());
            });
        world_->run();
        world_->pump();
        return decided.ok() ? "ok" : decided.error().code;
    }
    std::int64_t inBooks() { return world_->ledger.sum(books); }

    /// The account goes on with the feed of "a".
    void feedFromNowOn(const std::string& account)
    {
        write([&](store::Unit& unit)
            { store::BankAccountRepository(unit, "main").setFeed(account, world_->feedId("a")); });
        world_->link(account, books);
        world_->run();
        world_->pump();
    }

    const store::Actor ada_{"u1", "Ada"};
    std::string link_;
};

} // namespace bankfeed::testing
