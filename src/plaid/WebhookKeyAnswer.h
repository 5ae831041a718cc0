// The answer of /webhook_verification_key/get.
#pragma once

#include "base/Result.h"
#include "plaid/WebhookKeyRing.h"

#include <string>
#include <string_view>

namespace bankfeed::plaid
{

/// Reads the key out of a body with status 200. It must be the one that was asked for, an EC key on
/// P-256 for ES256 signatures, with a point on the curve. Error Corrupt otherwise.
[[nodiscard]] Result<WebhookKey> readWebhookKey(std::string body, std::string_view keyId);

} // namespace bankfeed::plaid
