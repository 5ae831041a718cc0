#include "Scenario.h"

#include "ApiEndpoints.h"
#include "BankDays.h"
#include "FaultRules.h"
#include "History.h"
#include "KnownNames.h"
#include "World.h"

#include <algorithm>
#include <stdexcept>

namespace plaidsim
{

namespace
{

[[noreturn]] void refuse(const std::string& sentence)
{
    throw std::invalid_argument(sentence);
}

void allow(const Json& spec, const char* what, std::initializer_list<const char*> names)
{
    if (!spec.is_object()) refuse(std::string(what) + " must be an object");
    for (const auto& [name, value] : spec.items())
    {
        bool known = false;
        for (const char* allowed : names)
            known = known || name == allowed;
        if (!known) refuse(std::string(what) + " has no field \"" + name + "\"");
    }
}

std::string textOf(const Json& spec, const char* name, const char* fallback = "")
{
    if (!spec.contains(name) || spec.at(name).is_null()) return fallback;
    if (!spec.at(name).is_string()) refuse(std::string(name) + " must be a string");
    return spec.at(name);
}

std::string needed(const Json& spec, const char* name)
{
    const std::string text = textOf(spec, name);
    if (text.empty()) refuse(std::string(name) + " is missing");
    return text;
}

std::optional<std::string> optionalText(const Json& spec, const char* name)
{
    const std::string text = textOf(spec, name);
    return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

bool flagOf(const Json& spec, const char* name, bool fallback)
{
    if (!spec.contains(name)) return fallback;
    if (!spec.at(name).is_boolean()) refuse(std::string(name) + " must be true or false");
    return spec.at(name);
}

Decimal decimalOf(const Json& spec, const char* name)
{
    const auto value = decimalIn(spec.at(name));
    if (!value) refuse(std::string(name) + " must be a decimal number");
    return *value;
}

std::vector<std::string> textsOf(
    const Json& spec, const char* name, std::vector<std::string> fallback)
{
    if (!spec.contains(name)) return fallback;
    if (!spec.at(name).is_array()) refuse(std::string(name) + " must be a list");
    return spec.at(name).get<std::vector<std::string>>();
}

Day dayIn(const Json& spec, const char* name)
{
    const auto day = parseDay(needed(spec, name));
    if (!day) refuse(std::string(name) + " must be a date in the form YYYY-MM-DD");
    return *day;
}

Day rowDay(World& world, const Json& spec)
{
    if (spec.contains("date")) return dayIn(spec, "date");
    const Json day = spec.value("day", Json(0));
    if (!day.is_number_integer()) refuse("day must be a whole number, 0 for today");
    return dayOf(world.clock.now()) + std::chrono::days(day.get<int>());
}

} // namespace

Institution& addInstitution(World& world, const Json& spec)
{
    allow(spec, "an institution",
        {"institution_id", "name", "country_codes", "products", "oauth", "persistent_account_ids",
            "shared_accounts_stay", "consent_months"});
    Institution bank;
    bank.id = needed(spec, "institution_id");
    bank.name = needed(spec, "name");
    bank.countryCodes = textsOf(spec, "country_codes", bank.countryCodes);
    for (const auto& country : bank.countryCodes)
        requireAmong("a country code", country, countryNames());
    bank.products = textsOf(spec, "products", bank.products);
    bank.oauth = flagOf(spec, "oauth", false);
    bank.persistentAccountIds = flagOf(spec, "persistent_account_ids", false);
    bank.sharedAccountsStay = flagOf(spec, "shared_accounts_stay", false);
    bank.consentMonths = spec.value("consent_months", 0);
    return world.truth.addInstitution(std::move(bank));
}

Login& addLogin(World& world, const Json& spec)
{
    allow(spec, "a login",
        {"login_id", "institution_id", "username", "password", "notify", "dynamic"});
    Login login;
    login.id = textOf(spec, "login_id");
    login.institutionId = needed(spec, "institution_id");
    login.username = needed(spec, "username");
    login.password = textOf(spec, "password", "pass_good");
    login.notifiesNewAccounts = flagOf(spec, "notify", true);
    login.dynamic = flagOf(spec, "dynamic", false);
    return world.truth.addLogin(std::move(login));
}

BankTransaction readTransaction(World& world, const Json& spec)
{
    allow(spec, "a transaction",
        {"id", "amount", "name", "date", "day", "authorized_date", "pending", "merchant",
            "original_description", "check_number", "category", "category_detailed", "channel",
            "currency", "unofficial_currency"});
    BankTransaction row;
    row.id = textOf(spec, "id");
    if (!spec.contains("amount")) refuse("amount is missing");
    row.amount = decimalOf(spec, "amount");
    row.name = needed(spec, "name");
    row.date = rowDay(world, spec);
    if (spec.contains("authorized_date")) row.authorizedDate = dayIn(spec, "authorized_date");
    row.pending = flagOf(spec, "pending", false);
    row.merchantName = optionalText(spec, "merchant");
    row.originalDescription = textOf(spec, "original_description");
    row.checkNumber = optionalText(spec, "check_number");
    row.categoryPrimary = textOf(spec, "category");
    row.categoryDetailed = textOf(spec, "category_detailed");
    row.channel = textOf(spec, "channel", "other");
    row.isoCurrency = optionalText(spec, "currency");
    if (row.isoCurrency) requireAmong("currency", *row.isoCurrency, currencyCodes());
    row.unofficialCurrency = optionalText(spec, "unofficial_currency");
    return row;
}

BankAccount& addAccount(World& world, const Json& spec)
{
    allow(spec, "an account",
        {"account_id", "login_id", "name", "official_name", "type", "subtype", "mask", "currency",
            "unofficial_currency", "opening_balance", "limit", "holder_category", "history",
            "generate", "notify"});
    BankAccount account;
    account.id = textOf(spec, "account_id");
    account.loginId = needed(spec, "login_id");
    account.name = needed(spec, "name");
    account.officialName = optionalText(spec, "official_name");
    account.type = textOf(spec, "type", "depository");
    account.subtype = textOf(spec, "subtype", "checking");
    account.mask = optionalText(spec, "mask");
    account.unofficialCurrency = optionalText(spec, "unofficial_currency");
    account.isoCurrency = textOf(spec, "currency", "USD");
    requireAmong("type", account.type, accountTypes());
    requireAmong("currency", *account.isoCurrency, currencyCodes());
    if (account.unofficialCurrency) account.isoCurrency.reset();
    if (spec.contains("opening_balance"))
        account.openingBalance = decimalOf(spec, "opening_balance");
    if (spec.contains("limit") && !spec.at("limit").is_null())
        account.limit = decimalOf(spec, "limit");
    account.holderCategory = textOf(spec, "holder_category", "personal");
    requireAmong("holder_category", *account.holderCategory, holderCategories());
    // Everything is read before anything is kept, so that a refused request changes nothing.
    std::vector<BankTransaction> rows;
    for (const auto& row : spec.value("history", Json::array()))
        rows.push_back(readTransaction(world, row));
    if (spec.contains("generate"))
    {
        for (auto& row : generateHistory(spec.at("generate"), dayOf(world.clock.now())))
            rows.push_back(std::move(row));
    }
    BankAccount& kept = world.truth.addAccount(std::move(account));
    for (auto& row : rows)
        world.truth.addTransaction(kept, std::move(row));
    return kept;
}

BankDays& addBankDays(World& world, const Json& rule)
{
    if (world.lives.size() >= 100) refuse("no more than 100 lives of banks in one world");
    world.lives.push_back(std::make_shared<BankDays>(world, rule));
    BankDays::play(world.lives.back());
    return *world.lives.back();
}

namespace
{

// ": line 3, column 7", where a text stops being JSON.
std::string whereBroken(const std::string& text)
{
    try
    {
        const Json whole = Json::parse(text);
        return {};
    }
    catch (const Json::parse_error& problem)
    {
        const std::string before = text.substr(0, problem.byte == 0 ? 0 : problem.byte - 1);
        const std::size_t start = before.rfind('\n');
        return ": line " + std::to_string(1 + std::count(before.begin(), before.end(), '\n')) +
               ", column " +
               std::to_string(before.size() - (start == std::string::npos ? 0 : start + 1) + 1);
    }
}

// The logins and banks that a script creates later, for the faults that name them.
ExpectedNames createdBy(const Json& script)
{
    ExpectedNames names;
    if (!script.is_array()) return names;
    for (const auto& entry : script)
    {
        if (!entry.is_object() || !entry.contains("body") || !entry.at("body").is_object())
            continue;
        const Json& body = entry.at("body");
        const Json what = entry.value("do", Json());
        if (what == "POST /_sim/logins") names.logins.insert(textOf(body, "login_id"));
        if (what == "POST /_sim/institutions")
            names.institutions.insert(textOf(body, "institution_id"));
    }
    return names;
}

} // namespace

Json loadScenario(World& world, const std::string& text)
{
    const auto scenario = parseExact(text);
    if (!scenario) refuse("the scenario is not a JSON document" + whereBroken(text));
    allow(*scenario, "a scenario",
        {"description", "institutions", "logins", "accounts", "settings", "bank_days", "faults",
            "script"});
    if (scenario->contains("settings")) world.settings.apply(scenario->at("settings"));
    for (const auto& spec : scenario->value("institutions", Json::array()))
        addInstitution(world, spec);
    for (const auto& spec : scenario->value("logins", Json::array()))
        addLogin(world, spec);
    for (const auto& spec : scenario->value("accounts", Json::array()))
        addAccount(world, spec);
    for (const auto& rule : scenario->value("bank_days", Json::array()))
        addBankDays(world, rule);
    const Json script = scenario->value("script", Json::array());
    const ExpectedNames expected = createdBy(script);
    for (const auto& spec : scenario->value("faults", Json::array()))
        orderFault(world, spec, expected);
    return script;
}

namespace
{

void addCustomRows(World& world, BankAccount& account, const Json& rows)
{
    const Day today = dayOf(world.clock.now());
    for (const auto& spec : rows)
    {
        BankTransaction row;
        row.amount = decimalOf(spec, "amount");
        row.name = needed(spec, "description");
        row.authorizedDate = dayIn(spec, "date_transacted");
        row.date = dayIn(spec, "date_posted");
        row.pending = row.date > today; // Plaid's rule: posted in the future is pending now
        if (row.pending) row.date = *row.authorizedDate;
        row.isoCurrency = optionalText(spec, "currency");
        world.truth.addTransaction(account, std::move(row));
    }
}

} // namespace

Login& addCustomLogin(World& world, const std::string& institutionId, const std::string& document)
{
    const auto custom = parseExact(document);
    if (document.size() > 55'000 || !custom || !custom->is_object())
        refuse("the password of user_custom must be a JSON document of at most 55 kB");
    const Json accounts = custom->value("override_accounts", Json::array());
    if (!accounts.is_array() || accounts.empty() || accounts.size() > 10)
        refuse("override_accounts must list one to ten accounts");
    Login login;
    login.institutionId = institutionId;
    login.username = "user_custom-" + world.random.hex(8);
    Login& kept = world.truth.addLogin(std::move(login));
    for (const auto& spec : accounts)
    {
        const Json meta = spec.value("meta", Json::object());
        BankAccount account;
        account.loginId = kept.id;
        account.type = needed(spec, "type");
        account.subtype = needed(spec, "subtype");
        account.name = textOf(meta, "name", "Custom account");
        account.officialName = optionalText(meta, "official_name");
        account.mask = optionalText(meta, "mask");
        account.isoCurrency = textOf(spec, "currency", "USD");
        if (spec.contains("starting_balance"))
            account.openingBalance = decimalOf(spec, "starting_balance");
        addCustomRows(world, world.truth.addAccount(std::move(account)),
            spec.value("transactions", Json::array()));
    }
    return kept;
}

} // namespace plaidsim
