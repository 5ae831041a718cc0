// The sealed access tokens, opened for one call.
#pragma once

#include "base/AccessTokenSource.h"
#include "store/Database.h"
#include "store/TokenVault.h"

namespace bankfeed::engine
{

class AccessTokens final : public AccessTokenSource
{
public:
    AccessTokens(store::Database& database, store::TokenVault& vault)
        : database_(database), vault_(vault)
    {
    }

    [[nodiscard]] Result<Secret> accessToken(
        const std::string& tenant, const std::string& connectionId) override;

private:
    store::Database& database_;
    store::TokenVault& vault_;
};

} // namespace bankfeed::engine
