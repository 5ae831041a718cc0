#include "BankDays.h"

#include "Statement.h"
#include "World.h"

#include <algorithm>
#include <stdexcept>

namespace plaidsim
{

namespace
{

constexpr std::size_t rowsLookedAt = 200; // things happen to the latest rows of an account
constexpr std::int64_t mostADay = 5000;

enum class Needs
{
    nothing,
    pending,
    posted,
    sibling,     // another open account of the same life
    shared,      // an Item that shares this account and another
    item,        // a live Item of the account's login, without an error
    brokenItem,  // one with an error
    expiringItem // a live Item at a bank whose consent ends
};

[[noreturn]] void refuse(const std::string& sentence)
{
    throw std::invalid_argument(sentence);
}

std::int64_t wholeIn(const Json& rule, const char* name, std::int64_t fallback, std::int64_t least,
    std::int64_t most)
{
    if (!rule.contains(name)) return fallback;
    const Json& value = rule.at(name);
    if (!value.is_number_integer() || value.get<std::int64_t>() < least ||
        value.get<std::int64_t>() > most)
        refuse(std::string(name) + " must be a whole number from " + std::to_string(least) +
               " to " + std::to_string(most));
    return value;
}

const std::array<const char*, 12>& shops()
{
    static constexpr std::array<const char*, 12> names{"Corner Cafe", "Green Grocer",
        "Metro Transit", "City Power", "Harbor Books", "Pine Pharmacy", "Streamly", "Acme Paper",
        "Fuel Stop", "Northwind Telecom", "Old Mill Bakery", "Quay Parking"};
    return names;
}

bool any(World& world, const std::string& loginId, bool (*fits)(World&, const Item&))
{
    return std::any_of(world.items().begin(), world.items().end(),
        [&](const auto& entry)
        {
            const Item& item = *entry.second;
            return !item.removed && item.loginId == loginId && fits(world, item);
        });
}

bool healthy(World&, const Item& item)
{
    return !item.error;
}

bool broken(World&, const Item& item)
{
    return item.error.has_value();
}

bool expiring(World&, const Item& item)
{
    return !item.error && item.consentExpires.has_value();
}

} // namespace

// What can happen, how often among the others, and what must be there for it.
struct BankDays::Kind
{
    const char* name;
    std::int64_t weight;
    Needs needs;
};

const std::vector<BankDays::Kind>& BankDays::table()
{
    static const std::vector<Kind> kinds{{"posted", 1200, Needs::nothing},
        {"late", 80, Needs::nothing}, {"refund", 80, Needs::posted}, {"twin", 80, Needs::posted},
        {"precise", 80, Needs::nothing}, {"pending", 560, Needs::nothing},
        {"post", 360, Needs::pending}, {"post_unmatched", 60, Needs::pending},
        {"post_split", 60, Needs::pending}, {"tip", 120, Needs::pending},
        {"vanish", 60, Needs::pending}, {"no_op", 160, Needs::posted},
        {"rename", 80, Needs::posted}, {"amount", 40, Needs::posted}, {"redate", 60, Needs::posted},
        {"remove", 32, Needs::posted}, {"churn", 60, Needs::posted},
        {"open_account", 4, Needs::nothing}, {"close_account", 1, Needs::sibling},
        {"revoke_account", 1, Needs::shared}, {"churn_account", 1, Needs::item},
        {"consent_warning", 2, Needs::expiringItem}, {"consent_end", 4, Needs::item},
        {"consent_back", 240, Needs::brokenItem}};
    return kinds;
}

std::vector<std::string> BankDays::kinds()
{
    std::vector<std::string> names;
    for (const Kind& kind : table())
        names.emplace_back(kind.name);
    return names;
}

BankDays::BankDays(World& world, const Json& rule) : world_(world), random_(0)
{
    if (!rule.is_object()) refuse("bank days must be an object");
    for (const auto& [name, value] : rule.items())
    {
        if (name != "account_ids" && name != "login_id" && name != "days" && name != "per_day" &&
            name != "seed" && name != "mix" && name != "at_once")
            refuse("bank days have no field \"" + name + "\"");
    }
    if (rule.contains("account_ids") == rule.contains("login_id"))
        refuse("bank days need account_ids, or a login_id");
    if (rule.contains("login_id")) loginId_ = rule.at("login_id").get<std::string>();
    if (!loginId_.empty() && world_.truth.login(loginId_) == nullptr)
        refuse("there is no login " + loginId_);
    if (rule.contains("account_ids"))
        accountIds_ = rule.at("account_ids").get<std::vector<std::string>>();
    for (const auto& id : accountIds_)
    {
        if (world_.truth.account(id) == nullptr) refuse("there is no bank account \"" + id + "\"");
    }
    days_ = wholeIn(rule, "days", 30, 1, 3650);
    perDay_ = wholeIn(rule, "per_day", 6, 0, 1000);
    random_ = SeededRandom(static_cast<std::uint64_t>(wholeIn(rule, "seed", 1, 0, INT64_MAX)));
    if (!rule.value("at_once", Json(false)).is_boolean()) refuse("at_once must be true or false");
    atOnce_ = rule.value("at_once", false);
    for (const Kind& kind : table())
        weights_[kind.name] = kind.weight;
    const Json mix = rule.value("mix", Json::object());
    if (!mix.is_object()) refuse("mix must be an object");
    for (const auto& [name, weight] : mix.items())
    {
        if (weights_.count(name) == 0) refuse("no kind of happening is called \"" + name + "\"");
        weights_[name] = wholeIn(mix, name.c_str(), 0, 0, 1'000'000);
    }
}

Json BankDays::toJson() const
{
    return {
        {"days", days_}, {"days_done", daysDone_}, {"happened", happened_}, {"problem", problem_}};
}

std::vector<BankAccount*> BankDays::open() const
{
    const std::vector<std::string>& ids =
        loginId_.empty() ? accountIds_ : world_.truth.login(loginId_)->accountIds;
    std::vector<BankAccount*> found;
    for (const auto& id : ids)
    {
        BankAccount* account = world_.truth.account(id);
        if (!account->closed && account->hasTransactions()) found.push_back(account);
    }
    return found;
}

BankAccount* BankDays::someAccount()
{
    const auto accounts = open();
    return accounts.empty() ? nullptr : accounts[random_.below(accounts.size())];
}

// One of the latest rows of that state; null when there is none among them.
const BankTransaction* BankDays::someRow(const BankAccount& account, bool pending)
{
    std::vector<const BankTransaction*> rows;
    std::size_t looked = 0;
    for (auto it = account.rows.rbegin(); it != account.rows.rend() && looked < rowsLookedAt;
         ++it, ++looked)
    {
        if (!(*it)->removed && (*it)->pending == pending) rows.push_back(it->get());
    }
    return rows.empty() ? nullptr : rows[random_.below(rows.size())];
}

bool BankDays::possible(const Kind& kind, const BankAccount& account)
{
    const auto has = [&](bool pending)
    {
        const std::size_t from = account.rows.size() - std::min(account.rows.size(), rowsLookedAt);
        return std::any_of(account.rows.begin() + static_cast<std::ptrdiff_t>(from),
            account.rows.end(),
            [&](const auto& row) { return !row->removed && row->pending == pending; });
    };
    switch (kind.needs)
    {
    case Needs::pending: return has(true);
    case Needs::posted: return has(false);
    case Needs::sibling: return open().size() > 1;
    case Needs::shared: {
        const auto items = world_.itemsSharing(account.id);
        return std::any_of(
            items.begin(), items.end(), [](const Item* item) { return item->shared.size() > 1; });
    }
    case Needs::item: return any(world_, account.loginId, healthy);
    case Needs::brokenItem: return any(world_, account.loginId, broken);
    case Needs::expiringItem: return any(world_, account.loginId, expiring);
    case Needs::nothing: break;
    }
    return true;
}

std::string BankDays::happen(Day today)
{
    BankAccount* account = someAccount();
    if (account == nullptr) return "nothing";
    std::vector<const Kind*> choices;
    std::uint64_t total = 0;
    for (const Kind& kind : table())
    {
        const std::int64_t weight = weights_.at(kind.name);
        if (weight == 0 || !possible(kind, *account)) continue;
        choices.push_back(&kind);
        total += static_cast<std::uint64_t>(weight);
    }
    if (choices.empty()) return "nothing";
    std::uint64_t drawn = random_.below(total);
    const Kind* chosen = choices.back();
    for (const Kind* kind : choices)
    {
        const auto weight = static_cast<std::uint64_t>(weights_.at(kind->name));
        if (drawn < weight)
        {
            chosen = kind;
            break;
        }
        drawn -= weight;
    }
    if (act(chosen->name, *account, today) && !quiet_) world_.accountChanged(account->id);
    ++happened_[chosen->name];
    return chosen->name;
}

// Does it; true when rows of the account changed.
bool BankDays::act(const std::string& kind, BankAccount& account, Day today)
{
    if (kind == "open_account")
        openAccount(account, today);
    else if (kind == "close_account")
        world_.closeAccount(account);
    else if (kind == "revoke_account")
        world_.accountRevoked(account, true);
    else if (kind == "churn_account")
        world_.accountChurned(account);
    else if (kind.rfind("consent_", 0) == 0)
        consent(account.loginId, kind);
    else
    {
        change(account, today, kind);
        return true;
    }
    return false;
}

// --- rows ---------------------------------------------------------------------------------------

BankTransaction BankDays::newRow(BankAccount& account, Day today)
{
    BankTransaction row;
    const char* shop = shops()[random_.below(shops().size())];
    const auto cents = static_cast<std::int64_t>(100 + random_.below(20'000));
    // Yen have no cents.
    row.amount = account.isoCurrency == "JPY" ? Decimal::of(cents, 0) : Decimal::of(cents, 2);
    row.name = shop;
    row.merchantName = shop;
    row.originalDescription = std::string(shop) + " " + std::to_string(random_.below(10'000));
    row.categoryPrimary = "GENERAL_MERCHANDISE";
    row.channel = random_.chance(0.5) ? "in store" : "online";
    row.date = today;
    row.authorizedDate = today - std::chrono::days(random_.below(2));
    if (random_.chance(0.15)) // money that comes in
    {
        row.amount = row.amount.negated();
        row.name = "Deposit";
        row.merchantName.reset();
        row.originalDescription = "DEPOSIT " + std::to_string(random_.below(10'000));
        row.categoryPrimary = "INCOME";
    }
    return row;
}

void BankDays::post(BankAccount& account, Day today, bool matched, bool split, int tipPercent)
{
    const BankTransaction pending = *someRow(account, true);
    Posting posting;
    posting.date = std::max(today, pending.date);
    posting.matched = matched;
    posting.splitPages = split;
    if (tipPercent != 0)
    {
        const std::int64_t more = pending.amount.units() / 100 * tipPercent;
        posting.amount = pending.amount + Decimal::of(more == 0 ? 1 : more, pending.amount.scale());
    }
    postPending(world_.truth, account, pending.id, posting);
}

void BankDays::change(BankAccount& account, Day today, const std::string& what)
{
    BankTruth& truth = world_.truth;
    const auto someDays = [&](std::uint64_t most)
    { return std::chrono::days(1 + random_.below(most)); };
    if (what == "post") return post(account, today, true, false, 0);
    if (what == "post_unmatched") return post(account, today, false, false, 0);
    if (what == "post_split") return post(account, today, true, true, 0);
    if (what == "tip") return post(account, today, true, false, 10 + int(random_.below(16)));
    if (what == "vanish" || what == "remove" || what == "churn")
    {
        const std::string id = someRow(account, what == "vanish")->id;
        if (what == "churn")
            churnRow(truth, account, id);
        else
            truth.removeTransaction(account, id);
        return;
    }
    if (what == "posted" || what == "late" || what == "precise" || what == "pending")
    {
        BankTransaction row = newRow(account, today);
        row.pending = what == "pending";
        if (row.pending) row.authorizedDate.reset();
        if (what == "late") row.date = row.date - someDays(20);
        if (what == "late") row.authorizedDate = row.date;
        if (what == "precise")
            row.amount = row.amount + Decimal::of(1 + std::int64_t(random_.below(9)),
                                          3 + static_cast<int>(random_.below(5)));
        truth.addTransaction(account, std::move(row));
        return;
    }
    BankTransaction row = *someRow(account, false);
    if (what == "twin" || what == "refund")
    {
        // The same purchase again, on the same day, is as real as the first.
        row.id.clear();
        row.replacesPending.clear();
        if (what == "refund") row.amount = row.amount.negated();
        if (what == "refund") row.date = today;
        truth.addTransaction(account, std::move(row));
        return;
    }
    if (what == "rename") row.name += " *" + std::to_string(random_.below(1000));
    if (what == "amount")
        row.amount =
            row.amount + Decimal::of(1 + std::int64_t(random_.below(500)), row.amount.scale());
    if (what == "redate") row.date = row.date - someDays(3);
    truth.modifyTransaction(account, std::move(row)); // "no_op" reports it as it is
}

// --- accounts and consent -----------------------------------------------------------------------

void BankDays::openAccount(const BankAccount& sibling, Day today)
{
    BankAccount account;
    account.loginId = sibling.loginId;
    account.isoCurrency = sibling.isoCurrency;
    account.unofficialCurrency = sibling.unofficialCurrency;
    account.mask = std::to_string(1000 + random_.below(9000));
    account.name = "Reserve " + *account.mask;
    account.subtype = "savings";
    account.openingBalance = Decimal::of(static_cast<std::int64_t>(random_.below(500'000)), 2);
    BankAccount& kept = world_.truth.addAccount(std::move(account));
    for (int i = 0; i < 3; ++i)
        world_.truth.addTransaction(kept, newRow(kept, today - std::chrono::days(i)));
    if (loginId_.empty()) accountIds_.push_back(kept.id);
    world_.accountOpened(kept);
}

void BankDays::consent(const std::string& loginId, const std::string& what)
{
    for (const auto& [id, item] : world_.items())
    {
        if (item->removed || item->loginId != loginId) continue;
        if (what == "consent_warning" && item->consentExpires && !item->error)
            world_.warnOfConsent(*item, *item->consentExpires);
        if (what == "consent_end" && !item->error)
        {
            PlaidError error = PlaidError::loginRequired();
            if (item->consentExpires) error.reason = "OAUTH_CONSENT_EXPIRED";
            world_.breakItem(*item, error);
        }
        // As when the person logs in through another application.
        if (what == "consent_back" && item->error)
        {
            world_.renewConsent(*item);
            world_.repair(*item);
            world_.notify(*item, "ITEM", "LOGIN_REPAIRED", Json::object());
        }
    }
}

// --- days ---------------------------------------------------------------------------------------

// About per_day things for each open account, on some days none, on some twice as many.
std::int64_t BankDays::countOfDay()
{
    const auto mean = static_cast<std::uint64_t>(perDay_) * open().size();
    return std::min(mostADay, static_cast<std::int64_t>(random_.below(2 * mean + 1)));
}

// What cannot happen any more, because a limit of the simulator is reached, must not stop its
// clock.
void BankDays::tryToHappen(Day today)
{
    try
    {
        happen(today);
    }
    catch (const std::exception& reason)
    {
        problem_ = reason.what();
    }
}

void BankDays::playDay(const std::shared_ptr<BankDays>& self, std::int64_t day, Nanos start)
{
    const Nanos begin = start + plaidsim::days(day);
    const auto length = static_cast<std::uint64_t>(plaidsim::days(1));
    for (std::int64_t i = countOfDay(); i > 0; --i)
        world_.agenda.at(begin + static_cast<Nanos>(random_.below(length)),
            [self] { self->tryToHappen(dayOf(self->world_.clock.now())); });
    world_.agenda.at(begin + plaidsim::days(1),
        [self, day, start]
        {
            self->daysDone_ = day + 1;
            if (self->daysDone_ < self->days_) self->playDay(self, day + 1, start);
        });
}

void BankDays::play(const std::shared_ptr<BankDays>& self)
{
    BankDays& life = *self;
    World& world = life.world_;
    if (!life.atOnce_) return life.playDay(self, 0, world.clock.now());
    life.quiet_ = true;
    const Day today = dayOf(world.clock.now());
    for (; life.daysDone_ < life.days_; ++life.daysDone_)
    {
        const Day day = today - std::chrono::days(life.days_ - 1 - life.daysDone_);
        for (std::int64_t i = life.countOfDay(); i > 0; --i)
            life.tryToHappen(day);
        for (const BankAccount* account : life.open())
            world.accountChanged(account->id);
    }
    life.quiet_ = false;
}

} // namespace plaidsim
