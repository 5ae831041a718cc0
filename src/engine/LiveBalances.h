// The bank's own balances, now: what a person asks for who doubts those of the provider's last
// visit. Each call is billed, so nothing else ever asks for them.
#pragma once

#include "engine/BilledCall.h"
#include "store/ConnectionRepository.h"

#include <optional>
#include <string>
#include <vector>

namespace bankfeed::engine
{

/// Whether the bank's balances were asked for because somebody wished it.
struct BalancesWish
{
    bool asked = false;
    std::optional<UtcTime> nextPossibleAt;
};

/// When they can be asked for again; nothing when now. A quarter of an hour after the last wish,
/// thirty days where the provider does not offer them.
[[nodiscard]] std::optional<UtcTime> balancesAskableAt(
    store::Unit& unit, const std::string& tenant, const std::string& connectionId, UtcTime now);
[[nodiscard]] std::optional<UtcTime> balancesAskableAt(
    const store::ConnectionRepository::BalancesAsked& last, UtcTime now);

/// Asks for them if that may be. The time is spent whatever comes of it. In the caller's unit.
[[nodiscard]] BalancesWish askBalances(store::Unit& unit, Random& random, const std::string& tenant,
    const std::string& connectionId, UtcTime now);

class LiveBalances
{
public:
    /// What the parts refer to must outlive this object.
    explicit LiveBalances(const BilledCallParts& parts) : call_(parts) {}

    /// One call, repeated once at most. The balances of known accounts are kept with this moment,
    /// in the account's own currency only, and compared with the books at once. A failure is kept
    /// for who asked, and changes nothing else: a bank that is down, or a limit, breaks no
    /// connection.
    [[nodiscard]] Result<store::JobEnd> run(const store::JobLease& lease);

private:
    [[nodiscard]] Result<store::JobEnd> keep(
        const store::JobLease& lease, const std::vector<ProviderAccount>& shown);
    [[nodiscard]] Result<store::JobEnd> failed(const store::JobLease& lease, const Error& error);

    BilledCall call_;
};

} // namespace bankfeed::engine
