// Calls that the provider bills, and that only a person's wish brings about: how often one is
// granted, and what a failure of one comes to.
#pragma once

#include "base/AccessTokenSource.h"
#include "base/BankProvider.h"
#include "base/Clock.h"
#include "base/Log.h"
#include "base/Random.h"
#include "base/Wake.h"
#include "store/Database.h"
#include "store/JobRepository.h"

#include <cstdint>
#include <functional>
#include <string>

namespace bankfeed::engine
{

/// A wish is granted so often per connection, whatever came of the last one.
inline constexpr std::int64_t billedApartMs = 15LL * 60'000;
/// And so long not, where the provider does not offer it.
inline constexpr std::int64_t billedRefusedForMs = 30LL * 86'400'000;
/// A call that failed is repeated once at most, so long after.
inline constexpr std::int64_t billedRepeatAfterMs = 60'000;

/// The provider's code for it where there is one, else ours.
[[nodiscard]] std::string billedCodeOf(const Error& error);

/// What such calls work with.
struct BilledCallParts
{
    store::Database& database;
    BankProvider& provider;
    AccessTokenSource& tokens;
    Clock& clock;
    Random& random;
    Wake& wake;
    Log& log;
};

/// Any thread that runs jobs, one lease at a time.
class BilledCall
{
public:
    /// What the parts refer to must outlive this object.
    explicit BilledCall(const BilledCallParts& parts) : parts_(parts) {}

    /// The connection's access token, given to `call`; nothing is called for a connection that is
    /// gone.
    [[nodiscard]] Result<store::JobEnd> with(const store::JobLease& lease,
        const std::function<Result<store::JobEnd>(const Secret& token)>& call);

    /// In one unit, and only while the lease is held.
    [[nodiscard]] Result<void> writeHeld(
        const store::JobLease& lease, const std::function<void(store::Unit&)>& body);

    /// A line in the log: `before`, the connection, `after` with the error's code behind it, and
    /// what happens instead.
    void say(const store::JobLease& lease, const Error& error, const std::string& before,
        const std::string& after, const std::string& instead);

    /// What the failure says of the connection itself, that one is asked for.
    void askOfConnection(store::Unit& unit, const store::JobLease& lease, const Error& error);

    [[nodiscard]] const BilledCallParts& parts() const { return parts_; }

private:
    BilledCallParts parts_;
};

} // namespace bankfeed::engine
