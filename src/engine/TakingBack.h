// Takes back that an account goes on with the feed of another: what it means, and the work.
#pragma once

#include "base/Clock.h"
#include "base/Random.h"
#include "base/Result.h"
#include "base/Wake.h"
#include "store/AccountLinkRepository.h"
#include "store/AuditRepository.h"
#include "store/BankAccountRepository.h"
#include "store/Database.h"
#include "store/JobRepository.h"
#include "sync/TakenBack.h"

#include <optional>
#include <string>

namespace bankfeed::engine
{

/// What taking a link back would do, or is doing.
struct TakeBackView
{
    store::AccountLink link;
    store::BankAccount account;
    std::optional<store::BankAccount> oldAccount; ///< Nothing when it goes on with nobody's feed.
    std::string oldConnectionName;                ///< Its institution.
    std::string ledgerAccountName;
    sync::TakeBackCounts counts;
    std::string conflict;    ///< Why it cannot be done now; accounts::takeBackConflict.
    std::string whyNotAgain; ///< Why the old account will not feed again; accounts::whyNotAgain.

    /// Errors: NotFound "link.unknown". In the caller's unit, which may be a read.
    [[nodiscard]] static Result<TakeBackView> load(
        store::Unit& unit, const std::string& tenant, const std::string& linkId, UtcTime now);
};

/// Takes it back, on a person's word, in the caller's unit: the link feeds nothing from now on, and
/// a job does the rest. Asking again while that is under way changes nothing. With a conflict
/// nothing was changed. Errors: NotFound "link.unknown". Any thread.
[[nodiscard]] Result<TakeBackView> askTakeBack(store::Unit& unit, const std::string& tenant,
    const store::Actor& actor, const std::string& linkId, Random& random, UtcTime now);

class TakingBack
{
public:
    /// All references must outlive this object.
    TakingBack(store::Database& database, Clock& clock, Random& random, Wake& wake)
        : database_(database), clock_(clock), random_(random), wake_(wake)
    {
    }

    /// One unit for the link that the lease names: a portion of its rows, or the end.
    [[nodiscard]] Result<store::JobEnd> run(const store::JobLease& lease);

private:
    struct Outcome
    {
        sync::GivenUp rows;
        bool finished = false;
    };
    [[nodiscard]] Result<Outcome> work(store::Unit& unit, const store::JobLease& lease);

    store::Database& database_;
    Clock& clock_;
    Random& random_;
    Wake& wake_;
};

} // namespace bankfeed::engine
