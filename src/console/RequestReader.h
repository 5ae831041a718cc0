// Reads queries and bodies. Strict: what is not expected is an error.
#pragma once

#include "accounts/Decision.h"
#include "accounts/StartDate.h"
#include "base/Result.h"
#include "console/ConsoleTypes.h"
#include "sync/Overlaps.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::console
{

/// True when the content type is application/json, with parameters or without.
[[nodiscard]] bool isJson(const ConsoleRequest& request);

/// Undoes percent-encoding; "+" stays. Nothing when it is not well-formed or not UTF-8.
[[nodiscard]] std::optional<std::string> percentDecoded(std::string_view text);

/// "a=1&b=2", at most 16 names. Error Invalid "console.query".
[[nodiscard]] Result<std::map<std::string, std::string>> readQuery(std::string_view query);

/// What is searched for, when it is not too long. Error Invalid "console.query".
[[nodiscard]] Result<std::string> readSearch(std::string text);

/// {"decisions": [...]} Errors: Invalid "console.body".
[[nodiscard]] Result<std::vector<accounts::Decision>> readDecisions(std::string_view body);

/// {"bank_account": "...", "transactions": [...], "choice": "book" | "leave_out" |
/// "same_as" | "import_again" | "take_back", "entry": "..."} Errors: Invalid "console.body".
[[nodiscard]] Result<sync::OverlapDecision> readOverlapDecision(std::string_view body);

/// {"start_date": "2026-09-01" | null, "accept_overlap": true} Errors: Invalid "console.body".
[[nodiscard]] Result<accounts::StartDateWish> readStartDate(std::string_view body);

struct LinkWish
{
    std::string purpose;
    std::string connectionId; ///< "" when not given or null.
};
/// {"purpose": "...", "connection_id": "..."} Errors: Invalid "console.body".
[[nodiscard]] Result<LinkWish> readLinkWish(std::string_view body);

struct ErasureWish
{
    std::string confirm; ///< The tenant's name, repeated.
    bool giveUpTokens = false;
};
/// {"confirm": "...", "give_up_tokens": true} Errors: Invalid "console.body".
[[nodiscard]] Result<ErasureWish> readErasureWish(std::string_view body);

/// Nothing, or {"as": "own" | "successor"}: whether it is "successor". Error Invalid
/// "console.body".
[[nodiscard]] Result<bool> readAsSuccessor(std::string_view body);

/// Nothing at all, or a JSON object whatever it holds. Error Invalid "console.body".
[[nodiscard]] Result<void> readNothing(std::string_view body);

} // namespace bankfeed::console
