#include "Books.h"

#include "base/LedgerDigest.h"
#include "store/Database.h"

#include <algorithm>
#include <utility>

namespace bankfeed::simulation
{

namespace
{

constexpr std::size_t changesMax = 512;

PostOutcome refused(
    std::size_t index, RefusalReason reason, PostOutcome::Kind kind = PostOutcome::Kind::Rejected)
{
    PostOutcome outcome;
    outcome.kind = kind;
    outcome.index = index;
    outcome.reason = reason;
    return outcome;
}

} // namespace

Books::Account& Books::open(
    const std::string& name, LedgerAccountType type, const std::string& currency, int exponent)
{
    Account account;
    account.id = tenant_ + "-la" + std::to_string(nextAccount_++);
    account.name = name;
    account.type = type;
    account.currency = currency;
    account.exponent = exponent;
    const std::string id = account.id;
    return accounts_.emplace(id, std::move(account)).first->second;
}

const std::string& Books::nowOf(const std::string& accountId) const
{
    const std::string* id = &accountId;
    for (auto at = merged.find(*id); at != merged.end(); at = merged.find(*id))
        id = &at->second;
    return *id;
}

std::int64_t Books::fed(const std::string& accountId) const
{
    std::int64_t sum = 0;
    for (const auto& [key, entry] : state.entries)
        if (nowOf(entry.last.ledgerAccountId) == accountId && !entry.removed)
            sum += entry.last.units;
    return sum;
}

Result<void> Books::enter(const std::string& tenant, const char* what)
{
    if (store::Database::insideUnit())
        journal_.broken(std::string("a unit is open while the host is called: ") + what);
    if (mortality_.dead) return Error::stopping();
    if (tenant != tenant_) journal_.broken("the host is asked for tenant " + tenant);
    if (!fate_.strikes(Trouble::DeathAtCall)) return success();
    mortality_.die();
    return Error::stopping();
}

Result<void> Books::leave()
{
    if (!fate_.strikes(Trouble::DeathAtCall)) return success();
    mortality_.die();
    return Error::stopping();
}

Result<void> Books::visitTenants(const std::function<Result<void>(const std::string&)>& visit)
{
    BF_TRY(enter(tenant_, "visit_tenants"));
    return visit(tenant_);
}

Result<std::vector<LedgerAccount>> Books::accounts(const std::string& tenant)
{
    BF_TRY(enter(tenant, "list"));
    std::vector<LedgerAccount> all;
    for (const auto& [id, account] : accounts_)
    {
        if (merged.contains(id)) continue;
        LedgerAccount one;
        one.id = id;
        one.name = account.name;
        one.type = account.type;
        one.open = !account.closed;
        one.currency = account.currency;
        one.exponent = account.exponent;
        std::string last;
        for (const auto& hand : account.byHand)
        {
            one.balanceUnits += hand.units;
            last = std::max(last, hand.on);
        }
        for (const auto& [key, entry] : state.entries)
        {
            if (nowOf(entry.last.ledgerAccountId) != id || entry.removed) continue;
            one.balanceUnits += entry.last.units;
            last = std::max(last, entry.last.bookedOn);
        }
        one.lastEntryOn = Date::parse(last);
        all.push_back(std::move(one));
    }
    BF_TRY(leave());
    return all;
}

Result<std::string> Books::createAccount(
    const std::string& tenant, const LedgerAccountRequest& request)
{
    BF_TRY(enter(tenant, "create"));
    if (fate_.strikes(Trouble::BooksUnanswered))
        return Error::unknown("host.simulated", "The books did not answer.");
    auto& id = made_[request.idempotencyKey];
    if (id.empty())
    {
        for (const auto& [other, account] : accounts_)
            if (account.name == request.name)
            {
                made_.erase(request.idempotencyKey);
                return Error::conflict("host.name_taken", "There is such an account.");
            }
        id = open(request.name, request.type, request.currency, request.exponent).id;
        journal_.tell(times_.now(), "books: account " + id + " " + request.name + " is made");
    }
    BF_TRY(leave());
    if (fate_.strikes(Trouble::BooksUnanswered))
        return Error::unknown("host.simulated", "The books did not answer.");
    return id;
}

Result<std::optional<Watermark>> Books::watermark(
    const std::string& tenant, const std::string& feedId)
{
    BF_TRY(enter(tenant, "get_watermark"));
    if (fate_.strikes(Trouble::BooksUnanswered))
        return Error::unknown("host.simulated", "The books did not answer.");
    const auto found = state.watermarks.find(feedId);
    if (found == state.watermarks.end()) return std::optional<Watermark>{};
    return std::optional<Watermark>{found->second};
}

Result<std::vector<Head>> Books::heads(
    const std::string& tenant, const std::vector<std::string>& rootKeys)
{
    BF_TRY(enter(tenant, "find_heads"));
    if (rootKeys.empty() || rootKeys.size() > changesMax)
        journal_.broken("find_heads is asked for " + std::to_string(rootKeys.size()) + " keys");
    if (fate_.strikes(Trouble::BooksUnanswered))
        return Error::unknown("host.simulated", "The books did not answer.");
    std::vector<Head> found;
    for (const auto& key : rootKeys)
    {
        const auto entry = state.entries.find(key);
        found.push_back(entry == state.entries.end() ? Head{} : entry->second.head);
    }
    return found;
}

Result<std::optional<Ledger::Entries>> Books::entries(
    const std::string& tenant, const std::string& feedId, const std::string& after)
{
    BF_TRY(enter(tenant, "visit_entries"));
    if (fate_.strikes(Trouble::BooksUnanswered))
        return Error::unknown("host.simulated", "The books did not answer.");
    constexpr std::size_t perVisit = 7;
    Entries found;
    for (auto at = state.entries.upper_bound(after); at != state.entries.end(); ++at)
    {
        const auto& [key, entry] = *at;
        if (entry.feedId != feedId) continue;
        found.more = found.entries.size() == perVisit;
        if (found.more) break;
        const LedgerChange& last = entry.last;
        found.entries.push_back({key, entry.head, last.kind, entry.removed, entry.reconciled,
            nowOf(last.ledgerAccountId), last.units, last.exponent, last.currency, last.bookedOn,
            last.description, last.originalDescription});
        found.last = key;
    }
    return std::optional<Entries>{std::move(found)};
}

Result<PostOutcome> Books::post(const LedgerBatch& batch)
{
    BF_TRY(enter(batch.tenant, "post_batch"));
    if (fate_.strikes(Trouble::BooksUnanswered))
        return Error::unknown("host.simulated", "The books did not answer, and did nothing.");
    auto outcome = apply(batch);
    if (outcome.ok())
        journal_.tell(times_.now(),
            "books: batch of " + std::to_string(batch.changes.size()) + " from " +
                std::to_string(batch.changes.front().seq) +
                (outcome->kind == PostOutcome::Kind::Applied
                        ? " applied"
                        : " refused " + std::to_string(static_cast<int>(outcome->reason))));
    BF_TRY(leave());
    if (fate_.strikes(Trouble::BooksUnanswered))
        return Error::unknown("host.simulated", "The books did not answer.");
    return outcome;
}

Result<void> Books::checkDigests(const LedgerBatch& batch) const
{
    if (batch.changes.empty() || batch.changes.size() > changesMax || batch.epoch == 0)
    {
        journal_.broken("a batch has no changes, too many, or no epoch");
        return Error::invalid("host.simulated", "The batch is malformed.");
    }
    Digest chain = batch.previousDigest;
    std::uint64_t seq = batch.changes.front().seq;
    for (const auto& change : batch.changes)
    {
        if (change.seq != seq++) journal_.broken("a batch has a gap");
        if (contentDigest(change) != change.contentDigest)
            journal_.broken("the digest of a change is wrong");
        chain = nextInChain(chain, change.seq, change.contentDigest);
        if (chain == change.chainDigest) continue;
        journal_.broken("the chain of a batch is wrong");
        return Error::corrupt("host.simulated", "A digest is wrong.");
    }
    return success();
}

Result<PostOutcome> Books::apply(const LedgerBatch& batch)
{
    BF_TRY(checkDigests(batch));
    const auto mark = state.watermarks.find(batch.feedId);
    const bool same = mark != state.watermarks.end() && mark->second.epoch == batch.epoch;
    const std::uint64_t known = same ? mark->second.lastSeq : 0;
    const std::uint64_t first = batch.changes.front().seq;
    if (same && first > known + 1) return refused(0, RefusalReason::Gap);
    if (same && first == known + 1 && batch.previousDigest != mark->second.chainDigest)
    {
        journal_.broken("a batch does not go on with the chain of the watermark");
        return Error::corrupt("host.simulated", "The chain is broken.");
    }
    if (!same && !batch.epochStart) return refused(0, RefusalReason::Epoch);
    if (!same && batch.previousDigest != Digest{})
    {
        journal_.broken("an epoch does not begin with zeros");
        return Error::corrupt("host.simulated", "An epoch begins with zeros.");
    }

    std::map<std::string, Entry> changed;
    PostOutcome outcome;
    for (std::size_t i = 0; i < batch.changes.size(); ++i)
    {
        const auto& change = batch.changes[i];
        if ((same && change.seq <= known) || change.kind == ChangeKind::Noop) continue;
        const auto inBatch = changed.find(change.rootKey);
        const auto stored = state.entries.find(change.rootKey);
        const Entry* head = inBatch != changed.end()        ? &inBatch->second
                            : stored != state.entries.end() ? &stored->second
                                                            : nullptr;
        if (head != nullptr && head->head.revision == change.revision &&
            head->head.contentDigest == change.contentDigest)
            continue;
        if (const auto no = refusal(change, head, i)) return *no;
        if (toldRemoved_.contains(change.rootKey))
            journal_.broken("something is sent of what a person removed: " + change.rootKey);
        const std::uint32_t before = head == nullptr ? 0 : head->applied;
        changed[change.rootKey] = {{change.revision, change.contentDigest}, change, before + 1,
            false, false, batch.feedId};
        ++outcome.appliedNow;
        amends += change.kind == ChangeKind::Amend ? 1 : 0;
        voids += change.kind == ChangeKind::Void ? 1 : 0;
    }
    for (auto& [key, entry] : changed)
        state.entries[key] = std::move(entry);
    Watermark& after = state.watermarks[batch.feedId];
    const auto& last = batch.changes.back();
    if (!same || last.seq > known) after = {batch.epoch, last.seq, last.chainDigest};
    if (!same) ++epochs;
    applied += outcome.appliedNow;
    outcome.after = after;
    return outcome;
}

std::optional<PostOutcome> Books::refusal(
    const LedgerChange& change, const Entry* head, std::size_t index) const
{
    // Above the first revision only a removed entry is posted, which a person wants back; books
    // that were restored since may never have had it.
    const bool comesBack = head != nullptr ? head->removed : wantedBack_.contains(change.rootKey);
    if ((change.kind == ChangeKind::Post && change.revision != 1 && !comesBack) ||
        (change.kind != ChangeKind::Post && change.revision == 1) ||
        (change.kind == ChangeKind::Void && change.units != 0) || !Date::parse(change.bookedOn))
    {
        journal_.broken("a change is malformed: " + change.rootKey);
        return refused(index, RefusalReason::Invalid);
    }
    if (head != nullptr && change.revision <= head->head.revision)
        return refused(index, RefusalReason::None, PostOutcome::Kind::Conflict);
    if (head == nullptr && change.kind != ChangeKind::Post)
        return refused(index, RefusalReason::NoEntry);
    const auto account = accounts_.find(nowOf(change.ledgerAccountId));
    if (account == accounts_.end())
    {
        journal_.broken("a change is about an unknown account: " + change.ledgerAccountId);
        return refused(index, RefusalReason::UnknownAccount);
    }
    if (head != nullptr && nowOf(head->last.ledgerAccountId) != nowOf(change.ledgerAccountId))
        journal_.broken("an entry moves to another account: " + change.rootKey);
    if (account->second.currency != change.currency || account->second.exponent != change.exponent)
    {
        journal_.broken("a change is in another currency than its account: " + change.rootKey);
        return refused(index, RefusalReason::Currency);
    }
    if (account->second.closed) return refused(index, RefusalReason::AccountClosed);
    if (head != nullptr && head->removed && change.kind != ChangeKind::Post)
        return refused(index, RefusalReason::Removed);
    if (head != nullptr && head->reconciled) return refused(index, RefusalReason::Reconciled);
    const bool counts = head != nullptr && !head->removed && head->last.units != 0;
    if (change.bookedOn <= state.closedThrough ||
        (counts && head->last.bookedOn <= state.closedThrough))
        return refused(index, RefusalReason::PeriodClosed);
    return std::nullopt;
}

void Books::note(delivery::LedgerEvent::Kind kind, const std::string& subject,
    delivery::LedgerEvent::State state_, std::int64_t revision)
{
    delivery::LedgerEvent event{kind, "ev-" + std::to_string(++nextEvent_), subject};
    event.state = state_;
    event.revision = revision;
    if (kind == delivery::LedgerEvent::Kind::Period) event.through = state.closedThrough;
    state.events.push_back(std::move(event));
}

void Books::correct()
{
    using delivery::LedgerEvent;
    const std::uint64_t what = fate_.below(4);
    if (what == 0)
    {
        state.closedThrough = !state.closedThrough.empty() && fate_.oneIn(2)
                                  ? ""
                                  : Date::ofUtc(times_.now())
                                        .plusDays(-static_cast<int>(fate_.between(1, 50)))
                                        .text();
        journal_.tell(times_.now(), "books: closed through " + state.closedThrough);
        return note(LedgerEvent::Kind::Period, "", LedgerEvent::State::Plain, 0);
    }
    std::vector<std::string> keys;
    for (const auto& [key, entry] : state.entries)
        if (key.starts_with("tx1_") && !entry.removed) keys.push_back(key);
    if (keys.empty()) return;
    const std::string& key = fate_.pick(keys);
    Entry& entry = state.entries.at(key);
    if (what == 1 && !entry.reconciled && entry.last.units != 0)
    {
        entry.removed = true;
        journal_.tell(times_.now(), "books: " + key + " is removed");
        return note(
            LedgerEvent::Kind::Entry, key, LedgerEvent::State::Removed, entry.head.revision);
    }
    entry.reconciled = !entry.reconciled;
    journal_.tell(
        times_.now(), "books: " + key + (entry.reconciled ? " is reconciled" : " is not"));
    note(LedgerEvent::Kind::Entry, key,
        entry.reconciled ? LedgerEvent::State::Reconciled : LedgerEvent::State::Plain,
        entry.head.revision);
}

void Books::merge()
{
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const auto& [id, account] : accounts_)
        for (const auto& [other, into] : accounts_)
            if (id != other && !merged.contains(id) && !merged.contains(other) && !account.closed &&
                !into.closed && account.currency == into.currency &&
                account.exponent == into.exponent && account.type == into.type)
                pairs.emplace_back(id, other);
    if (pairs.empty()) return;
    const auto& [from, into] = fate_.pick(pairs);
    auto& hands = accounts_.at(into).byHand;
    const auto& moved = accounts_.at(from).byHand;
    hands.insert(hands.end(), moved.begin(), moved.end());
    merged[from] = into;
    journal_.tell(times_.now(), "books: " + from + " is merged into " + into);
    noteMerge(from);
}

void Books::noteMerge(const std::string& from)
{
    using delivery::LedgerEvent;
    note(LedgerEvent::Kind::AccountMerged, from, LedgerEvent::State::Plain, 0);
    state.events.back().into = merged.at(from);
}

void Books::goneBack()
{
    using delivery::LedgerEvent;
    for (const auto& [from, into] : merged)
        if (std::none_of(state.events.begin(), state.events.end(),
                [&](const LedgerEvent& event) {
                    return event.kind == LedgerEvent::Kind::AccountMerged && event.subject == from;
                }))
            noteMerge(from);
}

void Books::unlock()
{
    using delivery::LedgerEvent;
    for (auto& [key, entry] : state.entries)
    {
        if (!entry.reconciled) continue;
        entry.reconciled = false;
        note(LedgerEvent::Kind::Entry, key, LedgerEvent::State::Plain, entry.head.revision);
    }
    if (state.closedThrough.empty()) return;
    state.closedThrough.clear();
    note(LedgerEvent::Kind::Period, "", LedgerEvent::State::Plain, 0);
}

void Books::tell(delivery::LedgerEvents& plugin)
{
    const auto position = plugin.position(tenant_);
    if (!position.ok()) return;
    auto from = state.events.begin();
    bool start = position->retelling || !position->eventId.empty();
    for (auto at = state.events.begin(); !position->retelling && at != state.events.end(); ++at)
    {
        if (at->id != position->eventId) continue;
        from = at + 1;
        start = false;
    }
    std::string after = start ? "" : position->eventId;
    while (from != state.events.end() || start)
    {
        const auto count = std::min<std::ptrdiff_t>(3, state.events.end() - from);
        const delivery::LedgerEventBatch batch{
            tenant_, start, from + count == state.events.end(), after, {from, from + count}};
        if (!plugin.tell(batch).ok()) return;
        for (const auto& event : batch.events)
        {
            const auto entry = state.entries.find(event.subject);
            if (event.state == delivery::LedgerEvent::State::Removed &&
                entry != state.entries.end() && entry->second.removed)
                toldRemoved_.insert(event.subject);
        }
        start = false;
        from += count;
        if (count > 0) after = batch.events.back().id;
    }
}

} // namespace bankfeed::simulation
