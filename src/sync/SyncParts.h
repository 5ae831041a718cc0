// The ports and the database that the steps of this room work with.
#pragma once

#include "base/AccessTokenSource.h"
#include "base/BankProvider.h"
#include "base/Clock.h"
#include "base/Log.h"
#include "base/Random.h"
#include "base/Wake.h"
#include "store/Database.h"
#include "store/JobRepository.h"
#include "sync/Booking.h"

namespace bankfeed::sync
{

/// All outlive whoever was given them.
struct SyncParts
{
    store::Database& database;
    BankProvider& provider;
    AccessTokenSource& tokens;
    Clock& clock;
    Random& random;
    Wake& wake;
    Log& log;
    BookingRules rules = {};
};

/// How one step of a job ended: Done, or Again at a time. An error is a failed step; its remedy
/// decides what is next, and nothing of what was stored is lost. A step whose lease was taken over
/// writes nothing and is Done.
using Step = Result<store::JobEnd>;

[[nodiscard]] inline store::JobEnd done()
{
    return {};
}

[[nodiscard]] inline store::JobEnd again(UtcTime at)
{
    return {store::JobEnd::Kind::Again, at, {}, {}};
}

/// Goes on, in the middle of what has yet to succeed: earlier failures are not forgotten.
[[nodiscard]] inline store::JobEnd onTheWay(UtcTime at)
{
    return {store::JobEnd::Kind::Again, at, {}, {}, true};
}

} // namespace bankfeed::sync
