#include "accounts/Review.h"

#include "accounts/Feedability.h"
#include "accounts/LedgerName.h"
#include "base/Utf8.h"
#include "store/LedgerAccountRepository.h"
#include "store/SuccessionRepository.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace bankfeed::accounts
{

namespace
{

/// How strongly a ledger account is meant. More is stronger; 0 is not at all.
struct Fit
{
    int strength = 0;
    std::vector<std::string> evidence;
};

/// The words as one text.
std::string keyOf(const std::set<std::string>& words)
{
    std::string key;
    for (const std::string& word : words)
        key += word + ' ';
    return key;
}

/// What a row may feed is found by name, by mask, or because it was fed before. Each candidate's
/// words are taken once, whatever the number of rows: there may be 100,000 candidates.
class Shortlists
{
public:
    void want(const ReviewRow& row, const std::string& fedBefore)
    {
        if (!fedBefore.empty()) wanted_["id " + fedBefore].insert(&row);
        for (const std::string& name : {row.account.name, row.account.officialName})
            wanted_["name " + keyOf(wordsOf(name))].insert(&row);
        const auto mask = wordsOf(row.account.mask);
        if (mask.size() == 1) wanted_["word " + *mask.begin()].insert(&row);
    }

    void offer(const LedgerAccount& candidate)
    {
        std::set<const ReviewRow*> rows;
        const auto add = [&](const std::string& key)
        {
            const auto found = wanted_.find(key);
            if (found != wanted_.end()) rows.insert(found->second.begin(), found->second.end());
        };
        add("id " + candidate.id);
        add("name " + keyOf(wordsOf(leafOf(candidate.name))));
        for (const std::string& word : wordsOf(candidate.name))
            add("word " + word);
        for (const ReviewRow* row : rows)
            lists_[row].push_back(&candidate);
    }

    /// Whatever fits the row is among them.
    [[nodiscard]] const std::vector<const LedgerAccount*>& of(const ReviewRow& row)
    {
        return lists_[&row];
    }

private:
    std::unordered_map<std::string, std::set<const ReviewRow*>> wanted_;
    std::map<const ReviewRow*, std::vector<const LedgerAccount*>> lists_;
};

/// Makes the proposals of one review.
class Proposer
{
public:
    Proposer(store::Unit& unit, const std::string& tenant, const store::Connection& connection,
        const Identity& identity, const Feeders& feeders, std::vector<LedgerAccount> candidates)
        : unit_(unit),
          tenant_(tenant),
          connection_(connection),
          ledger_(unit, tenant),
          links_(unit, tenant),
          identity_(identity),
          feeders_(feeders),
          candidates_(std::move(candidates)),
          failed_(ledger_.failuresOf(connection.id))
    {
    }

    void propose(std::vector<ReviewRow>& rows)
    {
        std::vector<ReviewRow*> asked;
        for (ReviewRow& row : rows)
            if (wantsProposal(row)) asked.push_back(&row);
        proposeExisting(asked);
        for (ReviewRow& row : rows)
            if (row.account.feedable && feeders_.ofBankAccount(row.account.id) == nullptr)
                row.nameDefault = freeName(row);
        for (ReviewRow* row : asked)
            if (!row->proposal) row->proposal = Proposal{Choice::New, "", row->nameDefault, {}};
    }

private:
    [[nodiscard]] bool wantsProposal(const ReviewRow& row) const
    {
        return row.conflicts.empty() && row.account.decision != store::decision::linked &&
               feeders_.ofBankAccount(row.account.id) == nullptr;
    }

    /// Strongest evidence first; at each strength only what points both ways to exactly one.
    void proposeExisting(const std::vector<ReviewRow*>& asked)
    {
        std::map<const ReviewRow*, std::map<std::string, Fit>> fits = fitsOf(asked);
        std::set<std::string> given;
        for (int strength = 4; strength >= 1; --strength)
        {
            std::map<std::string, int> wanted;
            for (ReviewRow* row : asked)
                if (!row->proposal)
                    for (const auto& id : atStrength(fits[row], strength, given))
                        ++wanted[id];
            for (ReviewRow* row : asked)
            {
                if (row->proposal) continue;
                const auto ids = atStrength(fits[row], strength, given);
                if (ids.size() != 1 || wanted[ids.front()] != 1) continue;
                row->proposal =
                    Proposal{Choice::Existing, ids.front(), "", fits[row][ids.front()].evidence};
                proposeStart(*row, ids.front());
            }
            for (const ReviewRow* row : asked)
                if (row->proposal) given.insert(row->proposal->ledgerAccountId);
        }
    }

    [[nodiscard]] static std::vector<std::string> atStrength(
        const std::map<std::string, Fit>& fits, int strength, const std::set<std::string>& given)
    {
        std::vector<std::string> ids;
        for (const auto& [id, fit] : fits)
            if (fit.strength == strength && given.count(id) == 0) ids.push_back(id);
        return ids;
    }

    [[nodiscard]] std::map<const ReviewRow*, std::map<std::string, Fit>> fitsOf(
        const std::vector<ReviewRow*>& asked)
    {
        std::map<const ReviewRow*, Before> before;
        Shortlists lists;
        for (const ReviewRow* row : asked)
        {
            before[row] = ledgerAccountBefore(*row);
            // A person said that it is not that one: nothing moves there by itself.
            for (const auto& link : links_.takenBackOf(row->account.id))
                takenBackFrom_[row->account.id].insert(link.ledgerAccountId.value_or(""));
            lists.want(*row, before[row].ledgerAccountId);
        }
        for (const LedgerAccount& candidate : candidates_)
            if (candidate.open && !feeders_.taken(candidate.id, connection_))
                lists.offer(candidate);
        std::map<const ReviewRow*, std::map<std::string, Fit>> fits;
        for (const ReviewRow* row : asked)
            for (const LedgerAccount* candidate : lists.of(*row))
            {
                if (!mayFeed(row->account, *candidate) ||
                    takenBackFrom_[row->account.id].contains(candidate->id))
                    continue;
                const Before& fed = before[row];
                Fit fit = fitOf(*row, *candidate,
                    candidate->id == fed.ledgerAccountId ? fed.evidence
                                                         : std::vector<std::string>());
                if (fit.strength > 0) fits[row].emplace(candidate->id, std::move(fit));
            }
        return fits;
    }

    [[nodiscard]] bool mayFeed(const store::BankAccount& account, const LedgerAccount& to) const
    {
        return to.open && to.feedable && to.currency == account.currency &&
               to.exponent == account.exponent && to.type == ledgerTypeFor(account.type) &&
               !feeders_.taken(to.id, connection_);
    }

    /// `fed`: how it is known that the account fed this ledger account before; empty: it is not.
    [[nodiscard]] static Fit fitOf(
        const ReviewRow& row, const LedgerAccount& to, const std::vector<std::string>& fed)
    {
        Fit fit;
        fit.evidence = fed;
        if (!fed.empty()) fit.strength = fed.front() == evidence::sameMaskTypeCurrency ? 3 : 4;
        if (fit.strength < 3 && namesMask(to.name, row.account.mask))
        {
            fit.evidence.emplace_back(evidence::sameMaskTypeCurrency);
            fit.strength = 2;
        }
        const NameMatch name = std::max(compareNames(row.account.name, to.name),
            compareNames(row.account.officialName, to.name));
        if (name == NameMatch::Same)
        {
            fit.evidence.emplace_back(evidence::sameName);
            fit.strength = std::max(fit.strength, 1);
        }
        // A similar name is shown beside better evidence; alone it proposes nothing.
        if (name == NameMatch::Similar && fit.strength > 0)
            fit.evidence.emplace_back(evidence::similarName);
        return fit;
    }

    struct Before
    {
        std::string ledgerAccountId; ///< "" for none.
        std::vector<std::string> evidence;
    };

    /// What it fed itself until somebody stopped it; else what the other row of the same account
    /// feeds, or fed last; when that one never fed, what its other relatives fed, if that is one
    /// ledger account.
    [[nodiscard]] Before ledgerAccountBefore(const ReviewRow& row)
    {
        if (auto own = ownLedgerAccountBefore(row.account); !own.empty())
            return {std::move(own), {evidence::fedBefore}};
        if (!row.relation) return {};
        if (auto fed = ledgerAccountOf(row.relation->bankAccountId); !fed.empty())
            return {std::move(fed), row.relation->evidence};
        std::set<std::string> all;
        for (const store::BankAccount* other : identity_.endedRelatives(row.account))
            all.insert(ledgerAccountOf(other->id));
        all.erase("");
        if (all.size() != 1) return {};
        return {*all.begin(), row.relation->evidence};
    }

    [[nodiscard]] std::string ownLedgerAccountBefore(const store::BankAccount& account)
    {
        const auto link = links_.lastEnded(account.id);
        if (!link || !link->ledgerAccountId || link->feedId != account.feedId) return "";
        const bool told = store::SuccessionRepository(unit_, tenant_)
                              .toldSpan(link->feedId, *link->ledgerAccountId)
                              .has_value();
        return told ? *link->ledgerAccountId : std::string();
    }

    [[nodiscard]] std::string ledgerAccountOf(const std::string& bankAccountId)
    {
        if (const Feeder* feeder = feeders_.ofBankAccount(bankAccountId))
            return feeder->link.ledgerAccountId.value_or("");
        const auto link = links_.lastEnded(bankAccountId);
        return link ? link->ledgerAccountId.value_or("") : "";
    }

    void proposeStart(ReviewRow& row, const std::string& id)
    {
        for (const LedgerAccount& candidate : candidates_)
        {
            if (candidate.id != id || !candidate.lastEntryOn) continue;
            row.before = feedBefore(unit_, tenant_, identity_, row.account, candidate);
            row.startDateDefault =
                row.before ? row.before->from : candidate.lastEntryOn->plusDays(1);
        }
    }

    /// The bank's name for it, with the mask or a number when that is taken.
    [[nodiscard]] std::string freeName(const ReviewRow& row)
    {
        const std::string base =
            tidyName(cutUtf8(tidyName(row.account.name), ledgerNameBytesMax - 20));
        const LedgerAccountType type = ledgerTypeFor(row.account.type);
        // Where the host refused one name, its likes are of no use either.
        const bool refused = std::any_of(failed_.begin(), failed_.end(),
            [&](const store::FailedWish& wish)
            { return wish.bankAccountId == row.account.id && wish.state == "failed"; });
        for (int i = refused ? 2 : 0; i < 100; ++i)
        {
            std::string name = base;
            if (i == 1) name += " " + row.account.mask;
            if (i > 1) name += " " + std::to_string(i);
            if (name.empty() || name.back() == ' ') continue;
            if (names_.count(name) > 0 || ledger_.nameTaken(name, type)) continue;
            names_.insert(name);
            return name;
        }
        return ""; // The person types one.
    }

    store::Unit& unit_;
    const std::string& tenant_;
    const store::Connection& connection_;
    store::LedgerAccountRepository ledger_;
    store::AccountLinkRepository links_;
    const Identity& identity_;
    const Feeders& feeders_;
    std::vector<LedgerAccount> candidates_;
    std::vector<store::FailedWish> failed_;
    std::set<std::string> names_;
    std::map<std::string, std::set<std::string>> takenBackFrom_; ///< Ledger accounts.
};

/// Nothing for a row that can still feed, or that nobody came after.
std::optional<Successor> successorOf(store::Unit& unit, const std::string& tenant,
    const store::BankAccount& account, const Identity& identity, const Feeders& feeders)
{
    const store::BankAccount* next = identity.successorOf(account);
    if (next == nullptr) return std::nullopt;
    Successor successor{*next, false, next->firstSeenAt};
    const auto last = store::AccountLinkRepository(unit, tenant).lastEnded(account.id);
    const Feeder* feeder = feeders.ofBankAccount(next->id);
    if (feeder != nullptr && last && last->ledgerAccountId &&
        feeder->link.ledgerAccountId == last->ledgerAccountId)
    {
        successor.feeds = true;
        successor.since = feeder->link.createdAt;
    }
    return successor;
}

std::vector<ReviewRow> rowsOf(store::Unit& unit, const std::string& tenant,
    const store::Connection& connection, const Identity& identity, const Feeders& feeders)
{
    std::vector<ReviewRow> rows;
    store::LedgerAccountRepository ledger(unit, tenant);
    for (auto& account : store::BankAccountRepository(unit, tenant).ofConnection(connection.id))
    {
        ReviewRow row;
        row.isNew = account.decision == store::decision::open &&
                    feeders.ofBankAccount(account.id) == nullptr;
        row.relation = identity.relationOf(account);
        row.successor = successorOf(unit, tenant, account, identity, feeders);
        if (account.decision != store::decision::linked)
            row.conflicts = standingConflicts(ledger, account, connection, row.relation, feeders);
        row.account = std::move(account);
        rows.push_back(std::move(row));
    }
    return rows;
}

} // namespace

Result<Review> Review::build(
    store::Unit& unit, const std::string& tenant, const std::string& connectionId)
{
    const auto connection = store::ConnectionRepository(unit, tenant).find(connectionId);
    if (!connection) return Error::notFound("connection.unknown", "There is no such connection.");
    Review review;
    review.connection = *connection;
    review.identity = Identity::load(unit, tenant);
    const Identity& identity = review.identity;
    review.feeders = Feeders::load(unit, tenant, identity);
    review.rows = rowsOf(unit, tenant, *connection, identity, review.feeders);
    const auto candidates = store::LedgerAccountRepository(unit, tenant).candidates();
    Proposer(unit, tenant, *connection, identity, review.feeders, candidates).propose(review.rows);
    for (const LedgerAccount& account : candidates)
    {
        const Feeder* feeder = review.feeders.ofLedgerAccount(account.id);
        const bool stands = feeder != nullptr && feeder->standsInTheWayOf(*connection);
        const Feeder* live = stands ? feeder : nullptr;
        if (account.open || feeder != nullptr) review.ledgerAccounts.push_back({account, live});
    }
    return review;
}

} // namespace bankfeed::accounts
