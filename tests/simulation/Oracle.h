// Says what must be true: of mirror and books, at the end of a life and on its way.
#pragma once

#include "BankLife.h"
#include "Books.h"
#include "Plaid.h"

#include "store/Database.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace bankfeed::simulation
{

/// A row of a statement at the bank.
struct TruthRow
{
    std::string accountId;
    std::string rowId;

    friend auto operator<=>(const TruthRow&, const TruthRow&) = default;
};

struct MirrorRow
{
    std::string connectionId;
    std::string id;
    std::string providerAccountId;
    std::string bankAccountId; ///< "" while it belongs to none.
    std::string exact;
    std::string bookedOn;
    bool pending = false;
    bool removed = false;
    std::string lane;
    std::string reason;
    std::string rootKey;
    std::int64_t revision = 0;
    std::string sentAccount;
    std::int64_t sentUnits = 0;
    std::string sentOn;
    std::int64_t units = 0;
    bool rounded = false;
    bool marked = false; ///< A person removed its entry: nothing more is told of it.
    bool live = false;   ///< In the books, as far as the mirror knows.
};

struct LinkRow
{
    std::string id;
    std::string bankAccountId;
    std::string feedId;
    std::string ledgerAccountId;
    std::string startDate;
    std::string state;
    std::string opening;
    std::int64_t openingUnits = 0;
    std::int64_t openingRevision = 0;
    std::int64_t openingOrdinal = 0;
    bool ended = false;
};

struct AccountRow
{
    std::string id;
    std::string connectionId;
    std::string providerAccountId;
    std::string currency;
    std::string state;
    bool feedable = false;
};

class Oracle
{
public:
    Oracle(std::string tenant, store::Database& plain, Plaid& plaid, const BankLife& bank,
        const Books& books)
        : tenant_(std::move(tenant)), plain_(plain), plaid_(plaid), bank_(bank), books_(books)
    {
    }

    /// What is true after every step. Throws Broken.
    void look();

    /// The plugin goes back to a backup that does not have these rows, which the books were told
    /// of: provider's ids by root key. Where the bank names only what a cursor has shown, one that
    /// is taken back before it is shown again leaves no trace: its entry stays.
    void forgets(const std::map<std::string, std::string>& rows)
    {
        forgotten_.insert(rows.begin(), rows.end());
    }

    /// What is true when the faults are over and everything is done. Throws Broken.
    void judge();

    /// Which of these entries stands for the row at the bank that the transaction is; "" for none.
    /// Two rows that were alike may have changed places: then it is the one that is in the books
    /// twice, and was once what this one was.
    [[nodiscard]] std::string entryOf(
        const std::string& transactionId, const std::vector<std::string>& entries);

    /// Of the transaction, as the mirror has it; "" when it does not.
    [[nodiscard]] std::string rootKeyOf(const std::string& transactionId);

    /// A row that the start date of a link wanted once may be in the books.
    void noteStarts();

    /// Posted rows in the books that were compared with the bank, since the beginning.
    std::uint64_t rowsCompared = 0;

private:
    void read();
    /// Whether a live entry stands for the same row at the bank, under another id.
    [[nodiscard]] bool bookedElsewhere(const MirrorRow& row) const;
    [[nodiscard]] bool wasOnce(const TruthRow& truth, const MirrorRow& row) const;
    void learnIds();
    void compareMirror();
    void compareItem(const plaidsim::Item& item, const std::string& connectionId);
    void compareEntries();
    void compareLanes();
    void compareLane(const MirrorRow& row, const LinkRow& link);
    /// Held because it says the same as a row whose entry a person removed: it may be that one.
    [[nodiscard]] bool isTwinOfRemoved(const MirrorRow& row) const;
    /// Two rows of one day and amount cannot be told apart once their ids are new: which entry is
    /// whose does not matter, how many there are does. (One that the bank took back meanwhile
    /// stays, and a notice tells.)
    [[nodiscard]] bool mayBeItsTwin(const MirrorRow& row) const;
    void compareTruth();
    void compareBalances();
    /// Whether it has money that nobody can know of, or that of two accounts.
    [[nodiscard]] bool isExcused(const std::string& ledgerAccountId) const;
    void checkJobs();
    void checkFeeds();
    void checkSecrets();
    /// Whether an entry stands for a row that left no trace.
    [[nodiscard]] bool leftNoTrace(const std::string& rootKey) const;
    /// Whether a row that the bank shows no more is older than what a resync showed of its account:
    /// then it may be older than the history, and stays.
    [[nodiscard]] bool behindTheHistory(
        const plaidsim::Item& item, const plaidsim::SharedAccount& account, const MirrorRow& row);
    /// All texts of a row as one expression, by table.
    [[nodiscard]] std::map<std::string, std::string> texts();
    [[nodiscard]] bool everIn(const TruthRow& truth, const std::string& from, bool before) const;
    [[nodiscard]] store::Rows query(const std::string& sql);
    /// " WHERE tenant_id = ...": what belongs to this organisation.
    [[nodiscard]] std::string ours() const { return " WHERE tenant_id = '" + tenant_ + "' "; }
    [[nodiscard]] bool wanted(const LinkRow& link, const TruthRow& truth) const;
    [[nodiscard]] bool shared(const AccountRow& account) const;
    [[nodiscard]] std::string about(const MirrorRow& row) const;

    std::string tenant_;
    store::Database& plain_;
    Plaid& plaid_;
    const BankLife& bank_;
    const Books& books_;
    std::map<std::string, std::size_t> idsLearnt_;  ///< By Item: lines of its log that were read.
    std::map<std::string, TruthRow> truths_;        ///< By transaction id.
    std::map<std::string, std::string> accountsOf_; ///< Bank's account id by provider account id.
    std::vector<MirrorRow> mirror_;
    std::map<std::string, LinkRow> current_; ///< Links that have not ended, by bank account.
    std::vector<LinkRow> links_;
    std::map<std::string, std::set<std::string>> starts_; ///< Earlier start dates, by link.
    std::map<std::string, AccountRow> accounts_;
    std::map<std::string, std::string> itemOf_; ///< Item id by connection, where it is alive.
    std::map<std::string, std::string> historyOf_;
    std::map<std::string, std::string> forgotten_; ///< Provider's ids by root key.
    std::set<std::string> excused_; ///< Ledger accounts that have what nobody can know of.
};

} // namespace bankfeed::simulation
