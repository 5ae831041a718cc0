#include "delivery/Heads.h"

namespace bankfeed::delivery
{

Result<Heads> headsOf(
    Ledger& ledger, const std::string& tenant, const std::vector<std::string>& rootKeys)
{
    Heads heads;
    if (rootKeys.empty()) return heads;
    BF_LET(found, ledger.heads(tenant, rootKeys));
    if (found.size() != rootKeys.size())
        return Error::unknown("delivery.heads", "The books answered for another number of rows.");
    for (std::size_t i = 0; i < found.size(); ++i)
        heads.emplace(rootKeys[i], found[i]);
    return heads;
}

} // namespace bankfeed::delivery
