// /institutions/get_by_id.
#include "base/Limits.h"
#include "plaid/AnswerFields.h"
#include "plaid/PlaidAnswers.h"

#include <utility>

namespace bankfeed::plaid
{

namespace
{

constexpr std::size_t countryBytes = 8;

/// Codes beyond the limit do not matter: Plaid knows some twenty countries.
void readCountries(JsonReader& reader, std::vector<std::string>& out)
{
    reader.beginArray();
    while (reader.nextElement())
    {
        std::string country;
        readText(reader, country, countryBytes);
        const bool fits = out.size() < static_cast<std::size_t>(limits::countriesPerInstitution);
        if (fits && !country.empty()) out.push_back(std::move(country));
    }
}

} // namespace

Result<InstitutionFacts> readInstitution(std::string body)
{
    InstitutionFacts facts;
    bool countriesSeen = false;
    bool oauthSeen = false;
    JsonReader reader{std::move(body)};
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key != "institution")
        {
            reader.skip();
            continue;
        }
        reader.beginObject();
        while (reader.nextField(key))
        {
            if (key == "institution_id")
                readId(reader, facts.institutionId);
            else if (key == "name")
                readName(reader, facts.name);
            else if (key == "country_codes")
            {
                readCountries(reader, facts.countries);
                countriesSeen = true;
            }
            else if (key == "oauth")
                oauthSeen = reader.boolean(facts.oauth);
            else
                reader.skip();
        }
    }
    BF_TRY(finishAnswer(reader, !facts.institutionId.empty() && countriesSeen && oauthSeen));
    return facts;
}

} // namespace bankfeed::plaid
