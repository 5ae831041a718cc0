#include "engine/AccessTokens.h"

#include "store/ConnectionRepository.h"

namespace bankfeed::engine
{

Result<Secret> AccessTokens::accessToken(const std::string& tenant, const std::string& connectionId)
{
    BF_LET(sealed,
        database_.read(
            [&](store::Unit& unit) -> Result<std::string>
            {
                const auto connection =
                    store::ConnectionRepository(unit, tenant).find(connectionId);
                if (!connection || connection->removedAt || connection->accessTokenSealed.empty())
                    return Error::notFound(
                        "connection.not_found", "The connection does not exist any more.");
                return connection->accessTokenSealed;
            }));
    return vault_.open(tenant, connectionId, "access_token_sealed", sealed);
}

} // namespace bankfeed::engine
