// A connection takes the place of another: what moves by itself, and when the old one ends.
#pragma once

#include "accounts/Linking.h"
#include "base/Clock.h"
#include "base/Random.h"
#include "base/Wake.h"
#include "store/ConnectionRepository.h"
#include "store/Database.h"
#include "store/JobRepository.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::engine
{

/// How far a connection is that takes the place of another.
struct HandoverView
{
    enum class Stage : std::uint8_t
    {
        Reading, ///< Its first complete sync is not done.
        Moving,  ///< Account links are on their way to it.
        Waiting, ///< Accounts still feed the books through the old connection: a person decides.
        Proven,  ///< Nothing comes through the old connection any more: it may be ended.
    };
    Stage stage = Stage::Reading;
    std::int64_t accountsLeft = 0; ///< Accounts that feed the books through the old connection.
    std::int64_t toDecide = 0;     ///< Accounts of the new one that wait for a decision.
    bool otherLogin = false;       ///< None of its accounts looks like one of the old connection.

    /// Reads in the caller's unit. `successor.replaces` names `old`, which has not been ended here.
    [[nodiscard]] static HandoverView load(store::Unit& unit, const std::string& tenant,
        const store::Connection& successor, const store::Connection& old);
};

[[nodiscard]] std::string_view nameOf(HandoverView::Stage stage);

class Handover
{
public:
    /// All references must outlive this object.
    Handover(store::Database& database, Clock& clock, Random& random, Wake& wake)
        : database_(database),
          clock_(clock),
          random_(random),
          wake_(wake),
          linking_(database, clock, random, wake)
    {
    }

    /// One look at the connection that the lease names. Account links whose account has the same
    /// persistent id move by themselves. The old connection is ended at the provider, by its own
    /// job, once the new one has been read completely and nothing feeds the books through the old
    /// one; never before, and never when the two do not look like one login.
    [[nodiscard]] Result<store::JobEnd> run(const store::JobLease& lease);

private:
    [[nodiscard]] Result<void> moveCertain(const store::JobLease& lease);
    [[nodiscard]] Result<store::JobEnd> look(const store::JobLease& lease);
    void tell(store::Unit& unit, const std::string& tenant, const store::Connection& successor,
        const HandoverView& view, UtcTime now);
    void endOld(store::Unit& unit, const std::string& tenant, const store::Connection& successor,
        UtcTime now);

    store::Database& database_;
    Clock& clock_;
    Random& random_;
    Wake& wake_;
    accounts::Linking linking_;
};

} // namespace bankfeed::engine
