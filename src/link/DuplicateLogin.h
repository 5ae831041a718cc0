// Is this bank login connected already?
#pragma once

#include "base/BankProvider.h"
#include "store/Unit.h"

#include <optional>
#include <string>

namespace bankfeed::link
{

/// The connection of the tenant, not ended here or at the bank, at the same institution that has an
/// account with the same name, mask and subtype as one of the outcome's. Linking such a login once
/// more would bring every transaction twice, and some banks end the older connection. Institution
/// alone is too coarse: another person's login at the same bank is another connection.
[[nodiscard]] std::optional<std::string> connectedAlready(
    store::Unit& unit, const std::string& tenant, const LinkOutcome& outcome);

} // namespace bankfeed::link
