// Every error that Plaid documents, what it asks for, and what to tell the administrator.
#pragma once

#include "base/Error.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bankfeed::plaid
{

struct CatalogueEntry
{
    std::string_view type; ///< "ITEM_ERROR"
    std::string_view code; ///< "ITEM_LOGIN_REQUIRED"
    Remedy remedy = Remedy::None;
    std::string_view sentence; ///< For the administrator; English.
    Concern concern = Concern::Connection;
};

/// All entries, for tests and documentation.
[[nodiscard]] std::span<const CatalogueEntry> errorCatalogue();

/// An error as Plaid sends it: in an answer, in a webhook, or in an Item.
struct PlaidError
{
    std::string type;
    std::string code;
    std::string message; ///< For developers; used to tell two kinds of INVALID_FIELD apart, never
                         ///< passed on.
    std::string requestId;
    int status = 0; ///< HTTP status; 0 when it did not come as an answer.
};

/// What stands for a code or a request id that has not the form of one.
inline constexpr std::string_view unreadable = "UNREADABLE";
/// Our code, and our sentence, for an error that the catalogue does not have.
inline constexpr std::string_view unlistedCode = "plaid.unlisted";
[[nodiscard]] std::string unlistedText(std::string_view providerCode);

/// The error in our own words: kind Provider, code "plaid." and the lower-case Plaid code, or
/// "plaid.unlisted" for one that the catalogue does not have. An unlisted code is judged by the
/// rule of the protocol: 429 and 5xx are tried again; an error of the Item waits for the next
/// schedule, when the Item is read again; everything else stops.
///
/// Of what Plaid wrote only two things are passed on, and only in their documented form: a code
/// that is listed or written in capitals, and a request id of at most 32 letters and digits. What
/// is not becomes `unreadable`. SentSecrets looks at both once more.
[[nodiscard]] Error errorOf(const PlaidError& error);

} // namespace bankfeed::plaid
