// The end of a tenant's data: its connections at the provider first, then every row of it.
#pragma once

#include "base/AccessTokenSource.h"
#include "base/BankProvider.h"
#include "base/Clock.h"
#include "base/Log.h"
#include "base/Random.h"
#include "store/AuditRepository.h"
#include "store/Database.h"
#include "store/JobRepository.h"

#include <string>

namespace bankfeed::engine
{

/// Begins the erasure, or, when one is under way and `giveUp` says so, lets go of the connections
/// that the provider does not end: their tokens are lost, and the provider may go on billing them.
/// Inside the caller's unit. What is under way at the bank's pages is ended.
void beginErasure(store::Unit& unit, Random& random, const std::string& tenant,
    const store::Actor& who, bool giveUp, UtcTime now);

/// Whether a tenant is being erased: its requests, jobs and deliveries rest. In the caller's unit.
[[nodiscard]] bool isErasing(store::Unit& unit, const std::string& tenant);

/// Steps of the job erase-tenant, each one call to the provider or one unit of at most
/// limits::rowsPerUnit rows. A step may be cut off anywhere and taken again.
///
/// A connection's token is kept until the provider has confirmed its end, or a person has said
/// that it is lost; no row goes before. The last unit finds nothing left, and writes the one audit
/// entry that survives: who asked (their id), when, and counts. The tenant may begin anew.
class TenantErasure
{
public:
    /// All references must outlive this object.
    TenantErasure(store::Database& database, BankProvider& provider, AccessTokenSource& tokens,
        Clock& clock, Random& random, Log& log)
        : database_(database),
          provider_(provider),
          tokens_(tokens),
          clock_(clock),
          random_(random),
          log_(log)
    {
    }

    [[nodiscard]] Result<store::JobEnd> run(const store::JobLease& lease);

private:
    struct Target;
    [[nodiscard]] Result<void> endAtProvider(const store::JobLease& lease, const Target& target);
    [[nodiscard]] Result<store::JobEnd> note(
        const store::JobLease& lease, const Target& target, const Result<void>& ended);
    [[nodiscard]] Result<store::JobEnd> eraseSome(const store::JobLease& lease);

    store::Database& database_;
    BankProvider& provider_;
    AccessTokenSource& tokens_;
    Clock& clock_;
    Random& random_;
    Log& log_;
};

} // namespace bankfeed::engine
