// Bank transactions: the mirror of what the provider has shown, and where each row stands.
#pragma once

#include "base/Time.h"
#include "store/TransactionStates.h"
#include "store/Unit.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

struct BankTransaction
{
    std::string connectionId;
    std::string providerTransactionId;
    std::string providerAccountId;            ///< Under which it was first seen.
    std::optional<std::string> bankAccountId; ///< Nothing while the account is not known.
    std::string amountExact;                  ///< As the bank stated it, debit positive.
    std::int64_t units = 0;                   ///< Rounded half-even; 0 when it cannot be booked.
    int exponent = 0;
    std::string currency;
    bool currencyOfficial = true;
    bool rounded = false;
    std::string bookedOn;
    std::string authorizedOn; ///< "" when not known.
    bool pending = false;
    std::string pendingTransactionId;
    std::string name;
    std::string originalDescription;
    std::string merchant;
    std::string category;
    bool textRepaired = false;
    bool removed = false; ///< The bank shows it no more.
    std::string lane;
    std::string laneReason;
    std::string rootKey;
    std::int64_t revision = 0; ///< Of the last change written; 0: the books were never told.
    std::string sentLedgerAccountId;
    std::int64_t sentUnits = 0; ///< The bank's leg as last written: 0 after a void.
    int sentExponent = 0;
    std::string sentCurrency; ///< A void keeps what it takes back, whatever the row says now.
    std::string sentBookedOn;
    std::string sentFingerprint; ///< See LedgerContent.h.
    std::string entryMark;       ///< See entryMark; "" for none. Goes with the root key.
    bool undoAsked = false; ///< A person took the entry out, and the books do not let it go yet.
                            ///< Goes with the root key.
    std::int64_t seenGeneration = 0;
    UtcTime firstSeenAt;
    UtcTime changedAt;
    std::string importId;   ///< What booked it first (ImportRepository); "" while nothing has.
    std::string ownRootKey; ///< Before it took over the entry of another row, which has this key
                            ///< now; "" when it took none. Stays with the row.
};

/// Repositories live as long as their unit, on its thread. Lists have at most limits::rowsPerUnit
/// elements. Whoever writes holds the lock of the connection (ConnectionRepository::lock) first.
class TransactionRepository
{
public:
    TransactionRepository(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant))
    {
    }

    /// Those of the ids that are stored, in no order.
    [[nodiscard]] std::vector<BankTransaction> find(
        const std::string& connectionId, const std::vector<std::string>& providerTransactionIds);

    /// Those that have one of these root keys, in no order; at most limits::rowsPerUnit keys.
    [[nodiscard]] std::vector<BankTransaction> ofRootKeys(const std::vector<std::string>& rootKeys);

    /// Inserts or replaces rows. Each id occurs once.
    void save(const std::vector<BankTransaction>& rows);

    /// Notes that a resync has seen these rows, without touching anything else.
    void markSeen(const std::string& connectionId,
        const std::vector<std::string>& providerTransactionIds, std::int64_t generation);

    /// Rows that a resync should have shown and did not: not removed, of an account of which it
    /// showed at least one row, and not older than the oldest row that it showed of that account.
    /// An account of which it showed nothing has vanished, and nothing is concluded from that.
    [[nodiscard]] std::vector<BankTransaction> notSeen(
        const std::string& connectionId, std::int64_t generation, std::size_t count);

    /// A loop's balance of a bank account: rows that it takes out of the books and posted rows that
    /// are new with it. By the account's id.
    struct Turnover
    {
        std::int64_t removals = 0;
        std::int64_t arrivals = 0;
    };
    /// Of the rows that notSeen speaks of and those that first came in this loop.
    [[nodiscard]] std::map<std::string, Turnover> turnoverOfResync(
        const std::string& connectionId, std::int64_t generation, UtcTime loopStartedAt);
    /// Of a loop that is sealed, by what is staged and by what first came in it.
    [[nodiscard]] std::map<std::string, Turnover> turnoverOfStage(const std::string& connectionId,
        const std::string& loopId, std::int64_t generation, UtcTime loopStartedAt);

    /// The number of booked rows of a bank account.
    [[nodiscard]] std::int64_t bookedCount(const std::string& bankAccountId);
    /// Of these, the ones of a day before `day`.
    [[nodiscard]] std::int64_t bookedBefore(
        const std::string& bankAccountId, const std::string& day);

    /// Booked rows that the bank shows no more, and that may be shown again under new ids: of these
    /// bank accounts, on one of these days, with one of these amounts. Those that people removed or
    /// reconciled, too, that go with the same loop (`leaving`: with the same page).
    [[nodiscard]] std::vector<BankTransaction> keptOnes(
        const std::vector<std::string>& bankAccountIds, const std::vector<std::string>& days,
        const std::vector<std::string>& amounts, const std::vector<std::string>& leaving);

    /// Rows whose entry a person removed: of these bank accounts, on one of these days, with one of
    /// these amounts; at most limits::rowsPerUnit.
    [[nodiscard]] std::vector<BankTransaction> tombstonesLike(
        const std::vector<std::string>& bankAccountIds, const std::vector<std::string>& days,
        const std::vector<std::string>& amounts);

    /// Whether any row of the tenant has an id that begins with forgottenId.
    [[nodiscard]] bool anyForgotten();
    /// Rows that have one of these ids, which begin so, of whichever connection.
    [[nodiscard]] std::vector<BankTransaction> forgotten(const std::vector<std::string>& ids);
    /// Rows of a connection that are kept as forgotten, by root key, at most `count`.
    [[nodiscard]] std::vector<BankTransaction> forgottenOf(
        const std::string& connectionId, std::size_t count);
    /// Those of all accounts of a feed, on one of these days and with one of these amounts; at most
    /// limits::rowsPerUnit.
    [[nodiscard]] std::vector<BankTransaction> forgottenLike(const std::string& feedId,
        const std::vector<std::string>& days, const std::vector<std::int64_t>& units);
    /// The bank shows such a row, as `newId` of a connection.
    void recognise(
        const BankTransaction& row, const std::string& connectionId, const std::string& newId);

    /// Whether people removed or reconciled the entry of any row of a connection.
    [[nodiscard]] bool anyMarked(const std::string& connectionId);

    /// Booked rows with a reason (keptReason) of these bank accounts.
    struct Kept
    {
        std::string bankAccountId;
        std::string reason;
        std::int64_t count = 0;
        std::string lastBookedOn;
    };
    [[nodiscard]] std::vector<Kept> kept(const std::vector<std::string>& bankAccountIds);

    /// The bank knows the row by another id now. That id must not be stored yet.
    void rename(const std::string& connectionId, const std::string& id, const std::string& newId);

    /// The bank uses the row's id for a row of another account now. The row, which is not in the
    /// books, is kept under another id, as removed: `lane` is voided or gone.
    void retire(const std::string& connectionId, const std::string& id, const std::string& newId,
        std::string_view lane);

    /// Rows that a link may book: those held because there was no link, those held for a currency
    /// that has become the account's, and those that another link found too old but that lie on or
    /// after `startDate` ("": no limit); of those that this link found too old itself, the ones
    /// that also lie before `startBefore`. In the order of their dates.
    [[nodiscard]] std::vector<BankTransaction> releasable(const std::string& bankAccountId,
        const std::string& linkId, const std::string& startDate, std::size_t count,
        const std::string& startBefore = "");

    /// What the books were told of one ledger account, delivered or not, by every bank account that
    /// feeds it or ever fed it: when a login is connected anew, its rows are those of two.
    struct Told
    {
        std::int64_t units = 0; ///< The bank's legs in sum, also of what a person took out.
        std::int64_t shown = 0; ///< What the bank shows of them now, and of what the books do
                                ///< not take now. The rest of its balance is the opening balance.
        std::int64_t takenOut = 0; ///< Those of them that a person took out of the books.
        std::string first;         ///< The day of the oldest booked row; "": none is booked.
    };
    [[nodiscard]] Told toldIn(const std::string& ledgerAccountId);

    /// Rows that the bank took back and the mirror never had, by connection.
    [[nodiscard]] std::vector<BankTransaction> notKnown(std::size_t count);

    /// Undone rows of all accounts of these feeds, on one of these days and of one of these
    /// amounts, in units; at most undoneLikeMax, in the order of their dates.
    [[nodiscard]] std::vector<BankTransaction> undoneLike(const std::vector<std::string>& feedIds,
        const std::vector<std::string>& days, const std::vector<std::int64_t>& units);
    static constexpr std::int64_t undoneLikeMax = 5000;
    /// Whether there are any of these feeds.
    [[nodiscard]] bool anyUndone(const std::vector<std::string>& feedIds);

    /// Rows of all accounts of a feed that the books were told of, by root key, above
    /// `afterRootKey`.
    [[nodiscard]] std::vector<BankTransaction> toldOf(
        const std::string& feedId, const std::string& afterRootKey, std::size_t count);

    /// The number of rows per lane of each bank account of a connection, for screens.
    struct LaneCounts
    {
        std::int64_t pending = 0;
        std::int64_t held = 0;
        std::int64_t beforeStart = 0;
        std::int64_t booked = 0;
        std::int64_t refused = 0;  ///< Of the booked: those that HeldRows::page lists.
        std::int64_t takenOut = 0; ///< Of the booked: those whose entry a person removed.

        /// What HeldRows::page lists.
        [[nodiscard]] std::int64_t listed() const { return held + refused; }
        /// What has an entry in the books, or is on its way there.
        [[nodiscard]] std::int64_t inBooks() const { return booked - takenOut; }
    };
    [[nodiscard]] std::map<std::string, LaneCounts> laneCounts(const std::string& connectionId);
    /// Of some bank accounts, at most 500.
    [[nodiscard]] std::map<std::string, LaneCounts> laneCounts(
        const std::vector<std::string>& bankAccountIds);

    /// As earlyRows, since the notice rows_before_start of the link was opened: how many, by bank
    /// account, of those of some links, at most 500, for which it is open.
    [[nodiscard]] std::map<std::string, std::int64_t> lateRows(
        const std::vector<std::string>& linkIds);

    /// Rows that a link found too old, of those first seen at `since` or later.
    struct EarlyRows
    {
        std::int64_t count = 0;
        std::string first; ///< Days.
        std::string last;
    };
    [[nodiscard]] EarlyRows earlyRows(
        const std::string& bankAccountId, const std::string& linkId, UtcTime since);

private:
    void addArrivals(const std::string& connectionId, std::int64_t generation,
        UtcTime loopStartedAt, std::map<std::string, Turnover>& found);

    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
