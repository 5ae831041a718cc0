// Connections and bank accounts as the API shows them.
#pragma once

#include "base/JsonWriter.h"
#include "base/Time.h"
#include "engine/Handover.h"
#include "store/AccountLinkRepository.h"
#include "store/BalanceProofRepository.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/InstitutionRepository.h"
#include "store/JobRepository.h"
#include "store/LedgerAccountRepository.h"
#include "store/OutageRepository.h"
#include "store/OutboxRepository.h"
#include "store/SyncLoopRepository.h"
#include "store/TransactionRepository.h"
#include "store/Unit.h"

#include <optional>
#include <string>
#include <vector>

namespace bankfeed::console
{

struct ConsoleSettings;

struct BankAccountView
{
    store::BankAccount account;
    std::optional<store::AccountLink> link;
    std::string ledgerAccountName;        ///< Of the link; what was asked for while it waits.
    bool openingOutstanding = false;      ///< Its opening balance is due and cannot be computed.
    store::JobRepository::Status booking; ///< The link's own job: its release, or while it is
                                          ///< active and owes an opening balance, that.
    store::TransactionRepository::LaneCounts counts;
    std::optional<store::BalanceProof> proof;
    std::int64_t lateBeforeStart = 0; ///< Came after it was linked, and nobody has dismissed it.
};

/// What the jobs of a connection are about.
struct Work
{
    bool running = false; ///< A job runs, or is due.
    bool waiting = false; ///< A job failed and waits to try again.
    std::optional<UtcTime> nextTryAt;
    std::string errorCode; ///< Why it waits.
    std::string errorText;
    std::optional<store::LoopRecord> loop;

    /// Nothing runs and nothing is tried again; the loop stays where it is.
    void rest()
    {
        running = waiting = false;
        nextTryAt.reset();
    }

    /// Of a connection that has these jobs, as far as they exist.
    [[nodiscard]] static Work of(const store::JobRepository::Status& sync,
        const store::JobRepository::Status& refresh, UtcTime now);
};

struct ConnectionView
{
    store::Connection connection;
    std::int64_t toDecide = 0;
    std::optional<store::Outage> outage;    ///< Of its bank.
    std::optional<store::Institution> bank; ///< Nothing while the provider has said nothing of it.
    Work work;
    /// The last wish for the bank's own balances.
    struct Balances
    {
        store::ConnectionRepository::BalancesAsked asked;
        std::optional<UtcTime> askableAt; ///< Nothing: now.
        bool running = false;
    } balances;
    std::vector<BankAccountView> accounts;
    std::int64_t accountsInAll = 0;        ///< `accounts` may be the first of them.
    std::vector<store::FailedWish> failed; ///< Links that came to nothing in the books; see load.
    store::OutboxRepository::Standing feeds;
    std::int64_t proofsDiffer = 0; ///< Accounts in proofState::differs.

    /// The other of two of which one takes the place of the other.
    struct Other
    {
        store::Connection connection;
        engine::HandoverView handover;
    };
    std::optional<Other> replaces;   ///< Nothing once that one has been ended here.
    std::optional<Other> replacedBy; ///< Nothing once this one has been ended here.

    /// Reads in the caller's unit: one connection with all its accounts, and `failed`.
    [[nodiscard]] static ConnectionView load(
        store::Unit& unit, const std::string& tenant, store::Connection connection, UtcTime now);

    /// Several, in their order, each with its first `accountsMost` (1..500) accounts, without
    /// `failed`. The number of queries does not grow with connections or accounts; only one of
    /// which another takes the place has some of its own.
    [[nodiscard]] static std::vector<ConnectionView> loadAll(store::Unit& unit,
        const std::string& tenant, std::vector<store::Connection> connections, UtcTime now,
        std::int64_t accountsMost);

    [[nodiscard]] const BankAccountView* find(const std::string& bankAccountId) const;
};

/// "add_accounts" or "relink": how more accounts of a connection are shared. Where the bank is
/// decides; of a bank that nothing is known of, where the operator is.
[[nodiscard]] std::string_view chooseBy(
    const std::optional<store::Institution>& bank, const std::vector<std::string>& chooseInUpdate);

/// "not_made" or "books_changed".
[[nodiscard]] std::string_view failureCode(const store::FailedWish& wish);

/// "paused": null, or who paused it and since when.
void writePaused(JsonWriter& json, const store::Connection& connection);

/// With `accounts`, Connection; without, as in the review.
void writeConnection(JsonWriter& json, const ConnectionView& view, bool withAccounts,
    const ConsoleSettings& settings);

void writeBankAccount(JsonWriter& json, const BankAccountView& view);

} // namespace bankfeed::console
