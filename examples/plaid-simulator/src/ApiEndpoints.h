// What the simulated API does, call by call.
#pragma once

#include "RequestShape.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace plaidsim
{

class World;
struct Fault;
struct Item;

struct Endpoint
{
    std::vector<Field> fields; // beside client_id and secret

    // Called with the world locked and a body of the right shape; the answer lacks request_id.
    // Throws PlaidError.
    std::function<Json(World&, const Json&)> handle;
};

using EndpointTable = std::map<std::string, Endpoint>;

void addLinkEndpoints(EndpointTable& table);
void addItemEndpoints(EndpointTable& table);
void addAccountEndpoints(EndpointTable& table);
void addTransactionEndpoints(EndpointTable& table);

// What repeated_row and unknown_removal put on a page of /transactions/sync; nothing for others.
void addOddRows(
    World& world, const Item& item, const Fault& fault, const Json& request, Json& answer);
void addSandboxEndpoints(EndpointTable& table);
void addInstitutionEndpoints(EndpointTable& table);

// All of them.
const EndpointTable& endpointTable();

// Plaid's product and country codes.
const std::vector<std::string>& productNames();
const std::vector<std::string>& countryNames();

// The strings of a list that a shape has checked; none when it is absent or null.
std::vector<std::string> stringsOf(const Json& body, const char* name);

// An address that webhooks can go to. Throws INVALID_FIELD.
void requireUrl(const std::string& field, const std::string& url);

} // namespace plaidsim
