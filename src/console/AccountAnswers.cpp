#include "console/AccountAnswers.h"

#include "console/Answers.h"
#include "console/Console.h"
#include "engine/LiveBalances.h"
#include "store/NoticeRepository.h"

#include <algorithm>
#include <map>

namespace bankfeed::console
{

Work Work::load(
    store::Unit& unit, const std::string& tenant, const std::string& connectionId, UtcTime now)
{
    Work work;
    store::JobRepository jobs(unit);
    for (const std::string_view kind : {store::job::sync, store::job::refresh})
    {
        const auto status = jobs.status(tenant, kind, connectionId);
        if (!status.exists) continue;
        if (status.attempts > 0)
        {
            work.waiting = true;
            if (!work.nextTryAt || status.dueAt < *work.nextTryAt)
            {
                work.nextTryAt = status.dueAt;
                work.errorCode = status.errorCode;
                work.errorText = status.errorText;
            }
        }
        else
            work.running = work.running || status.running || status.dueAt <= now;
    }
    work.loop = store::SyncLoopRepository(unit, tenant).find(connectionId);
    return work;
}

namespace
{

bool owesOpening(const store::AccountLink& link)
{
    return link.state == store::linkState::active && link.opening == store::openingState::due;
}

void loadOthers(store::Unit& unit, const std::string& tenant, const store::Connection& connection,
    ConnectionView& view)
{
    if (connection.removedAt) return;
    store::ConnectionRepository connections(unit, tenant);
    if (auto old = connections.find(connection.replaces); old && !old->removedAt)
    {
        auto handover = engine::HandoverView::load(unit, tenant, connection, *old);
        view.replaces = ConnectionView::Other{std::move(*old), handover};
    }
    if (auto successor = connections.successorOf(connection.id))
    {
        auto handover = engine::HandoverView::load(unit, tenant, *successor, connection);
        view.replacedBy = ConnectionView::Other{std::move(*successor), handover};
    }
}

store::JobRepository::Status bookingOf(
    store::Unit& unit, const std::string& tenant, const store::AccountLink& link)
{
    store::JobRepository jobs(unit);
    if (link.state == store::linkState::releasing)
        return jobs.status(tenant, store::job::release, link.id);
    return owesOpening(link) ? jobs.status(tenant, store::job::opening, link.id)
                             : store::JobRepository::Status{};
}

} // namespace

ConnectionView ConnectionView::load(
    store::Unit& unit, const std::string& tenant, store::Connection connection, UtcTime now)
{
    ConnectionView view;
    view.work = Work::load(unit, tenant, connection.id, now);
    store::BankAccountRepository accounts(unit, tenant);
    view.toDecide = accounts.countToDecide(connection.id);
    if (!connection.ended() && !connection.institutionId.empty())
        view.outage = store::OutageRepository(unit, tenant).find(connection.institutionId);
    if (!connection.institutionId.empty())
        view.bank = store::InstitutionRepository(unit, tenant).find(connection.institutionId);
    if (view.bank && !view.bank->readAt) view.bank.reset();
    store::ConnectionRepository connections(unit, tenant);
    view.balances.asked = connections.balancesAsked(connection.id);
    view.balances.askableAt = engine::balancesAskableAt(unit, tenant, connection.id, now);
    view.balances.running =
        store::JobRepository(unit).status(tenant, store::job::askBalances, connection.id).exists;
    std::map<std::string, store::AccountLink> links;
    for (auto& link : store::AccountLinkRepository(unit, tenant).currentOfConnection(connection.id))
    {
        const std::string bank = link.bankAccountId;
        links.emplace(bank, std::move(link));
    }
    store::TransactionRepository rows(unit, tenant);
    store::NoticeRepository notices(unit, tenant);
    const auto counts = rows.laneCounts(connection.id);
    auto proofs = store::BalanceProofRepository(unit, tenant).ofConnection(connection.id);
    store::LedgerAccountRepository ledger(unit, tenant);
    view.failed = ledger.failuresOf(connection.id);
    for (auto& account : accounts.ofConnection(connection.id))
    {
        BankAccountView one;
        if (const auto found = counts.find(account.id); found != counts.end())
            one.counts = found->second;
        if (const auto found = links.find(account.id); found != links.end())
        {
            one.link = found->second;
            if (const auto since = notices.openedAt(store::notice::rowsBeforeStart, one.link->id))
                one.lateBeforeStart = rows.earlyRows(account.id, one.link->id, *since).count;
            const auto target =
                one.link->ledgerAccountId ? ledger.find(*one.link->ledgerAccountId) : std::nullopt;
            one.ledgerAccountName = target ? target->name : ledger.wishedName(one.link->id);
            one.openingOutstanding = one.link->opening == store::openingState::due &&
                                     store::NoticeRepository(unit, tenant)
                                         .isOpen(store::notice::openingOutstanding, one.link->id);
            one.booking = bookingOf(unit, tenant, *one.link);
            const auto proof = proofs.find(account.id);
            if (proof != proofs.end() && !connection.ended()) one.proof = proof->second;
        }
        one.account = std::move(account);
        view.accounts.push_back(std::move(one));
    }
    if (connection.state == store::connectionState::removed) view.toDecide = 0;
    // Its jobs end as they come up, and are asked for again by who resumes it.
    if (connection.pausedAt) view.work.rest();
    loadOthers(unit, tenant, connection, view);
    view.connection = std::move(connection);
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
    json.member("linked_by", link.createdBy).endObject();
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

/// Where the bank is decides; of a bank that nothing is known of, where the operator is.
std::string_view chooseBy(
    const ConnectionView& view, const std::vector<std::string>& chooseInUpdate)
{
    const auto chooses = [&](const std::string& country)
    {
        return std::find(chooseInUpdate.begin(), chooseInUpdate.end(), country) !=
               chooseInUpdate.end();
    };
    const bool known = view.bank && !view.bank->countries.empty();
    const bool inUpdate =
        known ? std::any_of(view.bank->countries.begin(), view.bank->countries.end(), chooses)
              : !chooseInUpdate.empty();
    return inUpdate ? "add_accounts" : "relink";
}

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
    json.member("choose_by", chooseBy(view, settings.chooseInUpdate));
    writeBank(json, view.bank);
    writeLiveBalances(json, view, settings.liveBalances);
    writeTextOrNull(json, "doubles", connection.doubles);
    writeOther(json, "replaces", view.replaces);
    writeOther(json, "replaced_by", view.replacedBy);
    if (withAccounts)
    {
        json.key("accounts").beginArray();
        for (const BankAccountView& account : view.accounts)
            writeBankAccount(json, account);
        json.endArray();
    }
    json.endObject();
}

} // namespace bankfeed::console
