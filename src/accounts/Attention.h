// Notices about accounts, kept true: opened, brought up to date and cleared with their cause.
#pragma once

#include "base/Random.h"
#include "base/Time.h"
#include "store/ConnectionRepository.h"
#include "store/Unit.h"

#include <cstdint>
#include <string>

namespace bankfeed::accounts
{

class Attention
{
public:
    Attention(store::Unit& unit, Random& random, std::string tenant, UtcTime now)
        : unit_(unit), random_(random), tenant_(std::move(tenant)), now_(now)
    {
    }

    /// Brings accounts_to_decide and new_accounts of a connection up to date, and returns how many
    /// accounts wait for a decision. `justRead`: the provider's accounts were written in this very
    /// unit, so that what a finished link session brought is known.
    ///
    /// new_accounts clears when somebody has acted on it: an add-accounts session succeeded after
    /// the word of new accounts, or an account appeared after it by other ways. What there is to
    /// decide then, accounts_to_decide says.
    std::int64_t refresh(const store::Connection& connection, bool justRead);

    /// Opens, or brings up to date, and tells the audit log when it is new.
    void open(std::string_view kind, const std::string& subject, std::string_view severity,
        const std::string& params);
    /// Clears, and tells the audit log when it was open.
    void clear(std::string_view kind, const std::string& subject);

private:
    [[nodiscard]] bool actedOn(const store::Connection& connection, bool justRead);

    store::Unit& unit_;
    Random& random_;
    std::string tenant_;
    UtcTime now_;
};

} // namespace bankfeed::accounts
