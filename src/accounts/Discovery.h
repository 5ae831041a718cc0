// Writes down which accounts the provider shows for a connection.
#pragma once

#include "base/BankProvider.h"
#include "base/Log.h"
#include "base/Random.h"
#include "base/Result.h"
#include "base/Time.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/Database.h"
#include "store/Unit.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::accounts
{

struct DiscoverySettings
{
    /// How long after the first look without an account a look counts as the second one. Banks
    /// leave accounts out for a moment; a unit that runs twice must not count as two looks.
    std::int64_t secondLookMs = 30'000;
};

class Discovery
{
public:
    Discovery(Random& random, Log& log, DiscoverySettings settings = {})
        : random_(random), log_(log), settings_(settings)
    {
    }

    struct Outcome
    {
        std::int64_t added = 0;
        std::int64_t returned = 0;  ///< Shared again.
        std::int64_t missing = 0;   ///< Absent for the first time.
        std::int64_t notShared = 0; ///< Absent for the second time, at this look.
        std::int64_t adopted = 0;   ///< Transactions that found their account.
        std::int64_t toDecide = 0;
        bool more = false;      ///< Transactions without account are left: apply the same again.
        bool lookAgain = false; ///< An account is missing: look again after `secondLookMs`.
    };

    /// Writes what the provider shows, in the caller's unit. Safe to repeat with the same `now`.
    ///
    /// New accounts are open for decision; vanished ones are first missing, then not shared;
    /// returning ones are shared again. Nothing is deleted. `origin` is connect, add_accounts,
    /// repair or refresh; "" lets it be found out. Errors: NotFound "connection.unknown"; Conflict
    /// "connection.removed"; Exhausted "accounts.too_many"; Corrupt "accounts.answer" for an answer
    /// that contradicts itself.
    [[nodiscard]] Result<Outcome> apply(store::Unit& unit, const std::string& tenant,
        const std::string& connectionId, const std::vector<ProviderAccount>& shown, UtcTime now,
        std::string_view origin);

    /// The same in units of its own, repeated until no transactions without account are left.
    [[nodiscard]] Result<Outcome> apply(store::Database& database, const std::string& tenant,
        const std::string& connectionId, const std::vector<ProviderAccount>& shown, UtcTime now,
        std::string_view origin);

private:
    struct Pass;

    [[nodiscard]] Result<void> meet(Pass& pass, const ProviderAccount& shown);
    [[nodiscard]] store::BankAccount made(const Pass& pass, const ProviderAccount& shown) const;
    void bringUpToDate(
        const Pass& pass, const ProviderAccount& shown, store::BankAccount& account) const;
    void miss(Pass& pass, store::BankAccount account) const;
    void tellNotShared(const Pass& pass, const store::BankAccount& account) const;
    void adopt(Pass& pass) const;
    void tellAudit(const Pass& pass) const;

    Random& random_;
    Log& log_;
    DiscoverySettings settings_;
};

} // namespace bankfeed::accounts
