// A small world for tests of sync and delivery: one tenant, one connection, a bank, books, and
// somebody who runs the jobs.
#pragma once

#include "base/FeedIdentity.h"
#include "base/RootKey.h"
#include "delivery/Relay.h"
#include "store/ConnectionRepository.h"
#include "store/Database.h"
#include "store/JobRepository.h"
#include "store/LinkedAccountRepository.h"
#include "store/OutboxRepository.h"
#include "store/TransactionRepository.h"
#include "support/FakeLedger.h"
#include "support/ManualClock.h"
#include "support/MemoryLog.h"
#include "support/ScriptedBank.h"
#include "support/SeededRandom.h"
#include "sync/BalanceProof.h"
#include "sync/FreedRows.h"
#include "sync/HeldRelease.h"
#include "sync/Imports.h"
#include "sync/OpeningBalance.h"
#include "sync/SyncLoop.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bankfeed::testing
{

class SyncWorld
{
public:
    /// `database` is what the code under test works on; `plain` the same one without faults, for
    /// what the test does itself.
    /// Another provider than `bank`, which outlives the world, may be given.
    SyncWorld(store::Database& database, store::Database& plain, std::string tenantName,
        std::uint64_t seed, const sync::BookingRules& rules = {}, BankProvider* provider = nullptr);

    SyncWorld(const SyncWorld&) = delete;
    SyncWorld& operator=(const SyncWorld&) = delete;

    // --- people and other rooms ---

    /// The provider's account becomes known, as discovery does it. Gives its id.
    std::string discover(const std::string& providerAccountId);
    /// Somebody links it. Gives the link's id; the release job is asked for.
    std::string link(const std::string& bankAccountId, const std::string& ledgerAccountId,
        const std::string& startDate = "", bool opening = false);
    void unlink(const std::string& linkId);
    void ask(std::string_view kind, const std::string& subject);

    // --- running ---

    /// Claims and runs one due job. False when none is due. A failed job is due again at once; its
    /// error is kept in `lastError`.
    bool runOne();
    /// One step of a job that somebody claimed, however long ago.
    [[nodiscard]] Result<store::JobEnd> dispatch(const store::JobLease& lease);
    /// Runs jobs until none is due; at most 5,000. What waits until a feed is written anew is left:
    /// only pump() writes it.
    void run();
    /// Asks for a sync and runs jobs.
    void sync();
    /// Pumps until nothing remains; at most 1,000 times.
    void pump();
    /// A new process: the relay forgets what it has seen.
    void restart();

    // --- looking ---

    template <class Body>
    auto look(Body&& body)
    {
        auto seen = plain.read(
            [&](store::Unit& unit) -> Result<decltype(body(unit))> { return body(unit); });
        return std::move(seen).value();
    }
    [[nodiscard]] std::optional<store::BankTransaction> row(const std::string& id);
    [[nodiscard]] store::Connection connection();
    [[nodiscard]] std::vector<LedgerChange> outbox(const std::string& providerAccountId);
    [[nodiscard]] std::string feedId(const std::string& providerAccountId) const;
    [[nodiscard]] std::string rootKey(const BankRow& row) const;
    [[nodiscard]] std::int64_t count(std::string_view sql);

    /// Throws std::runtime_error unless the mirror is what the bank shows.
    void checkMirror();
    /// Throws std::runtime_error unless the books hold each posted row of an account from its start
    /// date on once, with its amount, and nothing else (an opening balance aside).
    void checkBooks(const std::string& providerAccountId, const std::string& ledgerAccountId,
        const std::string& startDate = "");

    store::Database& database;
    store::Database& plain;
    const std::string tenant;
    const std::string connectionId;
    ManualClock clock;
    SeededRandom random;
    MemoryLog log;
    ScriptedBank bank;
    FakeLedger ledger;
    std::optional<Error> lastError;
    std::size_t wakesOfPump = 0;
    bool discoversByItself = false; ///< The refresh job makes accounts known.
    std::vector<std::string> refreshed;
    /// Who does jobs of the rooms above, by kind.
    std::map<std::string, std::function<Result<store::JobEnd>(const store::JobLease&)>, std::less<>>
        others;
    bool proves = false; ///< The proof job compares balances; else it does nothing.

private:
    class Tokens final : public AccessTokenSource
    {
    public:
        [[nodiscard]] Result<Secret> accessToken(const std::string&, const std::string&) override
        {
            return Secret("token");
        }
    };
    class CountedWake final : public Wake
    {
    public:
        explicit CountedWake(std::size_t& pumps) : pumps_(pumps) {}
        void wake(WakeReason reason) noexcept override
        {
            pumps_ += reason == WakeReason::Pump ? 1 : 0;
        }

    private:
        std::size_t& pumps_;
    };

    void addConnection();
    void makeKnown(const std::string& providerAccountId);
    [[nodiscard]] bool waitsForThePump();

    Tokens tokens_;
    CountedWake wake_{wakesOfPump};
    sync::SyncParts parts_;
    sync::SyncLoop loop_;
    sync::HeldRelease release_;
    sync::FreedRows freed_;
    sync::OpeningBalance opening_;
    sync::Imports imports_;
    sync::BalanceProofs proofs_;
    std::optional<delivery::Relay> relay_;
};

} // namespace bankfeed::testing
