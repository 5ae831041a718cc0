#include "base/JsonText.h"

#include <array>
#include <cstdio>

namespace bankfeed
{

std::string jsonString(std::string_view text)
{
    std::string json = "\"";
    for (const char c : text)
    {
        switch (c)
        {
        case '"': json += "\\\""; break;
        case '\\': json += "\\\\"; break;
        case '\n': json += "\\n"; break;
        case '\r': json += "\\r"; break;
        case '\t': json += "\\t"; break;
        default:
            if (static_cast<unsigned char>(c) < 0x20U)
            {
                std::array<char, 8> escape{};
                std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
                json += escape.data();
            }
            else
            {
                json.push_back(c);
            }
        }
    }
    json.push_back('"');
    return json;
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value)
{
    return raw(name, jsonString(value));
}

JsonObject& JsonObject::number(std::string_view name, std::int64_t value)
{
    return raw(name, std::to_string(value));
}

JsonObject& JsonObject::raw(std::string_view name, std::string_view value)
{
    if (!members_.empty()) members_.push_back(',');
    members_.append(jsonString(name)).push_back(':');
    members_.append(value);
    return *this;
}

} // namespace bankfeed
