#include "WireForms.h"

#include "Base64.h"
#include "World.h"

namespace plaidsim
{

namespace
{

Json orNull(const std::optional<std::string>& text)
{
    return text ? Json(*text) : Json();
}

Json amountOrNull(const std::optional<Decimal>& amount)
{
    return amount ? exactNumber(*amount) : Json();
}

Json timeOrNull(const std::optional<Nanos>& time)
{
    return time ? Json(timestamp(*time)) : Json();
}

// The unofficial code wins: on the wire exactly one of the two is set.
void putCurrency(
    Json& json, const std::optional<std::string>& iso, const std::optional<std::string>& unofficial)
{
    json["iso_currency_code"] = unofficial ? Json() : orNull(iso);
    json["unofficial_currency_code"] = orNull(unofficial);
}

Json nulls(std::initializer_list<const char*> names)
{
    Json json = Json::object();
    for (const char* name : names)
        json[name] = nullptr;
    return json;
}

// What the simulator never has anything to say about in a transaction.
Json unknownFields()
{
    Json json = nulls({"account_owner", "authorized_date", "authorized_datetime", "datetime",
        "logo_url", "merchant_entity_id", "original_description", "transaction_code", "website"});
    json["location"] = nulls(
        {"address", "city", "country", "lat", "lon", "postal_code", "region", "store_number"});
    json["payment_meta"] = nulls({"by_order_of", "payee", "payer", "payment_method",
        "payment_processor", "ppd_id", "reason", "reference_number"});
    return json;
}

Json counterparties(const BankTransaction& row)
{
    Json list = Json::array();
    if (row.merchantName)
    {
        list.push_back({{"name", *row.merchantName}, {"type", "merchant"}, {"entity_id", nullptr},
            {"logo_url", nullptr}, {"website", nullptr}, {"confidence_level", "HIGH"}});
    }
    return list;
}

Json category(const BankTransaction& row)
{
    if (row.categoryPrimary.empty()) return nullptr;
    return {{"primary", row.categoryPrimary},
        {"detailed", row.categoryDetailed.empty() ? row.categoryPrimary : row.categoryDetailed},
        {"confidence_level", "HIGH"}, {"version", "v2"}};
}

} // namespace

Json accountJson(World& world, const Item& item, const std::string& bankAccountId)
{
    const BankAccount& account = *world.truth.account(bankAccountId);
    Json balances = {{"available", amountOrNull(account.availableBalance())},
        {"current", exactNumber(account.currentBalance())}, {"limit", amountOrNull(account.limit)}};
    putCurrency(balances, account.isoCurrency, account.unofficialCurrency);
    Json json = {{"account_id", item.shared.at(bankAccountId).accountId},
        {"balances", std::move(balances)}, {"mask", orNull(account.mask)}, {"name", account.name},
        {"official_name", orNull(account.officialName)}, {"type", account.type},
        {"subtype", account.subtype}};
    if (account.holderCategory) json["holder_category"] = *account.holderCategory;
    const Institution* bank = world.truth.institution(item.institutionId);
    if (bank != nullptr && bank->persistentAccountIds && account.type == "depository")
        json["persistent_account_id"] =
            hexText(sha256("persistent " + bank->id + " " + account.id)).substr(0, 40);
    return json;
}

Json accountsJson(World& world, const Item& item)
{
    if (item.error) throw PlaidError(*item.error);
    Json list = Json::array();
    for (const auto& id : item.sharedOrder)
        list.push_back(accountJson(world, item, id));
    return list;
}

Json itemJson(World& world, const Item& item, bool withConsent)
{
    const Institution* bank = world.truth.institution(item.institutionId);
    Json available = Json::array();
    for (const auto& product : bank->products)
    {
        if (!item.has(product)) available.push_back(product);
    }
    Json json = {{"available_products", std::move(available)}, {"billed_products", item.products},
        {"products", item.products}, {"consented_products", item.products},
        {"consent_expiration_time", timeOrNull(item.consentExpires)},
        {"error", item.error ? item.error->embedded() : Json()}, {"auth_method", nullptr},
        {"institution_id", bank->id}, {"institution_name", bank->name}, {"item_id", item.id},
        {"update_type", "background"}, {"webhook", orNull(item.webhook)}};
    if (withConsent)
    {
        json["created_at"] = timestamp(item.createdAt);
        json["consented_use_cases"] = Json::array({"Track and manage your finances"});
        json["consented_data_scopes"] = Json::array({"account_balance_info", "transactions"});
    }
    return json;
}

Json transactionJson(World& world, const ViewRow& view, bool originalDescription)
{
    const BankTransaction& row = *view.row;
    const BankAccount& account = *world.truth.account(view.bankAccountId);
    const std::string& original =
        row.originalDescription.empty() ? row.name : row.originalDescription;
    static const Json nothingKnown = unknownFields();
    Json json = nothingKnown;
    json["transaction_id"] = view.transactionId;
    json["account_id"] = view.accountId;
    json["amount"] = exactNumber(row.amount);
    json["date"] = dayText(row.date);
    if (row.authorizedDate) json["authorized_date"] = dayText(*row.authorizedDate);
    json["check_number"] = orNull(row.checkNumber);
    json["counterparties"] = counterparties(row);
    json["merchant_name"] = orNull(row.merchantName);
    json["name"] = row.name;
    if (originalDescription) json["original_description"] = original;
    json["payment_channel"] = row.channel;
    json["pending"] = row.pending;
    json["pending_transaction_id"] = orNull(view.pendingTransactionId);
    json["personal_finance_category"] = category(row);
    json["transaction_type"] = row.channel == "in store" ? "place" : "special";
    if (!row.categoryPrimary.empty())
        json["personal_finance_category_icon_url"] =
            "https://plaid-category-icons.plaid.com/PFC_" + row.categoryPrimary + ".png";
    const bool own = row.isoCurrency || row.unofficialCurrency;
    putCurrency(json, own ? row.isoCurrency : account.isoCurrency,
        own ? row.unofficialCurrency : account.unofficialCurrency);
    return json;
}

Json institutionJson(const Institution& institution, bool optionalMetadata)
{
    Json json = {{"institution_id", institution.id}, {"name", institution.name},
        {"products", institution.products}, {"country_codes", institution.countryCodes},
        {"routing_numbers", Json::array()}, {"dtc_numbers", Json::array()},
        {"oauth", institution.oauth}};
    if (optionalMetadata)
    {
        json["url"] = "https://plaid.com";
        json["primary_color"] = "#1f1f1f";
        json["logo"] = nullptr;
    }
    return json;
}

} // namespace plaidsim
