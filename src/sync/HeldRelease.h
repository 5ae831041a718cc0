// Releases the rows that were held until their bank account was linked.
#pragma once

#include "store/ConnectionRepository.h"
#include "store/LinkedAccountRepository.h"
#include "sync/SyncParts.h"

#include <cstdint>

namespace bankfeed::sync
{

/// Books held rows in the order of their dates, in units of limits::rowsPerUnit; those that the
/// account had booked before it was connected anew take their places (Succession). When none is
/// left the link becomes active, and its opening balance is asked for if it is due. Any thread.
class HeldRelease
{
public:
    explicit HeldRelease(const SyncParts& parts) : parts_(parts) {}

    /// One unit for the link that the lease names. Done, too, when the link has ended or its ledger
    /// account is not made yet: whoever makes it asks for the job again.
    [[nodiscard]] Step step(const store::JobLease& lease);

private:
    struct Outcome;

    [[nodiscard]] Result<Outcome> release(store::Unit& unit, const store::JobLease& lease);
    void becomeActive(store::Unit& unit, const store::JobLease& lease,
        const store::AccountLink& link, const store::Connection& connection,
        const store::LinkedAccount& linked, Outcome& outcome);

    SyncParts parts_;
};

} // namespace bankfeed::sync
