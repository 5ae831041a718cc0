// A small world for the tests of accounts, link sessions and the console: a database on either
// engine, a clock and randomness that the test controls, and short words for what there is in it.
#pragma once

#include "accounts/Discovery.h"
#include "accounts/Linking.h"
#include "accounts/Review.h"
#include "base/BankProvider.h"
#include "base/Ledger.h"
#include "base/Wake.h"
#include "store/AccountLinkRepository.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/Database.h"
#include "support/ManualClock.h"
#include "support/SeededRandom.h"
#include "support/TestDatabase.h"

#include <cppunit/TestAssert.h>

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace bankfeed::testing
{

class CountingWake final : public Wake
{
public:
    void wake(WakeReason reason) noexcept override
    {
        ++(reason == WakeReason::Jobs ? jobs : reason == WakeReason::Tick ? ticks : pumps);
    }
    std::atomic<int> jobs{0};
    std::atomic<int> ticks{0};
    std::atomic<int> pumps{0};
};

/// The value, or a failed test with the error's words.
template <class T>
T valueOf(Result<T> result)
{
    if (!result.ok()) CPPUNIT_FAIL("an error: " + result.error().code + ": " + result.error().text);
    return std::move(result).value();
}

inline void mustBeOk(const Result<void>& result)
{
    if (!result.ok()) CPPUNIT_FAIL("an error: " + result.error().code + ": " + result.error().text);
}

class World
{
public:
    static constexpr const char* tenant = "main";

    explicit World(store::Engine engine);

    /// Runs a body in a unit and gives what it returns.
    template <class Body>
    auto write(Body&& body)
    {
        using Value = std::invoke_result_t<Body, store::Unit&>;
        if constexpr (std::is_void_v<Value>)
            mustBeOk(database->write(
                [&](store::Unit& unit) -> Result<void>
                {
                    body(unit);
                    return success();
                }));
        else
            return valueOf(
                database->write([&](store::Unit& unit) -> Result<Value> { return body(unit); }));
    }

    /// Makes a connection and gives its id.
    std::string connect(const std::string& institutionId = "ins_1",
        const std::string& institution = "First Platypus Bank",
        const std::string& ofTenant = tenant);
    void endConnection(const std::string& id); ///< As a person ends it, now.

    /// What the provider shows becomes known. `now` is the clock's.
    accounts::Discovery::Outcome look(const std::string& connectionId,
        const std::vector<ProviderAccount>& shown, const std::string& origin = "");

    store::BankAccount account(const std::string& connectionId, const std::string& name);
    /// A new login whose only account, "Checking", feeds the ledger account "l1", which must exist.
    store::BankAccount linkedChecking();
    std::vector<store::BankAccount> accountsOf(const std::string& connectionId);
    std::optional<store::AccountLink> linkOf(const std::string& bankAccountId);
    store::Connection connection(const std::string& id);

    void ledgerAccounts(
        const std::vector<LedgerAccount>& accounts, const std::string& ofTenant = tenant);

    bool noticeOpen(std::string_view kind, const std::string& subject);
    std::string noticeParams(std::string_view kind, const std::string& subject);
    bool jobAsked(std::string_view kind, const std::string& subject);
    std::vector<std::string> auditActions(); ///< Newest first.
    std::int64_t count(const std::string& sql);

    /// A row of the mirror without its bank account, as a sync writes it before the account is
    /// known.
    void orphan(const std::string& connectionId, const std::string& providerAccountId,
        const std::string& transactionId);

    accounts::Linking linking() { return {*database, clock, random, wake}; }
    accounts::Linking::Applied apply(
        const std::string& connectionId, const std::vector<accounts::Decision>& decisions);

    static store::Actor ada() { return {"u1", "Ada Admin"}; }

    TestDatabase database;
    ManualClock clock;
    SeededRandom random;
    CountingWake wake;
};

/// Runs a test on SQLite and on PostgreSQL.
void inBothWorlds(const std::function<void(World&)>& test);

ProviderAccount shownAccount(const std::string& id, const std::string& name,
    const std::string& mask, const std::string& type = "depository",
    const std::string& subtype = "checking", const std::string& currency = "USD");

LedgerAccount booksAccount(const std::string& id, const std::string& name,
    LedgerAccountType type = LedgerAccountType::Asset, const std::string& currency = "USD",
    int exponent = 2);

accounts::Decision decideNew(const store::BankAccount& account, const std::string& name);
accounts::Decision decideExisting(
    const store::BankAccount& account, const std::string& ledgerAccountId);
accounts::Decision decide(const store::BankAccount& account, accounts::Choice choice);

} // namespace bankfeed::testing
