#include "engine/ConnectionRefresh.h"

#include "engine/Institutions.h"
#include "engine/NewAccounts.h"
#include "store/ConnectionRepository.h"

#include <vector>

namespace bankfeed::engine
{

namespace
{

/// The second look at an account that was not there; a little after Discovery counts it as one.
constexpr std::int64_t secondLookAfterMs = 60'000;

} // namespace

ConnectionRefresh::ConnectionRefresh(store::Database& database, BankProvider& provider,
    AccessTokenSource& tokens, accounts::Discovery& discovery, ConnectionHealth& health,
    Clock& clock, Random& random, WebhookHealth* webhooks)
    : database_(database),
      provider_(provider),
      tokens_(tokens),
      discovery_(discovery),
      health_(health),
      clock_(clock),
      random_(random),
      webhooks_(webhooks)
{
}

Result<void> ConnectionRefresh::isAboutIt(
    const store::JobLease& lease, const ConnectionFacts& facts)
{
    BF_LET(known, database_.read(
                      [&](store::Unit& unit) -> Result<std::string>
                      {
                          const auto found =
                              store::ConnectionRepository(unit, lease.tenant).find(lease.subject);
                          return found ? found->providerConnectionId : std::string();
                      }));
    if (facts.providerConnectionId.empty() || facts.providerConnectionId == known) return success();
    Error other = Error::corrupt("connection.other_answer",
        "The provider's answer is about another connection; nothing of it was taken over.");
    other.remedy = Remedy::Stop;
    return other;
}

Result<store::JobEnd> ConnectionRefresh::run(const store::JobLease& lease)
{
    const auto token = tokens_.accessToken(lease.tenant, lease.subject);
    if (!token.ok() && token.error().kind == ErrorKind::NotFound) return store::JobEnd{};
    if (!token.ok()) return token.error();

    BF_LET(facts, provider_.connection(*token));
    BF_TRY(isAboutIt(lease, facts));
    if (facts.trouble) return *facts.trouble;
    if (webhooks_ != nullptr) webhooks_->mendAddress(lease, *token, facts);
    BF_LET(shown, provider_.accounts(*token));

    const UtcTime now = clock_.now();
    return database_.write(
        [&](store::Unit& unit) -> Result<store::JobEnd>
        {
            if (!store::JobRepository(unit).holds(lease)) return store::JobEnd{};
            health_.wentWell(unit, lease.tenant, lease.subject, facts, now);
            if (webhooks_ != nullptr)
                webhooks_->judge(unit, lease.tenant, lease.subject, facts, now);
            askForInstitution(unit, random_, lease.tenant, facts.institutionId, now);
            catchUpOnNewAccounts(unit, random_, lease.tenant, lease.subject, facts, now);
            BF_LET(found, discovery_.apply(unit, lease.tenant, lease.subject, shown, now, ""));
            if (found.more) return store::JobEnd{store::JobEnd::Kind::Again, now, {}, {}};
            if (found.lookAgain)
                return store::JobEnd{
                    store::JobEnd::Kind::Again, plusMs(now, secondLookAfterMs), {}, {}};
            return store::JobEnd{};
        });
}

} // namespace bankfeed::engine
