// What the operator decides about Plaid.
#pragma once

#include "base/Secret.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::plaid
{

/// Where Plaid offers banks: the codes of ISO 3166 that /link/token/create takes.
inline constexpr std::array<std::string_view, 20> offeredCountries{"US", "CA", "GB", "IE", "FR",
    "ES", "NL", "DE", "IT", "PL", "DK", "NO", "SE", "FI", "EE", "LT", "LV", "PT", "BE", "AT"};

/// Whether a person can choose accounts anew in an update of a connection there; elsewhere a new
/// connection has to take its place (protocol 0, fact 6).
[[nodiscard]] constexpr bool updateOffersAccounts(std::string_view country)
{
    return country == "US" || country == "CA";
}

struct PlaidSettings
{
    std::string environment =
        "sandbox"; ///< "sandbox" or "production"; webhooks must name the same.
    Secret clientId;
    Secret secret;
    std::string clientName = "bankfeed"; ///< Shown in Link; 1..30 characters.
    std::string language = "en";         ///< For a link session that names none.
    std::vector<std::string> countryCodes{"US"};
    int daysRequested = 730;      ///< 1..730; fixed for a connection when it is made.
    bool pagesOnLoopback = false; ///< True only against a simulator: its pages may be opened.
    bool keepCallBudget = true; ///< False only against a simulator, where nobody counts the calls.
};

} // namespace bankfeed::plaid
