// Applies what a person decided in the review.
#pragma once

#include "accounts/Decision.h"
#include "accounts/Feeders.h"
#include "base/Clock.h"
#include "base/Ledger.h"
#include "base/Random.h"
#include "base/Result.h"
#include "base/Wake.h"
#include "store/AuditRepository.h"
#include "store/BankAccountRepository.h"
#include "store/Database.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bankfeed::accounts
{

class Linking
{
public:
    Linking(store::Database& database, Clock& clock, Random& random, Wake& wake)
        : database_(database), clock_(clock), random_(random), wake_(wake)
    {
    }

    struct Applied
    {
        std::int64_t linked = 0;
        std::int64_t aside = 0;
        std::int64_t later = 0;
        std::vector<Conflict> conflicts; ///< Not empty: nothing was applied.
    };

    /// Applies all decisions, or none. Any thread; two that contradict each other: one wins, the
    /// other is told of the conflict. A ledger account whose feeder can bring nothing any more (no
    /// longer shared, or its connection ended), or is of the connection whose place this one takes,
    /// may be taken over: the old link ends in the same unit.
    ///
    /// Errors: NotFound "connection.unknown" or "account.unknown"; Invalid "review.decisions" for
    /// none, too many or two about one account, "review.name" for a name that cannot be.
    [[nodiscard]] Result<Applied> apply(const std::string& tenant, const store::Actor& actor,
        const std::string& connectionId, std::vector<Decision> decisions);

private:
    struct Pass;

    [[nodiscard]] Result<void> run(Pass& pass, std::vector<Decision> decisions);
    void carryOut(Pass& pass, const Decision& decision, const store::BankAccount& account);
    void link(Pass& pass, const Decision& decision, const store::BankAccount& account);
    /// Whether an opening balance of the account is missing in an existing ledger account.
    [[nodiscard]] static bool lacksOpening(
        Pass& pass, const store::BankAccount& account, const LedgerAccount& ledgerAccount);
    void askHostFor(Pass& pass, const Decision& decision, const store::BankAccount& account,
        const std::string& linkId);
    /// The feed that the account writes from now on.
    [[nodiscard]] std::string goOnWithFeed(
        Pass& pass, const std::string& ledgerAccountId, const store::BankAccount& account);
    /// The link of another account whose feed this one goes on with; "" for none.
    [[nodiscard]] static std::string linkBefore(Pass& pass, const store::AccountLink& made);
    void takeOver(Pass& pass, const std::string& ledgerAccountId);
    /// The account feeds nothing any more; when no account of its ended connection does, nobody
    /// needs to be told of its end.
    void forgetSucceeded(Pass& pass, const std::string& bankAccountId);
    void lostRace(Pass& pass, const Decision& decision, const store::BankAccount& account);
    void setAside(Pass& pass, const store::BankAccount& account);
    void forgetFailures(Pass& pass, const store::BankAccount& account);

    store::Database& database_;
    Clock& clock_;
    Random& random_;
    Wake& wake_;
};

} // namespace bankfeed::accounts
