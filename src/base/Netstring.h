// Netstrings: an unambiguous way to put texts one after the other before hashing them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bankfeed
{

/// Decimal length, ":", the bytes, ",", for each part.
class Netstrings
{
public:
    Netstrings& add(std::string_view bytes)
    {
        bytes_.append(std::to_string(bytes.size())).push_back(':');
        bytes_.append(bytes).push_back(',');
        return *this;
    }
    Netstrings& add(std::int64_t number) { return add(std::string_view(std::to_string(number))); }

    [[nodiscard]] const std::string& bytes() const { return bytes_; }

private:
    std::string bytes_;
};

} // namespace bankfeed
