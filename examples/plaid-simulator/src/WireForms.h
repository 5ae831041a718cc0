// Model objects as the API shows them.
#pragma once

#include "ExactJson.h"

#include <string>

namespace plaidsim
{

class World;
struct BankAccount;
struct Institution;
struct Item;
struct ViewRow;

// An account inside an Item.
Json accountJson(World& world, const Item& item, const std::string& bankAccountId);

// All accounts that the Item shares, in the order of sharing; throws the Item's error if it has
// one.
Json accountsJson(World& world, const Item& item);

// The `item` object; `withConsent` adds what only /item/get shows.
Json itemJson(World& world, const Item& item, bool withConsent);

Json transactionJson(World& world, const ViewRow& view, bool originalDescription);

Json institutionJson(const Institution& institution, bool optionalMetadata);

} // namespace plaidsim
