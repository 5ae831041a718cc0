#include "engine/Handover.h"

#include "accounts/Identity.h"
#include "accounts/Review.h"
#include "base/JsonText.h"
#include "store/AccountLinkRepository.h"
#include "store/AuditRepository.h"
#include "store/NoticeRepository.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace bankfeed::engine
{

namespace
{

constexpr std::int64_t movingMs = 3'000;
constexpr std::int64_t readingMs = 15'000;
/// A decision asks for a look by itself.
constexpr std::int64_t waitingMs = 3'600'000;

struct Pair
{
    store::Connection successor;
    store::Connection old;
};

/// Nothing when there is nothing to hand over: one of them has been ended, or they have been said
/// to be two logins.
std::optional<Pair> pairOf(
    store::Unit& unit, const std::string& tenant, const std::string& connectionId)
{
    store::ConnectionRepository connections(unit, tenant);
    auto successor = connections.find(connectionId);
    if (!successor || successor->replaces.empty() || successor->removedAt) return std::nullopt;
    // A person has ended it, and the provider has yet to hear of that.
    if (store::JobRepository(unit).status(tenant, store::job::disconnect, connectionId).exists)
        return std::nullopt;
    auto old = connections.find(successor->replaces);
    if (!old || old->removedAt) return std::nullopt;
    return Pair{std::move(*successor), std::move(*old)};
}

/// Whether any account of one looks like one of the other, or writes its feed by now.
bool lookLikeOne(store::Unit& unit, const std::string& tenant, const Pair& pair)
{
    const auto identity = accounts::Identity::load(unit, tenant);
    store::BankAccountRepository accounts(unit, tenant);
    const auto before = accounts.ofConnection(pair.old.id);
    const auto now = accounts.ofConnection(pair.successor.id);
    return std::any_of(now.begin(), now.end(),
        [&](const store::BankAccount& one)
        {
            return std::any_of(before.begin(), before.end(),
                [&](const store::BankAccount& other)
                { return one.feedId == other.feedId || identity.mayBeSame(one, other); });
        });
}

/// Account links that move without a person's word: the same persistent id at the same bank, and
/// nobody else wrote into the ledger account.
std::vector<accounts::Decision> certainOnes(const accounts::Review& review, const Pair& pair)
{
    std::vector<accounts::Decision> decisions;
    for (const accounts::ReviewRow& row : review.rows)
    {
        const bool certain = row.isNew && row.proposal &&
                             row.proposal->choice == accounts::Choice::Existing && row.before &&
                             row.relation &&
                             row.relation->evidence.front() == accounts::evidence::samePersistentId;
        if (!certain) continue;
        const auto* feeder = review.feeders.ofBankAccount(row.relation->bankAccountId);
        if (feeder == nullptr || feeder->connectionId != pair.old.id ||
            feeder->link.state != store::linkState::active ||
            feeder->link.ledgerAccountId != row.proposal->ledgerAccountId)
            continue;
        accounts::Decision decision;
        decision.bankAccountId = row.account.id;
        decision.choice = accounts::Choice::Existing;
        decision.ledgerAccountId = row.proposal->ledgerAccountId;
        decision.startDate = row.startDateDefault;
        decisions.push_back(std::move(decision));
    }
    return decisions;
}

bool works(const store::Connection& connection)
{
    if (connection.pausedAt) return false;
    return connection.state == store::connectionState::healthy ||
           connection.state == store::connectionState::expiring;
}

} // namespace

std::string_view nameOf(HandoverView::Stage stage)
{
    switch (stage)
    {
    case HandoverView::Stage::Reading: return "reading";
    case HandoverView::Stage::Moving: return "moving";
    case HandoverView::Stage::Waiting: return "waiting";
    case HandoverView::Stage::Proven: return "proven";
    }
    return "";
}

HandoverView HandoverView::load(store::Unit& unit, const std::string& tenant,
    const store::Connection& successor, const store::Connection& old)
{
    HandoverView view;
    store::AccountLinkRepository links(unit, tenant);
    view.accountsLeft = std::ssize(links.currentOfConnection(old.id));
    view.toDecide = store::BankAccountRepository(unit, tenant).countToDecide(successor.id);
    const auto moved = links.currentOfConnection(successor.id);
    const bool moving = std::any_of(moved.begin(), moved.end(),
        [](const store::AccountLink& link) { return link.state != store::linkState::active; });
    if (!works(successor) || successor.history != "complete" || !successor.lastSuccessAt)
    {
        view.stage = Stage::Reading;
        return view;
    }
    view.otherLogin = !lookLikeOne(unit, tenant, {successor, old});
    if (moving)
        view.stage = Stage::Moving;
    else if (view.accountsLeft > 0 || view.otherLogin || view.toDecide > 0)
        view.stage = Stage::Waiting;
    else
        view.stage = Stage::Proven;
    return view;
}

Result<store::JobEnd> Handover::run(const store::JobLease& lease)
{
    BF_TRY(moveCertain(lease));
    return look(lease);
}

Result<void> Handover::moveCertain(const store::JobLease& lease)
{
    std::string successor;
    BF_LET(decisions,
        database_.read(
            [&](store::Unit& unit) -> Result<std::vector<accounts::Decision>>
            {
                const auto pair = pairOf(unit, lease.tenant, lease.subject);
                if (!pair || !works(pair->successor) || pair->successor.history != "complete")
                    return std::vector<accounts::Decision>{};
                BF_LET(review, accounts::Review::build(unit, lease.tenant, lease.subject));
                return certainOnes(review, *pair);
            }));
    // One by one: what is in the way of one is not in the way of the others. A conflict is left to
    // a person, who finds it in the review.
    for (auto& decision : decisions)
        BF_TRY(linking_.apply(lease.tenant, store::Actor::system(), lease.subject, {decision}));
    return success();
}

Result<store::JobEnd> Handover::look(const store::JobLease& lease)
{
    const UtcTime now = clock_.now();
    BF_LET(end, database_.write(
                    [&](store::Unit& unit) -> Result<store::JobEnd>
                    {
                        if (!store::JobRepository(unit).holds(lease)) return store::JobEnd{};
                        const auto pair = pairOf(unit, lease.tenant, lease.subject);
                        if (!pair)
                        {
                            store::NoticeRepository(unit, lease.tenant)
                                .clear(store::notice::oldLoginStays, lease.subject, now);
                            return store::JobEnd{};
                        }
                        const auto view =
                            HandoverView::load(unit, lease.tenant, pair->successor, pair->old);
                        tell(unit, lease.tenant, pair->successor, view, now);
                        if (view.stage == HandoverView::Stage::Proven)
                        {
                            endOld(unit, lease.tenant, pair->successor, now);
                            return store::JobEnd{};
                        }
                        std::int64_t wait = waitingMs;
                        if (view.stage == HandoverView::Stage::Moving) wait = movingMs;
                        if (view.stage == HandoverView::Stage::Reading)
                            wait = std::clamp((now.ns - pair->successor.createdAt.ns) / nsPerMs / 4,
                                readingMs, waitingMs);
                        return store::JobEnd{store::JobEnd::Kind::Again, plusMs(now, wait), {}, {}};
                    }));
    if (end.kind == store::JobEnd::Kind::Done) wake_.wake(WakeReason::Jobs);
    return end;
}

void Handover::tell(store::Unit& unit, const std::string& tenant,
    const store::Connection& successor, const HandoverView& view, UtcTime now)
{
    store::NoticeRepository notices(unit, tenant);
    // As long as there is something to decide, that is asked for first.
    const bool stays = view.stage == HandoverView::Stage::Waiting && view.toDecide == 0;
    if (!stays)
    {
        notices.clear(store::notice::oldLoginStays, successor.id, now);
        return;
    }
    notices.open(random_, store::notice::oldLoginStays, successor.id, "info",
        JsonObject()
            .text("institution", successor.institutionName)
            .number("count", view.accountsLeft)
            .text("old_connection_id", successor.replaces)
            .text("reason", view.otherLogin ? "other_login" : "accounts_left")
            .json(),
        now);
}

void Handover::endOld(
    store::Unit& unit, const std::string& tenant, const store::Connection& successor, UtcTime now)
{
    store::JobRepository(unit).ask(
        random_, tenant, store::job::disconnect, successor.replaces, now);
    store::AuditRepository(unit, tenant)
        .append(now, store::Actor::system(), "connection.replaced", successor.replaces,
            JsonObject()
                .text("institution", successor.institutionName)
                .text("connection_id", successor.id)
                .json());
}

} // namespace bankfeed::engine
