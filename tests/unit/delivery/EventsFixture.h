// Books that tell what people do in them, beside a third account whose opening balance the feed
// told.
#pragma once

#include "DeliveryFixture.h"

#include "delivery/LedgerEvents.h"
#include "store/BalanceProofRepository.h"
#include "store/LedgerAccountRepository.h"
#include "sync/FreedRows.h"

#include <optional>
#include <string>
#include <vector>

namespace bankfeed::testing
{

class EventsFixture : public DeliveryFixture
{
public:
    using Event = delivery::LedgerEvent;
    using State = Event::State;

    using DeliveryFixture::DeliveryFixture;

    void setUp() override
    {
        DeliveryFixture::setUp();
        events_.emplace(world_->database, world_->clock, world_->random, wake_);
    }

protected:
    static constexpr const char* freshBooks = "Assets:fresh";

    /// An account that is new to the books: what the bank held before is told, too.
    void linkFresh()
    {
        world_->proves = true;
        // Behind the days of all rows: the measured balance may hold each of them.
        world_->clock.advanceMs(std::int64_t{60} * 24 * 3'600'000);
        world_->bank.addAccount({"fresh", "USD", 50'000});
        freshAccount_ = world_->discover("fresh");
        freshLink_ = world_->link(freshAccount_, freshBooks, "", true);
        settle();
    }
    void settleOnce()
    {
        world_->sync();
        world_->pump();
        world_->run();
        world_->pump();
    }
    /// Syncs, pumps and runs jobs until nothing moves.
    void settle()
    {
        settleOnce();
        settleOnce();
    }
    BankRow booked(
        const std::string& id, const std::string& account = "checking", std::int64_t units = 100)
    {
        const BankRow row{id, account, units};
        world_->bank.put(row);
        settle();
        return row;
    }
    FakeLedger::Entry& entry(const BankRow& row)
    {
        return world_->ledger.books.entries.at(world_->rootKey(row));
    }
    bool inBooks(const BankRow& row)
    {
        return world_->ledger.books.entries.contains(world_->rootKey(row));
    }
    std::string nextId() { return "event-" + std::to_string(++ids_); }
    void tell(const std::vector<Event>& events, bool fromStart = false, bool allTold = false)
    {
        const delivery::LedgerEventBatch batch{"main", fromStart, allTold,
            fromStart ? "" : events_->position("main")->eventId, events};
        CPPUNIT_ASSERT(events_->tell(batch).ok());
        if (!fromStart) told_.insert(told_.end(), events.begin(), events.end());
    }
    /// What the books say of an entry; they hold it that way from now on.
    void tellEntry(const BankRow& row, State state)
    {
        auto& held = entry(row);
        if (state == State::Removed) world_->ledger.remove(world_->rootKey(row));
        held.reconciled = state == State::Reconciled;
        tell({entryEvent(row, state)});
    }
    Event entryEvent(const BankRow& row, State state)
    {
        Event event{Event::Kind::Entry, nextId(), world_->rootKey(row)};
        event.state = state;
        event.revision = entry(row).head.revision;
        return event;
    }
    /// A person takes the removal of an entry back in the books.
    void putBack(const BankRow& row)
    {
        entry(row).removed = false;
        entry(row).units = entry(row).last.units;
        tell({entryEvent(row, State::Plain)});
    }
    void close(const std::string& through)
    {
        Event event{Event::Kind::Period, nextId(), ""};
        event.through = through;
        world_->ledger.closedThrough = through;
        tell({event});
    }
    store::AccountLink freshLink()
    {
        return *world_->look([&](store::Unit& unit)
            { return store::AccountLinkRepository(unit, "main").find(freshLink_); });
    }
    /// The host shows its balance, and a sync asks for the proof.
    store::BalanceProof freshProof()
    {
        world_->pump();
        world_->clock.advanceMs(60'000);
        LedgerAccount ledger;
        ledger.id = freshBooks;
        ledger.name = freshBooks;
        ledger.currency = "USD";
        ledger.balanceUnits = world_->ledger.sum(freshBooks);
        const auto put = [&](store::Unit& unit) -> Result<void>
        {
            store::LedgerAccountRepository(unit, "main").put({ledger}, world_->clock.now());
            return success();
        };
        CPPUNIT_ASSERT(world_->plain.write(put).ok());
        world_->sync();
        return world_
            ->look([&](store::Unit& unit)
                { return store::BalanceProofRepository(unit, "main").find(freshAccount_); })
            .value_or(store::BalanceProof{});
    }
    bool noticeIsOpen(std::string_view kind, const std::string& subject)
    {
        return world_->look([&](store::Unit& unit)
            { return store::NoticeRepository(unit, "main").isOpen(kind, subject); });
    }
    /// "ok", or why not.
    std::string importAnswer(const BankRow& row)
    {
        const auto known = world_->row(row.id);
        const auto done = world_->plain.write(
            [&](store::Unit& unit)
            {
                return sync::importAgain(unit, "main", {"u", "U"},
                    {known ? *known->bankAccountId : std::string(), {row.id}}, world_->random,
                    world_->clock.now());
            });
        if (!done.ok()) return done.error().code;
        return *done == 1 ? "ok" : std::to_string(*done) + " rows";
    }
    void importAgain(const BankRow& row)
    {
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), importAnswer(row));
    }

    class NoWake final : public Wake
    {
    public:
        void wake(WakeReason) noexcept override {}
    };
    NoWake wake_;
    std::optional<delivery::LedgerEvents> events_;
    std::vector<Event> told_; ///< In order; not what was told from the start.
    std::string freshAccount_;
    std::string freshLink_;

private:
    int ids_ = 0;
};

} // namespace bankfeed::testing
