// Balance proofs: whether the books hold what the bank holds, and if not, what explains it and
// since when it stands.
#pragma once

#include "base/BankProvider.h"
#include "base/Ledger.h"
#include "store/BalanceProofRepository.h"
#include "store/ConnectionRepository.h"
#include "store/LinkedAccountRepository.h"
#include "store/OutboxRepository.h"
#include "sync/SyncParts.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bankfeed::sync
{

/// What a proof compares.
struct ProofFacts
{
    store::LinkedAccount linked; ///< With a link and a ledger account.
    bool historyComplete = false;
    std::optional<LedgerAccount> ledger; ///< As the host showed it last.
    std::optional<store::Feed> feed;
    std::optional<UtcTime> deliveredAt;
    store::AccountSums sums;
    bool freshBalance = false; ///< The bank's balance was read after the last sync.
};

/// Compares the bank's balance with that of the ledger account, as the host shows it: what people
/// entered there by hand counts, because the account is right only when all of it is.
///
/// Explained, and so no alarm: rows that are held; entries that stay although the bank took them
/// back, or that a person removed; what is lost by rounding; pending rows, when the whole rest is
/// exactly their sum. What is left is `unexplained`: proven when it is 0. Else settling until the
/// same amount stands for differsAfterMs and differsAfterLooks balances, each read after a sync; or
/// until it has not been 0 for neverProvenMs, whatever it was. Balances may run ahead of their rows
/// or behind them, by days. While the books lack changes that are on their way, or got some a
/// moment ago, nothing is concluded.
///
/// Rows before the start date are shown and explain nothing: an opening balance holds them, or the
/// entries that the account had before. An account that has neither cannot be compared.
[[nodiscard]] store::BalanceProof judge(
    const ProofFacts& facts, const std::optional<store::BalanceProof>& before, UtcTime now);

inline constexpr std::int64_t differsAfterMs = std::int64_t{48} * 3'600'000;
inline constexpr std::int64_t differsAfterLooks = 3;
inline constexpr std::int64_t neverProvenMs = std::int64_t{14} * 86'400'000;

/// After each sync of a connection: reads its balances, and compares those of its linked accounts.
/// What differs is a notice, once for each amount, that clears itself. Any thread.
class BalanceProofs
{
public:
    explicit BalanceProofs(const SyncParts& parts) : parts_(parts) {}

    /// One look at the connection that the lease names. A bank that does not answer is asked again
    /// by the next sync, whose own failure is told.
    [[nodiscard]] Step step(const store::JobLease& lease);

private:
    struct Before;

    [[nodiscard]] Result<Before> before(const store::JobLease& lease);
    [[nodiscard]] Result<bool> measure(const store::JobLease& lease, const Before& before);
    [[nodiscard]] Result<std::vector<ProofFacts>> facts(
        const store::JobLease& lease, const Before& before);
    void note(store::Unit& unit, const std::string& tenant, const Before& before,
        const store::BankAccount& account, store::BalanceProof& proof, UtcTime now);

    SyncParts parts_;
};

} // namespace bankfeed::sync
