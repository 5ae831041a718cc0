#include "delivery/LedgerEvents.h"

#include "base/JsonText.h"
#include "base/Limits.h"
#include "delivery/WriterLocks.h"
#include "store/AccountLinkRepository.h"
#include "store/AuditRepository.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/JobRepository.h"
#include "store/LedgerAccountRepository.h"
#include "store/LedgerContent.h"
#include "store/NoticeRepository.h"
#include "store/RefusedRows.h"
#include "store/RestoredBooks.h"
#include "store/TenantErasureRepository.h"
#include "store/TransactionRepository.h"

#include <algorithm>
#include <map>
#include <set>

namespace bankfeed::delivery
{

namespace
{

using store::BankTransaction;
using State = LedgerEvent::State;

constexpr std::int64_t forgottenPerUnit = 200;
constexpr std::size_t connectionsAsked = 500;
constexpr std::int64_t openingsAsked = 500;
constexpr std::int64_t afterFreedMs = 2'000;

std::string_view markOf(State state)
{
    if (state == State::Removed) return store::entryMark::removed;
    if (state == State::Reconciled) return store::entryMark::reconciled;
    return {};
}

/// What a row is that people did this to.
void mark(BankTransaction& row, std::string_view mark)
{
    row.entryMark = mark;
    if (mark == store::entryMark::removed && store::inTheBooks(row) &&
        row.lane == store::lane::booked)
        row.laneReason = store::refusedReason::removed;
}

} // namespace

/// One batch, in its unit.
class LedgerEvents::Telling
{
public:
    Telling(store::Unit& unit, const std::string& tenant, Random& random, UtcTime now)
        : unit_(unit), tenant_(tenant), random_(random), now_(now), facts_(unit, tenant)
    {
    }

    /// `retelling`: the books tell everything anew, and have not come to the end before this.
    void run(const LedgerEventBatch& batch, std::int64_t generation, bool retelling)
    {
        generation_ = generation;
        retelling_ = retelling;
        lockAll(batch);
        for (const auto& event : batch.events)
        {
            switch (event.kind)
            {
            case LedgerEvent::Kind::Entry: entry(event); break;
            case LedgerEvent::Kind::Period:
                facts_.setPeriod(event.subject, event.through, generation_);
                break;
            case LedgerEvent::Kind::Account: account(event); break;
            case LedgerEvent::Kind::AccountMerged: merge(event); break;
            }
        }
        std::vector<BankTransaction> touched;
        std::set<std::string> accounts;
        for (auto& [key, row] : rows_)
        {
            if (row.bankAccountId) accounts.insert(*row.bankAccountId);
            touched.push_back(std::move(row));
        }
        store::TransactionRepository(unit_, tenant_).save(touched);
        store::RefusedRows(unit_, tenant_).note(accounts, random_, now_);
        store::RestoredBooks(unit_, tenant_).noteBack(accounts, someAreBack_, random_, now_);
    }

private:
    /// The rows that are told of, and whatever writes to accounts that were merged.
    void lockAll(const LedgerEventBatch& batch)
    {
        std::vector<std::string> keys;
        std::set<std::string> connections;
        store::AccountLinkRepository links(unit_, tenant_);
        for (const auto& event : batch.events)
        {
            if (event.kind == LedgerEvent::Kind::Entry) keys.push_back(event.subject);
            if (event.kind != LedgerEvent::Kind::AccountMerged) continue;
            const auto link = links.ofLedgerAccount(event.subject);
            if (!link) continue;
            const auto account =
                store::BankAccountRepository(unit_, tenant_).find(link->bankAccountId);
            if (account) connections.insert(account->connectionId);
        }
        rows_ = lockRows(unit_, tenant_, keys, std::move(connections));
        known_ = facts_.entries(keys, now_);
    }

    void entry(const LedgerEvent& event)
    {
        const auto known = known_.find(event.subject);
        // A person had it imported again after that; or it came back some other way meanwhile.
        const bool overtaken = known != known_.end() && known->second.value == store::entryAgain &&
                               event.revision < known->second.revision;
        // On their way they come by what was the case once, and nothing may come back meanwhile.
        if (retelling_ && event.state != State::Removed && known != known_.end() &&
            (overtaken || known->second.value == store::entryMark::removed))
            return facts_.putOff(event.subject, markOf(event.state), event.revision, generation_);
        facts_.forgetPutOff(event.subject);
        if (overtaken && event.state == State::Removed)
            return facts_.setEntry(
                event.subject, store::entryAgain, known->second.revision, generation_);
        std::string_view value = markOf(event.state);
        if (overtaken && event.state == State::Plain) value = store::entryInBooks;
        // Put off, and the removal was not told again: restored books have it as it was before.
        if (value.empty() && known != known_.end() &&
            known->second.value == store::entryMark::removed &&
            known->second.generation < generation_)
        {
            value = store::entryBack;
            someAreBack_ = true;
        }
        facts_.setEntry(event.subject, value, event.revision, generation_);
        known_[event.subject] = {std::string(value), event.revision, generation_, ""};
        if (const auto row = rows_.find(event.subject); row != rows_.end())
            mark(row->second, markOf(event.state));
    }

    void account(const LedgerEvent& event)
    {
        facts_.accountTold(event.subject);
        store::LedgerAccountRepository ledger(unit_, tenant_);
        auto found = ledger.find(event.subject);
        const bool open = event.state != State::Closed;
        if (!found || found->open == open) return; // The host's list brings what is new.
        found->open = open;
        ledger.put({*found}, now_);
    }

    void merge(const LedgerEvent& event)
    {
        if (const auto fed =
                store::AccountLinkRepository(unit_, tenant_).ofLedgerAccount(event.into))
            store::NoticeRepository(unit_, tenant_)
                .clear(store::notice::mergeForgotten, fed->bankAccountId, now_);
        const bool isNews = facts_.setMerged(event.subject, event.into, generation_);
        const std::string into = facts_.targetOf(event.subject);
        store::AccountLinkRepository links(unit_, tenant_);
        const auto link = links.ofLedgerAccount(event.subject);
        // What another bank account told is no part of what this one feeds: its opening balance
        // does not make up for it. So links of before keep the name of the account they fed.
        // Nor does it for what one told that fed the other account before.
        const bool fed = links.ofLedgerAccount(into).has_value() ||
                         (link && links.wasFedByAnother(into, link->feedId));
        if (link && fed) endLink(*link, event.subject, into);
        const bool moved = !fed && links.mergeLedgerAccount(event.subject, into);
        if (!isNews && !moved) return; // The books tell everything anew now and then.
        store::AuditRepository(unit_, tenant_)
            .append(now_, store::Actor::system(), "ledger_account.merged", into,
                JsonObject()
                    .text("from", event.subject)
                    .text("from_name", nameOf(event.subject))
                    .text("into", into)
                    .text("into_name", nameOf(into))
                    .json());
    }

    /// As the books had it last; the id where they never named it.
    std::string nameOf(const std::string& ledgerAccountId)
    {
        const auto found = store::LedgerAccountRepository(unit_, tenant_).find(ledgerAccountId);
        return found ? found->name : ledgerAccountId;
    }

    /// Both are fed, and one ledger account has one feed: a person decides what becomes of this.
    void endLink(const store::AccountLink& link, const std::string& from, const std::string& into)
    {
        if (!store::AccountLinkRepository(unit_, tenant_).end(link.id, now_)) return;
        store::BankAccountRepository accounts(unit_, tenant_);
        accounts.setDecision(link.bankAccountId, store::decision::open, "", now_);
        const auto account = accounts.find(link.bankAccountId);
        if (!account) return;
        store::NoticeRepository(unit_, tenant_)
            .open(random_, store::notice::mergedAway, account->id, "warning",
                JsonObject()
                    .text("bank_account", account->name)
                    .text("bank_account_id", account->id)
                    .text("mask", account->mask)
                    .text("connection_id", account->connectionId)
                    .text("from", nameOf(from))
                    .text("into", nameOf(into))
                    .json(),
                now_);
    }

    store::Unit& unit_;
    const std::string& tenant_;
    Random& random_;
    UtcTime now_;
    store::BookFacts facts_;
    std::int64_t generation_ = 0;
    bool retelling_ = false;
    bool someAreBack_ = false;
    std::map<std::string, BankTransaction> rows_; ///< By root key.
    std::map<std::string, store::EntryFact> known_;
};

Result<store::EventPosition> LedgerEvents::position(const std::string& tenant)
{
    // Hosts ask in every round: mostly there is nothing left of a telling that broke off.
    BF_LET(left, database_.read(
                     [&](store::Unit& unit) -> Result<bool>
                     {
                         store::BookFacts facts(unit, tenant);
                         const auto known = facts.position();
                         return !known.retelling && facts.anyToForget(known.generation);
                     }));
    if (left) BF_TRY(forgetOlder(tenant));
    return database_.read([&](store::Unit& unit) -> Result<store::EventPosition>
        { return store::BookFacts(unit, tenant).position(); });
}

Result<void> LedgerEvents::tell(const LedgerEventBatch& batch)
{
    BF_ASSERT(batch.events.size() <= eventsMax);
    BF_LET(asked, database_.write(
                      [&](store::Unit& unit) -> Result<bool>
                      {
                          const UtcTime now = clock_.now();
                          if (store::TenantErasureRepository(unit, batch.tenant).find())
                              return Error::retry(
                                  "tenant.erasing", "The data of this tenant is being deleted.");
                          store::BookFacts facts(unit, batch.tenant);
                          auto position = facts.position();
                          if (!batch.fromStart && batch.afterId != position.eventId)
                              return Error::conflict("events.position",
                                  "The events do not follow the last one that is stored.");
                          if (batch.fromStart)
                          {
                              ++position.generation;
                              position.retelling = true;
                              position.eventId.clear();
                          }
                          Telling(unit, batch.tenant, random_, now)
                              .run(batch, position.generation, position.retelling);
                          if (batch.allTold) position.retelling = false;
                          if (!batch.events.empty()) position.eventId = batch.events.back().id;
                          facts.setPosition(position);
                          const auto connections = store::RefusedRows(unit, batch.tenant)
                                                       .connectionsWithFreed(now, connectionsAsked);
                          for (const auto& id : connections)
                              store::JobRepository(unit).ask(
                                  random_, batch.tenant, store::job::freed, id, now);
                          const bool openings = askForOpenings(unit, batch, now);
                          return !connections.empty() || openings;
                      }));
    if (asked) wake_.wake(WakeReason::Jobs);
    return batch.allTold ? forgetOlder(batch.tenant) : success();
}

bool LedgerEvents::applyPutOff(
    store::Unit& unit, const std::string& tenant, std::int64_t generation)
{
    LedgerEventBatch batch;
    batch.tenant = tenant;
    for (const auto& one : store::BookFacts(unit, tenant).whatWasPutOff(generation, eventsMax))
    {
        LedgerEvent event{LedgerEvent::Kind::Entry, "", one.rootKey};
        event.state = one.value == store::entryMark::reconciled ? State::Reconciled : State::Plain;
        event.revision = one.revision;
        batch.events.push_back(std::move(event));
    }
    if (!batch.events.empty())
        Telling(unit, tenant, random_, clock_.now()).run(batch, generation, false);
    return batch.events.size() < eventsMax;
}

/// An opening balance that the books refused, in a period or an account that was closed, waits with
/// no row. It is measured after the rows that are free now.
bool LedgerEvents::askForOpenings(store::Unit& unit, const LedgerEventBatch& batch, UtcTime now)
{
    const bool mayBeOpen = std::any_of(batch.events.begin(), batch.events.end(),
        [](const LedgerEvent& event) {
            return event.kind == LedgerEvent::Kind::Period ||
                   event.kind == LedgerEvent::Kind::Account;
        });
    if (!mayBeOpen) return false;
    const auto due = store::AccountLinkRepository(unit, batch.tenant).openingsDue(openingsAsked);
    for (const auto& id : due)
        store::JobRepository(unit).ask(
            random_, batch.tenant, store::job::opening, id, now, plusMs(now, afterFreedMs));
    return !due.empty();
}

/// What the books did not tell again when they told everything anew is not the case any more.
Result<void> LedgerEvents::forgetOlder(const std::string& tenant)
{
    for (bool done = false; !done;)
    {
        BF_LET(none, database_.write(
                         [&](store::Unit& unit) -> Result<bool>
                         {
                             store::BookFacts facts(unit, tenant);
                             const auto position = facts.position();
                             if (position.retelling) return true;
                             const bool applied = applyPutOff(unit, tenant, position.generation);
                             return facts.forgetOlder(position.generation, forgottenPerUnit) &&
                                    applied;
                         }));
        done = none;
    }
    return success();
}

} // namespace bankfeed::delivery
