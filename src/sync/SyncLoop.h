// The sync loop: pages from the bank into mirror and outbox, one bounded step at a time.
#pragma once

#include "store/ConnectionRepository.h"
#include "store/SyncLoopRepository.h"
#include "sync/RowApply.h"
#include "sync/SyncParts.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bankfeed::sync
{

/// A loop that fits one page is applied in one unit, together with its cursor. A longer one is
/// staged page by page, sealed with the last page, and applied in units of limits::rowsPerUnit
/// rows; what is staged and not sealed may be dropped at any time. A crash anywhere, or a commit
/// whose answer was not seen, is repaired by taking the next step.
///
/// Any thread, one at a time per connection (the job lease sees to it, and each unit checks it).
/// The provider is called outside of any unit.
class SyncLoop
{
public:
    explicit SyncLoop(const SyncParts& parts) : parts_(parts) {}

    /// One step of the connection that the lease names: at most one page fetched, or one unit of
    /// staged rows applied. A failed step leaves the cursor where it was. Errors of its own:
    /// "sync.cursor_repeats", "sync.cursor_missing", "sync.too_many_pages", "sync.page_too_large",
    /// "sync.keeps_changing".
    [[nodiscard]] Step step(const store::JobLease& lease);

private:
    struct View;  // What is stored as the step begins.
    struct Ended; // What the unit that ended a loop came to.

    [[nodiscard]] Result<View> view(const store::JobLease& lease);
    [[nodiscard]] Step fetch(const View& view, const store::JobLease& lease);
    [[nodiscard]] Step onPage(
        const View& view, const store::JobLease& lease, const TransactionPage& page);
    [[nodiscard]] Step onProviderError(
        const View& view, const store::JobLease& lease, const Error& error);
    [[nodiscard]] Step nothingReady(const View& view, const store::JobLease& lease);
    [[nodiscard]] Step applyPage(const View& view, const store::JobLease& lease,
        const TransactionPage& page, const RemovalJudgement& removals);
    [[nodiscard]] Step stagePage(
        const View& view, const store::JobLease& lease, const TransactionPage& page);
    [[nodiscard]] Step applyStaged(const View& view, const store::JobLease& lease);
    /// The accounts that the bank shows, asked for because booked rows are to go.
    [[nodiscard]] Result<RemovalJudgement> lookAtAccounts(const View& view);
    [[nodiscard]] Step judgeRemovals(const View& view, const store::JobLease& lease);
    [[nodiscard]] Result<store::JobEnd> dropUnfinished(
        const View& view, const store::JobLease& lease);
    [[nodiscard]] Step dropLeftovers(const View& view, const store::JobLease& lease);

    /// Drops what is staged and begins the loop again from its first cursor, or, when `full`, from
    /// the empty one.
    [[nodiscard]] Result<void> restart(
        const View& view, const store::JobLease& lease, std::int64_t restarts, bool full);
    [[nodiscard]] Step giveUpLoop(
        const View& view, const store::JobLease& lease, const Error& error);

    /// The locked connection, if the lease is held, nothing has changed since `view`, and nobody
    /// has paused it.
    [[nodiscard]] Result<store::Connection> enter(
        store::Unit& unit, const View& view, const store::JobLease& lease);
    [[nodiscard]] Ended finish(store::Unit& unit, const View& view,
        const store::Connection& connection, const std::string& cursor, const std::string& history,
        const std::optional<store::SyncCounts>& brought);
    [[nodiscard]] Step ended(const Result<Ended>& ended);
    void noteApplied(store::Unit& unit, const View& view, const store::Connection& connection,
        const std::vector<store::LinkedAccount>& accounts, const ApplyReport& applied, Ended& end);
    [[nodiscard]] static std::vector<IncomingRow> forgottenFrom(
        store::Unit& unit, const View& view);
    [[nodiscard]] static std::vector<IncomingRow> missingFrom(
        store::Unit& unit, const View& view, std::int64_t generation);

    SyncParts parts_;
};

} // namespace bankfeed::sync
