// Imports: what one run booked for the first time, so that a person can look at it and take it
// back.
#pragma once

#include "base/Random.h"
#include "base/Time.h"
#include "store/TransactionRepository.h"
#include "store/Unit.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

/// What made a run book. The names are stored and shown; do not rename.
namespace importCause
{
inline constexpr std::string_view link = "link";         ///< An account was linked.
inline constexpr std::string_view sync = "sync";         ///< The bank brought them.
inline constexpr std::string_view release = "release";   ///< Rows that waited are certain by now.
inline constexpr std::string_view decision = "decision"; ///< A person booked held rows.
inline constexpr std::string_view startDate = "start_date"; ///< A person changed the start date.
} // namespace importCause

/// The names are stored and shown; do not rename.
namespace importState
{
inline constexpr std::string_view booked = "booked"; ///< Nothing is under way; see the counts.
inline constexpr std::string_view undoing = "undoing";
inline constexpr std::string_view redoing = "redoing";
} // namespace importState

/// Who books, and in which run: units of one run make one import.
struct ImportRun
{
    std::string connectionId;
    std::string run; ///< Unique in the tenant; "": a run of one unit.
    std::string cause = std::string(importCause::sync);
    std::string by; ///< The person's name; "" when it was nobody's word.
};

struct Import
{
    std::string id; ///< "imp_..."
    std::string connectionId;
    std::string cause;
    std::string by;
    std::int64_t rows = 0; ///< How many it booked.
    UtcTime beganAt;
    UtcTime endedAt; ///< When it booked the last of them.
    std::string state = std::string(importState::booked);
    std::string doneTo;         ///< While it is undone or redone: rows up to this id are looked at.
    std::int64_t doneCount = 0; ///< And so many of them were taken back, or booked again.
    std::string askedId;        ///< Who asked for that, last.
    std::string askedBy;
    std::optional<UtcTime> undoneAt; ///< When it was undone; nothing again after a redo.
};

class ImportRepository
{
public:
    ImportRepository(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant)) {}

    /// Notes that the run books `count` rows more. Gives the id of its import.
    std::string add(const ImportRun& run, std::int64_t count, Random& random, UtcTime now);

    [[nodiscard]] std::optional<Import> find(const std::string& id);

    /// Newest first, behind the import (`beforeBeganAt`, `beforeId`); 0 and "": from the first. At
    /// most `count` (1..100).
    [[nodiscard]] std::vector<Import> page(
        std::int64_t beforeBeganAt, const std::string& beforeId, std::size_t count);

    /// Writes state, progress and who asked.
    void save(const Import& import);

    /// Rows of an import in its connection, by provider's id, behind `afterId`; at most `count`
    /// (1..limits::rowsPerUnit).
    [[nodiscard]] std::vector<BankTransaction> rows(
        const Import& import, const std::string& afterId, std::size_t count);

    /// Where the rows of an import stand, counted by bank account.
    struct Count
    {
        std::string bankAccountId;
        std::string lane;
        std::string laneReason;
        std::string entryMark;
        bool periodClosed = false;  ///< The entry is in a closed period.
        bool accountClosed = false; ///< Not so, but its ledger account is closed.
        std::int64_t rows = 0;
        std::string first; ///< Days.
        std::string last;
    };
    [[nodiscard]] std::vector<Count> counts(const Import& import, UtcTime now);

    /// Rows of an import that are neither booked, without a mark of people and in an open period
    /// and account, nor held as undone: in the order of their ids, behind `afterId`; at most
    /// `count` (1..limits::rowsPerUnit).
    [[nodiscard]] std::vector<BankTransaction> elsewhere(
        const Import& import, const std::string& afterId, std::size_t count, UtcTime now);

    /// Deletes up to 500 imports that ended before `before` and of which nothing is under way.
    /// Crosses tenants.
    static void prune(Unit& unit, UtcTime before);

private:
    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
