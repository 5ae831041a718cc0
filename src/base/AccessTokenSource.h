// Port: the access token of a connection, opened for one call to the provider.
#pragma once

#include "base/Result.h"
#include "base/Secret.h"

#include <string>

namespace bankfeed
{

class AccessTokenSource
{
public:
    virtual ~AccessTokenSource() = default;

    /// The token. Any thread; opens a unit of its own, so it is called outside of any. Keep it no longer than the call.
    /// Errors: NotFound for a connection that is unknown, another tenant's, or removed; Corrupt when it cannot be unsealed.
    [[nodiscard]] virtual Result<Secret> accessToken(const std::string& tenant, const std::string& connectionId) = 0;
};

} // namespace bankfeed
