#include "console/AccountAnswers.h"

#include "console/Answers.h"
#include "console/Console.h"
#include "engine/LiveBalances.h"
#include "store/NoticeRepository.h"

#include <algorithm>
#include <map>
#include <set>

namespace bankfeed::console
{

Work Work::of(const store::JobRepository::Status& sync, const store::JobRepository::Status& refresh,
    UtcTime now)
{
    Work work;
    for (const auto* status : {&sync, &refresh})
    {
        if (!status->exists) continue;
        if (status->attempts > 0)
        {
            work.waiting = true;
            if (!work.nextTryAt || status->dueAt < *work.nextTryAt)
            {
                work.nextTryAt = status->dueAt;
                work.errorCode = status->errorCode;
                work.errorText = status->errorText;
            }
        }
        else
            work.running = work.running || status->running || status->dueAt <= now;
    }
    return work;
}

namespace
{

using Ids = std::vector<std::string>;

/// What a repository takes at once.
constexpr std::size_t idsAtOnce = 500;

bool owesOpening(const store::AccountLink& link)
{
    return link.state == store::linkState::active && link.opening == store::openingState::due;
}

/// What a map has for a key, else a value that says nothing.
template <class Map>
typename Map::mapped_type entryOf(const Map& map, const std::string& key)
{
    const auto found = map.find(key);
    return found == map.end() ? typename Map::mapped_type{} : found->second;
}

template <class Map>
std::optional<typename Map::mapped_type> maybeOf(const Map& map, const std::string& key)
{
    const auto found = map.find(key);
    if (found == map.end()) return std::nullopt;
    return found->second;
}

/// What is known of some connections beside their accounts.
class Heads
{
public:
    Heads(store::Unit& unit, const std::string& tenant,
        const std::vector<store::Connection>& connections)
        : unit_(unit), tenant_(tenant)
    {
        Ids ids;
        Ids banks;
        Ids olds;
        for (const store::Connection& one : connections)
        {
            ids.push_back(one.id);
            if (!one.institutionId.empty()) banks.push_back(one.institutionId);
            if (!one.replaces.empty()) olds.push_back(one.replaces);
        }
        store::JobRepository jobs(unit);
        syncs_ = jobs.statuses(tenant, store::job::sync, ids);
        refreshes_ = jobs.statuses(tenant, store::job::refresh, ids);
        balances_ = jobs.statuses(tenant, store::job::askBalances, ids);
        loops_ = store::SyncLoopRepository(unit, tenant).ofConnections(ids);
        tallies_ = store::BankAccountRepository(unit, tenant).tallies(ids);
        outages_ = store::OutageRepository(unit, tenant).ofInstitutions(banks);
        banks_ = store::InstitutionRepository(unit, tenant).ofIds(banks);
        store::ConnectionRepository repository(unit, tenant);
        asked_ = repository.balancesAsked(ids);
        olds_ = repository.ofIds(olds);
        successors_ = repository.successorsOf(ids);
        standings_ = store::OutboxRepository(unit, tenant).standings(ids);
        differing_ = store::BalanceProofRepository(unit, tenant).differing(ids);
    }

    [[nodiscard]] ConnectionView of(store::Connection connection, UtcTime now)
    {
        ConnectionView view;
        const std::string& id = connection.id;
        view.work = Work::of(entryOf(syncs_, id), entryOf(refreshes_, id), now);
        view.work.loop = maybeOf(loops_, id);
        // Its jobs end as they come up, and are asked for again by who resumes it.
        if (connection.pausedAt) view.work.rest();
        const auto tally = entryOf(tallies_, id);
        view.accountsInAll = tally.all;
        if (connection.state != store::connectionState::removed) view.toDecide = tally.toDecide;
        if (!connection.ended()) view.outage = maybeOf(outages_, connection.institutionId);
        view.bank = maybeOf(banks_, connection.institutionId);
        if (view.bank && !view.bank->readAt) view.bank.reset();
        view.balances.asked = entryOf(asked_, id);
        view.balances.askableAt = engine::balancesAskableAt(view.balances.asked, now);
        view.balances.running = balances_.contains(id);
        view.feeds = entryOf(standings_, id);
        if (!connection.ended()) view.proofsDiffer = entryOf(differing_, id);
        addOthers(connection, view);
        view.connection = std::move(connection);
        return view;
    }

private:
    void addOthers(const store::Connection& connection, ConnectionView& view)
    {
        if (connection.removedAt) return;
        if (auto old = maybeOf(olds_, connection.replaces); old && !old->removedAt)
        {
            auto handover = engine::HandoverView::load(unit_, tenant_, connection, *old);
            view.replaces = ConnectionView::Other{std::move(*old), handover};
        }
        if (auto successor = maybeOf(successors_, connection.id))
        {
            auto handover = engine::HandoverView::load(unit_, tenant_, *successor, connection);
            view.replacedBy = ConnectionView::Other{std::move(*successor), handover};
        }
    }

    using Statuses = std::map<std::string, store::JobRepository::Status>;

    store::Unit& unit_;
    const std::string& tenant_;
    Statuses syncs_;
    Statuses refreshes_;
    Statuses balances_;
    std::map<std::string, store::LoopRecord> loops_;
    std::map<std::string, store::BankAccountRepository::Tally> tallies_;
    std::map<std::string, store::Outage> outages_;
    std::map<std::string, store::Institution> banks_;
    std::map<std::string, store::ConnectionRepository::BalancesAsked> asked_;
    std::map<std::string, store::Connection> olds_;
    std::map<std::string, store::Connection> successors_;
    std::map<std::string, store::OutboxRepository::Standing> standings_;
    std::map<std::string, std::int64_t> differing_;
};

/// What is known of at most idsAtOnce accounts.
class Details
{
public:
    Details(store::Unit& unit, const std::string& tenant, const Ids& ids)
    {
        links_ = store::AccountLinkRepository(unit, tenant).currentOf(ids);
        Ids links;
        Ids releasing;
        Ids owing;
        Ids ledgers;
        Ids unmade;
        for (const auto& [account, link] : links_)
        {
            links.push_back(link.id);
            if (link.state == store::linkState::releasing) releasing.push_back(link.id);
            if (owesOpening(link)) owing.push_back(link.id);
            if (link.ledgerAccountId)
                ledgers.push_back(*link.ledgerAccountId);
            else
                unmade.push_back(link.id);
        }
        store::TransactionRepository rows(unit, tenant);
        counts_ = rows.laneCounts(ids);
        late_ = rows.lateRows(links);
        proofs_ = store::BalanceProofRepository(unit, tenant).ofAccounts(ids);
        store::LedgerAccountRepository ledger(unit, tenant);
        names_ = ledger.namesOf(ledgers);
        for (const auto& [account, link] : links_)
            if (link.ledgerAccountId && !names_.contains(*link.ledgerAccountId))
                unmade.push_back(link.id);
        wished_ = ledger.wishedNames(unmade);
        outstanding_ =
            store::NoticeRepository(unit, tenant).openFor(store::notice::openingOutstanding, owing);
        store::JobRepository jobs(unit);
        releases_ = jobs.statuses(tenant, store::job::release, releasing);
        openings_ = jobs.statuses(tenant, store::job::opening, owing);
    }

    [[nodiscard]] BankAccountView of(store::BankAccount account, bool connectionEnded) const
    {
        BankAccountView one;
        one.counts = entryOf(counts_, account.id);
        one.link = maybeOf(links_, account.id);
        if (one.link)
        {
            const store::AccountLink& link = *one.link;
            one.lateBeforeStart = entryOf(late_, account.id);
            const auto name =
                link.ledgerAccountId ? maybeOf(names_, *link.ledgerAccountId) : std::nullopt;
            one.ledgerAccountName = name ? *name : entryOf(wished_, link.id);
            one.openingOutstanding =
                link.opening == store::openingState::due && outstanding_.contains(link.id);
            one.booking = link.state == store::linkState::releasing ? entryOf(releases_, link.id)
                                                                    : entryOf(openings_, link.id);
            if (!connectionEnded) one.proof = maybeOf(proofs_, account.id);
        }
        one.account = std::move(account);
        return one;
    }

private:
    std::map<std::string, store::AccountLink> links_;
    std::map<std::string, store::TransactionRepository::LaneCounts> counts_;
    std::map<std::string, std::int64_t> late_;
    std::map<std::string, store::BalanceProof> proofs_;
    std::map<std::string, std::string> names_;
    std::map<std::string, std::string> wished_;
    std::set<std::string> outstanding_;
    std::map<std::string, store::JobRepository::Status> releases_;
    std::map<std::string, store::JobRepository::Status> openings_;
};

std::vector<ConnectionView> viewsOf(store::Unit& unit, const std::string& tenant,
    std::vector<store::Connection> connections, std::vector<store::BankAccount> accounts,
    UtcTime now)
{
    Heads heads(unit, tenant, connections);
    std::vector<ConnectionView> views;
    std::map<std::string, std::size_t> places;
    for (auto& connection : connections)
    {
        places.emplace(connection.id, views.size());
        views.push_back(heads.of(std::move(connection), now));
    }
    for (std::size_t begin = 0; begin < accounts.size(); begin += idsAtOnce)
    {
        const std::size_t end = std::min(begin + idsAtOnce, accounts.size());
        Ids ids;
        for (std::size_t i = begin; i < end; ++i)
            ids.push_back(accounts[i].id);
        const Details details(unit, tenant, ids);
        for (std::size_t i = begin; i < end; ++i)
        {
            ConnectionView& view = views[places.at(accounts[i].connectionId)];
            view.accounts.push_back(details.of(std::move(accounts[i]), view.connection.ended()));
        }
    }
    return views;
}

} // namespace

std::vector<ConnectionView> ConnectionView::loadAll(store::Unit& unit, const std::string& tenant,
    std::vector<store::Connection> connections, UtcTime now, std::int64_t accountsMost)
{
    Ids ids;
    for (const auto& connection : connections)
        ids.push_back(connection.id);
    auto accounts = store::BankAccountRepository(unit, tenant).ofConnections(ids, accountsMost);
    return viewsOf(unit, tenant, std::move(connections), std::move(accounts), now);
}

ConnectionView ConnectionView::load(
    store::Unit& unit, const std::string& tenant, store::Connection connection, UtcTime now)
{
    auto accounts = store::BankAccountRepository(unit, tenant).ofConnection(connection.id);
    auto failed = store::LedgerAccountRepository(unit, tenant).failuresOf(connection.id);
    std::vector<store::Connection> one;
    one.push_back(std::move(connection));
    ConnectionView view =
        std::move(viewsOf(unit, tenant, std::move(one), std::move(accounts), now).front());
    view.failed = std::move(failed);
    return view;
}

const BankAccountView* ConnectionView::find(const std::string& bankAccountId) const
{
    const auto found = std::find_if(accounts.begin(), accounts.end(),
        [&](const BankAccountView& view) { return view.account.id == bankAccountId; });
    return found == accounts.end() ? nullptr : &*found;
}

namespace
{

std::string_view activityOf(const ConnectionView& view)
{
    if (view.work.waiting || view.outage) return "waiting";
    return view.work.running ? "syncing" : "idle";
}

/// Since when its bank does not answer, and when one of its connections tries again.
void writeOutage(JsonWriter& json, const std::optional<store::Outage>& outage)
{
    if (!outage)
    {
        json.nullMember("outage");
        return;
    }
    json.key("outage").beginObject();
    writeTime(json, "since", outage->since);
    writeTime(json, "next_try_at", outage->nextTryAt);
    json.endObject();
}

void writeOther(
    JsonWriter& json, const char* name, const std::optional<ConnectionView::Other>& other)
{
    if (!other)
    {
        json.nullMember(name);
        return;
    }
    json.key(name).beginObject().member("connection_id", other->connection.id);
    json.member("institution", other->connection.institutionName);
    json.member("stage", engine::nameOf(other->handover.stage));
    json.member("accounts_left", other->handover.accountsLeft);
    json.member("to_decide", other->handover.toDecide);
    json.member("other_login", other->handover.otherLogin).endObject();
}

void writeLink(JsonWriter& json, const BankAccountView& view)
{
    if (!view.link)
    {
        json.nullMember("link");
        return;
    }
    const store::AccountLink& link = *view.link;
    json.key("link").beginObject().member("id", link.id);
    json.member("ledger_account_id", link.ledgerAccountId);
    json.member("ledger_account_name", view.ledgerAccountName);
    writeTextOrNull(json, "start_date", link.startDate);
    json.member("state", link.state);
    writeTime(json, "linked_at", link.createdAt);
    json.member("linked_by", link.createdBy);
    json.member("continues", !link.continues.empty()).endObject();
}

/// Amounts are decimals: a proof is about every digit.
void writeProof(JsonWriter& json, const BankAccountView& view)
{
    if (!view.proof)
    {
        json.nullMember("proof");
        return;
    }
    const store::BalanceProof& proof = *view.proof;
    json.key("proof").beginObject().member("state", proof.state);
    json.member("reason", proof.reason).member("currency", view.account.currency);
    writeTextOrNull(json, "bank", proof.bank);
    writeTime(json, "bank_as_of", proof.bankAsOf);
    writeTextOrNull(json, "ledger", proof.ledger);
    writeTextOrNull(json, "difference", proof.difference);
    writeTextOrNull(json, "unexplained", proof.unexplained);
    writeTime(json, "since", proof.since);
    json.member("held", proof.held).member("pending", proof.pending);
    json.member("pending_included", proof.pendingIncluded);
    json.member("before_start", proof.beforeStart).member("kept", proof.kept);
    json.member("removed", proof.removed).member("rounding", proof.rounding);
    json.member("undelivered", proof.undelivered);
    writeTime(json, "proven_at", proof.provenAt);
    writeTime(json, "looked_at", proof.lookedAt);
    json.endObject();
}

} // namespace

void writeBankAccount(JsonWriter& json, const BankAccountView& view)
{
    const store::BankAccount& account = view.account;
    json.beginObject().member("id", account.id).member("name", account.name);
    json.member("official_name", account.officialName);
    writeTextOrNull(json, "mask", account.mask);
    json.member("type", account.type).member("subtype", account.subtype);
    json.member("currency", account.currency);
    writeExactMoney(json, "balance",
        account.balanceExact ? account.balanceExact : account.availableExact, account.exponent,
        account.currency);
    writeTime(json, "balance_as_of", account.balanceAsOf);
    json.member("feedable", account.feedable).member("state", account.state);
    writeTime(json, "missing_since", account.missingSince);
    json.member("origin", account.origin);
    writeTime(json, "first_seen_at", account.firstSeenAt);
    json.member("decision", account.decision);
    writeLink(json, view);
    writeProof(json, view);
    json.member("held", view.counts.listed()).member("pending", view.counts.pending);
    json.member("booked", view.counts.inBooks()).member("before_start", view.counts.beforeStart);
    json.member("late_before_start", view.lateBeforeStart);
    json.endObject();
}

std::string_view chooseBy(
    const std::optional<store::Institution>& bank, const std::vector<std::string>& chooseInUpdate)
{
    const auto chooses = [&](const std::string& country)
    {
        return std::find(chooseInUpdate.begin(), chooseInUpdate.end(), country) !=
               chooseInUpdate.end();
    };
    const bool known = bank && bank->readAt && !bank->countries.empty();
    const bool inUpdate = known
                              ? std::any_of(bank->countries.begin(), bank->countries.end(), chooses)
                              : !chooseInUpdate.empty();
    return inUpdate ? "add_accounts" : "relink";
}

std::string_view failureCode(const store::FailedWish& wish)
{
    return wish.state == "changed" ? "books_changed" : "not_made";
}

void writePaused(JsonWriter& json, const store::Connection& connection)
{
    if (!connection.pausedAt)
    {
        json.nullMember("paused");
        return;
    }
    json.key("paused").beginObject().member("by", connection.pausedBy);
    writeTime(json, "since", connection.pausedAt);
    json.endObject();
}

namespace
{

void writeBank(JsonWriter& json, const std::optional<store::Institution>& bank)
{
    if (!bank)
    {
        json.nullMember("bank");
        return;
    }
    json.key("bank").beginObject().key("countries").beginArray();
    for (const std::string& country : bank->countries)
        json.value(country);
    json.endArray().member("oauth", bank->oauth).endObject();
}

/// What the last complete sync came to; null before the first.
void writeLastSync(JsonWriter& json, const store::Connection& connection)
{
    if (!connection.lastSyncAt)
    {
        json.nullMember("last_sync");
        return;
    }
    const store::SyncCounts& counts = connection.lastSync;
    json.key("last_sync").beginObject();
    writeTime(json, "at", connection.lastSyncAt);
    json.member("added", counts.added).member("modified", counts.modified);
    json.member("removed", counts.removed).member("held", counts.held);
    json.member("booked", counts.booked).endObject();
}

void writeLiveBalances(JsonWriter& json, const ConnectionView& view, bool offered)
{
    if (!offered)
    {
        json.nullMember("live_balances");
        return;
    }
    const auto& asked = view.balances.asked;
    json.key("live_balances").beginObject();
    writeTime(json, "asked_at", asked.at);
    writeTime(json, "read_at", view.connection.balancesLiveAt);
    writeTime(json, "askable_at", view.balances.askableAt);
    json.member("running", view.balances.running).member("refused", asked.refused);
    writeProblem(json, "error", asked.errorCode, asked.errorText, asked.errorRequestId);
    json.endObject();
}

} // namespace

void writeConnection(JsonWriter& json, const ConnectionView& view, bool withAccounts,
    const ConsoleSettings& settings)
{
    const store::Connection& connection = view.connection;
    json.beginObject().member("id", connection.id);
    json.member("institution", connection.institutionName).member("state", connection.state);
    json.member("reason", connection.stateReason);
    writePaused(json, connection);
    json.member("activity", activityOf(view));
    writeTime(json, "last_success_at", connection.lastSuccessAt);
    // A sync that a webhook asked for is an attempt too; the column is of the polling alone.
    writeTime(
        json, "last_attempt_at", std::max(connection.lastAttemptAt, connection.lastSuccessAt));
    writeTime(json, "last_poll_at", connection.lastAttemptAt);
    writeTime(json, "data_as_of", connection.lastBankUpdateAt);
    writeTime(json, "consent_ends_at", connection.consentEndsAt);
    writeTime(json, "end_announced_at", connection.announcedEndAt);
    writeOutage(json, view.outage);
    writeTime(json, "next_try_at",
        view.outage ? std::optional<UtcTime>(view.outage->nextTryAt) : view.work.nextTryAt);
    writeProblem(
        json, "error", connection.errorCode, connection.errorText, connection.errorRequestId);
    json.member("to_decide", view.toDecide);
    json.member("new_accounts", connection.newAccountsSince.has_value());
    json.member("choose_by", chooseBy(view.bank, settings.chooseInUpdate));
    writeBank(json, view.bank);
    writeLiveBalances(json, view, settings.liveBalances);
    writeLastSync(json, connection);
    json.member("feeds_held", view.feeds.held).member("undelivered", view.feeds.undelivered);
    json.member("proofs_differ", view.proofsDiffer);
    writeTextOrNull(json, "doubles", connection.doubles);
    writeOther(json, "replaces", view.replaces);
    writeOther(json, "replaced_by", view.replacedBy);
    if (withAccounts)
    {
        json.member("accounts_in_all", view.accountsInAll).key("accounts").beginArray();
        for (const BankAccountView& account : view.accounts)
            writeBankAccount(json, account);
        json.endArray();
    }
    json.endObject();
}

} // namespace bankfeed::console
