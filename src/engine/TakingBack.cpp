#include "engine/TakingBack.h"

#include "accounts/TakeBack.h"
#include "base/JsonText.h"
#include "store/ConnectionRepository.h"
#include "store/LedgerAccountRepository.h"
#include "store/TakeBackRepository.h"

#include <utility>

namespace bankfeed::engine
{

namespace
{

constexpr std::int64_t afterRebuildMs = 10'000;

sync::TakeBack rowsOf(const accounts::TakenBackLink& taken)
{
    return {taken.link, taken.account, taken.oldLink, taken.oldAccount};
}

void audit(store::Unit& unit, const std::string& tenant, const store::Actor& actor,
    const TakeBackView& view, UtcTime now)
{
    store::AuditRepository(unit, tenant)
        .append(now, actor, "account.take_back_asked", view.account.id,
            JsonObject()
                .text("account", view.account.name)
                .text("mask", view.account.mask)
                .text("ledger_account", view.ledgerAccountName)
                .text("link_id", view.link.id)
                .text("old_account", view.oldAccount ? view.oldAccount->name : std::string())
                .text("old_mask", view.oldAccount ? view.oldAccount->mask : std::string())
                .number("gives_back", view.counts.givesBack)
                .number("takes_out", view.counts.takesOut)
                .number("stay", view.counts.stayInAll())
                .json());
}

} // namespace

Result<TakeBackView> TakeBackView::load(
    store::Unit& unit, const std::string& tenant, const std::string& linkId, UtcTime now)
{
    const auto link = store::AccountLinkRepository(unit, tenant).find(linkId);
    const auto account =
        link ? store::BankAccountRepository(unit, tenant).find(link->bankAccountId) : std::nullopt;
    if (!account) return Error::notFound("link.unknown", "There is no such link.");
    TakeBackView view;
    view.link = *link;
    view.account = *account;
    view.conflict = accounts::takeBackConflict(unit, tenant, *link);
    const auto fed =
        store::LedgerAccountRepository(unit, tenant).find(link->ledgerAccountId.value_or(""));
    view.ledgerAccountName = fed ? fed->name : std::string();
    const auto taken = accounts::takenBackLink(unit, tenant, linkId);
    if (!taken) return view;
    view.oldAccount = taken->oldAccount;
    const auto connection =
        store::ConnectionRepository(unit, tenant).find(taken->oldAccount.connectionId);
    view.oldConnectionName = connection ? connection->institutionName : std::string();
    view.whyNotAgain = accounts::whyNotAgain(unit, tenant, *taken);
    if (view.conflict.empty()) view.counts = sync::countTakeBack(unit, tenant, *link, now);
    return view;
}

Result<TakeBackView> askTakeBack(store::Unit& unit, const std::string& tenant,
    const store::Actor& actor, const std::string& linkId, Random& random, UtcTime now)
{
    store::ConnectionRepository(unit, tenant).lockAll(); // As every decision does.
    BF_LET(view, TakeBackView::load(unit, tenant, linkId, now));
    const auto taken = accounts::takenBackLink(unit, tenant, linkId);
    if (!view.conflict.empty()) return view;
    if (!accounts::isBeingTakenBack(view.link))
    {
        accounts::beginTakeBack(unit, tenant, actor, *taken, now);
        audit(unit, tenant, actor, view, now);
    }
    store::JobRepository(unit).ask(random, tenant, store::job::takeBack, linkId, now);
    return view;
}

Result<store::JobEnd> TakingBack::run(const store::JobLease& lease)
{
    BF_LET(outcome,
        database_.write([&](store::Unit& unit) -> Result<Outcome> { return work(unit, lease); }));
    if (outcome.rows.told) wake_.wake(WakeReason::Pump);
    if (outcome.finished) wake_.wake(WakeReason::Jobs);
    if (!outcome.rows.more) return store::JobEnd{};
    const UtcTime now = clock_.now();
    return store::JobEnd{
        store::JobEnd::Kind::Again, outcome.rows.waits ? plusMs(now, afterRebuildMs) : now, {}, {}};
}

Result<TakingBack::Outcome> TakingBack::work(store::Unit& unit, const store::JobLease& lease)
{
    if (!store::JobRepository(unit).holds(lease)) return Outcome{};
    const std::string& tenant = lease.tenant;
    store::ConnectionRepository connections(unit, tenant);
    auto taken = accounts::takenBackLink(unit, tenant, lease.subject);
    if (!taken || !accounts::isBeingTakenBack(taken->link)) return Outcome{};
    // The end is a decision, and locks like one; a portion locks those whose rows it writes, its
    // own connection first, as Succession does.
    if (store::TakeBackRepository(unit, tenant).rows(taken->link, 1).empty())
        connections.lockAll();
    else
    {
        (void)connections.lock(taken->account.connectionId);
        (void)connections.lock(taken->oldAccount.connectionId);
    }
    taken = accounts::takenBackLink(unit, tenant, lease.subject); // Behind the locks.
    const UtcTime now = clock_.now();
    Outcome outcome;
    outcome.rows = sync::giveUpRows(unit, tenant, rowsOf(*taken), random_, now);
    if (outcome.rows.more) return outcome;
    taken = accounts::takenBackLink(unit, tenant, lease.subject);
    (void)accounts::finishTakeBack(unit, tenant, *taken, random_, now);
    sync::noteGivenUp(unit, tenant, rowsOf(*taken), random_, now);
    outcome.finished = true;
    return outcome;
}

} // namespace bankfeed::engine
