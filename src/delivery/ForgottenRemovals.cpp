#include "delivery/ForgottenRemovals.h"

#include "delivery/Heads.h"
#include "delivery/WriterLocks.h"
#include "store/BookFacts.h"
#include "store/JobRepository.h"
#include "store/LedgerContent.h"
#include "store/RefusedRows.h"
#include "store/RestoredBooks.h"
#include "store/TransactionRepository.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

namespace bankfeed::delivery
{

namespace
{

using store::BankTransaction;

constexpr std::int64_t entriesPerStep = 200;
constexpr std::size_t connectionsAsked = 500;

} // namespace

/// What the books said of some entries, in its unit.
class ForgottenRemovals::Answer
{
public:
    Answer(store::Unit& unit, const std::string& tenant, Random& random, UtcTime now)
        : unit_(unit), tenant_(tenant), random_(random), now_(now), facts_(unit, tenant)
    {
    }

    /// True when rows are to be judged again.
    bool note(const Heads& heads)
    {
        const auto position = facts_.position();
        if (position.retelling) return false;
        std::vector<std::string> keys;
        for (const auto& [key, head] : heads)
            keys.push_back(key);
        rows_ = lockRows(unit_, tenant_, keys);
        std::vector<BankTransaction> touched;
        for (const auto& fact : facts_.untoldRemovals(position.generation, entriesPerStep))
        {
            const auto head = heads.find(fact.rootKey);
            if (head == heads.end()) continue;
            const std::string_view value = judged(fact, head->second);
            const auto row = rows_.find(fact.rootKey);
            // What the books hold may be the word of a life that the mirror does not remember.
            const bool ours = row != rows_.end() && isOurs(row->second, head->second);
            const bool unknown = value == store::entryInBooks && !ours;
            facts_.setEntry(fact.rootKey, value, unknown ? 0 : fact.revision, position.generation);
            if (value != store::entryBack || row == rows_.end()) continue;
            if (!ours) store::noteNotOurs(row->second, head->second);
            row->second.entryMark.clear();
            touched.push_back(std::move(row->second));
        }
        return judgeAgain(touched);
    }

private:
    /// What is known of the entry from now on.
    static std::string_view judged(const store::BookFacts::Removal& fact, const Head& head)
    {
        const bool wasWantedAgain = fact.value == store::entryAgain;
        if (head.revision == 0) return wasWantedAgain ? store::entryAgain : fact.value;
        if (!wasWantedAgain) return store::entryBack;
        // The post that brings it back has come, or finds it in the books.
        return head.revision >= fact.revision ? store::entryAgain : store::entryInBooks;
    }

    /// Whether the head is of what the mirror would say of the row.
    static bool isOurs(const BankTransaction& row, const Head& head)
    {
        const auto is = [&](ChangeKind kind)
        {
            return store::changeOf(row, kind, head.revision, row.sentLedgerAccountId)
                       .contentDigest == head.contentDigest;
        };
        return is(ChangeKind::Post) || (head.revision > 1 && is(ChangeKind::Amend));
    }

    bool judgeAgain(const std::vector<BankTransaction>& touched)
    {
        if (touched.empty()) return false;
        std::set<std::string> accounts;
        for (const auto& row : touched)
            if (row.bankAccountId) accounts.insert(*row.bankAccountId);
        store::TransactionRepository(unit_, tenant_).save(touched);
        store::RefusedRows refused(unit_, tenant_);
        refused.note(accounts, random_, now_);
        store::RestoredBooks(unit_, tenant_).noteBack(accounts, true, random_, now_);
        const auto freed = refused.connectionsWithFreed(now_, connectionsAsked);
        for (const auto& id : freed)
            store::JobRepository(unit_).ask(random_, tenant_, store::job::freed, id, now_);
        return !freed.empty();
    }

    store::Unit& unit_;
    const std::string& tenant_;
    Random& random_;
    UtcTime now_;
    store::BookFacts facts_;
    std::map<std::string, BankTransaction> rows_; ///< By root key.
};

Result<ForgottenRemovals::Outcome> ForgottenRemovals::step(const std::string& tenant)
{
    BF_LET(keys, database_.read(
                     [&](store::Unit& unit) -> Result<std::vector<std::string>>
                     {
                         store::BookFacts facts(unit, tenant);
                         const auto position = facts.position();
                         std::vector<std::string> found;
                         if (position.retelling) return found;
                         for (auto& one : facts.untoldRemovals(position.generation, entriesPerStep))
                             found.push_back(std::move(one.rootKey));
                         return found;
                     }));
    if (keys.empty()) return Outcome{true, false};
    BF_LET(heads, headsOf(ledger_, tenant, keys));
    BF_LET(asked, database_.write([&](store::Unit& unit) -> Result<bool>
                      { return Answer(unit, tenant, random_, clock_.now()).note(heads); }));
    return Outcome{false, asked};
}

} // namespace bankfeed::delivery
