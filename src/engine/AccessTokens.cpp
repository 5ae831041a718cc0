#include "engine/AccessTokens.h"

#include "store/ConnectionRepository.h"

namespace bankfeed::engine
{

namespace
{

/// Nothing brings the token back but a backup, and the bank gives a new one to a new login: what
/// is asked for is that, and as long as nobody does it the next look may find it whole.
Error damagedToken()
{
    Error error = Error::corrupt("connection.token_damaged",
        "What is stored of the access to the bank cannot be read any more; connect it anew.");
    error.remedy = Remedy::Relink;
    error.concern = Concern::Access;
    return error;
}

} // namespace

Result<Secret> AccessTokens::accessToken(const std::string& tenant, const std::string& connectionId)
{
    BF_LET(sealed, database_.read(
                       [&](store::Unit& unit) -> Result<std::string>
                       {
                           const auto connection =
                               store::ConnectionRepository(unit, tenant).find(connectionId);
                           if (!connection || connection->removedAt)
                               return Error::notFound("connection.not_found",
                                   "The connection does not exist any more.");
                           return connection->accessTokenSealed;
                       }));
    if (sealed.empty()) return damagedToken();
    auto token = vault_.open(tenant, connectionId, "access_token_sealed", sealed);
    if (!token.ok() && token.error().kind == ErrorKind::Corrupt) return damagedToken();
    return token;
}

} // namespace bankfeed::engine
