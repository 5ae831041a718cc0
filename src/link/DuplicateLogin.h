// Is this bank login connected already, and is it the one that it is to take the place of?
#pragma once

#include "base/BankProvider.h"
#include "store/Unit.h"

#include <cstdint>
#include <optional>
#include <string>

namespace bankfeed::link
{

/// The connection of the tenant, not ended here or at the bank and not `except`, at the same
/// institution that has an account with the same name, mask and subtype as one of the outcome's;
/// where the bank gives no name or no mask, what it gives counts, and the institution alone where
/// it gives neither. Linking such a login once more would bring every transaction twice, and some
/// banks end the older connection. Institution alone is too coarse where more is known: another
/// person's login at the same bank is another connection. An outcome without institution must show
/// an account with both name and mask.
[[nodiscard]] std::optional<std::string> connectedAlready(store::Unit& unit,
    const std::string& tenant, const LinkOutcome& outcome, const std::string& except = "");

enum class SameLogin : std::uint8_t
{
    Yes,
    No,      ///< Another bank, or none of its accounts looks like one of the connection's.
    Unknown, ///< The outcome names too little.
};

/// Whether the outcome is of the login behind `connectionId`.
[[nodiscard]] SameLogin sameLogin(store::Unit& unit, const std::string& tenant,
    const LinkOutcome& outcome, const std::string& connectionId);

} // namespace bankfeed::link
