// JSON that keeps the text of its numbers.
//
// nlohmann-json turns every number with a point into a double. Money must not pass through one, so
// such a number is held here as the text it was written with: a value of nlohmann's `binary` type,
// which no JSON document can otherwise contain.
#pragma once

#include "Decimal.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace plaidsim
{

using Json = nlohmann::json;

// A number that is written with exactly the text of `value`.
Json exactNumber(const Decimal& value);

// True for integers, and for numbers with a point or an exponent.
bool isNumber(const Json& value);

// The decimal in a JSON number, or in a string that holds one; nothing for anything else.
std::optional<Decimal> decimalIn(const Json& value);

// Parses strictly: UTF-8, no trailing bytes, no duplicate keys, at most 64 levels. Nothing when the
// text is not such a document.
std::optional<Json> parseExact(const std::string& text);

// One line, no spaces, keys in alphabetical order.
std::string compactText(const Json& value);

// Indented by two spaces, LF, no newline at the end, keys in alphabetical order: Plaid's webhook
// form.
std::string prettyText(const Json& value);

} // namespace plaidsim
