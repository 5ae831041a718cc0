// What an endpoint accepts.
#pragma once

#include "ExactJson.h"

#include <cstddef>
#include <string>
#include <vector>

namespace plaidsim
{

enum class Kind
{
    text,
    whole,
    number,
    flag,
    date,
    list,
    object,
    any
};

struct Field
{
    std::string name;
    Kind kind = Kind::any;
    bool required = false;
    bool nullable = false;
    bool open = false; // an object whose other fields are nobody's business
    std::int64_t least = 0;
    std::int64_t most = 0;
    std::size_t longest = 20'000; // of a text
    std::size_t fewest = 0;       // of a list
    std::vector<std::string> oneOf;
    std::vector<Field> fields;  // of an object
    std::vector<Field> element; // of a list: one, or none for anything

    Field must() const;
    Field orNull() const;
};

Field text(std::string name, std::size_t longest = 20'000);
Field choice(std::string name, std::vector<std::string> oneOf);
Field whole(std::string name, std::int64_t least, std::int64_t most);
Field number(std::string name);
Field flag(std::string name);
Field date(std::string name);
Field list(std::string name, Field element, std::size_t fewest = 0);
Field object(std::string name, std::vector<Field> fields);
Field openObject(std::string name);
Field any(std::string name);

// Throws MISSING_FIELDS, UNKNOWN_FIELDS or INVALID_FIELD, in this order.
void checkShape(const Json& body, const std::vector<Field>& fields, bool refuseUnknown);

} // namespace plaidsim
