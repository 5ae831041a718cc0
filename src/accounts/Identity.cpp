#include "accounts/Identity.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace bankfeed::accounts
{

Identity Identity::load(store::Unit& unit, const std::string& tenant)
{
    Identity identity;
    identity.accounts_ = store::BankAccountRepository(unit, tenant).all();
    for (std::size_t i = 0; i < identity.accounts_.size(); ++i)
        identity.places_.emplace(identity.accounts_[i].id, i);
    for (auto& connection : store::ConnectionRepository(unit, tenant).all())
    {
        const std::string id = connection.id;
        identity.connections_.emplace(id, std::move(connection));
    }
    return identity;
}

const store::BankAccount* Identity::find(const std::string& bankAccountId) const
{
    const auto found = places_.find(bankAccountId);
    return found == places_.end() ? nullptr : &accounts_[found->second];
}

const store::Connection* Identity::connectionOf(const store::BankAccount& account) const
{
    const auto found = connections_.find(account.connectionId);
    return found == connections_.end() ? nullptr : &found->second;
}

const std::string& Identity::institutionOf(const store::BankAccount& account) const
{
    static const std::string none;
    const store::Connection* connection = connectionOf(account);
    return connection == nullptr ? none : connection->institutionId;
}

bool Identity::canStillFeed(const store::BankAccount& account) const
{
    const store::Connection* connection = connectionOf(account);
    if (connection == nullptr || connection->ended()) return false;
    return account.state != store::accountState::notShared;
}

bool Identity::givesWay(const store::BankAccount& old, const store::BankAccount& account) const
{
    if (!canStillFeed(old)) return true;
    const store::Connection* connection = connectionOf(account);
    return connection != nullptr && !connection->replaces.empty() &&
           connection->replaces == old.connectionId;
}

std::vector<const store::BankAccount*> Identity::predecessors(
    const store::BankAccount& account) const
{
    std::vector<const store::BankAccount*> found;
    for (const store::BankAccount& other : accounts_)
        if (other.connectionId != account.connectionId && canStillFeed(other) &&
            givesWay(other, account) && mayBeSame(account, other))
            found.push_back(&other);
    return found;
}

bool Identity::older(const store::BankAccount& a, const store::BankAccount& b) const
{
    const store::Connection* ca = connectionOf(a);
    const store::Connection* cb = connectionOf(b);
    const std::int64_t ta = ca == nullptr ? 0 : ca->createdAt.ns;
    const std::int64_t tb = cb == nullptr ? 0 : cb->createdAt.ns;
    return std::tie(a.firstSeenAt.ns, ta, a.id) < std::tie(b.firstSeenAt.ns, tb, b.id);
}

bool Identity::looksAlike(const store::BankAccount& a, const store::BankAccount& b) const
{
    // Two persistent ids that differ say for certain that it is another account.
    const bool known = !a.persistentId.empty() && !b.persistentId.empty();
    if (known && a.persistentId != b.persistentId) return false;
    return !a.mask.empty() && a.mask == b.mask && a.type == b.type && a.subtype == b.subtype &&
           !a.currency.empty() && a.currency == b.currency && !institutionOf(a).empty() &&
           institutionOf(a) == institutionOf(b);
}

namespace
{

bool linked(const store::BankAccount& account)
{
    return account.decision == store::decision::linked;
}

} // namespace

bool Identity::mayBeSame(const store::BankAccount& a, const store::BankAccount& b) const
{
    const bool persistent = !a.persistentId.empty() && a.persistentId == b.persistentId &&
                            institutionOf(a) == institutionOf(b);
    return persistent || looksAlike(a, b);
}

std::vector<const store::BankAccount*> Identity::endedRelatives(
    const store::BankAccount& account) const
{
    std::vector<const store::BankAccount*> found;
    for (const store::BankAccount& other : accounts_)
        if (other.id != account.id && !canStillFeed(other) && mayBeSame(account, other))
            found.push_back(&other);
    return found;
}

const store::BankAccount* Identity::samePersistent(const store::BankAccount& account) const
{
    if (account.persistentId.empty() || institutionOf(account).empty()) return nullptr;
    const store::BankAccount* found = nullptr;
    for (const store::BankAccount& other : accounts_)
    {
        if (other.id == account.id || other.persistentId != account.persistentId ||
            institutionOf(other) != institutionOf(account))
            continue;
        // One that feeds the books stands in the way of this one, whichever is older.
        if (canStillFeed(other) && linked(other) && !linked(account)) return &other;
        // Several older rows of one account: the latest of them is the one that was in use.
        if (older(other, account) && (found == nullptr || older(*found, other))) found = &other;
    }
    return found;
}

/// Unique on both sides: it has no like in its own connection, nor has this one.
const store::BankAccount* Identity::predecessorAlike(const store::BankAccount& account) const
{
    const auto found = predecessors(account);
    if (found.size() != 1) return nullptr;
    const bool rival = std::any_of(accounts_.begin(), accounts_.end(),
        [&](const store::BankAccount& other)
        {
            return other.connectionId == account.connectionId && other.id != account.id &&
                   canStillFeed(other) && looksAlike(other, *found.front());
        });
    return rival ? nullptr : found.front();
}

const store::BankAccount* Identity::liveAlike(const store::BankAccount& account) const
{
    const store::BankAccount* found = nullptr;
    for (const store::BankAccount& other : accounts_)
    {
        // Two of one connection are two accounts, unless the bank just ceased to show the older
        // one: un-ticked and ticked again, it comes with a new id before the old one is known to be
        // gone.
        const bool leaving = other.state == store::accountState::missing;
        if (other.connectionId == account.connectionId && !leaving) continue;
        if (!canStillFeed(other) || !looksAlike(account, other)) continue;
        if (other.connectionId != account.connectionId && givesWay(other, account)) continue;
        if (linked(other) && !linked(account)) return &other;
        if (older(other, account) && (found == nullptr || older(*found, other))) found = &other;
    }
    return found;
}

const store::BankAccount* Identity::endedAlike(const store::BankAccount& account) const
{
    const store::BankAccount* found = nullptr;
    for (const store::BankAccount& other : accounts_)
    {
        if (other.id == account.id || !looksAlike(account, other)) continue;
        // Another that is just as live: the sign points both ways.
        if (canStillFeed(other)) return nullptr;
        // Of several that ended the latest is the one that was in use.
        if (older(other, account) && (found == nullptr || older(*found, other))) found = &other;
    }
    return found;
}

std::optional<Relation> Identity::relationOf(const store::BankAccount& account) const
{
    if (const store::BankAccount* same = samePersistent(account))
        return Relation{givesWay(*same, account) ? "re_issued" : "also_shared", same->id,
            {evidence::samePersistentId}};
    if (const store::BankAccount* alike = predecessorAlike(account))
        return Relation{"re_issued", alike->id, {evidence::sameMaskTypeCurrency}};
    if (const store::BankAccount* alike = liveAlike(account))
        return Relation{"also_shared", alike->id, {evidence::sameMaskTypeCurrency}};
    if (const store::BankAccount* alike = endedAlike(account))
        return Relation{"re_issued", alike->id, {evidence::sameMaskTypeCurrency}};
    return std::nullopt;
}

const store::BankAccount* Identity::successorOf(const store::BankAccount& account) const
{
    const store::BankAccount* found = nullptr;
    for (const store::BankAccount& other : accounts_)
    {
        if (other.id == account.id || !older(account, other) || !givesWay(account, other) ||
            !mayBeSame(other, account) || (found != nullptr && older(other, *found)))
            continue;
        const auto relation = relationOf(other);
        if (relation && relation->kind == "re_issued" && relation->bankAccountId == account.id)
            found = &other;
    }
    return found;
}

std::set<std::string> wordsOf(std::string_view text)
{
    std::set<std::string> words;
    std::string word;
    for (const char c : text)
    {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                            static_cast<unsigned char>(c) >= 0x80;
        const bool upper = c >= 'A' && c <= 'Z';
        if (letter)
            word.push_back(c);
        else if (upper)
            word.push_back(static_cast<char>(c - 'A' + 'a'));
        else if (!word.empty())
            words.insert(std::exchange(word, {}));
    }
    if (!word.empty()) words.insert(word);
    return words;
}

std::string_view leafOf(std::string_view ledgerName)
{
    const std::size_t colon = ledgerName.rfind(':');
    return colon == std::string_view::npos ? ledgerName : ledgerName.substr(colon + 1);
}

NameMatch compareNames(std::string_view bankName, std::string_view ledgerName)
{
    const auto bank = wordsOf(bankName);
    const auto ledger = wordsOf(leafOf(ledgerName));
    if (bank.empty() || ledger.empty()) return NameMatch::None;
    if (bank == ledger) return NameMatch::Same;
    std::vector<std::string> both;
    std::set_intersection(
        bank.begin(), bank.end(), ledger.begin(), ledger.end(), std::back_inserter(both));
    const std::size_t all = bank.size() + ledger.size() - both.size();
    return both.size() * 2 >= all ? NameMatch::Similar : NameMatch::None;
}

bool namesMask(std::string_view ledgerName, std::string_view mask)
{
    if (mask.size() < 4) return false;
    const auto words = wordsOf(ledgerName);
    const auto wanted = wordsOf(mask);
    return wanted.size() == 1 && words.count(*wanted.begin()) > 0;
}

} // namespace bankfeed::accounts
