#include "JsonSchema.h"

#include <functional>
#include <map>
#include <regex>
#include <set>
#include <stdexcept>

namespace bankfeed::test
{

namespace
{

using nlohmann::json;

bool hasType(const json& value, const std::string& type)
{
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    throw std::runtime_error("unknown type " + type);
}

std::size_t characters(const json& text)
{
    std::size_t count = 0;
    for (const char at : text.get_ref<const std::string&>())
    {
        if ((static_cast<unsigned char>(at) & 0xc0U) != 0x80U) ++count;
    }
    return count;
}

bool matches(const json& value, const std::string& pattern)
{
    static std::map<std::string, std::regex> known;
    if (!value.is_string()) return true;
    const auto found = known.try_emplace(pattern, pattern, std::regex::ECMAScript).first;
    return std::regex_search(value.get_ref<const std::string&>(), found->second);
}

/// Keywords that hold or do not hold by themselves.
using Rule = std::function<bool(const json& value, const json& rule)>;

const std::map<std::string, Rule>& simpleRules()
{
    static const std::map<std::string, Rule> rules = {
        {"type", [](const json& value, const json& rule) { return hasType(value, rule); }},
        {"const", [](const json& value, const json& rule) { return value == rule; }},
        {"pattern", [](const json& value, const json& rule) { return matches(value, rule); }},
        {"minimum", [](const json& value, const json& rule)
            { return !value.is_number() || value >= rule; }},
        {"maximum", [](const json& value, const json& rule)
            { return !value.is_number() || value <= rule; }},
        {"maxLength", [](const json& value, const json& rule)
            { return !value.is_string() || characters(value) <= rule.get<std::size_t>(); }},
        {"maxItems", [](const json& value, const json& rule)
            { return !value.is_array() || value.size() <= rule.get<std::size_t>(); }},
        {"minProperties", [](const json& value, const json& rule)
            { return !value.is_object() || value.size() >= rule.get<std::size_t>(); }},
        {"maxProperties", [](const json& value, const json& rule)
            { return !value.is_object() || value.size() <= rule.get<std::size_t>(); }},
        {"uniqueItems",
            [](const json& value, const json&) {
                return !value.is_array() ||
                       std::set<json>(value.begin(), value.end()).size() == value.size();
            }},
        {"required",
            [](const json& value, const json& rule)
            {
                for (const auto& name : rule)
                {
                    if (value.is_object() && !value.contains(name.get<std::string>())) return false;
                }
                return true;
            }},
    };
    return rules;
}

bool isComment(const std::string& keyword)
{
    static const std::set<std::string> comments = {"$schema", "$id", "title", "description",
        "definitions", "properties", "additionalProperties", "propertyNames"};
    return comments.contains(keyword);
}

std::string faultOfMembers(const json& value, const json& schema, const json& root)
{
    if (!value.is_object()) return "";
    const json none = json::object();
    const json& properties = schema.contains("properties") ? schema["properties"] : none;
    for (const auto& [name, member] : value.items())
    {
        std::string fault;
        if (schema.contains("propertyNames")) fault = faultOf(name, schema["propertyNames"], root);
        if (fault.empty() && properties.contains(name))
        {
            fault = faultOf(member, properties[name], root);
        }
        else if (fault.empty() && schema.contains("additionalProperties"))
        {
            const json& others = schema["additionalProperties"];
            if (others == false) return name + ": unknown";
            fault = faultOf(member, others, root);
        }
        if (!fault.empty()) return name + ": " + fault;
    }
    return "";
}

std::string faultOfItems(const json& value, const json& schema, const json& root)
{
    if (!value.is_array()) return "";
    for (const auto& item : value)
    {
        const std::string fault = faultOf(item, schema, root);
        if (!fault.empty()) return fault;
    }
    return "";
}

} // namespace

std::string faultOf(const json& value, const json& schema, const json& root)
{
    if (schema.contains("$ref")) // what stands beside it does not count
    {
        const std::string path = schema["$ref"].get<std::string>().substr(1);
        return faultOf(value, root.at(json::json_pointer(path)), root);
    }
    for (const auto& [keyword, rule] : schema.items())
    {
        std::string fault;
        const auto simple = simpleRules().find(keyword);
        if (simple != simpleRules().end())
            fault = simple->second(value, rule) ? "" : keyword;
        else if (keyword == "not")
            fault = faultOf(value, rule, root).empty() ? keyword : "";
        else if (keyword == "items")
            fault = faultOfItems(value, rule, root);
        else if (!isComment(keyword))
            throw std::runtime_error("unknown keyword " + keyword);
        if (!fault.empty()) return fault;
    }
    return faultOfMembers(value, schema, root);
}

} // namespace bankfeed::test
