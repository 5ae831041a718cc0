// Takes out of a feed what the books do not take now, so that the rest of it goes on.
#pragma once

#include "base/Clock.h"
#include "base/Ledger.h"
#include "base/Log.h"
#include "base/Random.h"
#include "store/BookFacts.h"
#include "store/Database.h"
#include "store/OutboxRepository.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::delivery
{

/// What is known of the books, for a handful of changes. Lives as long as its unit.
class BooksJudge
{
public:
    BooksJudge(store::Unit& unit, const std::string& tenant, UtcTime now);

    /// Reads what is known of these, at most limits::changesPerBatch.
    void learn(const std::vector<LedgerChange>& changes);

    /// A refusedReason when the books will not take the change; "" when nothing is known against
    /// it. After learn, for its changes.
    [[nodiscard]] std::string_view reasonOf(const LedgerChange& change) const;

private:
    store::BookFacts facts_;
    UtcTime now_;
    store::ClosedPeriods periods_;
    std::map<std::string, store::EntryFact> entries_;
    std::set<std::string> closedAccounts_;
};

/// A change into a closed period or account, of a reconciled entry, or of one that a person
/// removed, becomes a no-op under its sequence number, and so does every later change of the same
/// transaction; what follows is chained anew, in the same unit. The row goes back to what the books
/// were told before, with its reason, and is judged again when the reason is gone (job freed). An
/// opening balance is due again. Host thread only; no unit is open while the books are asked.
class Quarantine
{
public:
    /// What can be chained anew in one unit; beyond it the feed is held as a whole.
    static constexpr std::size_t tailMax = 20'000;

    /// All references outlive this object.
    Quarantine(store::Database& database, Clock& clock, Random& random, Log& log)
        : database_(database), clock_(clock), random_(random), log_(log)
    {
    }

    /// The host's word on a change.
    struct Refusal
    {
        std::uint64_t seq = 0;
        RefusalReason reason = RefusalReason::None;
    };

    /// True for the reasons that concern one transaction, and not the feed.
    [[nodiscard]] static bool handles(RefusalReason reason);

    /// Sifts the outbox from `from` on, which is the first change that the books do not have, and
    /// behind the digest `previous`. A refusal is believed (BookFacts::guess) before it is judged.
    /// How many changes became no-ops; 0, too, when the feed is in another epoch by now. Error
    /// Exhausted "delivery.tail" when more than tailMax changes wait.
    [[nodiscard]] Result<std::size_t> sift(const std::string& tenant, const std::string& feedId,
        std::uint64_t epoch, std::uint64_t from, const Digest& previous,
        const std::optional<Refusal>& refusal);

private:
    struct Sifted;

    void collect(store::Unit& unit, const std::string& tenant, const store::Feed& feed,
        std::uint64_t from, const std::optional<Refusal>& refusal, Sifted& sifted);
    void chainAnew(store::Unit& unit, const std::string& tenant, const store::Feed& feed,
        const Digest& previous, Sifted& sifted);
    void putBackOpenings(store::Unit& unit, const std::string& tenant, const std::string& feedId,
        const Sifted& sifted);
    void believe(store::Unit& unit, const std::string& tenant, const LedgerChange& change,
        RefusalReason reason);
    void putBack(
        store::Unit& unit, const std::string& tenant, const std::string& feedId, Sifted& sifted);

    store::Database& database_;
    Clock& clock_;
    Random& random_;
    Log& log_;
};

} // namespace bankfeed::delivery
