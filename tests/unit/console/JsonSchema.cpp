#include "unit/console/JsonSchema.h"

#include "base/Date.h"
#include "base/Time.h"

#include <Poco/JSON/Array.h>

#include <algorithm>
#include <regex>
#include <sstream>

namespace bankfeed::testing
{

namespace
{

using Poco::Dynamic::Var;
using Poco::JSON::Array;
using Poco::JSON::Object;

bool isObject(const Var& value)
{
    return !value.isEmpty() && value.type() == typeid(Object::Ptr);
}
bool isArray(const Var& value)
{
    return !value.isEmpty() && value.type() == typeid(Array::Ptr);
}
bool isInteger(const Var& value)
{
    return !value.isEmpty() && !value.isBoolean() && value.isInteger();
}
bool isText(const Var& value)
{
    return !value.isEmpty() && value.isString();
}

bool isOfType(const Var& value, const std::string& type)
{
    if (type == "null") return value.isEmpty();
    if (type == "object") return isObject(value);
    if (type == "array") return isArray(value);
    if (type == "string") return isText(value);
    if (type == "boolean") return !value.isEmpty() && value.isBoolean();
    return type == "integer" && isInteger(value);
}

bool isOfSomeType(const Var& value, const Var& types)
{
    if (types.isString()) return isOfType(value, types.toString());
    const auto list = types.extract<Array::Ptr>();
    return std::any_of(list->begin(), list->end(),
        [&](const Var& type) { return isOfType(value, type.toString()); });
}

std::string textOf(const Var& value)
{
    if (value.isEmpty()) return "null";
    return isText(value) ? "\"" + value.toString() + "\"" : Var::toString(value);
}

bool same(const Var& left, const Var& right)
{
    return textOf(left) == textOf(right);
}

bool isTime(const std::string& text)
{
    static const std::regex shape(
        R"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))");
    return std::regex_match(text, shape) && Date::parse(text.substr(0, 10)).has_value();
}

bool hasFormat(const Var& value, const std::string& format)
{
    if (format == "int64") return true; // Poco reads no larger ones.
    if (!isText(value)) return true;    // Of its type, or null.
    if (format == "date") return Date::parse(value.toString()).has_value();
    return format == "date-time" && isTime(value.toString());
}

/// -1, 0 or 1: how the size of a list or text, or a number, stands to a bound.
int against(const Var& value, const Var& bound)
{
    const auto most = bound.convert<std::int64_t>();
    const std::int64_t size = isArray(value)
                                  ? static_cast<std::int64_t>(value.extract<Array::Ptr>()->size())
                                  : value.convert<std::int64_t>();
    return size < most ? -1 : (size > most ? 1 : 0);
}

} // namespace

Object::Ptr JsonSchema::find(const std::string& reference) const
{
    if (!reference.starts_with("#/")) return {};
    std::istringstream steps(reference.substr(2));
    Object::Ptr place = document_;
    std::string step;
    while (place && std::getline(steps, step, '/'))
        place = place->getObject(step);
    return place;
}

std::string JsonSchema::fault(
    const Object::Ptr& schema, const Var& value, const std::string& where) const
{
    for (const auto& [keyword, wanted] : *schema)
    {
        const std::string wrong = keywordFault(keyword, wanted, value, where);
        if (!wrong.empty()) return wrong;
    }
    return isObject(value) ? memberFault(schema, value.extract<Object::Ptr>(), where)
                           : std::string();
}

std::string JsonSchema::keywordFault(
    const std::string& keyword, const Var& wanted, const Var& value, const std::string& where) const
{
    const std::string here = where + ": ";
    const auto unless = [&](bool fits, const std::string& what)
    { return fits ? std::string() : here + textOf(value) + what; };
    if (keyword == "description" || keyword == "properties" || keyword == "required" ||
        keyword == "additionalProperties")
        return "";
    if (keyword == "$ref")
    {
        const auto target = find(wanted.toString());
        return target ? fault(target, value, where) : here + "nothing is at " + wanted.toString();
    }
    if (keyword == "anyOf") return anyOfFault(wanted, value, where);
    if (keyword == "items") return itemFault(wanted.extract<Object::Ptr>(), value, where);
    if (keyword == "type")
        return unless(isOfSomeType(value, wanted), " is not of type " + Var::toString(wanted));
    if (keyword == "format")
        return unless(hasFormat(value, wanted.toString()), " is no " + wanted.toString());
    if (keyword == "const") return unless(same(value, wanted), " is not " + textOf(wanted));
    if (keyword == "enum")
    {
        const auto list = wanted.extract<Array::Ptr>();
        const bool one = std::any_of(
            list->begin(), list->end(), [&](const Var& item) { return same(item, value); });
        return unless(one, " is none of " + Var::toString(wanted));
    }
    if (keyword == "pattern")
        return unless(
            !isText(value) || std::regex_search(value.toString(), std::regex(wanted.toString())),
            " is not like " + wanted.toString());
    const bool measured = isArray(value) || isInteger(value);
    if (keyword == "minimum" || keyword == "minItems")
        return unless(!measured || against(value, wanted) >= 0, " is too small");
    if (keyword == "maximum" || keyword == "maxItems")
        return unless(!measured || against(value, wanted) <= 0, " is too large");
    return here + "the checker does not know the keyword " + keyword;
}

std::string JsonSchema::memberFault(
    const Object::Ptr& schema, const Object::Ptr& value, const std::string& where) const
{
    if (schema->has("required"))
        for (const Var& name : *schema->getArray("required"))
            if (!value->has(name.toString()))
                return where + ": there is no member \"" + name.toString() + "\"";
    const auto properties = schema->getObject("properties");
    const Var others = schema->has("additionalProperties") ? schema->get("additionalProperties")
                                                           : Var(schema->has("type") == false);
    for (const auto& [name, member] : *value)
    {
        const std::string there = where + "/" + name;
        std::string wrong;
        if (properties && properties->has(name))
            wrong = fault(properties->getObject(name), member, there);
        else if (isObject(others))
            wrong = fault(others.extract<Object::Ptr>(), member, there);
        else if (!others.convert<bool>() && properties)
            wrong = there + ": the member is not described";
        if (!wrong.empty()) return wrong;
    }
    return "";
}

std::string JsonSchema::itemFault(
    const Object::Ptr& items, const Var& value, const std::string& where) const
{
    if (!isArray(value)) return "";
    const auto list = value.extract<Array::Ptr>();
    for (std::size_t i = 0; i < list->size(); ++i)
    {
        const auto wrong =
            fault(items, list->get(static_cast<unsigned>(i)), where + "/" + std::to_string(i));
        if (!wrong.empty()) return wrong;
    }
    return "";
}

std::string JsonSchema::anyOfFault(
    const Var& schemas, const Var& value, const std::string& where) const
{
    std::string all;
    for (const Var& schema : *schemas.extract<Array::Ptr>())
    {
        const auto wrong = fault(schema.extract<Object::Ptr>(), value, where);
        if (wrong.empty()) return "";
        all += (all.empty() ? "" : "; or ") + wrong;
    }
    return all;
}

} // namespace bankfeed::testing
