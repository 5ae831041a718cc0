// Who asks for nothing while a bank, or our own set-up, fails everybody alike: when several
// connections of one bank meet with it, the others wait, and one at a time tries.
#pragma once

#include "base/Clock.h"
#include "base/Error.h"
#include "base/Random.h"
#include "store/ConnectionRepository.h"
#include "store/Database.h"
#include "store/JobRepository.h"
#include "store/OutageRepository.h"

#include <optional>
#include <string>
#include <string_view>

namespace bankfeed::engine
{

/// Everything is stored, so that a restart forgets nothing and several processes know the same.
/// Any thread.
class BankOutages
{
public:
    /// All references must outlive this object.
    BankOutages(store::Database& database, Clock& clock, Random& random)
        : database_(database), clock_(clock), random_(random)
    {
    }

    /// Called before a job runs: how it ends without running when it is to wait; nothing when it
    /// may run. What a person or the bank's own word asks for may try once a minute, the rest at
    /// the stated time. Errors are those of the store.
    [[nodiscard]] Result<std::optional<store::JobEnd>> gate(const store::JobLease& lease);

    /// A job of this connection failed: how it ends when what it met with concerns more than the
    /// connection, and others wait for it too. Inside a unit.
    [[nodiscard]] std::optional<store::JobEnd> met(store::Unit& unit, const store::JobLease& lease,
        const store::Connection& connection, const Error& error, UtcTime now);

    /// The bank answered a job of this kind, through any of its connections. Inside a unit.
    void answered(store::Unit& unit, const std::string& tenant, const std::string& institutionId,
        std::string_view jobKind, UtcTime now);

    /// The provider took our keys. Inside a unit.
    void setUpAnswered(store::Unit& unit, UtcTime now);

    /// A step that began at `startedAt` went well. True when it was a reading that the bank
    /// answered. Inside a unit.
    bool wentWell(store::Unit& unit, const store::JobLease& lease, UtcTime startedAt, UtcTime now);

    /// The operator changed something, or the process began: our set-up is tried at once. Inside a
    /// unit.
    static void trySetUpNow(store::Unit& unit, UtcTime now);

    /// Ends what nobody tries any more: its connections are gone, or need a login. Inside a unit.
    static void forgetStale(store::Unit& unit, UtcTime now);

private:
    struct Scope
    {
        std::string tenant;
        std::string institutionId;
        std::string_view code; ///< Of the jobs that wait.
    };
    [[nodiscard]] std::optional<store::JobEnd> admit(
        store::Unit& unit, const store::JobLease& lease, const Scope& scope, UtcTime now);
    [[nodiscard]] store::JobEnd untilNextTry(const store::Outage& outage, const Scope& scope);
    [[nodiscard]] store::JobEnd failedAgain(store::Unit& unit, const store::JobLease& lease,
        const Scope& scope, store::Outage outage, UtcTime now);
    void tellOfBank(store::Unit& unit, const store::Connection& connection,
        const std::string& tenant, const Error& error, const store::Outage& outage, UtcTime now);
    void tellOfSetUp(store::Unit& unit, const std::string& metBy, const Error& error,
        UtcTime nextTryAt, UtcTime now);
    [[nodiscard]] UtcTime after(UtcTime now, std::int64_t ms);

    store::Database& database_;
    Clock& clock_;
    Random& random_;
};

} // namespace bankfeed::engine
