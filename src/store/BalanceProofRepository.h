// Balance proofs: how the bank's balances stand to those of the books.
#pragma once

#include "base/Time.h"
#include "store/Unit.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

/// The names are stored and shown; do not rename.
namespace proofState
{
inline constexpr std::string_view proven = "proven"; ///< Nothing is left unexplained.
inline constexpr std::string_view settling =
    "settling"; ///< Something is, and may well come right by itself.
inline constexpr std::string_view differs = "differs"; ///< Something is, for days.
inline constexpr std::string_view unknown = "unknown"; ///< Cannot be compared; reason says why.
} // namespace proofState

/// Amounts are decimals, debit positive; "" when not known.
struct BalanceProof
{
    std::string bankAccountId;
    std::string ledgerAccountId;
    std::string state = std::string(proofState::unknown);
    std::string reason; ///< Of unknown, and of settling.
    std::string bank;
    std::optional<UtcTime> bankAsOf;
    std::string ledger;
    std::string held;        ///< Rows that the bank shows and the books were not told of.
    std::string pending;     ///< Shown apart: banks differ in whether they count them.
    std::string beforeStart; ///< Shown apart: the books have them otherwise, or an opening balance.
    std::string kept;        ///< In the books although the bank took them back.
    std::string removed;     ///< Entries that a person removed in the books.
    std::string rounding;    ///< Exact minus booked, of rows that are more precise than the books.
    std::int64_t undelivered = 0; ///< Changes that the books do not have yet.
    bool pendingIncluded = false; ///< The bank's balance counts the pending rows.
    std::string difference;       ///< Bank minus books.
    std::string unexplained;      ///< What of it neither of the above explains.
    std::optional<UtcTime> since; ///< Since when `unexplained` is what it is; nothing while 0.
    std::int64_t looks = 0;       ///< How many balances have confirmed that.
    std::optional<UtcTime> unprovenSince; ///< Since when it is not 0, whatever it is.
    std::optional<UtcTime> provenAt;      ///< When it was 0 last.
    std::string noticed;                  ///< The amount that people were told of last.
    UtcTime lookedAt;
};

/// What the mirror holds of one bank account, in sums.
struct AccountSums
{
    std::int64_t held = 0;
    std::int64_t heldUnknown = 0; ///< How many held rows have no amount that can be added up.
    std::int64_t pending = 0;
    std::int64_t beforeStart = 0;
    std::int64_t kept = 0;
    std::int64_t removed = 0;
    struct Rounded
    {
        std::string exact;
        std::int64_t units = 0;
    };
    std::vector<Rounded> rounded; ///< Booked and held rows that were rounded.
};

class BalanceProofRepository
{
public:
    BalanceProofRepository(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant))
    {
    }

    /// In units of the account's currency. Reads what stands apart from the books (by an index of
    /// its own), and nothing of what is plainly booked, however much that is.
    [[nodiscard]] AccountSums sumsOf(const std::string& bankAccountId);

    /// What sumsOf asks, of tenant $1 and bank account $2: a test looks at how it is read.
    static constexpr std::string_view sumsSql =
        R"(SELECT
            CAST(COALESCE(SUM(CASE WHEN lane = 'held' AND removed = 0 THEN units
                WHEN lane = 'booked' AND removed = 0 AND entry_mark <> 'removed' AND lane_reason IN
                    ('period_closed', 'account_closed', 'reconciled')
                    AND currency = sent_currency AND exponent = sent_exponent
                    THEN (CASE WHEN pending = 0 THEN units ELSE 0 END) - sent_units
                ELSE 0 END), 0) AS BIGINT),
            CAST(COALESCE(SUM(CASE WHEN lane = 'held' AND removed = 0 AND lane_reason IN
                ('overflow', 'no_currency', 'unknown_currency', 'currency_differs', 'not_a_number',
                    'left_out_changed')
                THEN 1 ELSE 0 END), 0) AS BIGINT),
            CAST(COALESCE(SUM(CASE WHEN lane = 'pending' THEN units ELSE 0 END), 0) AS BIGINT),
            CAST(COALESCE(SUM(CASE WHEN lane = 'before_start' THEN units ELSE 0 END), 0)
                AS BIGINT),
            CAST(COALESCE(SUM(CASE WHEN lane = 'booked' AND removed = 1 AND entry_mark <> 'removed'
                THEN sent_units ELSE 0 END), 0) AS BIGINT),
            CAST(COALESCE(SUM(CASE WHEN lane = 'booked' AND removed = 0 AND entry_mark = 'removed'
                THEN (CASE WHEN pending = 1 THEN 0
                    WHEN currency = sent_currency AND exponent = sent_exponent THEN units
                    ELSE sent_units END) ELSE 0 END), 0) AS BIGINT)
        FROM bank_transaction WHERE tenant_id = $1 AND bank_account_id = $2
            AND (lane IN ('held', 'pending', 'before_start')
                OR (lane = 'booked' AND (removed = 1 OR entry_mark <> '' OR lane_reason <> ''))))";
    static constexpr std::string_view roundedSql =
        R"(SELECT amount_exact, units FROM bank_transaction
        WHERE tenant_id = $1 AND bank_account_id = $2 AND rounded = 1 AND removed = 0
            AND lane IN ('booked', 'held') ORDER BY provider_transaction_id LIMIT 10000)";

    /// When the books last took something of a feed; nothing when they never did.
    [[nodiscard]] std::optional<UtcTime> deliveredAt(const std::string& feedId);

    [[nodiscard]] std::optional<BalanceProof> find(const std::string& bankAccountId);
    [[nodiscard]] std::map<std::string, BalanceProof> ofConnection(const std::string& connectionId);
    /// Of some bank accounts, at most 500, by bank account.
    [[nodiscard]] std::map<std::string, BalanceProof> ofAccounts(
        const std::vector<std::string>& bankAccountIds);
    /// How many accounts of each of some connections, at most 500, stand in proofState::differs.
    [[nodiscard]] std::map<std::string, std::int64_t> differing(
        const std::vector<std::string>& connectionIds);

    /// Writes it, and remembers it when state or difference are new: the last pastMost of these.
    void save(const BalanceProof& proof);
    static constexpr std::int64_t pastMost = 100;

    void remove(const std::string& bankAccountId);

    struct Past
    {
        UtcTime at;
        std::string state;
        std::string reason;
        std::string bank;
        std::string ledger;
        std::string difference;
        std::string unexplained;
    };
    /// Newest first; at most pastMost.
    [[nodiscard]] std::vector<Past> past(const std::string& bankAccountId);

    /// How many accounts stand so, for those who operate the plugin.
    [[nodiscard]] std::map<std::string, std::int64_t> countByState();

private:
    [[nodiscard]] std::vector<BalanceProof> proofsWhere(
        std::string_view where, const std::string& parameter);

    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
