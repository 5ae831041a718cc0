// An account that goes on with the feed of another, and a person who takes that back.
#pragma once

#include "SyncFixture.h"

#include "accounts/TakeBack.h"
#include "delivery/LedgerEvents.h"
#include "engine/TakingBack.h"
#include "store/AuditRepository.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::testing
{

class TakeBackFixture : public TwoLoginsFixture
{
public:
    using TwoLoginsFixture::TwoLoginsFixture;

    void setUp() override
    {
        TwoLoginsFixture::setUp();
        job_ = std::make_unique<engine::TakingBack>(*faulty_, world_->clock, world_->random, wake_);
        world_->others.emplace(std::string(store::job::takeBack),
            [this](const store::JobLease& lease) { return job_->run(lease); });
    }

protected:
    /// As a decision of the review does it: "new" takes over what "old" feeds.
    void goOn()
    {
        world_->clock.advanceMs(1'000);
        newLink_ = TwoLoginsFixture::takeThePlace(books);
        write("UPDATE account_link SET continues = '" + oldLink_ + "' WHERE link_id = '" +
              newLink_ + "'");
        decide("old", store::decision::aside);
        decide("new", store::decision::linked);
        world_->run();
        world_->pump();
    }
    /// Both show rows of the same days; "new" has some of its own behind them.
    void goOnWithRows()
    {
        putRows("old", 1, 9);
        putRows("new", 3, 9);
        syncAndDeliver();
        goOn();
        putRows("new", 25, 27);
        syncAndDeliver();
    }
    void decide(const std::string& account, std::string_view decision)
    {
        write(
            [&](store::Unit& unit)
            {
                store::BankAccountRepository(unit, "main")
                    .setDecision(idOf(account), decision, "Ada", world_->clock.now());
            });
    }
    /// The code of the conflict, or of the error; "" when it is under way.
    std::string ask()
    {
        const auto asked = world_->plain.write(
            [&](store::Unit& unit) -> Result<engine::TakeBackView> {
                return engine::askTakeBack(
                    unit, "main", ada_, newLink_, world_->random, world_->clock.now());
            });
        return asked.ok() ? asked->conflict : asked.error().code;
    }
    engine::TakeBackView preview()
    {
        return world_->look(
            [&](store::Unit& unit) {
                return engine::TakeBackView::load(unit, "main", newLink_, world_->clock.now())
                    .value();
            });
    }
    void takeBack()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(), ask());
        world_->run();
        world_->pump();
    }
    void tell(delivery::LedgerEvent event)
    {
        event.id = "told" + std::to_string(++told_);
        delivery::LedgerEvents events(world_->plain, world_->clock, world_->random, wake_);
        const auto position = events.position("main");
        CPPUNIT_ASSERT(events.tell({"main", false, false, position->eventId, {event}}).ok());
    }
    void reconcile(const std::string& id)
    {
        const auto key = world_->row(id)->rootKey;
        world_->ledger.books.entries.at(key).reconciled = true;
        delivery::LedgerEvent event{delivery::LedgerEvent::Kind::Entry, "", key};
        event.state = delivery::LedgerEvent::State::Reconciled;
        event.revision = world_->row(id)->revision;
        tell(event);
    }
    store::AccountLink linkOf(const std::string& id)
    {
        return *world_->look(
            [&](store::Unit& unit) { return store::AccountLinkRepository(unit, "main").find(id); });
    }
    store::BankAccount account(const std::string& name)
    {
        return *world_->look([&](store::Unit& unit)
            { return store::BankAccountRepository(unit, "main").find(idOf(name)); });
    }
    static std::string idOf(const std::string& name) { return "acc_main_" + name; }
    std::int64_t inBooks() { return world_->ledger.sum(books); }
    /// The entry of a row of the account that feeds now, or of the one before.
    const FakeLedger::Entry& entry(const std::string& rootKey)
    {
        return world_->ledger.books.entries.at(rootKey);
    }
    std::vector<store::AuditEntry> audit(std::string_view action)
    {
        std::vector<store::AuditEntry> found;
        for (auto& one : world_->look([&](store::Unit& unit)
                 { return store::AuditRepository(unit, "main").entries(0, 100); }))
            if (one.action == action) found.push_back(one);
        return found;
    }

    const store::Actor ada_{"u1", "Ada"};
    NoWake wake_;
    std::unique_ptr<engine::TakingBack> job_;
    std::string newLink_;
    int told_ = 0;
};

} // namespace bankfeed::testing
