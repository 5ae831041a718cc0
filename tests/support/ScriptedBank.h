// A bank for tests: its truth, a log of what changed, and pages over that log with cursors that
// behave as the provider's do, mutations included.
#pragma once

#include "base/BankProvider.h"
#include "money/Decimal.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace bankfeed::testing
{

struct BankRow
{
    BankRow() = default;
    BankRow(
        std::string rowId, std::string account, std::int64_t amount, std::string day = "2026-01-15")
        : id(std::move(rowId)), accountId(std::move(account)), units(amount), date(std::move(day))
    {
    }

    std::string id;
    std::string accountId;
    std::int64_t units = 0; ///< Debit positive.
    std::string date;
    std::string name = "COFFEE";
    bool pending = false;
    std::string pendingId;
    std::string exact;    ///< Instead of `units`, as the bank writes it.
    std::string merchant; ///< The provider's guess.
};

class ScriptedBank final : public BankProvider
{
public:
    struct Account
    {
        Account() = default;
        Account(std::string accountId, std::string code = "USD", std::int64_t base = 0)
            : id(std::move(accountId)), currency(std::move(code)), baseUnits(base)
        {
        }

        std::string id;
        std::string currency;
        int exponent = 2;
        std::int64_t baseUnits = 0; ///< What was there before the first row.
        bool official = true;       ///< Of the currency's code.
    };

    // --- the bank's side ---

    void addAccount(const Account& account) { accounts_[account.id] = account; }
    void removeAccount(const std::string& id) { accounts_.erase(id); }

    void put(const BankRow& row)
    {
        const bool known = truth_.contains(row.id);
        truth_[row.id] = row;
        log_.push_back({known ? Kind::Modified : Kind::Added, row});
    }
    void remove(const std::string& id)
    {
        log_.push_back({Kind::Removed, truth_.at(id)});
        truth_.erase(id);
    }
    /// The row was there before, and the bank showed it: it is not news to the balance.
    void putLate(const BankRow& row)
    {
        accounts_.at(row.accountId).baseUnits -= row.units;
        put(row);
    }
    /// The log says that a row changed, and it did not.
    void touch(const std::string& id) { log_.push_back({Kind::Modified, truth_.at(id)}); }
    /// What the provider does when a pending row posts: a new row takes its place.
    /// The id by value: it may be that of the very row that goes.
    void post(std::string pendingId, const std::string& newId, std::int64_t units)
    {
        BankRow row = truth_.at(pendingId);
        remove(pendingId);
        row.id = newId;
        row.pendingId = pendingId;
        row.pending = false;
        row.units = units;
        put(row);
    }

    [[nodiscard]] const std::map<std::string, BankRow>& truth() const { return truth_; }
    [[nodiscard]] std::int64_t balance(const std::string& accountId) const
    {
        std::int64_t sum = accounts_.at(accountId).baseUnits;
        for (const auto& [id, row] : truth_)
            sum += row.accountId == accountId && !row.pending ? row.units : 0;
        return sum;
    }

    // --- how it behaves ---

    std::size_t pageSize = 500;
    bool collapse = true; ///< False: every entry of the log is sent, also those undone later.
    bool ready = true;
    HistoryState history = HistoryState::Complete;
    std::size_t heldBack = 0; ///< So many of the log's last entries are not shown yet.
    std::map<std::string, std::int64_t> balancesShown; ///< Old ones that it still shows.
    bool namesBalances = true;
    std::size_t accountsCalls = 0;
    std::size_t cursorsSince = 0; ///< Cursors before this position of the log are refused.
    bool repeatsCursor = false;   ///< Says has_more with the cursor that it was asked with.
    bool endless = false;         ///< Says has_more for ever, with new cursors.
    std::deque<std::optional<Error>> failures;        ///< One for each call of transactions.
    std::function<void(std::size_t call)> beforePage; ///< Counted from 1.
    std::size_t calls = 0;
    std::vector<std::string> cursorsAsked;
    std::set<std::string> unticked; ///< Accounts that accounts() does not show.
    std::optional<Error> accountsFail;
    std::size_t looks = 0; ///< Calls of accounts.

    static Error mutation()
    {
        Error error = Error::retry("plaid.error", "The data changed while it was paged.");
        error.kind = ErrorKind::Provider;
        error.remedy = Remedy::Restart;
        error.providerCode = "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION";
        return error;
    }
    static Error badCursor()
    {
        Error error = Error::invalid("plaid.error", "The cursor is of no use.");
        error.remedy = Remedy::Resync;
        return error;
    }

    [[nodiscard]] Result<TransactionPage> transactions(
        const Secret& token, const std::string& cursor) override
    {
        if (token.reveal() != "token") return Error::denied("test.token", "Wrong token.");
        ++calls;
        cursorsAsked.push_back(cursor);
        if (beforePage) beforePage(calls);
        if (!failures.empty())
        {
            const auto failure = failures.front();
            failures.pop_front();
            if (failure) return *failure;
        }
        TransactionPage page;
        page.history = ready ? history : HistoryState::NotReady;
        if (!ready) return page;
        if (repeatsCursor || endless)
        {
            page.hasMore = true;
            page.nextCursor = repeatsCursor ? cursor : "endless" + std::to_string(calls);
            return page;
        }
        auto shown = pageAt(cursor, std::move(page));
        if (afterPage) std::exchange(afterPage, nullptr)();
        return shown;
    }
    std::function<void()> afterPage; ///< Runs once, after the next page is read.

    [[nodiscard]] Result<std::vector<ProviderAccount>> accounts(const Secret&) override
    {
        ++accountsCalls;
        ++looks;
        if (accountsFail) return *accountsFail;
        std::vector<ProviderAccount> shown;
        for (const auto& [id, account] : accounts_)
        {
            if (unticked.contains(id)) continue;
            ProviderAccount one;
            one.providerAccountId = id;
            one.name = id;
            one.type = "depository";
            one.currency = account.currency;
            const auto old = balancesShown.find(id);
            const auto units = old == balancesShown.end() ? balance(id) : old->second;
            if (namesBalances)
                one.current =
                    ProviderAmount{money::Decimal::ofUnits(units, account.exponent).text(),
                        account.currency, account.official};
            shown.push_back(one);
        }
        if (afterAccounts) std::exchange(afterAccounts, nullptr)();
        return shown;
    }
    std::function<void()> afterAccounts; ///< Runs once, after the next balances are read.

    [[nodiscard]] Result<LinkStart> startLink(const LinkRequest&) override { return unused(); }
    [[nodiscard]] Result<LinkOutcome> linkOutcome(const Secret&, LinkPurpose) override
    {
        return unused();
    }
    [[nodiscard]] Result<NewConnection> exchange(const Secret&) override { return unused(); }
    [[nodiscard]] Result<ConnectionFacts> connection(const Secret&) override { return unused(); }
    [[nodiscard]] Result<void> removeConnection(const Secret&) override { return unused(); }

    [[nodiscard]] ProviderTransaction shown(const BankRow& row) const
    {
        const Account& account = accounts_.at(row.accountId);
        ProviderTransaction one;
        one.providerTransactionId = row.id;
        one.providerAccountId = row.accountId;
        one.pendingTransactionId = row.pendingId;
        one.amount = {row.exact.empty()
                          ? money::Decimal::ofUnits(row.units, account.exponent).text()
                          : row.exact,
            account.currency, account.official};
        one.date = *Date::parse(row.date);
        one.pending = row.pending;
        one.name = row.name;
        one.originalDescription = row.name + " 0042";
        one.merchant = row.merchant;
        return one;
    }

private:
    enum class Kind
    {
        Added,
        Modified,
        Removed,
    };
    struct Entry
    {
        Kind kind;
        BankRow row;
    };

    static Error unused() { return Error::internal("test.unused", "Not part of this bank."); }

    /// What a loop from `start` to `end` of the log sends, in order.
    [[nodiscard]] std::vector<Entry> changes(std::size_t start, std::size_t end) const
    {
        const auto at = [&](std::size_t i)
        { return log_.begin() + static_cast<std::ptrdiff_t>(i); };
        if (!collapse) return {at(start), at(end)};
        std::map<std::string, bool> before;
        for (std::size_t i = 0; i < start; ++i)
            before[log_[i].row.id] = log_[i].kind != Kind::Removed;
        std::map<std::string, std::size_t> last;
        for (std::size_t i = start; i < end; ++i)
            last[log_[i].row.id] = i;
        std::vector<Entry> sent;
        for (std::size_t i = start; i < end; ++i)
        {
            Entry entry = log_[i];
            if (last[entry.row.id] != i) continue;
            const bool known = before.contains(entry.row.id) && before[entry.row.id];
            if (entry.kind == Kind::Removed && !known) continue;
            if (entry.kind != Kind::Removed) entry.kind = known ? Kind::Modified : Kind::Added;
            sent.push_back(entry);
        }
        return sent;
    }

    /// Cursors: "c<start>" between loops; "m<start>:<end>:<sent>" inside one.
    [[nodiscard]] Result<TransactionPage> pageAt(const std::string& cursor, TransactionPage page)
    {
        std::size_t start = 0;
        const std::size_t visible = log_.size() - std::min(heldBack, log_.size());
        std::size_t end = visible;
        std::size_t sent = 0;
        if (cursor.starts_with("m"))
        {
            const auto first = cursor.find(':');
            const auto second = cursor.find(':', first + 1);
            start = std::stoul(cursor.substr(1, first - 1));
            end = std::stoul(cursor.substr(first + 1, second - first - 1));
            sent = std::stoul(cursor.substr(second + 1));
            if (end != visible) return mutation();
        }
        else if (!cursor.empty())
            start = std::stoul(cursor.substr(1));
        end = std::max(start, end);
        if (cursor.starts_with("c") && start < cursorsSince) return badCursor();

        const auto all = changes(start, end);
        const std::size_t until = std::min(all.size(), sent + pageSize);
        // A page does not contradict itself: of several words on a row it has the last.
        std::map<std::string, std::size_t> last;
        for (std::size_t i = sent; i < until; ++i)
            last[all[i].row.id] = i;
        for (std::size_t i = sent; i < until; ++i)
        {
            if (last[all[i].row.id] != i) continue;
            if (all[i].kind == Kind::Added) page.added.push_back(shown(all[i].row));
            if (all[i].kind == Kind::Modified) page.modified.push_back(shown(all[i].row));
            if (all[i].kind == Kind::Removed)
                page.removed.push_back({all[i].row.id, all[i].row.accountId});
        }
        page.hasMore = until < all.size();
        page.nextCursor = page.hasMore ? "m" + std::to_string(start) + ":" + std::to_string(end) +
                                             ":" + std::to_string(until)
                                       : "c" + std::to_string(end);
        return page;
    }

    std::map<std::string, Account> accounts_;
    std::map<std::string, BankRow> truth_;
    std::vector<Entry> log_;
};

} // namespace bankfeed::testing
