// The end of a connection at the provider. The books, the links' history and the mirror stay.
#pragma once

#include "base/AccessTokenSource.h"
#include "base/BankProvider.h"
#include "base/Clock.h"
#include "base/Random.h"
#include "store/Database.h"
#include "store/JobRepository.h"

namespace bankfeed::engine
{

class Disconnect
{
public:
    Disconnect(store::Database& database, BankProvider& provider, AccessTokenSource& tokens,
        Clock& clock, Random& random)
        : database_(database), provider_(provider), tokens_(tokens), clock_(clock), random_(random)
    {
    }

    /// Ends the connection at the provider, then here. The token is kept until the provider
    /// confirmed, because a lost token could never be ended, and would be billed for ever. Steps
    /// after that drop what a sync has staged, sealed or not.
    [[nodiscard]] Result<store::JobEnd> run(const store::JobLease& lease);

private:
    [[nodiscard]] Result<void> endAtProvider(const store::JobLease& lease);
    [[nodiscard]] Result<store::JobEnd> endHere(const store::JobLease& lease);
    [[nodiscard]] Result<store::JobEnd> dropStage(const store::JobLease& lease);

    store::Database& database_;
    BankProvider& provider_;
    AccessTokenSource& tokens_;
    Clock& clock_;
    Random& random_;
};

} // namespace bankfeed::engine
