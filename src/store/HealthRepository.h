// Counters for those who operate the plugin. Of one tenant, like everything; cheap whatever is
// stored.
#pragma once

#include "base/Time.h"
#include "store/Unit.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bankfeed::store
{

class HealthRepository
{
public:
    HealthRepository(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant)) {}

    [[nodiscard]] std::map<std::string, std::int64_t> connectionsByState();

    struct Jobs
    {
        std::int64_t waiting = 0;
        std::int64_t running = 0;
        std::int64_t failing = 0; ///< Of both: failed at least once in a row.
        std::optional<UtcTime> nextDueAt;
    };
    [[nodiscard]] Jobs jobs();

    struct Feeds
    {
        std::int64_t count = 0;
        std::int64_t held = 0;
        std::int64_t undelivered = 0;        ///< Changes that the books are not known to have.
        std::int64_t behind = 0;             ///< Feeds with such changes.
        std::optional<UtcTime> waitingSince; ///< Since when the oldest of them waits.
    };
    [[nodiscard]] Feeds feeds();

    struct Feed
    {
        std::string id;
        std::int64_t undelivered = 0;
        std::optional<UtcTime> waitingSince; ///< Since when its oldest undelivered change waits.
        std::optional<UtcTime> deliveredAt;  ///< When the books last took something of it.
        std::string heldReason;              ///< Why the books refuse its next change; "" if not.
    };
    enum class Which : std::uint8_t
    {
        All,
        Behind,    ///< With changes that the books do not have.
        Differing, ///< Whose account's balance differs from that of the books.
    };
    /// In the order of their ids, behind `after`; at most `count` (1..200).
    [[nodiscard]] std::vector<Feed> feedsPage(
        Which which, const std::string& after, std::size_t count);

    /// Open ones.
    [[nodiscard]] std::map<std::string, std::int64_t> noticesByKind();

    [[nodiscard]] std::int64_t ledgerAccounts();
    [[nodiscard]] std::int64_t ledgerAccountsWaiting();

private:
    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
