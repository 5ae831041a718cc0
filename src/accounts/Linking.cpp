#include "accounts/Linking.h"

#include "accounts/Attention.h"
#include "accounts/FeedBefore.h"
#include "accounts/Feedability.h"
#include "accounts/LedgerName.h"
#include "accounts/LinkingChecks.h"
#include "base/Ids.h"
#include "base/JsonWriter.h"
#include "base/Limits.h"
#include "base/Utf8.h"
#include "store/AccountLinkRepository.h"
#include "store/ConnectionRepository.h"
#include "store/JobRepository.h"
#include "store/LedgerAccountRepository.h"
#include "store/NoticeRepository.h"
#include "store/TransactionRepository.h"

#include <algorithm>
#include <map>
#include <set>

namespace bankfeed::accounts
{

struct Linking::Pass
{
    store::Unit& unit;
    const std::string& tenant;
    const store::Actor& actor;
    std::string connectionId;
    UtcTime now;
    store::Connection connection;
    Identity identity;
    Feeders feeders;
    Applied applied;
};

namespace
{

constexpr const char* conflictCode = "review.conflict";

/// Checks what needs no database, and trims names.
Result<void> tidy(std::vector<Decision>& decisions)
{
    std::set<std::string> seen;
    if (decisions.empty() ||
        decisions.size() > static_cast<std::size_t>(limits::accountsPerConnection))
        return Error::invalid("review.decisions", "There are no decisions, or too many.");
    for (Decision& decision : decisions)
    {
        if (!seen.insert(decision.bankAccountId).second)
            return Error::invalid("review.decisions", "Two decisions are about one account.");
        decision.name = tidyName(decision.name);
        if (decision.name.size() > ledgerNameBytesMax || !isUtf8(decision.name) ||
            safeText(decision.name, ledgerNameBytesMax) != decision.name)
            return Error::invalid(
                "review.name", "The name is too long or holds control characters.");
    }
    // In one order for everybody, so that two units never wait for each other.
    std::sort(decisions.begin(), decisions.end(),
        [](const Decision& a, const Decision& b) { return a.ledgerAccountId < b.ledgerAccountId; });
    return success();
}

/// A ledger account that is closed, or that books of a backup do not have, takes nothing: a link to
/// it stands in the way of no new decision about its bank account.
void leaveClosed(store::Unit& unit, const std::string& tenant, const store::Actor& actor,
    const std::string& bankAccountId, UtcTime now)
{
    store::AccountLinkRepository links(unit, tenant);
    const auto link = links.ofBankAccount(bankAccountId);
    if (!link || !link->ledgerAccountId) return;
    const auto fed = store::LedgerAccountRepository(unit, tenant).find(*link->ledgerAccountId);
    // One that is being taken back ends by itself.
    if (!fed || fed->open || link->state == store::linkState::takingBack ||
        !links.end(link->id, now))
        return;
    JsonWriter detail;
    detail.beginObject()
        .member("ledger_account", fed->name)
        .member("ended_link", link->id)
        .member("reason", "ledger_account_closed")
        .endObject();
    store::AuditRepository(unit, tenant)
        .append(now, actor, "account.unlinked", bankAccountId, detail.text());
}

} // namespace

Result<Linking::Applied> Linking::apply(const std::string& tenant, const store::Actor& actor,
    const std::string& connectionId, std::vector<Decision> decisions)
{
    BF_TRY(tidy(decisions));
    const UtcTime now = clock_.now();
    Applied applied;
    const auto ran = database_.write(
        [&](store::Unit& unit) -> Result<void>
        {
            Pass pass{unit, tenant, actor, connectionId, now, {}, {}, {}, {}};
            auto outcome = run(pass, decisions);
            applied = std::move(pass.applied);
            return outcome;
        });
    if (!ran.ok())
    {
        if (ran.error().code != conflictCode) return ran.error();
        applied.linked = applied.aside = applied.later = 0;
        return applied;
    }
    if (applied.linked > 0) wake_.wake(WakeReason::Tick); // The books have the next word.
    return applied;
}

Result<void> Linking::run(Pass& pass, std::vector<Decision> decisions)
{
    store::ConnectionRepository connections(pass.unit, pass.tenant);
    // All of them: that an account is not fed through another connection holds only as long as no
    // other decision, and no look at that bank, is under way.
    connections.lockAll();
    const auto connection = connections.find(pass.connectionId);
    if (!connection) return Error::notFound("connection.unknown", "There is no such connection.");
    pass.connection = *connection;
    std::map<std::string, store::BankAccount> accounts;
    for (auto& account :
        store::BankAccountRepository(pass.unit, pass.tenant).ofConnection(pass.connectionId))
    {
        const std::string id = account.id;
        accounts.emplace(id, std::move(account));
    }
    for (const Decision& decision : decisions)
        if (decision.choice != Choice::Later && accounts.contains(decision.bankAccountId))
            leaveClosed(pass.unit, pass.tenant, pass.actor, decision.bankAccountId, pass.now);
    // Read behind the locks: what is read before it may be old by the time it is had.
    pass.identity = Identity::load(pass.unit, pass.tenant);
    pass.feeders = Feeders::load(pass.unit, pass.tenant, pass.identity);

    LinkingChecks checks(pass.unit, pass.tenant, *connection, pass.identity, pass.feeders);
    for (Decision& decision : decisions)
    {
        const auto account = accounts.find(decision.bankAccountId);
        if (account == accounts.end())
            return Error::notFound("account.unknown", "The connection has no such account.");
        checks.checkStartDay(decision, pass.now);
        checks.check(decision, account->second);
    }
    pass.applied.conflicts = checks.conflicts();
    if (pass.applied.conflicts.empty())
        for (const Decision& decision : decisions)
            carryOut(pass, decision, accounts.at(decision.bankAccountId));
    if (!pass.applied.conflicts.empty())
        return Error::conflict(
            conflictCode, "Nothing was applied: some decisions are in conflict.");
    Attention(pass.unit, random_, pass.tenant, pass.now).refresh(*connection, /*justRead=*/false);
    if (!connection->replaces.empty())
        store::JobRepository(pass.unit).askAtOnce(
            random_, pass.tenant, store::job::handover, connection->id, pass.now);
    return success();
}

void Linking::carryOut(Pass& pass, const Decision& decision, const store::BankAccount& account)
{
    store::BankAccountRepository accounts(pass.unit, pass.tenant);
    switch (decision.choice)
    {
    case Choice::New:
    case Choice::Existing: link(pass, decision, account); break;
    case Choice::None: setAside(pass, account); break;
    case Choice::Later:
        ++pass.applied.later;
        if (account.decision == store::decision::aside)
        {
            accounts.setDecision(account.id, store::decision::open, pass.actor.name, pass.now);
            JsonWriter detail;
            detail.beginObject()
                .member("account", account.name)
                .member("mask", account.mask)
                .endObject();
            store::AuditRepository(pass.unit, pass.tenant)
                .append(pass.now, pass.actor, "account.reopened", account.id, detail.text());
        }
        return;
    }
    forgetFailures(pass, account);
}

void Linking::link(Pass& pass, const Decision& decision, const store::BankAccount& account)
{
    const bool existing = decision.choice == Choice::Existing;
    store::AccountLink made;
    made.id = newId(random_, "lnk");
    made.bankAccountId = account.id;
    made.feedId = account.feedId;
    made.startDate = decision.startDate ? decision.startDate->text() : std::string();
    made.createdAt = pass.now;
    made.createdBy = pass.actor.name;
    std::string ledgerName = decision.name;
    bool openingMissing = true;
    if (existing)
    {
        made.ledgerAccountId = decision.ledgerAccountId;
        made.state = std::string(store::linkState::checkingBooks);
        takeOver(pass, decision.ledgerAccountId);
        made.feedId = goOnWithFeed(pass, decision.ledgerAccountId, account);
        made.continues = linkBefore(pass, made);
        const auto ledgerAccount =
            store::LedgerAccountRepository(pass.unit, pass.tenant).find(decision.ledgerAccountId);
        if (ledgerAccount) ledgerName = ledgerAccount->name;
        openingMissing = ledgerAccount && lacksOpening(pass, account, *ledgerAccount);
        if (ledgerAccount && ledgerAccount->lastEntryOn)
            made.booksLastEntryOn = ledgerAccount->lastEntryOn->text();
    }
    if (decision.openingBalance && openingMissing)
        made.opening = std::string(store::openingState::due);
    if (!store::AccountLinkRepository(pass.unit, pass.tenant).insert(made))
    {
        lostRace(pass, decision, account);
        return;
    }
    if (!existing) askHostFor(pass, decision, account, made.id);
    store::BankAccountRepository(pass.unit, pass.tenant)
        .setDecision(account.id, store::decision::linked, pass.actor.name, pass.now);
    JsonWriter detail;
    detail.beginObject().member("account", account.name).member("mask", account.mask);
    detail.member("ledger_account", ledgerName).member("choice", existing ? "existing" : "new");
    detail.member("link_id", made.id).member("start_date", made.startDate);
    detail.member("opening_balance", made.opening == store::openingState::due);
    detail.member("connection_id", account.connectionId);
    detail.member("continues", !made.continues.empty());
    detail.member("accept_overlap", decision.acceptOverlap);
    detail.member("accept_duplicate", decision.acceptDuplicate).endObject();
    store::AuditRepository(pass.unit, pass.tenant)
        .append(pass.now, pass.actor, "account.linked", account.id, detail.text());
    ++pass.applied.linked;
}

bool Linking::lacksOpening(
    Pass& pass, const store::BankAccount& account, const LedgerAccount& ledgerAccount)
{
    store::AccountLinkRepository links(pass.unit, pass.tenant);
    const auto rows = store::TransactionRepository(pass.unit, pass.tenant).toldIn(ledgerAccount.id);
    const bool told = !rows.first.empty() || links.toldOpenings(ledgerAccount.id, "").count > 0;
    // Without a single entry, and none on its way from a feed that waits: as new to the books as
    // one that is yet to be made.
    if (!told) return !ledgerAccount.lastEntryOn;
    // What this account at the bank was owed before its login was connected anew, it is owed still.
    const auto last = links.lastOfLedgerAccount(ledgerAccount.id);
    if (!last || last->opening != store::openingState::due) return false;
    return last->bankAccountId == account.id ||
           placeTaken(pass.unit, pass.tenant, pass.identity, account, ledgerAccount.id);
}

std::string Linking::linkBefore(Pass& pass, const store::AccountLink& made)
{
    const auto last = store::AccountLinkRepository(pass.unit, pass.tenant)
                          .lastOfLedgerAccount(*made.ledgerAccountId);
    if (!last || last->feedId != made.feedId) return {};
    // Stopped, and linked again: it still has what it took over.
    return last->bankAccountId == made.bankAccountId ? last->continues : last->id;
}

std::string Linking::goOnWithFeed(
    Pass& pass, const std::string& ledgerAccountId, const store::BankAccount& account)
{
    std::string feedId =
        feedToWrite(pass.unit, pass.tenant, pass.identity, account, ledgerAccountId);
    if (feedId.empty()) feedId = newId(random_, "feed");
    if (feedId != account.feedId)
        store::BankAccountRepository(pass.unit, pass.tenant).setFeed(account.id, feedId);
    return feedId;
}

void Linking::askHostFor(Pass& pass, const Decision& decision, const store::BankAccount& account,
    const std::string& linkId)
{
    store::LedgerAccountWish wish;
    wish.id = newId(random_, "lar");
    wish.linkId = linkId;
    wish.name = decision.name;
    wish.type = ledgerTypeFor(account.type);
    wish.currency = account.currency;
    wish.exponent = static_cast<int>(account.exponent);
    wish.createdAt = pass.now;
    store::LedgerAccountRepository(pass.unit, pass.tenant).insertWish(wish);
}

void Linking::takeOver(Pass& pass, const std::string& ledgerAccountId)
{
    store::AccountLinkRepository links(pass.unit, pass.tenant);
    const Feeder* feeder = pass.feeders.ofLedgerAccount(ledgerAccountId);
    if (feeder == nullptr || feeder->standsInTheWayOf(pass.connection) ||
        !links.end(feeder->link.id, pass.now))
        return;
    Attention(pass.unit, random_, pass.tenant, pass.now)
        .clear(store::notice::rowsBeforeStart, feeder->link.id);
    forgetSucceeded(pass, feeder->bankAccountId);
    store::BankAccountRepository(pass.unit, pass.tenant)
        .setDecision(feeder->bankAccountId, store::decision::aside, pass.actor.name, pass.now);
    JsonWriter detail;
    detail.beginObject()
        .member("account", feeder->name)
        .member("mask", feeder->mask)
        .member("ended_link", feeder->link.id)
        .member("reason", "taken_over")
        .endObject();
    store::AuditRepository(pass.unit, pass.tenant)
        .append(pass.now, pass.actor, "account.kept_aside", feeder->bankAccountId, detail.text());
}

void Linking::forgetSucceeded(Pass& pass, const std::string& bankAccountId)
{
    const auto account = store::BankAccountRepository(pass.unit, pass.tenant).find(bankAccountId);
    const auto connection =
        account ? store::ConnectionRepository(pass.unit, pass.tenant).find(account->connectionId)
                : std::nullopt;
    if (!connection || !connection->ended()) return;
    const bool feeds = !store::AccountLinkRepository(pass.unit, pass.tenant)
                            .currentOfConnection(connection->id)
                            .empty();
    if (!feeds)
        Attention(pass.unit, random_, pass.tenant, pass.now)
            .clear(store::notice::accessRevoked, connection->id);
}

void Linking::lostRace(Pass& pass, const Decision& decision, const store::BankAccount& account)
{
    const Identity identity = Identity::load(pass.unit, pass.tenant);
    const Feeders now = Feeders::load(pass.unit, pass.tenant, identity);
    if (const Feeder* own = now.ofBankAccount(account.id))
    {
        pass.applied.conflicts.push_back(alreadyLinked(account.id, own));
        return;
    }
    const auto ledgerAccount =
        store::LedgerAccountRepository(pass.unit, pass.tenant).find(decision.ledgerAccountId);
    pass.applied.conflicts.push_back(
        ledgerAccountTaken(account.id, ledgerAccount ? ledgerAccount->name : std::string(),
            now.ofLedgerAccount(decision.ledgerAccountId)));
}

void Linking::setAside(Pass& pass, const store::BankAccount& account)
{
    ++pass.applied.aside;
    if (account.decision == store::decision::aside) return;
    store::BankAccountRepository(pass.unit, pass.tenant)
        .setDecision(account.id, store::decision::aside, pass.actor.name, pass.now);
    JsonWriter detail;
    detail.beginObject().member("account", account.name).member("mask", account.mask).endObject();
    store::AuditRepository(pass.unit, pass.tenant)
        .append(pass.now, pass.actor, "account.kept_aside", account.id, detail.text());
}

void Linking::forgetFailures(Pass& pass, const store::BankAccount& account)
{
    Attention attention(pass.unit, random_, pass.tenant, pass.now);
    for (const std::string& linkId :
        store::LedgerAccountRepository(pass.unit, pass.tenant).failedLinksOf(account.id))
    {
        attention.clear(store::notice::ledgerAccountFailed, linkId);
        attention.clear(store::notice::booksChanged, linkId);
    }
}

} // namespace bankfeed::accounts
