#include "ApiEndpoints.h"
#include "World.h"

#include <algorithm>

namespace plaidsim
{

const std::vector<std::string>& productNames()
{
    static const std::vector<std::string> names{"assets", "auth", "balance", "balance_plus",
        "beacon", "identity", "identity_match", "investments", "investments_auth", "liabilities",
        "payment_initiation", "identity_verification", "transactions", "credit_details", "income",
        "income_verification", "standing_orders", "transfer", "employment",
        "recurring_transactions", "transactions_refresh", "signal", "statements",
        "processor_payments", "processor_identity", "profile", "cra_base_report",
        "cra_income_insights", "cra_partner_insights", "cra_network_insights",
        "cra_cashflow_insights", "cra_monitoring", "cra_lend_score", "cra_plaid_credit_score",
        "layer", "pay_by_bank", "protect_linked_bank", "protect_transactions"};
    return names;
}

const std::vector<std::string>& countryNames()
{
    static const std::vector<std::string> names{"US", "GB", "ES", "NL", "FR", "IE", "CA", "DE",
        "IT", "PL", "DK", "NO", "SE", "EE", "LT", "LV", "PT", "BE", "AT", "FI"};
    return names;
}

std::vector<std::string> stringsOf(const Json& body, const char* name)
{
    if (!body.contains(name) || body.at(name).is_null()) return {};
    return body.at(name).get<std::vector<std::string>>();
}

void requireUrl(const std::string& field, const std::string& url)
{
    const bool http = url.rfind("http://", 0) == 0 && url.size() > 7;
    const bool https = url.rfind("https://", 0) == 0 && url.size() > 8;
    if (!http && !https)
        throw PlaidError::invalidRequest("INVALID_FIELD", field + " must be a valid URL");
}

namespace
{

std::vector<Field> createFields()
{
    const Field product = choice("", productNames());
    return {text("client_name", 4000).must(),
        choice("language", {"en", "de", "es", "fr", "it", "nl", "pt", "pl", "da", "et", "hi", "lv",
                               "lt", "no", "ro", "sv", "vi"})
            .must(),
        list("country_codes", choice("", countryNames()), 1).must(),
        object("user", {text("client_user_id").must(), text("legal_name"), any("name"),
                           text("phone_number"), any("phone_number_verified_time"),
                           text("email_address"), any("email_address_verified_time"), text("ssn"),
                           any("date_of_birth"), any("address"), any("id_number")}),
        text("user_id"), list("products", product).orNull(),
        list("required_if_supported_products", product).orNull(),
        list("optional_products", product).orNull(),
        list("additional_consented_products", product).orNull(), text("webhook"),
        text("access_token").orNull(), list("access_tokens", text("")),
        text("link_customization_name"), any("appearance_mode"), text("redirect_uri"),
        text("android_package_name"), any("institution_data"), any("card_switch"),
        openObject("account_filters"), any("eu_config"), text("institution_id"),
        any("payment_configuration"), any("payment_initiation"), any("employment"),
        any("income_verification"), any("base_report"), any("credit_partner_insights"),
        any("cra_options"), any("consumer_report_permissible_purpose"), any("auth"),
        any("transfer"),
        object("update", {flag("account_selection_enabled"), flag("reauthorization_enabled"),
                             flag("user"), list("item_ids", text("")).orNull()}),
        any("identity_verification"), any("statements"), text("third_party_user_token"),
        any("investments"), any("investments_auth"),
        object("hosted_link",
            {choice("delivery_method", {"sms", "email"}), text("completion_redirect_uri"),
                whole("url_lifetime_seconds", 1, 21 * 86'400), flag("is_mobile_app")}),
        object("transactions", {whole("days_requested", 1, 730)}), any("cashflow_report"),
        flag("cra_enabled"), any("identity"), flag("financekit_supported"),
        flag("enable_multi_item_link"), text("user_token")};
}

[[noreturn]] void refuse(const std::string& message)
{
    throw PlaidError::invalidRequest("INVALID_FIELD", message);
}

// The redirect address of OAuth banks: https, or http to this machine; no query, no fragment.
void checkRedirect(const std::string& uri)
{
    requireUrl("redirect_uri", uri);
    const bool local =
        uri.rfind("http://localhost", 0) == 0 || uri.rfind("http://127.0.0.1", 0) == 0;
    if (uri.rfind("https://", 0) != 0 && !local)
        refuse("OAuth redirect URI must use HTTPS, except for localhost");
    if (uri.find_first_of("?#") != std::string::npos)
        refuse("OAuth redirect URI must have no query and no fragment");
}

void checkProducts(const LinkToken& token, const Json& body)
{
    if (token.updateMode())
    {
        if (!token.products.empty())
            throw PlaidError::invalidRequest("INVALID_FIELD",
                "products must not be set when access_token is: update mode keeps the Item's");
        return;
    }
    if (token.products.empty()) refuse("products must be an array of at least 1");
    for (const char* other : {"optional_products", "required_if_supported_products"})
    {
        for (const auto& product : stringsOf(body, other))
        {
            if (std::find(token.products.begin(), token.products.end(), product) !=
                token.products.end())
                refuse(std::string(other) + " must not repeat a product of products");
        }
    }
    if (std::find(token.products.begin(), token.products.end(), "balance") != token.products.end())
        throw PlaidError::invalidInput(
            "INVALID_PRODUCT", "balance is not a product that Link can be initialised with");
}

void readUpdate(World& world, const Json& body, LinkToken& token)
{
    if (body.contains("access_token") && body.at("access_token").is_string())
        token.itemId = world.itemByToken(body.at("access_token").get<std::string>()).id;
    if (body.contains("update"))
        token.accountSelection = body.at("update").value("account_selection_enabled", false);
    if (token.accountSelection && !token.updateMode())
        refuse("update can only be set together with access_token");
    // Plaid's documents do not say what such a request gets, only that it does not work.
    const Item* item = world.item(token.itemId);
    if (token.accountSelection && world.settings.europeRefusesSelection &&
        !isAmerican(*world.truth.institution(item->institutionId)))
        refuse("account selection in update mode is available in US and CA only");
    if (body.contains("account_filters"))
    {
        if (token.updateMode() && !token.accountSelection)
            refuse("account_filters in update mode needs update.account_selection_enabled");
        token.accountFilters = body.at("account_filters");
    }
}

Json linkTokenCreate(World& world, const Json& body)
{
    LinkToken token;
    token.clientName = body.at("client_name");
    token.language = body.at("language");
    token.countryCodes = stringsOf(body, "country_codes");
    token.products = stringsOf(body, "products");
    if (!body.contains("user") && !body.contains("user_id"))
        throw PlaidError::invalidRequest(
            "MISSING_FIELDS", "the following required fields are missing: user.client_user_id");
    if (body.contains("user")) token.clientUserId = body.at("user").at("client_user_id");
    if (body.contains("webhook"))
    {
        token.webhook = body.at("webhook").get<std::string>();
        requireUrl("webhook", *token.webhook);
    }
    if (body.contains("redirect_uri"))
    {
        token.redirectUri = body.at("redirect_uri").get<std::string>();
        checkRedirect(*token.redirectUri);
    }
    readUpdate(world, body, token);
    checkProducts(token, body);
    token.presetInstitutionId = body.value("institution_id", "");
    if (body.contains("transactions"))
        token.daysRequested = body.at("transactions").value("days_requested", 90);
    const bool hosted = body.contains("hosted_link");
    Nanos lifetime = 0;
    if (hosted)
    {
        const Json& link = body.at("hosted_link");
        token.completionRedirectUri = link.value("completion_redirect_uri", "");
        lifetime = seconds(link.value("url_lifetime_seconds", std::int64_t{0}));
    }
    const LinkToken& made = world.links.create(std::move(token), hosted, lifetime);
    Json answer = {{"link_token", made.token}, {"expiration", timestamp(made.expires)}};
    if (hosted) answer["hosted_link_url"] = world.linkBase + "/hl/" + made.hostedId;
    return answer;
}

Json nameOnly(World& world, const LinkSession& session)
{
    const Institution* bank = world.truth.institution(session.institutionId);
    if (bank == nullptr) return nullptr;
    return {{"institution_id", bank->id}, {"name", bank->name}};
}

Json sessionJson(World& world, const LinkSession& session)
{
    Json events = Json::array();
    for (auto it = session.events.rbegin(); it != session.events.rend(); ++it)
        events.push_back(eventJson(*it));
    Json json = {{"link_session_id", session.id}, {"started_at", preciseTimestamp(session.started)},
        {"finished_at", session.finished ? Json(preciseTimestamp(*session.finished)) : Json()},
        {"events", std::move(events)}};
    if (session.exited)
    {
        json["exit"] = {{"error", nullptr},
            {"metadata",
                {{"status", session.exitStatus}, {"institution", nameOnly(world, session)},
                    {"link_session_id", session.id}, {"request_id", session.exitRequestId}}}};
        json["on_exit"] = json["exit"];
    }
    if (!session.finished || session.exited) return json;
    Json added = Json::array();
    if (!session.publicToken.empty())
    {
        const Json accounts = world.links.metadataAccounts(session);
        added.push_back({{"public_token", session.publicToken},
            {"institution", nameOnly(world, session)}, {"accounts", accounts}});
        json["on_success"] = {{"public_token", session.publicToken},
            {"metadata", {{"institution", nameOnly(world, session)}, {"accounts", accounts},
                             {"link_session_id", session.id}, {"transfer_status", nullptr}}}};
    }
    json["results"] = {{"item_add_results", std::move(added)},
        {"cra_item_add_results", Json::array()}, {"cra_update_results", Json::array()},
        {"bank_income_results", Json::array()}, {"payroll_income_results", Json::array()},
        {"document_income_results", nullptr}};
    return json;
}

Json linkTokenGet(World& world, const Json& body)
{
    const LinkToken* token = world.links.find(body.at("link_token").get<std::string>());
    if (token == nullptr)
        throw PlaidError::invalidInput("INVALID_LINK_TOKEN", "could not find this link token");
    Json metadata = {{"initial_products", token->products},
        {"webhook", token->webhook ? Json(*token->webhook) : Json()},
        {"country_codes", token->countryCodes}, {"language", token->language},
        {"redirect_uri", token->redirectUri ? Json(*token->redirectUri) : Json()},
        {"client_name", token->clientName}};
    if (!token->accountFilters.is_null()) metadata["account_filters"] = token->accountFilters;
    Json answer = {{"link_token", token->token}, {"created_at", timestamp(token->createdAt)},
        {"expiration", timestamp(token->expires)}, {"metadata", std::move(metadata)}};
    if (token->hostedId.empty()) return answer;
    Json sessions = Json::array();
    for (const auto& session : token->sessions)
    {
        // Results stay readable for six hours.
        if (!session.finished || *session.finished + hours(6) > world.clock.now())
            sessions.push_back(sessionJson(world, session));
    }
    answer["link_sessions"] = std::move(sessions);
    return answer;
}

Json exchange(World& world, const Json& body)
{
    const Item& item = world.exchange(body.at("public_token").get<std::string>());
    return {{"access_token", item.accessToken}, {"item_id", item.id}};
}

} // namespace

void addLinkEndpoints(EndpointTable& table)
{
    table["/link/token/create"] = {createFields(), linkTokenCreate};
    table["/link/token/get"] = {{text("link_token").must()}, linkTokenGet};
    table["/item/public_token/exchange"] = {{text("public_token").must()}, exchange};
}

} // namespace plaidsim
