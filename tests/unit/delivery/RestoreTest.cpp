// Books and plugin go back to backups at random, in any mix, with crashes and lost answers: each
// posted row must be in the books once in the end.
//
// With people, who remove and reconcile entries and close periods, nothing comes back that they
// removed, and everything else is there in the end.
//
// BANKFEED_SEEDS says how many seeds (default 120); BANKFEED_SEED runs that one alone.
#include "delivery/LedgerEvents.h"
#include "store/BookFacts.h"
#include "support/FaultyDatabase.h"
#include "support/MemoryDatabase.h"
#include "support/PluginBackup.h"
#include "support/SyncWorld.h"
#include "sync/FreedRows.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <optional>
#include <set>
#include <vector>

namespace bankfeed
{

using delivery::LedgerEvent;
using testing::BankRow;
using testing::FaultyDatabase;
using testing::SyncWorld;

namespace
{

class Fate
{
public:
    /// `people`: they remove and reconcile entries, and close periods, too.
    Fate(std::uint64_t seed, bool people)
        : faulty_(*database_),
          world_(faulty_, *database_, "fate", seed),
          events_(faulty_, world_.clock, world_.random, wake_),
          dice_(seed * 13),
          people_(people)
    {
    }

    void run()
    {
        for (const char* account : {"checking", "savings"})
        {
            world_.bank.addAccount({account, "USD", 3'000});
            world_.link(world_.discover(account), std::string("Assets:") + account, "", true);
        }
        world_.sync();
        backup_.emplace(*database_);
        books_ = world_.ledger.books;
        if (people_) world_.ledger.beforeBatch = [this](const LedgerBatch& batch) { look(batch); };
        const std::uint64_t rounds = 4 + dice_.below(8);
        for (std::uint64_t i = 0; i < rounds; ++i)
            round();
        settle();
    }

private:
    bool oneIn(std::uint64_t count) { return dice_.below(count) == 0; }

    void round()
    {
        world_.bank.pageSize = 1 + dice_.below(9);
        for (std::uint64_t i = dice_.below(10); i > 0; --i)
            change();
        if (oneIn(5))
            faulty_.failAtStatement =
                faulty_.statements + 1 + static_cast<std::int64_t>(dice_.below(80));
        if (oneIn(5))
            faulty_.loseAnswerOfUnit =
                faulty_.writeUnits + 1 + static_cast<std::int64_t>(dice_.below(15));
        if (!oneIn(4)) world_.sync();
        if (oneIn(4)) world_.ledger.losesAnswers = 1;
        if (oneIn(5)) world_.ledger.failsBefore = 1;
        if (people_) correct();
        if (!oneIn(4)) pump();
        if (oneIn(4))
        {
            books_ = world_.ledger.books;
            journalOfBackup_ = journal_;
        }
        if (oneIn(4)) takeBackup();
        if (oneIn(5))
        {
            backup_->restore();
            world_.restart();
        }
        if (oneIn(5))
        {
            world_.ledger.books = books_;
            journal_ = journalOfBackup_;
            world_.restart();
        }
        if (oneIn(3)) pump();
    }

    void takeBackup()
    {
        backup_->take();
        known_.clear();
        for (const auto& [id, row] : world_.bank.truth())
        {
            if (world_.row(id)) known_.insert(id);
        }
    }

    void change()
    {
        std::vector<BankRow> found;
        for (const auto& [id, row] : world_.bank.truth())
            found.push_back(row);
        const auto kind = dice_.below(6);
        if (found.empty() || kind <= 2)
        {
            BankRow row{"r" + std::to_string(++ids_), oneIn(3) ? "savings" : "checking",
                static_cast<std::int64_t>(dice_.below(9'000)) - 4'000};
            world_.bank.put(row);
            return;
        }
        BankRow row = found[dice_.below(found.size())];
        if (kind == 3) row.units += 7;
        if (kind == 4) row.merchant += "m";
        // A row that the bank shows and takes back between a backup and its restore leaves no trace
        // that a restored plugin could find.
        if (kind == 5 && known_.contains(row.id))
            world_.bank.remove(row.id);
        else
            world_.bank.put(row);
    }

    void settle()
    {
        faulty_.failAtStatement = FaultyDatabase::never;
        faulty_.loseAnswerOfUnit = FaultyDatabase::never;
        world_.ledger.losesAnswers = 0;
        world_.ledger.failsBefore = 0;
        world_.restart();
        if (people_) return settlePeople();
        world_.sync();
        world_.pump();
        world_.restart();
        world_.pump();
        world_.run();
        world_.pump();
        world_.checkMirror();
        for (const std::string account : {"checking", "savings"})
        {
            world_.checkBooks(account, "Assets:" + account);
            if (world_.bank.balance(account) != world_.ledger.sum("Assets:" + account))
                throw std::runtime_error("the balance differs: " + account);
        }
    }

    // --- people ---

    void pump()
    {
        if (people_) tellAll();
        world_.pump();
    }

    void correct()
    {
        auto& entries = world_.ledger.books.entries;
        if (!entries.empty() && oneIn(3))
        {
            auto& [key, entry] = *std::next(
                entries.begin(), static_cast<std::ptrdiff_t>(dice_.below(entries.size())));
            if (key.starts_with("tx1_") && entry.units != 0 && !entry.removed && !entry.reconciled)
            {
                world_.ledger.remove(key);
                note(LedgerEvent::Kind::Entry, key, LedgerEvent::State::Removed,
                    entry.head.revision);
            }
        }
        if (!entries.empty() && oneIn(3))
        {
            auto& [key, entry] = *std::next(
                entries.begin(), static_cast<std::ptrdiff_t>(dice_.below(entries.size())));
            if (!entry.removed && key.starts_with("tx1_")) reconcile(key, !entry.reconciled);
        }
        if (oneIn(4)) close(oneIn(2) ? "2026-01-20" : "");
        if (oneIn(3)) wantBack();
    }

    /// An administrator has a removed entry imported again. What cannot be booked now is refused.
    void wantBack()
    {
        std::vector<store::BankTransaction> removed;
        for (const auto& [id, truth] : world_.bank.truth())
            if (const auto row = world_.row(id);
                row && row->bankAccountId && row->entryMark == store::entryMark::removed)
                removed.push_back(*row);
        if (removed.empty()) return;
        const auto& row = removed[dice_.below(removed.size())];
        (void)world_.database.write(
            [&](store::Unit& unit)
            {
                return sync::importAgain(unit, "fate", {"u", "U"},
                    {*row.bankAccountId, {row.providerTransactionId}}, world_.random,
                    world_.clock.now());
            });
    }

    void reconcile(const std::string& key, bool on)
    {
        auto& entry = world_.ledger.books.entries.at(key);
        entry.reconciled = on;
        note(LedgerEvent::Kind::Entry, key,
            on ? LedgerEvent::State::Reconciled : LedgerEvent::State::Plain, entry.head.revision);
    }

    void close(const std::string& through)
    {
        world_.ledger.closedThrough = through;
        note(LedgerEvent::Kind::Period, "", LedgerEvent::State::Plain, 0);
        journal_.back().through = through;
    }

    void note(LedgerEvent::Kind kind, const std::string& subject, LedgerEvent::State state,
        std::int64_t revision)
    {
        LedgerEvent event{kind, "ev-" + std::to_string(++eventIds_), subject};
        event.state = state;
        event.revision = revision;
        journal_.push_back(event);
    }

    /// As a host does it. What fails is told the next time.
    void tellAll()
    {
        const auto position = events_.position("fate");
        if (!position.ok()) return;
        auto from = journal_.begin();
        bool start = position->retelling || !position->eventId.empty();
        for (auto at = journal_.begin(); !position->retelling && at != journal_.end(); ++at)
        {
            if (at->id != position->eventId) continue;
            from = at + 1;
            start = false;
        }
        if (from == journal_.end() && !start) return;
        std::string after = start ? "" : position->eventId;
        while (from != journal_.end() || start)
        {
            const auto count = std::min<std::ptrdiff_t>(3, journal_.end() - from);
            delivery::LedgerEventBatch batch{
                "fate", start, from + count == journal_.end(), after, {from, from + count}};
            if (!events_.tell(batch).ok()) return;
            start = false;
            from += count;
            if (count > 0) after = batch.events.back().id;
        }
    }

    /// Nothing is sent of what the plugin knows to be removed.
    void look(const LedgerBatch& batch)
    {
        world_.look(
            [&](store::Unit& unit)
            {
                std::vector<std::string> keys;
                for (const auto& change : batch.changes)
                    keys.push_back(change.rootKey);
                const auto facts = store::BookFacts(unit, "fate").entries(keys, world_.clock.now());
                for (const auto& [key, fact] : facts)
                    if (fact.value == store::entryMark::removed)
                        throw std::runtime_error("a removed entry is sent: " + key);
                return true;
            });
    }

    void settlePeople()
    {
        for (const auto& [key, entry] : world_.ledger.books.entries)
            if (entry.reconciled) reconcile(key, false);
        close("");
        for (int i = 0; i < 3; ++i)
        {
            world_.restart();
            pump();
            world_.sync();
            pump();
            world_.clock.advanceMs(25LL * 3600 * 1000);
        }
        world_.run();
        pump();
        world_.checkMirror();
        std::set<std::string> known;
        for (const auto& [id, truth] : world_.bank.truth())
        {
            const auto row = world_.row(id);
            known.insert(row->rootKey);
            const auto entry = world_.ledger.books.entries.find(row->rootKey);
            if (row->entryMark == store::entryMark::removed)
            {
                // One that this life of the plugin never told of may have come back in another.
                if (row->revision > 0 && entry != world_.ledger.books.entries.end() &&
                    entry->second.units != 0)
                    throw std::runtime_error("taken for removed, and in the books: " + id);
                continue;
            }
            // In the same words as a removed one beside it: a person says which it is.
            if (row->lane == store::lane::held && row->laneReason == store::heldReason::undone)
                continue;
            if (entry == world_.ledger.books.entries.end())
                throw std::runtime_error(
                    "the books lack " + id + ": " + row->lane + " " + row->laneReason);
            if (entry->second.units != truth.units)
                throw std::runtime_error(
                    "another amount of " + id + ": " + row->lane + " " + row->laneReason);
        }
        for (const auto& [key, entry] : world_.ledger.books.entries)
        {
            if (entry.units == 0 || known.contains(key) || key.starts_with("ob1_")) continue;
            const auto rows = world_.look([&, k = key](store::Unit& unit)
                { return store::TransactionRepository(unit, "fate").ofRootKeys({k}); });
            if (rows.empty() || rows.front().entryMark != store::entryMark::removed)
                throw std::runtime_error("the books have what no bank shows: " + key);
        }
    }

    class NoWake final : public Wake
    {
    public:
        void wake(WakeReason) noexcept override {}
    };

    testing::MemoryDatabase database_;
    FaultyDatabase faulty_;
    SyncWorld world_;
    NoWake wake_;
    delivery::LedgerEvents events_;
    std::vector<LedgerEvent> journal_;
    std::vector<LedgerEvent> journalOfBackup_;
    int eventIds_ = 0;
    testing::SeededRandom dice_;
    std::optional<testing::PluginBackup> backup_;
    testing::FakeLedger::Books books_;
    std::set<std::string> known_;
    int ids_ = 0;
    const bool people_;
};

std::uint64_t numberIn(const char* variable, std::uint64_t otherwise)
{
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

} // namespace

class RestoreTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RestoreTest);
    CPPUNIT_TEST(anyMixOfRestoresBooksEachRowOnce);
    CPPUNIT_TEST(anyMixOfRestoresKeepsOutWhatPeopleRemovedAndBooksTheRestOnce);
    CPPUNIT_TEST_SUITE_END();

    void anyMixOfRestoresBooksEachRowOnce() { runAll(false); }
    void anyMixOfRestoresKeepsOutWhatPeopleRemovedAndBooksTheRestOnce() { runAll(true); }

    static void runAll(bool people)
    {
        const std::uint64_t only = numberIn("BANKFEED_SEED", 0);
        const std::uint64_t count = numberIn("BANKFEED_SEEDS", 120);
        for (std::uint64_t seed = only > 0 ? only : 1; seed <= (only > 0 ? only : count); ++seed)
        {
            try
            {
                Fate(seed, people).run();
            }
            catch (const std::exception& error)
            {
                CPPUNIT_FAIL("seed " + std::to_string(seed) + ": " + error.what());
            }
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RestoreTest);

} // namespace bankfeed
