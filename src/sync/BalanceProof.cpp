#include "sync/BalanceProof.h"

#include "base/JsonText.h"
#include "money/Decimal.h"
#include "store/LedgerAccountRepository.h"
#include "store/NoticeRepository.h"

#include <algorithm>
#include <set>
#include <utility>

namespace bankfeed::sync
{

namespace
{

using money::Decimal;
using store::BalanceProof;

/// The host tells of its balances after it has taken what was delivered.
constexpr std::int64_t booksSettleMs = 30'000;
constexpr std::int64_t lookAgainMs = 600'000;
constexpr std::string_view underwayReason = "not_delivered";

/// A sum that says when it does not fit, instead of each of its parts.
class Sum
{
public:
    Sum& add(const Result<Decimal>& number, bool negated = false)
    {
        if (!fits_ || !number.ok())
        {
            fits_ = false;
            return *this;
        }
        const auto sum = total_.plus(negated ? number->negated() : *number);
        fits_ = sum.ok();
        if (fits_) total_ = *sum;
        return *this;
    }
    Sum& add(std::int64_t units, int exponent, bool negated = false)
    {
        return add(Result<Decimal>(Decimal::ofUnits(units, exponent)), negated);
    }
    [[nodiscard]] bool fits() const { return fits_; }
    [[nodiscard]] const Decimal& value() const { return total_; }
    [[nodiscard]] std::string text() const { return fits_ ? total_.text() : std::string(); }

private:
    Decimal total_;
    bool fits_ = true;
};

/// Why the two cannot be compared at all; "" when they can.
std::string whyUnknown(const ProofFacts& facts)
{
    const auto& account = facts.linked.account;
    const auto& link = *facts.linked.link;
    if (account.state != store::accountState::shared) return "not_shared";
    if (link.state != store::linkState::active) return "linking";
    if (!facts.historyComplete) return "history_incomplete";
    if (!account.balanceExact) return "no_balance";
    if (link.opening == store::openingState::due) return "opening_due";
    if (!facts.ledger || !facts.ledger->open) return "no_ledger_balance";
    if (facts.ledger->currency != account.currency || facts.ledger->exponent != account.exponent)
        return "currency_differs";
    if (link.opening == store::openingState::none && link.booksLastEntryOn.empty())
        return "no_opening";
    return {};
}

void giveUp(BalanceProof& proof, std::string_view reason)
{
    proof.state = store::proofState::unknown;
    proof.reason = reason;
    proof.unexplained.clear();
    proof.since.reset();
    proof.looks = 0;
    proof.unprovenSince.reset();
}

/// The amounts that stand apart. What the bank's balance would be without what explains it.
Sum explain(const ProofFacts& facts, BalanceProof& proof)
{
    const int exponent = static_cast<int>(facts.linked.account.exponent);
    const auto& sums = facts.sums;
    const auto text = [&](std::int64_t units) { return Decimal::ofUnits(units, exponent).text(); };
    proof.held = text(sums.held);
    proof.pending = text(sums.pending);
    proof.beforeStart = text(sums.beforeStart);
    proof.kept = text(sums.kept);
    proof.removed = text(sums.removed);
    Sum rounding;
    for (const auto& row : sums.rounded)
        rounding.add(Decimal::nearest(row.exact)).add(row.units, exponent, true);
    proof.rounding = rounding.text();
    Sum explained;
    explained.add(sums.held, exponent).add(sums.removed, exponent);
    explained.add(sums.kept, exponent, true);
    if (!rounding.fits()) return rounding;
    return explained.add(Result<Decimal>(rounding.value()));
}

/// Since when, and whether that is long enough to say so.
void settle(const ProofFacts& facts, const std::optional<BalanceProof>& before, BalanceProof& proof,
    UtcTime now)
{
    const bool same = before && before->since && before->unexplained == proof.unexplained;
    proof.since = same ? before->since : now;
    proof.looks = same ? before->looks : 0;
    proof.unprovenSince = before && before->unprovenSince ? before->unprovenSince : now;
    const bool newBalance = !before || before->bankAsOf != proof.bankAsOf;
    if (facts.freshBalance && (newBalance || !same)) ++proof.looks;
    const bool stands =
        proof.looks >= differsAfterLooks && plusMs(*proof.since, differsAfterMs) <= now;
    const bool never = plusMs(*proof.unprovenSince, neverProvenMs) <= now;
    proof.state = stands || never ? store::proofState::differs : store::proofState::settling;
    if (proof.state == store::proofState::settling) proof.reason = "may_come_right";
}

} // namespace

BalanceProof judge(const ProofFacts& facts, const std::optional<BalanceProof>& before, UtcTime now)
{
    const auto& account = facts.linked.account;
    BalanceProof proof = before.value_or(BalanceProof{});
    proof.bankAccountId = account.id;
    proof.ledgerAccountId = facts.linked.link->ledgerAccountId.value_or("");
    proof.reason.clear();
    proof.lookedAt = now;
    proof.bank = account.balanceExact.value_or("");
    proof.bankAsOf = account.balanceAsOf;
    proof.ledger = facts.ledger
                       ? Decimal::ofUnits(facts.ledger->balanceUnits, facts.ledger->exponent).text()
                       : std::string();
    proof.undelivered = facts.feed ? static_cast<std::int64_t>(facts.feed->undelivered()) : 0;
    proof.pendingIncluded = false;
    const Sum explained = explain(facts, proof);
    proof.difference.clear();
    if (const auto reason = whyUnknown(facts); !reason.empty())
    {
        giveUp(proof, reason);
        return proof;
    }
    Sum difference;
    difference.add(Decimal::parse(proof.bank))
        .add(facts.ledger->balanceUnits, facts.ledger->exponent, true);
    Sum unexplained = difference;
    unexplained.add(Result<Decimal>(explained.value()), true);
    if (!difference.fits() || !explained.fits() || !unexplained.fits())
    {
        giveUp(proof, "overflow");
        return proof;
    }
    proof.difference = difference.text();
    // On their way, or just arrived: what the host showed last may be older.
    const bool underway = (facts.feed && (proof.undelivered > 0 ||
                                             facts.feed->state == store::feedState::rebuilding)) ||
                          (facts.deliveredAt && plusMs(*facts.deliveredAt, booksSettleMs) > now);
    const auto pending = Decimal::ofUnits(facts.sums.pending, static_cast<int>(account.exponent));
    proof.pendingIncluded = facts.sums.pending != 0 && unexplained.value() == pending;
    const bool nothingLeft = proof.pendingIncluded || unexplained.value() == Decimal();
    proof.unexplained = nothingLeft ? "0" : unexplained.text();
    if (nothingLeft && !underway)
    {
        proof.state = store::proofState::proven;
        proof.provenAt = now;
        proof.since.reset();
        proof.looks = 0;
        proof.unprovenSince.reset();
        proof.noticed.clear();
        return proof;
    }
    if (underway)
    {
        // Nothing is concluded, and nothing that stood is forgotten.
        if (before) proof.unexplained = before->unexplained;
        proof.state = before && before->state == store::proofState::differs
                          ? store::proofState::differs
                          : store::proofState::settling;
        proof.reason = underwayReason;
        return proof;
    }
    if (facts.sums.heldUnknown > 0)
    {
        giveUp(proof, "held_amounts");
        return proof;
    }
    settle(facts, before, proof, now);
    return proof;
}

struct BalanceProofs::Before
{
    bool done = true;
    store::Connection connection;
    std::vector<store::LinkedAccount> accounts; ///< That feed something.
    std::vector<std::string> unfed; ///< Accounts that have a proof and feed nothing any more.
    bool stale = false;             ///< A balance is older than the last sync.
};

Result<BalanceProofs::Before> BalanceProofs::before(const store::JobLease& lease)
{
    return parts_.database.read(
        [&](store::Unit& unit) -> Result<Before>
        {
            Before before;
            auto connection = store::ConnectionRepository(unit, lease.tenant).find(lease.subject);
            if (!connection) return before;
            const bool ended = connection->ended();
            std::set<std::string> fed;
            store::AccountLinkRepository links(unit, lease.tenant);
            store::BankAccountRepository accounts(unit, lease.tenant);
            for (auto& link : links.currentOfConnection(connection->id))
            {
                auto account = accounts.find(link.bankAccountId);
                if (ended || !account || !link.ledgerAccountId) continue;
                fed.insert(account->id);
                before.stale = before.stale || !account->balanceAsOf ||
                               (connection->lastSuccessAt &&
                                   account->balanceAsOf->ns < connection->lastSuccessAt->ns);
                before.accounts.push_back({std::move(*account), std::move(link)});
            }
            for (const auto& [id, proof] :
                store::BalanceProofRepository(unit, lease.tenant).ofConnection(connection->id))
                if (!fed.contains(id)) before.unfed.push_back(id);
            before.done = before.accounts.empty() && before.unfed.empty();
            before.connection = std::move(*connection);
            return before;
        });
}

Result<bool> BalanceProofs::measure(const store::JobLease& lease, const Before& before)
{
    const auto token = parts_.tokens.accessToken(lease.tenant, before.connection.id);
    if (!token.ok()) return false;
    const auto shown = parts_.provider.accounts(*token);
    if (!shown.ok()) return false;
    const UtcTime now = parts_.clock.now();
    return parts_.database.write(
        [&](store::Unit& unit) -> Result<bool>
        {
            if (!store::JobRepository(unit).holds(lease)) return false;
            store::BankAccountRepository accounts(unit, lease.tenant);
            for (const auto& linked : before.accounts)
            {
                const auto one = std::find_if(shown->begin(), shown->end(),
                    [&](const ProviderAccount& account)
                    { return account.providerAccountId == linked.account.providerAccountId; });
                if (one == shown->end()) continue; // The refresh looks after that.
                const auto exactOf = [&](const std::optional<ProviderAmount>& amount)
                {
                    const bool ours = amount && amount->currency == linked.account.currency &&
                                      amount->official == linked.account.currencyOfficial;
                    return ours ? std::optional<std::string>(amount->exact) : std::nullopt;
                };
                accounts.setBalance(
                    linked.account.id, exactOf(one->current), exactOf(one->available), now);
            }
            return true;
        });
}

Result<std::vector<ProofFacts>> BalanceProofs::facts(
    const store::JobLease& lease, const Before& before)
{
    return parts_.database.read(
        [&](store::Unit& unit) -> Result<std::vector<ProofFacts>>
        {
            const auto& tenant = lease.tenant;
            store::BalanceProofRepository proofs(unit, tenant);
            store::OutboxRepository outbox(unit, tenant);
            std::vector<ProofFacts> all;
            for (const auto& linked : before.accounts)
            {
                ProofFacts facts;
                auto account = store::BankAccountRepository(unit, tenant).find(linked.account.id);
                auto link = store::AccountLinkRepository(unit, tenant).find(linked.link->id);
                if (!account || !link || link->endedAt || !link->ledgerAccountId) continue;
                facts.ledger =
                    store::LedgerAccountRepository(unit, tenant).find(*link->ledgerAccountId);
                facts.historyComplete = before.connection.history == "complete";
                facts.feed = outbox.feed(account->feedId);
                facts.deliveredAt = proofs.deliveredAt(account->feedId);
                facts.sums = proofs.sumsOf(account->id);
                facts.freshBalance =
                    account->balanceAsOf &&
                    (!before.connection.lastSuccessAt ||
                        account->balanceAsOf->ns >= before.connection.lastSuccessAt->ns);
                facts.linked = {std::move(*account), std::move(link)};
                all.push_back(std::move(facts));
            }
            return all;
        });
}

Step BalanceProofs::step(const store::JobLease& lease)
{
    BF_LET(first, before(lease));
    if (first.done) return done();
    if (first.stale && !first.accounts.empty()) BF_TRY(measure(lease, first));
    BF_LET(all, facts(lease, first));
    const UtcTime now = parts_.clock.now();
    bool again = false;
    bool moved = false;
    BF_TRY(parts_.database.write(
        [&](store::Unit& unit) -> Result<void>
        {
            again = moved = false;
            if (!store::JobRepository(unit).holds(lease)) return success();
            const auto connection =
                store::ConnectionRepository(unit, lease.tenant).find(lease.subject);
            // A sync came in between: the rows are other ones than the sums. It asks anew.
            moved = !connection || connection->generation != first.connection.generation;
            if (moved) return success();
            store::BalanceProofRepository proofs(unit, lease.tenant);
            for (const auto& id : first.unfed)
            {
                proofs.remove(id);
                store::NoticeRepository(unit, lease.tenant)
                    .clear(store::notice::balanceDiffers, id, now);
            }
            for (const auto& facts : all)
            {
                const auto last = proofs.find(facts.linked.account.id);
                auto proof = judge(facts, last, now);
                note(unit, lease.tenant, first, facts.linked.account, proof, now);
                // Once; after that the next sync looks.
                again = again || (proof.reason == underwayReason &&
                                     (!last || last->reason != underwayReason));
                proofs.save(proof);
            }
            return success();
        }));
    return again ? sync::again(plusMs(now, lookAgainMs)) : done();
}

void BalanceProofs::note(store::Unit& unit, const std::string& tenant, const Before& before,
    const store::BankAccount& account, BalanceProof& proof, UtcTime now)
{
    store::NoticeRepository notices(unit, tenant);
    if (proof.state != store::proofState::differs)
    {
        notices.clear(store::notice::balanceDiffers, account.id, now);
        return;
    }
    // Once for each amount: what a person has dismissed is not told again.
    const bool told = proof.noticed == proof.unexplained;
    if (told && !notices.isOpen(store::notice::balanceDiffers, account.id)) return;
    proof.noticed = proof.unexplained;
    notices.open(parts_.random, store::notice::balanceDiffers, account.id, "warning",
        JsonObject()
            .text("institution", before.connection.institutionName)
            .text("connection_id", before.connection.id)
            .text("bank_account", account.name)
            .text("bank_account_id", account.id)
            .text("difference", proof.unexplained)
            .text("currency", account.currency)
            .text("since", proof.since ? rfc3339(*proof.since) : std::string())
            .json(),
        now);
}

} // namespace bankfeed::sync
