// Names that Plaid gives: what an order may use. A name that is not among them would make a fault,
// a state or an account that nothing ever meets.
#pragma once

#include "ExactJson.h"

#include <map>
#include <string>
#include <vector>

namespace plaidsim
{

using NameList = std::vector<std::string>;

// The codes of the webhooks that this simulator sends, by type.
const std::map<std::string, NameList>& webhookNames();

// Plaid's types of accounts, and of who holds them.
const NameList& accountTypes();
const NameList& holderCategories();

// The codes of ISO 4217 that people hold money in.
const NameList& currencyCodes();

bool isAmong(const NameList& names, const std::string& name);

// "a, b, c"
std::string listed(const NameList& names);

// Throws std::invalid_argument that says what `what` may be, unless `name` is among them.
void requireAmong(const std::string& what, const std::string& name, const NameList& names);

// The names that an object may have. Throws std::invalid_argument for any other.
void allowFields(const Json& body, const std::string& what, const NameList& names);

} // namespace plaidsim
