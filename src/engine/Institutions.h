// What the provider says of the banks behind the connections: their name, where they are, and how
// people log in there. Nothing depends on it: without it the names of Link and of the connection
// stay, and the operator's countries decide.
#pragma once

#include "base/BankProvider.h"
#include "base/Clock.h"
#include "base/Log.h"
#include "base/Random.h"
#include "store/Database.h"
#include "store/JobRepository.h"

#include <string>

namespace bankfeed::engine
{

/// Asks for it when it is not known, or was read 30 days ago, and was not asked for in vain within
/// a day. In the caller's unit.
void askForInstitution(store::Unit& unit, Random& random, const std::string& tenant,
    const std::string& institutionId, UtcTime now);

class Institutions
{
public:
    /// All references must outlive this object.
    Institutions(store::Database& database, BankProvider& provider, Clock& clock, Log& log)
        : database_(database), provider_(provider), clock_(clock), log_(log)
    {
    }

    /// One call; the job's subject is the institution. Tried three times, a few minutes apart,
    /// where that may help; then left for a day. Never an error of a connection.
    [[nodiscard]] Result<store::JobEnd> run(const store::JobLease& lease);

private:
    [[nodiscard]] Result<store::JobEnd> failed(const store::JobLease& lease, const Error& error);

    store::Database& database_;
    BankProvider& provider_;
    Clock& clock_;
    Log& log_;
};

} // namespace bankfeed::engine
