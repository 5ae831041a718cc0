// Notices: what an administrator must know or do. Opened once per cause, cleared when the cause is
// gone.
#pragma once

#include "base/Random.h"
#include "base/Time.h"
#include "store/Unit.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

/// The kinds of notices. The console has words for each.
namespace notice
{
inline constexpr std::string_view newAccounts = "new_accounts"; ///< Subject connection.
inline constexpr std::string_view accountsToDecide =
    "accounts_to_decide"; ///< Subject connection: shared, not decided.
inline constexpr std::string_view needsLogin = "needs_login";       ///< Subject connection.
inline constexpr std::string_view consentEnding = "consent_ending"; ///< Subject connection.
inline constexpr std::string_view endAnnounced =
    "end_announced"; ///< Subject connection: the bank will end it soon.
inline constexpr std::string_view accessRevoked = "access_revoked"; ///< Subject connection.
inline constexpr std::string_view syncFailing =
    "sync_failing"; ///< Subject connection: repeated failures.
inline constexpr std::string_view bankNotAnswering =
    "bank_not_answering"; ///< Subject institution: several of its connections fail alike.
inline constexpr std::string_view setupWrong =
    "setup_wrong"; ///< Subject "": our keys, our configuration; every connection fails.
inline constexpr std::string_view feedHeld =
    "feed_held"; ///< Subject feed: the books refuse a change.
inline constexpr std::string_view ledgerAccountFailed =
    "ledger_account_failed"; ///< Subject account link.
inline constexpr std::string_view booksChanged =
    "books_changed"; ///< Subject account link: ended before it fed anything.
inline constexpr std::string_view openingOutstanding =
    "opening_outstanding"; ///< Subject account link: its opening balance cannot be computed.
inline constexpr std::string_view openingMissing =
    "opening_missing"; ///< Subject account link: its connection ended before its opening balance
                       ///< was booked.
inline constexpr std::string_view rowsBeforeStart =
    "rows_before_start"; ///< Subject account link: what came late is not booked.
inline constexpr std::string_view brokenInvariant =
    "broken_invariant"; ///< Subject connection: on hold.
inline constexpr std::string_view accessLostRows =
    "access_lost_rows"; ///< Subject connection: booked rows of accounts that are not shared now.
inline constexpr std::string_view removalsHeld =
    "removals_held"; ///< Subject connection: the bank took back most of an account at once.
inline constexpr std::string_view rowsMoved =
    "rows_moved"; ///< Subject connection: booked rows shown under another account.
inline constexpr std::string_view entriesForgotten =
    "entries_forgotten"; ///< Subject connection: entries that this mirror, restored from a backup,
                         ///< did not know, and that the bank has not shown again yet.
inline constexpr std::string_view pluginRestored =
    "plugin_restored"; ///< Subject bank account: the books know more of it than this mirror, which
                       ///< was restored from a backup, and do not say what.
inline constexpr std::string_view overlapHeld =
    "overlap_held"; ///< Subject bank account: rows that the books may have already.
inline constexpr std::string_view rowsNotShown =
    "rows_not_shown"; ///< Subject bank account: connected anew, it lacks rows that are booked.
inline constexpr std::string_view oldLoginStays =
    "old_login_stays"; ///< Subject connection: it takes the place of another, whose accounts have
                       ///< not all moved, or do not look like its own.
inline constexpr std::string_view loginDoubled =
    "login_doubled"; ///< Subject connection: its login was connected again beside it.
inline constexpr std::string_view webhooksMissing =
    "webhooks_missing"; ///< Subject "": what the provider sent did not come.
inline constexpr std::string_view balanceDiffers =
    "balance_differs"; ///< Subject bank account: its balance and that of the books, for days.
inline constexpr std::string_view rowsRefused =
    "rows_refused"; ///< Subject bank account: what the books do not take now.
inline constexpr std::string_view removalsBack =
    "removals_back"; ///< Subject bank account: removed entries that restored books have again.
inline constexpr std::string_view mergeForgotten =
    "merge_forgotten"; ///< Subject bank account: restored books know nothing of a merge.
inline constexpr std::string_view accountNotShared =
    "account_not_shared"; ///< Subject bank account: it is linked, and the bank shares it no more.
inline constexpr std::string_view mergedAway =
    "merged_away"; ///< Subject bank account: its ledger account was merged into one that is fed.
inline constexpr std::string_view auditBroken = "audit_broken";       ///< Subject "".
inline constexpr std::string_view forgedWebhooks = "forged_webhooks"; ///< Subject "".
} // namespace notice

struct Notice
{
    std::string id;
    std::string kind;
    std::string subject;
    std::string severity; ///< "info", "warning", "error"
    std::string params;   ///< A JSON object for the console's words.
    UtcTime openedAt;
};

class NoticeRepository
{
public:
    NoticeRepository(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant)) {}

    /// Opens a notice, and the audit log says so. False when one of this kind and subject is open:
    /// then its parameters are brought up to date.
    bool open(Random& random, std::string_view kind, const std::string& subject,
        std::string_view severity, const std::string& params, UtcTime now);

    /// Clears it. False when none was open.
    bool clear(std::string_view kind, const std::string& subject, UtcTime now);

    /// Clears those of a kind whose cause is nobody's in particular, such as the set-up. Crosses
    /// tenants.
    static void clearEverywhere(
        Unit& unit, std::string_view kind, const std::string& subject, UtcTime now);

    [[nodiscard]] bool isOpen(std::string_view kind, const std::string& subject);

    /// Those of some subjects, at most 500, for which it is open.
    [[nodiscard]] std::set<std::string> openFor(
        std::string_view kind, const std::vector<std::string>& subjects);

    /// True when one of this kind is open, whatever its subject.
    [[nodiscard]] bool anyOpen(std::string_view kind);

    /// Since when it is open; nothing when it is not.
    [[nodiscard]] std::optional<UtcTime> openedAt(
        std::string_view kind, const std::string& subject);

    /// The open ones, newest first. Only the newest openMost: see countOpen.
    [[nodiscard]] std::vector<Notice> openOnes();
    static constexpr std::int64_t openMost = 500;

    [[nodiscard]] std::int64_t countOpen();
    [[nodiscard]] std::int64_t countOpen(std::string_view kind);

    /// Nothing when it is not open.
    [[nodiscard]] std::optional<Notice> findOpen(const std::string& id);

    /// Deletes up to 500 that were cleared before `before`. Crosses tenants.
    static void prune(Unit& unit, UtcTime before);

private:
    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
