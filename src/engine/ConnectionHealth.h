// The state machine of connections: what success and failure of calls to the provider make of them.
//
// Webhooks are hints and never change the state by themselves; the provider's answer does. So late,
// repeated and contradicting webhooks end in the right state.
#pragma once

#include "base/BankProvider.h"
#include "base/Clock.h"
#include "base/Log.h"
#include "base/Random.h"
#include "engine/BankOutages.h"
#include "store/Database.h"
#include "store/JobRepository.h"
#include "store/LinkedAccountRepository.h"

#include <string>

namespace bankfeed::engine
{

class ConnectionHealth
{
public:
    /// All references must outlive this object.
    ConnectionHealth(store::Database& database, Clock& clock, Random& random, Log& log);

    /// The provider says that a connection is well: its state, consent date and notices follow.
    /// Inside a unit.
    void wentWell(store::Unit& unit, const std::string& tenant, const std::string& connectionId,
        const ConnectionFacts& facts, UtcTime now);

    /// A reading went well: ends the state that another reading found. Inside a unit.
    void readWell(
        store::Unit& unit, const std::string& tenant, const std::string& connectionId, UtcTime now);

    /// A job failed: records it, changes the connection's state where the error's remedy says so,
    /// opens notices, and says when to try again. Never asks for a login because a bank is down,
    /// nor because our own keys are wrong.
    [[nodiscard]] store::JobEnd afterFailure(const store::JobLease& lease, const Error& error);

    [[nodiscard]] BankOutages& outages() { return outages_; }

private:
    void changeState(store::Unit& unit, const std::string& tenant, const std::string& connectionId,
        std::string_view state, const std::string& reason, UtcTime now, bool byReading = false);
    [[nodiscard]] store::JobEnd untilTheBudgetAllows(
        const store::JobLease& lease, const Error& error, UtcTime now);
    /// Gives the end again, or another one when others wait for the same.
    [[nodiscard]] Result<store::JobEnd> record(
        const store::JobLease& lease, const Error& error, const store::JobEnd& end, UtcTime now);
    /// The job is about one account link: an opening balance that cannot be computed gets a notice
    /// of its own, and what a person must mend is the connection's to find out.
    void recordOpening(store::Unit& unit, const store::JobLease& lease, const Error& error,
        const store::LinkedAccount& linked, UtcTime now);
    void applyRemedy(store::Unit& unit, const store::JobLease& lease, const Error& error,
        const store::JobEnd& end, UtcTime now);
    [[nodiscard]] store::JobEnd nextTry(
        const store::JobLease& lease, const Error& error, UtcTime now);

    store::Database& database_;
    Clock& clock_;
    Random& random_;
    Log& log_;
    BankOutages outages_;
};

} // namespace bankfeed::engine
