// The audit log: who did what, when. Rows are only added, and each holds the hash of the one before
// it.
#pragma once

#include "base/Result.h"
#include "base/Time.h"
#include "store/Unit.h"

#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

/// Who acts: a person as the host names them, or the plugin itself.
struct Actor
{
    std::string id;
    std::string name;

    static Actor system() { return {"system", "bankfeed"}; }
};

struct AuditEntry
{
    std::int64_t seq = 0;
    UtcTime at;
    Actor actor;
    std::string action;  ///< "connection.added", "account.linked", "notice.opened"; the console has
                         ///< words for each.
    std::string subject; ///< The id of what it is about.
    std::string detail;  ///< A JSON object; no secrets.
};

/// Which entries; "" for all.
struct AuditFilter
{
    std::string actorId;
    /// About it, its bank accounts and their links, its link sessions and imports.
    std::string connectionId;
    std::string bankAccountId; ///< About it and its links; then the connection is not looked at.
};

/// How far a chain was found to fit.
struct AuditPosition
{
    std::int64_t seq = 0; ///< 0: nothing yet.
    std::string hash;     ///< Of that entry.
};

struct AuditCheck
{
    AuditPosition upTo;
    std::int64_t broken = 0; ///< The first entry that does not fit; 0 when all fit.
    bool atHead = false;     ///< There are no more.
};

class AuditRepository
{
public:
    AuditRepository(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant)) {}

    /// Adds an entry, in the same unit as what it tells of.
    void append(UtcTime at, const Actor& actor, std::string_view action, const std::string& subject,
        const std::string& detail);

    /// Newest first, entries below `before` (0: from the newest), at most `count` (1..200).
    [[nodiscard]] std::vector<AuditEntry> entries(
        std::int64_t before, std::int64_t count, const AuditFilter& filter = {});

    /// Who has acted: one for each id, with the name of the last entry, in the order of the ids; at
    /// most `count` (1..200).
    [[nodiscard]] std::vector<Actor> actors(std::size_t count);

    /// Recomputes at most `count` (1..1000) entries that follow `from`, and looks whether that one
    /// still stands: what was cut off behind it, or changed with all that follows, does not fit.
    [[nodiscard]] AuditCheck check(const AuditPosition& from, std::int64_t count);

    /// The next tenant that has entries, in the order of names; "" when there is none. Crosses
    /// tenants.
    [[nodiscard]] static std::string tenantAfter(Unit& unit, const std::string& tenant);

    /// Recomputes the whole chain. The seq of the first entry that does not fit, or 0 when all do.
    /// In pages; any length.
    [[nodiscard]] std::int64_t firstBroken();

private:
    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
