// The sync loop under way of a connection, and the pages it has received: a redo log.
#pragma once

#include "base/BankProvider.h"
#include "base/Time.h"
#include "store/SyncCounts.h"
#include "store/Unit.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

/// The states of a loop. The names are stored; do not rename.
namespace loopState
{
inline constexpr std::string_view waiting = "waiting"; ///< For the provider; `restarts` counts.
inline constexpr std::string_view staging = "staging"; ///< Pages come in; they may be dropped.
inline constexpr std::string_view sealed = "sealed";   ///< All are there; they must be applied.
} // namespace loopState

struct LoopRecord
{
    std::string connectionId;
    std::string loopId;
    std::string state;
    std::string startCursor; ///< Where it began, and begins again after a mutation.
    std::string cursor;      ///< Of the next page; once sealed, where the next loop begins.
    bool fullResync = false; ///< From the empty cursor, with removal of what was not seen.
    std::int64_t pages = 0;
    std::int64_t rowCount = 0; ///< Staged so far.
    std::int64_t restarts = 0;
    std::int64_t applied = 0;
    std::string history; ///< As the latest page says.
    /// What removals are judged by, once the bank was asked for its accounts: 0 not asked, 1 for
    /// the removals that are staged, 2 for what a resync did not show. Words, separated by blanks:
    /// marks (accountMark) of the accounts that the bank shows, and ids of bank accounts whose
    /// removals wait for a person.
    std::int64_t looked = 0;
    std::string shownAccounts;
    std::string heldRemovals;
    UtcTime startedAt;
    UtcTime progressAt; ///< While staging: when the latest page came, or it began.
    SyncCounts counts;  ///< What its units have come to so far; once sealed.
};

/// One staged row, in the order received.
struct StagedRow
{
    std::int64_t ordinal = 0;
    bool removed = false;
    ProviderTransaction row; ///< Of a removed one only the two ids.
};

class SyncLoopRepository
{
public:
    SyncLoopRepository(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant)) {}

    [[nodiscard]] std::optional<LoopRecord> find(const std::string& connectionId);
    /// Those under way, by connection; at most 500 ids.
    [[nodiscard]] std::map<std::string, LoopRecord> ofConnections(
        const std::vector<std::string>& connectionIds);
    void save(const LoopRecord& loop);
    void remove(const std::string& connectionId);

    /// Adds a page of at most limits::rowsPerUnit rows, numbered from loop.rowCount on: added,
    /// modified, removed. The caller saves the loop.
    void stage(const LoopRecord& loop, const TransactionPage& page);

    /// The first staged rows.
    [[nodiscard]] std::vector<StagedRow> staged(const LoopRecord& loop, std::size_t count);

    /// Deletes the staged rows up to and with an ordinal.
    void discard(const LoopRecord& loop, std::int64_t lastOrdinal);

    /// Deletes at most `count` rows of loops other than `keepLoopId`. How many there were.
    std::int64_t discardOthers(
        const std::string& connectionId, const std::string& keepLoopId, std::size_t count);

private:
    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
