// The form of every request to Plaid: a POST with the credentials in headers.
#pragma once

#include "base/HttpTransport.h"
#include "plaid/PlaidSettings.h"
#include "plaid/SentSecrets.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace bankfeed::plaid
{

[[nodiscard]] HttpRequest plaidRequest(const PlaidSettings& settings, std::string path, Secret body,
    std::int64_t deadlineMs, std::size_t answerBytesMax);

/// The error that an answer with another status than 200 states, or "plaid.http_status" of kind
/// Unknown when it states none: a proxy's page, a cut body. Takes the answer's body; nothing of
/// what was `sent` shows in the error.
[[nodiscard]] Error errorOfAnswer(HttpResponse& answer, const SentSecrets& sent);

} // namespace bankfeed::plaid
