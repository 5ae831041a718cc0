// What the books said of themselves: entries that people removed or reconciled, closed periods,
// accounts that were merged; and what they refused without a word before.
#pragma once

#include "base/Time.h"
#include "store/TransactionStates.h"
#include "store/Unit.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

/// The names are stored; do not rename.
namespace factKind
{
inline constexpr std::string_view entry = "entry";     ///< Subject root key; value entryMark, ...
inline constexpr std::string_view period = "period";   ///< ... ledger account, "" all; a day.
inline constexpr std::string_view account = "account"; ///< ... ledger account; "closed". A guess.
inline constexpr std::string_view merged = "merged";   ///< ... ledger account; the one it went to.
inline constexpr std::string_view putOff = "put_off";  ///< ... root key; an entryMark, or "".
// What is only believed stands beside what was told, and neither takes the other's place.
inline constexpr std::string_view periodGuess = "period_guess"; ///< As period.
inline constexpr std::string_view entryGuess = "entry_guess";   ///< As entry; entryMark.
} // namespace factKind

/// The value of an entry that a person had imported again: removals of before do not count.
inline constexpr std::string_view entryAgain = "again";

/// The value of one that a person had imported again and somebody put back in the books before that
/// was delivered: it has no use for another post. Its revision is 0 when what the books hold is not
/// what the mirror remembers of it.
inline constexpr std::string_view entryInBooks = "in_books";

/// The value of one that was removed and is in the books again, which were restored from a backup.
/// Nothing follows from it but a notice (RestoredBooks::noteBack).
inline constexpr std::string_view entryBack = "back";

/// Through which day nothing can be booked, for all ledger accounts ("") and for some.
class ClosedPeriods
{
public:
    void close(const std::string& ledgerAccountId, const std::string& through)
    {
        auto& day = through_[ledgerAccountId];
        if (day < through) day = through;
    }
    /// What was in `from` is in `into` now, and closed when that is.
    void move(const std::string& from, const std::string& into) { movedTo_[from] = into; }
    [[nodiscard]] bool closed(const std::string& ledgerAccountId, const std::string& day) const
    {
        const auto moved = movedTo_.find(ledgerAccountId);
        const auto holds = [&](const std::string& whose)
        {
            const auto found = through_.find(whose);
            return found != through_.end() && !day.empty() && day <= found->second;
        };
        return holds("") || holds(moved == movedTo_.end() ? ledgerAccountId : moved->second);
    }
    [[nodiscard]] bool none() const { return through_.empty(); }

private:
    std::map<std::string, std::string> through_; ///< Days, by ledger account.
    std::map<std::string, std::string> movedTo_; ///< Of merged ones; those that matter here.
};

struct EntryFact
{
    std::string value; ///< As told: an entryMark, entryAgain, ...; or "".
    std::int64_t revision = 0;
    std::int64_t generation = 0; ///< In which it was told last.
    std::string believed;        ///< The books refused, as if it were this: an entryMark; or "".

    [[nodiscard]] bool isReconciled() const
    {
        return believed == entryMark::reconciled || value == entryMark::reconciled;
    }
    [[nodiscard]] bool isRemoved() const
    {
        return believed == entryMark::removed || value == entryMark::removed;
    }
};

/// How far the books have told.
struct EventPosition
{
    std::string eventId; ///< Of the last event; "" before the first.
    std::int64_t generation = 0;
    bool retelling = false; ///< They are telling everything anew, and have not come to the end.
};

/// Lives as long as its unit, on its thread.
class BookFacts
{
public:
    BookFacts(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant)) {}

    // --- told ---

    /// Sets what is told of an entry; "" forgets it.
    void setEntry(const std::string& rootKey, std::string_view value, std::int64_t revision,
        std::int64_t generation);
    /// Something else is told of an entry that a person removed, while the books tell everything
    /// anew: it counts when they have come to their end, unless they say otherwise before.
    void putOff(const std::string& rootKey, std::string_view value, std::int64_t revision,
        std::int64_t generation);
    void forgetPutOff(const std::string& rootKey);
    struct PutOff
    {
        std::string rootKey;
        std::string value;
        std::int64_t revision = 0;
    };
    /// Of this generation, at most `count`.
    [[nodiscard]] std::vector<PutOff> whatWasPutOff(std::int64_t generation, std::int64_t count);

    /// "" for `through`: nothing is closed. Guesses about periods are forgotten with it.
    void setPeriod(
        const std::string& ledgerAccountId, const std::string& through, std::int64_t generation);
    /// The books told whether the account is open: a guess is forgotten.
    void accountTold(const std::string& ledgerAccountId);
    /// What was merged into `from` before goes to `into`, too, and so does this when `into` was
    /// merged itself. False when that was known.
    bool setMerged(const std::string& from, const std::string& into, std::int64_t generation);

    /// What the books refused, and nobody told: believed for an hour, the next time for two, at
    /// most for a day. What is told stays, and counts beside it. `kind` is entry, period or
    /// account; the ledger account of the latter two is looked for where it was merged to.
    void guess(
        std::string_view kind, const std::string& subject, std::string_view value, UtcTime now);

    /// Forgets periods, reconciliations and what was put off that are older than `generation`: the
    /// books told everything anew, and not these. At most `count`; true when none is left. Removals
    /// stay: they are what a person wanted, and the books may have forgotten with a backup.
    [[nodiscard]] bool forgetOlder(std::int64_t generation, std::int64_t count);

    /// Whether forgetOlder, or what was put off, has anything to do.
    [[nodiscard]] bool anyToForget(std::int64_t generation);
    /// Whether any ledger account was merged into another.
    [[nodiscard]] bool anyMerged();

    /// An entry that was told as removed, or that a person had imported again after that.
    struct Removal
    {
        std::string rootKey;
        std::string value; ///< entryMark::removed or entryAgain.
        std::int64_t revision = 0;
    };
    /// Those that the books have not told as removed since `generation` began. At most `count`.
    [[nodiscard]] std::vector<Removal> untoldRemovals(std::int64_t generation, std::int64_t count);

    /// Deletes guesses that ran out long ago.
    void forgetGuesses(UtcTime now);

    // --- asked ---

    /// The ledger account itself, or the one that it was merged into.
    [[nodiscard]] std::string targetOf(const std::string& ledgerAccountId);
    [[nodiscard]] ClosedPeriods periods(UtcTime now);
    /// Of these root keys, at most limits::rowsPerUnit, those that something is known of.
    [[nodiscard]] std::map<std::string, EntryFact> entries(
        const std::vector<std::string>& rootKeys, UtcTime now);
    /// Of these ledger accounts those that take nothing: closed, or merged into one that is. One
    /// that was never mirrored counts as open.
    [[nodiscard]] std::set<std::string> closedAccounts(
        const std::set<std::string>& ledgerAccountIds, UtcTime now);

    // --- position ---

    [[nodiscard]] EventPosition position();
    void setPosition(const EventPosition& position);

private:
    void put(std::string_view kind, const std::string& subject, std::string_view value,
        std::int64_t revision, std::int64_t generation);
    void forget(std::string_view kind, const std::string& subject);

    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
