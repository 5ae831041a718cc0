// What the host tells of its books: entries that people removed or reconciled, periods, accounts.
#pragma once

#include "base/Clock.h"
#include "base/Random.h"
#include "base/Wake.h"
#include "store/BookFacts.h"
#include "store/Database.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::delivery
{

/// Each event says what is the case, not what changed: told twice it changes nothing.
struct LedgerEvent
{
    /// As in the ABI (BF_EVENT_...).
    enum class Kind : std::uint8_t
    {
        Entry = 1,
        Period = 2,
        Account = 3,
        AccountMerged = 4,
    };
    /// Of an entry or an account.
    enum class State : std::uint8_t
    {
        Plain = 0,      ///< In the books; open.
        Reconciled = 1, ///< Entry.
        Removed = 2,    ///< Entry.
        Closed = 3,     ///< Account.
    };
    Kind kind = Kind::Entry;
    std::string id;
    std::string subject; ///< Root key, or ledger account; of a period "" for all accounts.
    State state = State::Plain;
    std::int64_t revision = 0; ///< Of the entry's head.
    std::string through{};     ///< Of a period: a day, "" when nothing is closed.
    std::string into{};        ///< Of a merge.
};

struct LedgerEventBatch
{
    std::string tenant;
    bool fromStart = false; ///< The books tell everything anew.
    bool allTold = false;   ///< And this is the end of it.
    std::string afterId;
    std::vector<LedgerEvent> events; ///< At most LedgerEvents::eventsMax.
};

/// Host thread only.
class LedgerEvents
{
public:
    static constexpr std::size_t eventsMax = 256;

    /// All references outlive this object.
    LedgerEvents(store::Database& database, Clock& clock, Random& random, Wake& wake)
        : database_(database), clock_(clock), random_(random), wake_(wake)
    {
    }

    /// Where the books go on telling.
    [[nodiscard]] Result<store::EventPosition> position(const std::string& tenant);

    /// Stores the events, what follows from them and the new position in one unit, and asks for the
    /// jobs that look at rows that are free again. Errors: Conflict "events.position" when afterId
    /// is not the position (ask for it); Retry "tenant.erasing" while the data of the tenant is
    /// being deleted (after that the position is "", and they tell everything); those of the store.
    [[nodiscard]] Result<void> tell(const LedgerEventBatch& batch);

private:
    class Telling;

    [[nodiscard]] Result<void> forgetOlder(const std::string& tenant);
    /// At most eventsMax; true when none is left.
    [[nodiscard]] bool applyPutOff(
        store::Unit& unit, const std::string& tenant, std::int64_t generation);
    [[nodiscard]] bool askForOpenings(
        store::Unit& unit, const LedgerEventBatch& batch, UtcTime now);

    store::Database& database_;
    Clock& clock_;
    Random& random_;
    Wake& wake_;
};

} // namespace bankfeed::delivery
