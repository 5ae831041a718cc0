// "Sync now" that reaches the bank: the provider is asked to look there, which costs money.
#pragma once

#include "engine/BilledCall.h"

#include <optional>
#include <string>

namespace bankfeed::engine
{

/// Whether the provider was asked to look at the bank because somebody wished it.
struct BankAsked
{
    bool asked = false;
    std::optional<UtcTime> nextPossibleAt; ///< Nothing when it is not possible for this connection.
    std::string refused;                   ///< The provider's code: why it is not possible.
};

/// Asks for it, at most once in a quarter of an hour per connection, and not again for thirty days
/// where the provider does not offer it. The time is spent whatever comes of it. In the caller's
/// unit.
[[nodiscard]] BankAsked askBank(store::Unit& unit, Random& random, const std::string& tenant,
    const std::string& connectionId, UtcTime now);

class BankAsk
{
public:
    /// What the parts refer to must outlive this object.
    explicit BankAsk(const BilledCallParts& parts) : call_(parts) {}

    /// One call, which is repeated once at most, because each is billed. What it brings is read by
    /// sync and refresh; what it comes to changes nothing else: a connection whose bank is not
    /// looked at is read all the same.
    [[nodiscard]] Result<store::JobEnd> run(const store::JobLease& lease);

private:
    [[nodiscard]] Result<store::JobEnd> readSoon(const store::JobLease& lease);
    [[nodiscard]] Result<store::JobEnd> failed(const store::JobLease& lease, const Error& error);

    BilledCall call_;
};

} // namespace bankfeed::engine
