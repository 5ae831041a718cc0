// Rows that the bank took back and the mirror never told of: a restored plugin does not know what
// it had booked behind its backup. The books do.
#pragma once

#include "base/Clock.h"
#include "base/Ledger.h"
#include "base/Random.h"
#include "store/Database.h"

#include <string>

namespace bankfeed::delivery
{

/// Asks the books for such rows by their root keys, which follow from the provider's ids alone, and
/// voids those that the books have. Host thread only; no unit is open while the books are asked.
class UnknownRemovals
{
public:
    UnknownRemovals(store::Database& database, Ledger& ledger, Clock& clock, Random& random)
        : database_(database), ledger_(ledger), clock_(clock), random_(random)
    {
    }

    /// At most limits::changesPerBatch rows of one connection. True when none is left.
    [[nodiscard]] Result<bool> step(const std::string& tenant);

private:
    store::Database& database_;
    Ledger& ledger_;
    Clock& clock_;
    Random& random_;
};

} // namespace bankfeed::delivery
