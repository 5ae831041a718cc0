// What feeds a ledger account, for the host's own account pages.
#pragma once

#include "base/Clock.h"
#include "base/Random.h"
#include "base/Wake.h"
#include "store/Database.h"

#include <optional>
#include <string>

namespace bankfeed::engine
{

class LedgerAccountFeed
{
public:
    LedgerAccountFeed(store::Database& database, Clock& clock, Random& random, Wake& wake)
        : database_(database), clock_(clock), random_(random), wake_(wake)
    {
    }

    enum class State : std::uint8_t
    {
        UpToDate,
        Working,     ///< A sync or a delivery is under way, or an opening balance is due.
        NeedsPerson, ///< The console says what to do.
    };

    struct Shown
    {
        State state = State::UpToDate;
        std::string feedId;
        std::string institution;
        std::string bankAccount;                 ///< "Checking ••0000"
        std::optional<std::string> balanceExact; ///< Debit positive.
        int exponent = 2;
        std::string currency;
        std::optional<UtcTime> balanceAsOf;
    };

    /// Nothing when no link feeds the account, or through a bank that was disconnected and has
    /// nothing left to bring. Any thread.
    [[nodiscard]] Result<std::optional<Shown>> find(
        const std::string& tenant, const std::string& ledgerAccountId);

    enum class Asked : std::uint8_t
    {
        Asked,
        UnderWay,
        NotFed,
        Paused, ///< Somebody has told the bank's connection to rest; nothing is asked for.
    };

    /// Asks for a sync of the bank behind the account. Any thread.
    [[nodiscard]] Result<Asked> syncNow(
        const std::string& tenant, const std::string& ledgerAccountId);

private:
    store::Database& database_;
    Clock& clock_;
    Random& random_;
    Wake& wake_;
};

} // namespace bankfeed::engine
