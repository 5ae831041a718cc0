#include "RequestShape.h"

#include "CivilTime.h"
#include "PlaidError.h"

#include <algorithm>

namespace plaidsim
{

namespace
{

Field make(std::string name, Kind kind)
{
    Field field;
    field.name = std::move(name);
    field.kind = kind;
    return field;
}

std::string joined(const std::vector<std::string>& names)
{
    std::string text;
    for (const auto& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

[[noreturn]] void refuse(const std::string& path, const std::string& wanted)
{
    throw PlaidError::invalidRequest("INVALID_FIELD", path + " must be " + wanted);
}

void checkText(const std::string& path, const Field& field, const Json& value)
{
    if (!value.is_string()) refuse(path, "a string");
    const auto& content = value.get_ref<const std::string&>();
    if (content.size() > field.longest)
        refuse(path, "at most " + std::to_string(field.longest) + " characters long");
    if (field.required && content.empty()) refuse(path, "a non-empty string");
    if (!field.oneOf.empty() &&
        std::find(field.oneOf.begin(), field.oneOf.end(), content) == field.oneOf.end())
        refuse(path, "one of: " + joined(field.oneOf));
}

void checkObject(const std::string& path, const Json& value, const std::vector<Field>& fields,
    bool refuseUnknown);

void checkValue(const std::string& path, const Field& field, const Json& value, bool refuseUnknown)
{
    if (value.is_null() && field.nullable) return;
    switch (field.kind)
    {
    case Kind::text: checkText(path, field, value); break;
    case Kind::whole:
        if (!value.is_number_integer() || value.get<std::int64_t>() < field.least ||
            value.get<std::int64_t>() > field.most)
            refuse(path, "an integer between " + std::to_string(field.least) + " and " +
                             std::to_string(field.most));
        break;
    case Kind::number:
        if (!isNumber(value)) refuse(path, "a number");
        break;
    case Kind::flag:
        if (!value.is_boolean()) refuse(path, "a boolean");
        break;
    case Kind::date:
        if (!value.is_string() || !parseDay(value.get_ref<const std::string&>()))
            refuse(path, "a date in the form YYYY-MM-DD");
        break;
    case Kind::list:
        if (!value.is_array()) refuse(path, "an array");
        if (value.size() < field.fewest)
            refuse(path, "an array of at least " + std::to_string(field.fewest));
        for (const auto& entry : value)
        {
            if (!field.element.empty())
                checkValue(path + "[]", field.element.front(), entry, refuseUnknown);
        }
        break;
    case Kind::object:
        if (!value.is_object()) refuse(path, "an object");
        if (!field.open) checkObject(path + ".", value, field.fields, refuseUnknown);
        break;
    case Kind::any: break;
    }
}

void checkObject(const std::string& path, const Json& value, const std::vector<Field>& fields,
    bool refuseUnknown)
{
    std::vector<std::string> missing;
    std::vector<std::string> unknown;
    for (const auto& field : fields)
    {
        if (field.required && !value.contains(field.name)) missing.push_back(path + field.name);
    }
    if (!missing.empty())
        throw PlaidError::invalidRequest(
            "MISSING_FIELDS", "the following required fields are missing: " + joined(missing));
    for (const auto& [name, entry] : value.items())
    {
        const bool known = std::any_of(fields.begin(), fields.end(),
            [&key = name](const Field& field) { return field.name == key; });
        if (!known) unknown.push_back(path + name);
    }
    if (refuseUnknown && !unknown.empty())
        throw PlaidError::invalidRequest("UNKNOWN_FIELDS",
            "the following fields are not recognized by this endpoint: " + joined(unknown));
    for (const auto& field : fields)
    {
        if (value.contains(field.name))
            checkValue(path + field.name, field, value.at(field.name), refuseUnknown);
    }
}

} // namespace

Field Field::must() const
{
    Field field = *this;
    field.required = true;
    return field;
}

Field Field::orNull() const
{
    Field field = *this;
    field.nullable = true;
    return field;
}

Field text(std::string name, std::size_t longest)
{
    Field field = make(std::move(name), Kind::text);
    field.longest = longest;
    return field;
}

Field choice(std::string name, std::vector<std::string> oneOf)
{
    Field field = make(std::move(name), Kind::text);
    field.oneOf = std::move(oneOf);
    return field;
}

Field whole(std::string name, std::int64_t least, std::int64_t most)
{
    Field field = make(std::move(name), Kind::whole);
    field.least = least;
    field.most = most;
    return field;
}

Field number(std::string name)
{
    return make(std::move(name), Kind::number);
}
Field flag(std::string name)
{
    return make(std::move(name), Kind::flag);
}
Field date(std::string name)
{
    return make(std::move(name), Kind::date);
}
Field any(std::string name)
{
    return make(std::move(name), Kind::any);
}

Field list(std::string name, Field element, std::size_t fewest)
{
    Field field = make(std::move(name), Kind::list);
    field.element.push_back(std::move(element));
    field.fewest = fewest;
    return field;
}

Field object(std::string name, std::vector<Field> fields)
{
    Field field = make(std::move(name), Kind::object);
    field.fields = std::move(fields);
    return field;
}

Field openObject(std::string name)
{
    Field field = make(std::move(name), Kind::object);
    field.open = true;
    return field;
}

void checkShape(const Json& body, const std::vector<Field>& fields, bool refuseUnknown)
{
    checkObject("", body, fields, refuseUnknown);
}

} // namespace plaidsim
