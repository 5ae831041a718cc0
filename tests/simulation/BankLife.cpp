#include "BankLife.h"

#include <algorithm>
#include <utility>

namespace bankfeed::simulation
{

namespace
{

using plaidsim::BankAccount;
using plaidsim::BankTransaction;
using plaidsim::Decimal;

constexpr std::size_t rowsPerAccountMax = 120;
/// Of the one account that has more rows than one page or one unit takes.
constexpr std::int64_t manyRowsMin = 501;
constexpr std::int64_t manyRowsMax = 1'400;
constexpr std::int64_t manyRowsDays = 600;

Decimal decimal(const std::string& text)
{
    const auto parsed = Decimal::parse(text);
    if (!parsed) throw Broken("the simulation made no number: " + text);
    return *parsed;
}

struct Kind
{
    const char* type;
    const char* subtype;
};
const std::vector<Kind>& kinds()
{
    static const std::vector<Kind> all{{"depository", "checking"}, {"depository", "savings"},
        {"depository", "checking"}, {"credit", "credit card"}, {"loan", "student"},
        {"investment", "brokerage"}};
    return all;
}

} // namespace

BankLife::BankLife(Plaid& plaid, Fate& fate, Journal& journal)
    : plaid_(plaid),
      fate_(fate),
      journal_(journal),
      splits_(fate.oneIn(2)),
      unmatched_(fate.oneIn(3)),
      overPrecise_(fate.oneIn(3)),
      neverPending_(fate.oneIn(4))
{
}

void BankLife::tell(const std::string& line)
{
    journal_.tell(plaid_.times.now(), "bank: " + line);
}

void BankLife::begin()
{
    auto& world = plaid_.world;
    auto& settings = world.settings;
    manyRows_ = fate_.knows(Trouble::ManyRows) && fate_.oneIn(30);
    settings.pageSizeCap = manyRows_ ? fate_.between(60, 500) : fate_.between(1, 12);
    settings.initialDelayMs = fate_.between(0, 3) * 400;
    settings.historyDelayMs = fate_.between(0, 3) * 3000;
    settings.selectionDelayMs = fate_.between(0, 2) * 2000;
    settings.updateModePublicToken = fate_.oneIn(2);
    settings.updateLinkWebhookToItem = fate_.oneIn(2);
    settings.removedTokenIsUnknown = fate_.oneIn(2);
    settings.deselectRemovesRows = fate_.oneIn(3);
    settings.ghostRemovals = fate_.oneIn(2);
    settings.legacyWebhooks = fate_.oneIn(2);
    settings.extraFields = fate_.oneIn(4);
    const std::int64_t banks = fate_.between(1, 2);
    for (std::int64_t bank = 1; bank <= banks; ++bank)
    {
        plaidsim::Institution institution;
        institution.id = "ins_" + std::to_string(bank);
        institution.name = "Bank " + std::to_string(bank);
        institution.oauth = fate_.oneIn(3);
        institution.persistentAccountIds = fate_.oneIn(3);
        institution.sharedAccountsStay = fate_.oneIn(6);
        world.truth.addInstitution(institution);
        plaidsim::Login login;
        login.id = "login_" + std::to_string(bank);
        login.institutionId = institution.id;
        login.username = "user" + std::to_string(bank);
        login.password = "pass";
        world.truth.addLogin(login);
        const std::int64_t accounts = fate_.between(1, 3);
        for (std::int64_t i = 0; i < accounts; ++i)
            openAccount(login.id, i == 0);
    }
}

BankAccount& BankLife::openAccount(const std::string& loginId, bool first)
{
    BankAccount account;
    const Kind kind = first ? kinds().front() : fate_.pick(kinds());
    const int number = ++accountsMade_;
    account.id = "bank_account_" + std::to_string(number);
    account.loginId = loginId;
    account.name = (fate_.oneIn(4) ? "Everyday " : "Account ") + std::to_string(number);
    account.type = kind.type;
    account.subtype = kind.subtype;
    account.mask = std::to_string(1000 + number);
    if (!first && fate_.oneIn(6)) account.isoCurrency = fate_.oneIn(2) ? "JPY" : "KWD";
    if (!first && fate_.oneIn(10))
    {
        account.isoCurrency.reset();
        account.unofficialCurrency = "BTC";
    }
    account.openingBalance = decimal(std::to_string(fate_.between(0, 5000)));
    auto& made = plaid_.world.truth.addAccount(account);
    tell("account " + made.id + " " + made.subtype + " at " + loginId);
    const bool many = number == 1 && manyRows_;
    const std::int64_t rows = many    ? fate_.between(manyRowsMin, manyRowsMax)
                              : first ? fate_.between(3, 25)
                                      : fate_.between(0, 12);
    past_ = many;
    for (std::int64_t i = 0; i < rows; ++i)
        add(made, newRow(made, true));
    past_ = false;
    return made;
}

std::string BankLife::anyDate(bool past)
{
    const std::int64_t back = past_  ? fate_.between(0, manyRowsDays)
                              : past ? fate_.between(0, 60)
                                     : fate_.between(0, fate_.oneIn(5) ? 45 : 3);
    return plaidsim::dayText(plaidsim::dayOf(plaid_.times.now().ns) - std::chrono::days(back));
}

/// Banks re-date a booking by days, not by weeks.
plaidsim::Day BankLife::nearby(const std::string& accountId, const BankTransaction& row)
{
    const auto first = *plaidsim::parseDay(versions_.at(accountId).at(row.id).front().date);
    const auto day = first + std::chrono::days(fate_.between(-4, 5));
    return std::min(day, plaidsim::dayOf(plaid_.times.now().ns));
}

Decimal BankLife::anyAmount(const BankAccount& account)
{
    std::string text = std::to_string(fate_.between(1, fate_.oneIn(10) ? 900'000 : 900));
    const bool whole = account.isoCurrency == "JPY";
    if (!whole && !fate_.oneIn(5))
    {
        text += "." + std::to_string(fate_.below(10)) + std::to_string(fate_.below(10));
        if (account.isoCurrency == "KWD" || account.unofficialCurrency)
            text += std::to_string(fate_.below(10));
        if (overPrecise_ && fate_.oneIn(4)) text += std::to_string(fate_.between(10, 9999));
    }
    else if (fate_.oneIn(8))
        text += "e1";
    if (fate_.oneIn(3)) text.insert(0, "-");
    return decimal(text);
}

BankTransaction BankLife::newRow(const BankAccount& account, bool past)
{
    BankTransaction row;
    row.id = "row_" + std::to_string(++rowsMade);
    row.date = *plaidsim::parseDay(anyDate(past));
    row.amount = anyAmount(account);
    row.name = "Payee " + std::to_string(fate_.below(30));
    if (fate_.oneIn(2)) row.originalDescription = row.name + " REF " + std::to_string(rowsMade);
    if (fate_.oneIn(3)) row.authorizedDate = row.date;
    if (fate_.oneIn(4)) row.merchantName = "Merchant";
    row.pending = !past && !neverPending_ && fate_.oneIn(2);
    return row;
}

void BankLife::add(BankAccount& account, BankTransaction row, bool pageBreak)
{
    if (account.rows.size() >= rowsPerAccountMax && !past_) return;
    versions_[account.id][row.id].push_back({plaidsim::dayText(row.date), row.amount, row.pending});
    tell(account.id + " + " + row.id + " " + row.amount.text() + " " + plaidsim::dayText(row.date) +
         (row.pending ? " pending" : ""));
    plaid_.world.truth.addTransaction(account, std::move(row), pageBreak);
}

void BankLife::modify(BankAccount& account, BankTransaction row)
{
    versions_[account.id][row.id].push_back({plaidsim::dayText(row.date), row.amount, row.pending});
    tell(account.id + " ~ " + row.id + " " + row.amount.text() + " " + plaidsim::dayText(row.date));
    plaid_.world.truth.modifyTransaction(account, std::move(row));
}

const std::vector<Version>& BankLife::versions(
    const std::string& accountId, const std::string& rowId) const
{
    return versions_.at(accountId).at(rowId);
}

BankAccount* BankLife::anyAccount()
{
    std::vector<BankAccount*> open;
    for (const auto& [id, account] : plaid_.world.truth.accounts())
        if (!account.closed && account.hasTransactions())
            open.push_back(plaid_.world.truth.account(id));
    return open.empty() ? nullptr : fate_.pick(open);
}

const BankTransaction* BankLife::anyRow(const BankAccount& account, bool pending)
{
    std::vector<const BankTransaction*> found;
    for (const auto& row : account.rows)
        if (!row->removed && (!pending || row->pending)) found.push_back(row.get());
    return found.empty() ? nullptr : fate_.pick(found);
}

void BankLife::postPending(BankAccount& account, const BankTransaction& pending)
{
    BankTransaction posted = pending;
    posted.id = "row_" + std::to_string(++rowsMade);
    posted.pending = false;
    posted.authorizedDate = posted.date;
    posted.date = plaidsim::dayOf(plaid_.times.now().ns);
    posted.replacesPending = pending.id;
    posted.matchedToPending = !(unmatched_ && fate_.oneIn(3));
    if (fate_.oneIn(4)) posted.amount = posted.amount + decimal("3"); // A tip.
    if (fate_.oneIn(5)) posted.name += " POSTED";
    const bool split = splits_ && fate_.oneIn(2);
    tell(account.id + " posts " + pending.id);
    plaid_.world.truth.removeTransaction(account, pending.id);
    add(account, std::move(posted), split);
}

void BankLife::changeOne(BankAccount& account)
{
    if (const auto* pending = anyRow(account, true); pending != nullptr && fate_.oneIn(2))
    {
        const BankTransaction row = *pending;
        if (!fate_.oneIn(5)) return postPending(account, row);
        tell(account.id + " - " + row.id + ": a hold is released");
        plaid_.world.truth.removeTransaction(account, row.id);
        return;
    }
    const auto* found = anyRow(account, false);
    if (found == nullptr || fate_.oneIn(2)) return add(account, newRow(account, fate_.oneIn(8)));
    BankTransaction row = *found;
    switch (fate_.below(7))
    {
    case 0: row.amount = anyAmount(account); return modify(account, std::move(row));
    case 1: row.name += "!"; return modify(account, std::move(row));
    case 2: row.date = nearby(account.id, row); return modify(account, std::move(row));
    case 3: return modify(account, std::move(row)); // Nothing has changed.
    case 4:
        tell(account.id + " - " + row.id);
        plaid_.world.truth.removeTransaction(account, row.id);
        return;
    case 5: // The same again, under another id.
        tell(account.id + " - " + row.id + ": churn");
        plaid_.world.truth.removeTransaction(account, row.id);
        row.id = "row_" + std::to_string(++rowsMade);
        return add(account, std::move(row));
    default: // A genuine twin.
        row.id = "row_" + std::to_string(++rowsMade);
        row.replacesPending.clear();
        return add(account, std::move(row));
    }
}

void BankLife::changeRows()
{
    BankAccount* account = anyAccount();
    if (account == nullptr) return;
    const std::int64_t changes = fate_.between(1, 4);
    for (std::int64_t i = 0; i < changes; ++i)
        changeOne(*account);
    plaid_.world.accountChanged(account->id);
}

plaidsim::Item* BankLife::anyItem()
{
    std::vector<plaidsim::Item*> items;
    for (const auto& [id, item] : plaid_.world.items())
        if (!item->removed) items.push_back(item.get());
    return items.empty() ? nullptr : fate_.pick(items);
}

void BankLife::churn(const BankAccount& account)
{
    auto& world = plaid_.world;
    std::vector<plaidsim::Item*> items;
    for (const auto& [id, item] : world.items())
        if (!item->removed && item->shared.count(account.id) != 0) items.push_back(item.get());
    world.accountClosed(account);
    for (auto* item : items)
    {
        auto wanted = item->sharedOrder;
        wanted.push_back(account.id);
        world.select(*item, wanted);
    }
}

void BankLife::changeAccess()
{
    auto& world = plaid_.world;
    plaidsim::Item* item = anyItem();
    BankAccount* account = anyAccount();
    switch (fate_.below(8))
    {
    case 0:
    case 1:
        if (accountsMade_ >= 6) return;
        {
            std::vector<std::string> logins;
            for (const auto& [id, login] : world.truth.logins())
                logins.push_back(id);
            world.accountOpened(openAccount(fate_.pick(logins), false));
        }
        return;
    case 2:
        if (account == nullptr || closed_ >= 1) return;
        ++closed_;
        tell("closes " + account->id);
        account->closed = true;
        world.accountClosed(*account);
        return;
    case 3:
        if (account == nullptr) return;
        tell("revokes " + account->id);
        for (const auto& [id, one] : world.items())
            if (!one->removed && one->shared.count(account->id) != 0)
                world.notify(*one, "ITEM", "USER_ACCOUNT_REVOKED",
                    {{"account_id", one->shared.at(account->id).accountId}});
        world.accountClosed(*account);
        return;
    case 4:
        if (account == nullptr || !fate_.oneIn(2)) return;
        tell("churns " + account->id);
        churn(*account);
        return;
    case 5:
    case 6:
        if (item == nullptr) return;
        tell("breaks the login of " + item->loginId);
        world.breakItem(*item, plaidsim::PlaidError::loginRequired());
        return;
    default:
        if (item == nullptr || !item->error) return;
        tell("repairs the login of " + item->loginId);
        world.repair(*item);
        world.notify(*item, "ITEM", "LOGIN_REPAIRED", plaidsim::Json::object());
        return;
    }
}

} // namespace bankfeed::simulation
