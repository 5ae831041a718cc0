// Who left transactions out of the books, and when.
#pragma once

#include "base/Time.h"
#include "store/AuditRepository.h"
#include "store/Unit.h"

#include <map>
#include <string>
#include <vector>

namespace bankfeed::store
{

/// Of rows in the lane left_out, by their root keys. A row that leaves the lane is forgotten by who
/// moves it; what is left of one that the bank took back is overwritten when it is left out anew.
class LeftOutRows
{
public:
    LeftOutRows(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant)) {}

    struct Said
    {
        std::string by; ///< Their name.
        UtcTime at;
    };

    /// At most limits::rowsPerUnit keys, here and below.
    void note(const std::vector<std::string>& rootKeys, const Actor& actor, UtcTime at);
    void forget(const std::vector<std::string>& rootKeys);

    /// By root key.
    [[nodiscard]] std::map<std::string, Said> of(const std::vector<std::string>& rootKeys);

private:
    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
