// Books for tests: the host's side of the delivery protocol (ext/ledger-post.h), with lost answers,
// refusals, backups and restores.
#pragma once

#include "base/Ledger.h"
#include "support/BookRules.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace bankfeed::testing
{

class FakeLedger final : public Ledger
{
public:
    struct Entry
    {
        Head head;
        std::string ledgerAccountId;
        std::int64_t units = 0;
        LedgerChange last;
        bool removed = false;    ///< By a person; only a post brings it back.
        bool reconciled = false; ///< Nothing changes it.
        std::string feedId;
    };
    /// All that a backup keeps.
    struct Books
    {
        std::map<std::string, Watermark> watermarks;
        std::map<std::string, Entry> entries; ///< By root key.
    };

    explicit FakeLedger(std::string tenant) : tenant_(std::move(tenant)) {}

    Books books;

    int losesAnswers = 0; ///< So many batches are applied, and the answer is lost.
    int failsBefore = 0;  ///< So many batches are not applied, and no answer comes.
    bool watermarkFails = false;
    bool headsFail = false;
    bool listsEntries = true;
    bool entriesFail = false;
    std::size_t entriesPerVisit = 3;
    std::string closedThrough;                    ///< Nothing is booked on or before this day.
    std::map<std::string, RefusalReason> refuses; ///< By ledger account.
    std::function<RefusalReason(const LedgerChange&)> refusesRow; ///< None: it is taken.
    std::function<void(const LedgerBatch&)> beforeBatch;
    std::function<void()> beforeWatermark; ///< Runs before each call of watermark().
    std::function<void()> beforeHeads;     ///< Runs before each call of heads().
    std::uint64_t applied = 0;
    std::uint64_t posts = 0;
    std::uint64_t amends = 0;
    std::uint64_t voids = 0;
    std::size_t batches = 0;
    std::size_t epochStarts = 0;

    /// A person takes an entry out.
    void remove(const std::string& rootKey)
    {
        books.entries.at(rootKey).removed = true;
        books.entries.at(rootKey).units = 0;
    }

    /// The sum of the bank's legs in an account.
    [[nodiscard]] std::int64_t sum(const std::string& ledgerAccountId) const
    {
        std::int64_t total = 0;
        for (const auto& [key, entry] : books.entries)
            total += entry.ledgerAccountId == ledgerAccountId ? entry.units : 0;
        return total;
    }

    [[nodiscard]] Result<void> visitTenants(
        const std::function<Result<void>(const std::string& tenant)>& visit) override
    {
        return visit(tenant_);
    }
    [[nodiscard]] Result<std::vector<LedgerAccount>> accounts(const std::string&) override
    {
        return std::vector<LedgerAccount>{};
    }
    [[nodiscard]] Result<std::string> createAccount(
        const std::string&, const LedgerAccountRequest&) override
    {
        return Error::internal("test.unused", "Not part of these books.");
    }

    [[nodiscard]] Result<std::optional<Watermark>> watermark(
        const std::string&, const std::string& feedId) override
    {
        if (beforeWatermark) beforeWatermark();
        if (watermarkFails) return Error::unknown("test.ledger", "No answer.");
        const auto found = books.watermarks.find(feedId);
        if (found == books.watermarks.end()) return std::optional<Watermark>{};
        return std::optional<Watermark>{found->second};
    }

    [[nodiscard]] Result<std::vector<Head>> heads(
        const std::string&, const std::vector<std::string>& rootKeys) override
    {
        if (rootKeys.size() > 512) return Error::invalid("test.ledger", "Too many keys.");
        if (beforeHeads) beforeHeads();
        if (headsFail) return Error::unknown("test.ledger", "No answer.");
        std::vector<Head> found;
        for (const auto& key : rootKeys)
        {
            const auto entry = books.entries.find(key);
            found.push_back(entry == books.entries.end() ? Head{} : entry->second.head);
        }
        return found;
    }

    [[nodiscard]] Result<std::optional<Entries>> entries(
        const std::string&, const std::string& feedId, const std::string& after) override
    {
        if (!listsEntries) return std::optional<Entries>{};
        if (entriesFail) return Error::unknown("test.ledger", "No answer.");
        return std::optional<Entries>{listedEntries(books.entries, feedId, after, entriesPerVisit)};
    }

    [[nodiscard]] Result<PostOutcome> post(const LedgerBatch& batch) override
    {
        ++batches;
        if (beforeBatch) beforeBatch(batch);
        if (failsBefore > 0)
        {
            --failsBefore;
            return Error::unknown("test.ledger", "Crashed before the commit.");
        }
        Books next = books;
        auto outcome = apply(batch, next);
        if (!outcome.ok()) return outcome;
        if (outcome->kind == PostOutcome::Kind::Applied)
        {
            books = std::move(next);
            applied += outcome->appliedNow;
            if (batch.epochStart) ++epochStarts;
        }
        if (losesAnswers > 0)
        {
            --losesAnswers;
            return Error::unknown("test.ledger", "The answer was lost.");
        }
        return outcome;
    }

private:
    static PostOutcome refusal(std::size_t index, RefusalReason reason,
        PostOutcome::Kind kind = PostOutcome::Kind::Rejected)
    {
        PostOutcome outcome;
        outcome.kind = kind;
        outcome.index = index;
        outcome.reason = reason;
        return outcome;
    }

    [[nodiscard]] Result<PostOutcome> apply(const LedgerBatch& batch, Books& next)
    {
        if (batch.changes.empty() || batch.changes.size() > 512 || !digestsFit(batch))
            return Error::corrupt("test.ledger", "A digest is wrong.");
        const auto mark = next.watermarks.find(batch.feedId);
        const bool sameEpoch = mark != next.watermarks.end() && mark->second.epoch == batch.epoch;
        std::uint64_t known = 0;
        if (sameEpoch)
        {
            known = mark->second.lastSeq;
            if (batch.changes.front().seq > known + 1) return refusal(0, RefusalReason::Gap);
            if (batch.changes.front().seq == known + 1 &&
                batch.previousDigest != mark->second.chainDigest)
                return Error::corrupt("test.ledger", "The chain is broken.");
        }
        else if (!batch.epochStart)
            return refusal(0, RefusalReason::Epoch);
        else if (batch.previousDigest != Digest{})
            return Error::corrupt("test.ledger", "An epoch begins with zeros.");

        PostOutcome outcome;
        for (std::size_t i = 0; i < batch.changes.size(); ++i)
        {
            const auto& change = batch.changes[i];
            if (sameEpoch && change.seq <= known) continue;
            if (const auto refused = applyOne(change, next, i, outcome)) return *refused;
            if (change.kind != ChangeKind::Noop)
                next.entries.at(change.rootKey).feedId = batch.feedId;
        }
        Watermark& after = next.watermarks[batch.feedId];
        if (!sameEpoch || batch.changes.back().seq > after.lastSeq)
            after = {batch.epoch, batch.changes.back().seq, batch.changes.back().chainDigest};
        outcome.after = after;
        return outcome;
    }

    [[nodiscard]] std::optional<PostOutcome> applyOne(
        const LedgerChange& change, Books& next, std::size_t index, PostOutcome& outcome)
    {
        if (change.kind == ChangeKind::Noop) return std::nullopt;
        // As host-sdk's bf_batch_check has it.
        if ((change.kind != ChangeKind::Post && change.revision == 1) || change.revision == 0 ||
            (change.kind == ChangeKind::Void && change.units != 0))
            return refusal(index, RefusalReason::Invalid);
        const auto head = next.entries.find(change.rootKey);
        if (head != next.entries.end() && change.revision <= head->second.head.revision)
        {
            if (change.revision == head->second.head.revision &&
                change.contentDigest == head->second.head.contentDigest)
                return std::nullopt;
            return refusal(index, RefusalReason::None, PostOutcome::Kind::Conflict);
        }
        if (head == next.entries.end() && change.kind != ChangeKind::Post)
            return refusal(index, RefusalReason::NoEntry);
        // An account, and so an entry, keeps its currency.
        if (head != next.entries.end() && (change.currency != head->second.last.currency ||
                                              change.exponent != head->second.last.exponent))
            return refusal(index, RefusalReason::Currency);
        if (head != next.entries.end() && head->second.removed && change.kind != ChangeKind::Post)
            return refusal(index, RefusalReason::Removed);
        if (head != next.entries.end() && head->second.reconciled)
            return refusal(index, RefusalReason::Reconciled);
        if (change.bookedOn <= closedThrough ||
            (head != next.entries.end() && head->second.units != 0 &&
                head->second.last.bookedOn <= closedThrough))
            return refusal(index, RefusalReason::PeriodClosed);
        if (const auto reason = refuses.find(change.ledgerAccountId); reason != refuses.end())
            return refusal(index, reason->second);
        if (const auto reason = refusesRow ? refusesRow(change) : RefusalReason::None;
            reason != RefusalReason::None)
            return refusal(index, reason);
        posts += change.kind == ChangeKind::Post ? 1 : 0;
        amends += change.kind == ChangeKind::Amend ? 1 : 0;
        voids += change.kind == ChangeKind::Void ? 1 : 0;
        next.entries[change.rootKey] = {{change.revision, change.contentDigest},
            change.ledgerAccountId, change.units, change, false, false, {}};
        ++outcome.appliedNow;
        return std::nullopt;
    }

    std::string tenant_;
};

} // namespace bankfeed::testing
