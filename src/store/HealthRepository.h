// Counters for those who operate the plugin. Of one tenant, like everything; cheap whatever is
// stored.
#pragma once

#include "base/Time.h"
#include "store/Unit.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

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
        std::int64_t undelivered = 0; ///< Changes that the books are not known to have.
    };
    [[nodiscard]] Feeds feeds();

    [[nodiscard]] std::int64_t ledgerAccounts();
    [[nodiscard]] std::int64_t ledgerAccountsWaiting();

private:
    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
