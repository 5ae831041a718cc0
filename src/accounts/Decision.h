// What a person decided about bank accounts, and what stands in the way.
#pragma once

#include "base/Date.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bankfeed::accounts
{

enum class Choice : std::uint8_t
{
    New,      ///< A ledger account that the host makes.
    Existing, ///< A ledger account that is there.
    None,     ///< Kept aside, and remembered.
    Later,    ///< Stays open, or is open again.
};

struct Decision
{
    std::string bankAccountId;
    Choice choice = Choice::Later;
    std::string name;              ///< For New.
    std::string ledgerAccountId;   ///< For Existing.
    std::optional<Date> startDate; ///< Nothing: for Existing the day after its last entry.
    bool openingBalance = true;    ///< For New, and for Existing without a single entry.
    bool acceptOverlap = false;    ///< The start date may lie before the last entry.
    bool acceptDuplicate = false;  ///< It is another account than the one that it looks like.
    bool acceptElsewhere = false;  ///< Although its earlier entries are in another ledger account.
    std::string version;           ///< Of the row that it was decided from; "" when nobody says.
};

/// Why a decision cannot be applied. Codes, parameters and choices are those of the console's API.
struct Conflict
{
    std::string bankAccountId;
    std::string code;
    std::vector<std::pair<std::string, std::string>> params;
    std::vector<std::string> choices;
    bool decidedMeanwhile = false; ///< Somebody has decided about this very account.
};

} // namespace bankfeed::accounts
