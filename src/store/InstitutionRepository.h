// What the provider says of the banks behind a tenant's connections.
#pragma once

#include "base/Time.h"
#include "store/Unit.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bankfeed::store
{

struct Institution
{
    std::string id;
    std::string name;                   ///< "" when it is not known.
    std::vector<std::string> countries; ///< Codes of ISO 3166.
    bool oauth = false;
    std::optional<UtcTime> readAt; ///< Nothing: it was asked for in vain; the rest is empty.
    UtcTime askedAt;               ///< The last try, whatever came of it.
};

/// As long as its unit, on its thread.
class InstitutionRepository
{
public:
    InstitutionRepository(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant))
    {
    }

    [[nodiscard]] std::optional<Institution> find(const std::string& id);

    /// Those of the ids that there are, by id; at most 500.
    [[nodiscard]] std::map<std::string, Institution> ofIds(const std::vector<std::string>& ids);

    /// Writes it, or over what is there.
    void save(const Institution& institution);

    /// Deletes up to 500 that nobody asked about since `before`. Crosses tenants.
    static void prune(Unit& unit, UtcTime before);

private:
    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
