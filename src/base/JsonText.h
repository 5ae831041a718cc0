// JSON that we write in small pieces: details of audit entries, parameters of notices.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bankfeed
{

/// The text as a JSON string, with quotes (RFC 8259).
[[nodiscard]] std::string jsonString(std::string_view text);

/// Builds a flat JSON object.
class JsonObject
{
public:
    JsonObject& text(std::string_view name, std::string_view value);
    JsonObject& number(std::string_view name, std::int64_t value);

    /// `value` is JSON already.
    JsonObject& raw(std::string_view name, std::string_view value);

    [[nodiscard]] std::string json() const { return "{" + members_ + "}"; }

private:
    std::string members_;
};

} // namespace bankfeed
