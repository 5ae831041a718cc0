// Removals that books which were restored from a backup have never seen: what people took out since
// the backup is in the books again.
#pragma once

#include "base/Clock.h"
#include "base/Ledger.h"
#include "base/Random.h"
#include "store/Database.h"

#include <string>

namespace bankfeed::delivery
{

/// Asks the books for the heads of entries that were told as removed, and not told so again when
/// the books told everything anew. An entry that they have follows the bank again, and a notice
/// says that it is back; one that they do not have stays out, as the person wanted. Host thread
/// only; no unit is open while the books are asked.
class ForgottenRemovals
{
public:
    ForgottenRemovals(store::Database& database, Ledger& ledger, Clock& clock, Random& random)
        : database_(database), ledger_(ledger), clock_(clock), random_(random)
    {
    }

    struct Outcome
    {
        bool none = false;      ///< Nothing is left to ask, and nothing was asked.
        bool jobsAsked = false; ///< Rows are to be judged again.
    };

    /// At most 200 entries. Asks for nothing while the books are telling everything anew.
    [[nodiscard]] Result<Outcome> step(const std::string& tenant);

private:
    class Answer;

    store::Database& database_;
    Ledger& ledger_;
    Clock& clock_;
    Random& random_;
};

} // namespace bankfeed::delivery
