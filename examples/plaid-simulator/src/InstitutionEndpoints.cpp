#include "ApiEndpoints.h"
#include "WireForms.h"
#include "World.h"

#include <algorithm>
#include <cctype>

namespace plaidsim
{

namespace
{

std::string lower(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
        [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

bool wantsMetadata(const Json& body)
{
    return body.contains("options") && body.at("options").contains("include_optional_metadata") &&
           body.at("options").at("include_optional_metadata") == true;
}

Json getById(World& world, const Json& body)
{
    const std::string id = body.at("institution_id");
    const Institution* bank = world.truth.institution(id);
    const auto countries = stringsOf(body, "country_codes");
    const bool there = bank != nullptr && std::any_of(countries.begin(), countries.end(),
                                              [&](const std::string& country)
                                              {
                                                  return std::find(bank->countryCodes.begin(),
                                                             bank->countryCodes.end(),
                                                             country) != bank->countryCodes.end();
                                              });
    if (!there)
        throw PlaidError::invalidInput("INVALID_INSTITUTION", "invalid institution_id provided");
    return {{"institution", institutionJson(*bank, wantsMetadata(body))}};
}

Json search(World& world, const Json& body)
{
    const std::string query = lower(body.at("query").get<std::string>());
    Json found = Json::array();
    for (const auto& [id, bank] : world.truth.institutions())
    {
        if (found.size() < 10 && lower(bank.name).find(query) != std::string::npos)
            found.push_back(institutionJson(bank, wantsMetadata(body)));
    }
    return {{"institutions", std::move(found)}};
}

} // namespace

void addInstitutionEndpoints(EndpointTable& table)
{
    const Field countries = list("country_codes", choice("", countryNames()), 1).must();
    table["/institutions/get_by_id"] = {
        {text("institution_id").must(), countries,
            object("options",
                {flag("include_optional_metadata"), flag("include_status"),
                    flag("include_auth_metadata"), flag("include_payment_initiation_metadata")})},
        getById};
    table["/institutions/search"] = {
        {text("query").must(), list("products", choice("", productNames()), 1).orNull(), countries,
            object("options", {flag("oauth").orNull(), flag("include_optional_metadata"),
                                  flag("include_auth_metadata").orNull(),
                                  flag("include_payment_initiation_metadata").orNull(),
                                  any("payment_initiation")})},
        search};
}

} // namespace plaidsim
