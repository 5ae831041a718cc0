// What is known of a bank itself.
#pragma once

#include <string>
#include <vector>

namespace bankfeed
{

/// What the provider says of a bank: the same for everybody, and hardly ever another.
struct InstitutionFacts
{
    std::string institutionId;
    std::string name;                   ///< As the bank calls itself; "" when it is not said.
    std::vector<std::string> countries; ///< Where it is: codes of ISO 3166, "US". At most
                                        ///< limits::countriesPerInstitution.
    bool oauth = false; ///< The person logs in, and chooses accounts, at the bank's own page.
};

} // namespace bankfeed
