// Keeps a copy of the host's ledger accounts, has the host make the ones that people asked for, and
// looks once more at those that a feed is to begin in.
#pragma once

#include "accounts/BooksCheck.h"
#include "base/Clock.h"
#include "base/Ledger.h"
#include "base/Log.h"
#include "base/Random.h"
#include "base/Result.h"
#include "base/Sha256.h"
#include "base/Wake.h"
#include "store/Database.h"
#include "store/LedgerAccountRepository.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace bankfeed::accounts
{

struct LedgerMirrorSettings
{
    /// How often the host is asked for the accounts of one tenant.
    std::int64_t mirrorEveryMs = 10'000;
    /// The same where a person is looking at them.
    std::int64_t mirrorLookedAtMs = 500;
    /// Ledger accounts made per tenant in one tick.
    std::int64_t wishesPerTick = 50;
};

/// One per plugin. `tick` is called only from inside a call that the host made, and not from two
/// threads at once; `lookSoon` from any thread. No unit of work is open during a call to the host.
class LedgerMirror
{
public:
    LedgerMirror(store::Database& database, Clock& clock, Random& random, Wake& wake, Log& log,
        LedgerMirrorSettings settings = {})
        : database_(database),
          clock_(clock),
          random_(random),
          wake_(wake),
          log_(log),
          check_(database, random),
          settings_(settings)
    {
    }

    struct Outcome
    {
        std::int64_t written = 0; ///< Mirrored accounts that were new or had changed.
        std::int64_t made = 0;
        std::int64_t checked = 0; ///< Links to accounts that were there, which feed them now.
        std::int64_t failed = 0;
        bool more = false; ///< The time was up: tick again soon.
    };

    /// Makes wished accounts, then mirrors, then lets links to existing accounts feed them, tenant
    /// after tenant, for about `budgetMs`; goes on where it stopped. Errors: those of the host's
    /// list of tenants, and of the database. A tenant whose accounts the host does not give is
    /// skipped and logged.
    [[nodiscard]] Result<Outcome> tick(Ledger& ledger, std::int64_t budgetMs);

    /// A person looks at the tenant's ledger accounts: the next tick, which the host is asked for,
    /// asks for them anew, so that one that was made a moment ago is there to be chosen.
    void lookSoon(const std::string& tenant);

private:
    /// What people asked for that the books have yet to answer.
    struct Asked
    {
        std::vector<store::LedgerAccountWish> wishes;
        std::vector<store::AccountLink> links; ///< In checkingBooks.
        bool mirrored = false;                 ///< There are ledger accounts of the tenant.
    };
    struct Created
    {
        store::LedgerAccountWish wish;
        std::string ledgerAccountId;
    };

    [[nodiscard]] bool takeLookedAt(const std::string& tenant);
    [[nodiscard]] Result<std::vector<std::string>> tenantsOf(Ledger& ledger);
    [[nodiscard]] Result<Asked> asked(const std::string& tenant);
    [[nodiscard]] Result<void> serve(
        Ledger& ledger, const std::string& tenant, std::int64_t untilNs, Outcome& outcome);
    /// What the host made in this tick, with the id that it gave; what it refused is given up.
    [[nodiscard]] Result<std::vector<Created>> create(Ledger& ledger, const std::string& tenant,
        std::vector<store::LedgerAccountWish> wishes, std::int64_t untilNs, Outcome& outcome);
    [[nodiscard]] Result<std::optional<store::LedgerAccountWish>> renamed(
        const std::string& tenant, const std::string& wishId);
    [[nodiscard]] Result<void> made(const std::string& tenant, const Created& created,
        const std::string& realName, Outcome& outcome);
    [[nodiscard]] Result<void> failed(const std::string& tenant,
        const store::LedgerAccountWish& wish, const std::string& why, Outcome& outcome);
    void giveUp(store::Unit& unit, const std::string& tenant, const store::LedgerAccountWish& wish,
        const std::string& why, UtcTime now);
    [[nodiscard]] Result<void> mirror(
        const std::string& tenant, const std::vector<LedgerAccount>& shown, Outcome& outcome);
    [[nodiscard]] Result<std::map<std::string, LedgerAccount>> stored(const std::string& tenant);

    struct Seen
    {
        std::int64_t atNs = 0; ///< Monotonic.
        Digest digest{};       ///< Of what the host gave, so that an unchanged list costs no unit.
    };

    store::Database& database_;
    Clock& clock_;
    Random& random_;
    Wake& wake_;
    Log& log_;
    BooksCheck check_;
    LedgerMirrorSettings settings_;
    std::map<std::string, Seen> seen_; ///< By tenant; at most seenMax.
    std::string resumeAfter_;          ///< The last tenant that was served when time was up.
    std::mutex lookedAtMutex_;
    std::set<std::string> lookedAt_; ///< Tenants for the next tick; at most seenMax.
};

} // namespace bankfeed::accounts
