#include "accounts/LinkingChecks.h"

#include "accounts/EarlierEntries.h"
#include "accounts/FeedBefore.h"
#include "accounts/Feedability.h"
#include "store/BookFacts.h"

#include <algorithm>

namespace bankfeed::accounts
{

namespace
{

using Names = std::vector<std::string>;

constexpr const char* looksLinkedCode = "looks_already_linked";

std::string lowered(std::string text)
{
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

} // namespace

std::string versionOf(const store::BankAccount& account)
{
    return account.decision + '.' +
           (account.decidedAt ? std::to_string(account.decidedAt->ns) : std::string("0"));
}

namespace
{

/// Whether what is decided stands already, whoever decided it.
bool standsAlready(const Decision& decision, const store::BankAccount& account)
{
    return (decision.choice == Choice::None && account.decision == store::decision::aside) ||
           (decision.choice == Choice::Later && account.decision == store::decision::open);
}

Conflict decidedMeanwhile(const store::BankAccount& account)
{
    return {account.id, "decided_meanwhile",
        {{"decision", account.decision}, {"by", account.decidedBy},
            {"at", account.decidedAt ? rfc3339(*account.decidedAt) : std::string()},
            {"version", versionOf(account)}},
        Names{"keep_theirs", "decide_anew"}, true};
}

} // namespace

Conflict alreadyLinked(const std::string& bankAccountId, const Feeder* feeder)
{
    Conflict conflict{bankAccountId, "already_linked", {}, Names{"later"}, false};
    if (feeder == nullptr) return conflict;
    conflict.params = {{"fed_by", feeder->shownName()}, {"institution", feeder->institution}};
    conflict.decidedMeanwhile = feeder->bankAccountId == bankAccountId;
    return conflict;
}

Conflict ledgerAccountTaken(
    const std::string& bankAccountId, const std::string& ledgerAccountName, const Feeder* feeder)
{
    Conflict conflict{bankAccountId, "ledger_account_taken",
        {{"ledger_account", ledgerAccountName}}, Names{"choose_another", "later"}};
    if (feeder != nullptr)
    {
        conflict.params.emplace_back("fed_by", feeder->shownName());
        conflict.params.emplace_back("institution", feeder->institution);
    }
    return conflict;
}

namespace
{

Conflict looksAlreadyLinked(
    store::LedgerAccountRepository& ledger, const std::string& bankAccountId, const Feeder& feeder)
{
    const auto fed =
        feeder.link.ledgerAccountId ? ledger.find(*feeder.link.ledgerAccountId) : std::nullopt;
    return {bankAccountId, looksLinkedCode,
        {{"fed_by", feeder.shownName()}, {"institution", feeder.institution},
            {"ledger_account", fed ? fed->name : ledger.wishedName(feeder.link.id)}},
        Names{"none", "later", "accept_duplicate"}};
}

} // namespace

std::vector<Conflict> standingConflicts(store::LedgerAccountRepository& ledger,
    const store::BankAccount& account, const store::Connection& connection,
    const std::optional<Relation>& relation, const Feeders& feeders)
{
    std::vector<Conflict> found;
    const bool ended = connection.state == store::connectionState::removed;
    if (ended || account.state != store::accountState::shared)
        found.push_back({account.id, "not_shared", {}, Names{"none", "later"}});
    if (!account.feedable)
    {
        const char* reason = account.currency.empty() ? "currency_unknown" : "type";
        found.push_back({account.id, "balances_only",
            {{"reason", reason}, {"type", account.type}, {"subtype", account.subtype}},
            Names{"none", "later"}});
    }
    if (relation && relation->kind == "also_shared")
    {
        // Both rows are one account at the bank: feeding two ledger accounts from it would book
        // every transaction twice. Of a look-alike a person may say that it is another account.
        const bool certain = relation->evidence.front() == evidence::samePersistentId;
        if (const Feeder* other = feeders.ofBankAccount(relation->bankAccountId))
            found.push_back(certain ? alreadyLinked(account.id, other)
                                    : looksAlreadyLinked(ledger, account.id, *other));
    }
    return found;
}

void LinkingChecks::check(Decision& decision, const store::BankAccount& account)
{
    const Feeder* feeder = feeders_.ofBankAccount(account.id);
    if (feeder != nullptr && decision.choice != Choice::Later)
    {
        add(alreadyLinked(account.id, feeder));
        return;
    }
    if (!decision.version.empty() && decision.version != versionOf(account) &&
        !standsAlready(decision, account))
    {
        add(decidedMeanwhile(account));
        return;
    }
    if (decision.choice == Choice::Later) return;
    if (decision.choice == Choice::None) return;
    for (Conflict& conflict :
        standingConflicts(ledger_, account, connection_, identity_.relationOf(account), feeders_))
        if (conflict.code != looksLinkedCode || !decision.acceptDuplicate) add(std::move(conflict));
    checkPredecessors(decision, account);
    if (decision.choice == Choice::New)
        checkNew(decision, account);
    else
        checkExisting(decision, account);
    checkElsewhere(decision, account);
}

/// The same money would be in the books twice: as an opening balance, or row by row when it was
/// told under ids of before.
void LinkingChecks::checkElsewhere(const Decision& decision, const store::BankAccount& account)
{
    if (decision.acceptElsewhere) return;
    const auto earlier =
        entriesElsewhere(unit_, tenant_, identity_, account, decision.ledgerAccountId);
    if (!earlier) return;
    const auto chosen = ledger_.find(decision.ledgerAccountId);
    const bool opening = decision.openingBalance && (!chosen || !chosen->lastEntryOn);
    const bool again =
        !earlier->own && (!decision.startDate || decision.startDate->text() <= earlier->last);
    if (!opening && !again) return;
    const auto last = Date::parse(earlier->last);
    Conflict conflict{account.id, "entries_elsewhere",
        {{"ledger_account", earlier->in.name}, {"ledger_account_id", earlier->in.id},
            {"first", earlier->first}, {"last", earlier->last},
            {"start", earlier->own || !last ? std::string() : last->plusDays(1).text()}},
        Names{"go_on_after", "accept_elsewhere", "later"}};
    if (!feeders_.taken(earlier->in.id, connection_) && earlier->in.feedable)
        conflict.choices.insert(conflict.choices.begin(), "use_earlier");
    add(std::move(conflict));
}

/// Its connection takes the place of another that still feeds the books: whatever may be this
/// account there is taken over, or both would book everything twice.
void LinkingChecks::checkPredecessors(const Decision& decision, const store::BankAccount& account)
{
    const Feeder* first = nullptr;
    bool certain = false;
    for (const store::BankAccount* old : identity_.predecessors(account))
    {
        const Feeder* feeder = feeders_.ofBankAccount(old->id);
        if (feeder == nullptr) continue;
        if (decision.choice == Choice::Existing &&
            feeder->link.ledgerAccountId == decision.ledgerAccountId)
            return;
        const bool same = !old->persistentId.empty() && old->persistentId == account.persistentId;
        if (first == nullptr || (same && !certain)) first = feeder;
        certain = certain || same;
    }
    if (first == nullptr || (!certain && decision.acceptDuplicate)) return;
    Conflict conflict = certain ? alreadyLinked(account.id, first)
                                : looksAlreadyLinked(ledger_, account.id, *first);
    conflict.choices.insert(conflict.choices.begin(), "choose_another");
    add(std::move(conflict));
}

Date latestStart(const std::optional<Date>& booksLastEntryOn, UtcTime now)
{
    constexpr std::int64_t mostAheadMs = 14LL * 3600 * 1000; // The time zone furthest ahead of UTC.
    const Date latest = Date::ofUtc(plusMs(now, mostAheadMs)).plusDays(1);
    // A feed may always follow what the books have.
    return booksLastEntryOn ? std::max(latest, booksLastEntryOn->plusDays(1)) : latest;
}

void LinkingChecks::checkStartDay(const Decision& decision, UtcTime now)
{
    const bool links = decision.choice == Choice::New || decision.choice == Choice::Existing;
    const auto ledgerAccount =
        decision.choice == Choice::Existing ? ledger_.find(decision.ledgerAccountId) : std::nullopt;
    const Date latest = latestStart(ledgerAccount ? ledgerAccount->lastEntryOn : std::nullopt, now);
    if (links && decision.startDate && *decision.startDate > latest)
        add({decision.bankAccountId, "start_in_future", {{"latest", latest.text()}},
            Names{"later"}});
}

void LinkingChecks::checkNew(const Decision& decision, const store::BankAccount& account)
{
    if (decision.name.empty())
        add({decision.bankAccountId, "name_missing", {}, Names{"later"}});
    else if (!named_.insert(lowered(decision.name)).second ||
             ledger_.nameTaken(decision.name, ledgerTypeFor(account.type)))
        add({decision.bankAccountId, "name_taken", {{"name", decision.name}}, Names{"later"}});
}

void LinkingChecks::checkExisting(Decision& decision, const store::BankAccount& account)
{
    const auto ledgerAccount = ledger_.find(decision.ledgerAccountId);
    if (!ledgerAccount)
    {
        add({account.id, "ledger_account_unknown", {}, Names{"choose_another", "later"}});
        return;
    }
    if (!chosen_.insert(ledgerAccount->id).second)
        add({account.id, "ledger_account_chosen_twice", {{"ledger_account", ledgerAccount->name}},
            Names{"choose_another", "later"}});
    if (feeders_.taken(ledgerAccount->id, connection_))
        add(ledgerAccountTaken(
            account.id, ledgerAccount->name, feeders_.ofLedgerAccount(ledgerAccount->id)));
    checkFit(decision, account, *ledgerAccount);
    checkStart(decision, account, *ledgerAccount);
}

void LinkingChecks::checkFit(
    const Decision& decision, const store::BankAccount& account, const LedgerAccount& ledgerAccount)
{
    const Names choices{"choose_another", "later"};
    // The events tell of a merge before the host's next list does.
    const bool merged =
        store::BookFacts(unit_, tenant_).targetOf(ledgerAccount.id) != ledgerAccount.id;
    if (!ledgerAccount.open || !ledgerAccount.feedable || merged)
        add({decision.bankAccountId, "ledger_account_closed",
            {{"ledger_account", ledgerAccount.name}}, choices});
    if (!account.feedable) return; // balances_only says it all.
    if (ledgerAccount.currency != account.currency || ledgerAccount.exponent != account.exponent)
        add({decision.bankAccountId, "currency_differs",
            {{"bank", account.currency}, {"ledger", ledgerAccount.currency}}, choices});
    const LedgerAccountType wanted = ledgerTypeFor(account.type);
    if (ledgerAccount.type != wanted)
        add({decision.bankAccountId, "type_differs",
            {{"bank", std::string(nameOf(wanted))},
                {"ledger", std::string(nameOf(ledgerAccount.type))}},
            choices});
}

void LinkingChecks::checkStart(
    Decision& decision, const store::BankAccount& account, const LedgerAccount& ledgerAccount)
{
    if (!ledgerAccount.lastEntryOn) return;
    const auto before = feedBefore(unit_, tenant_, identity_, account, ledgerAccount);
    const Date earliest = before ? before->from : ledgerAccount.lastEntryOn->plusDays(1);
    if (!decision.startDate)
        decision.startDate = earliest;
    else if (*decision.startDate < earliest && !decision.acceptOverlap)
        add({decision.bankAccountId, "start_before_last_entry",
            {{"last_entry_on", ledgerAccount.lastEntryOn->text()}},
            Names{"accept_overlap", "default_start", "later"}});
}

} // namespace bankfeed::accounts
