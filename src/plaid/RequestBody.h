// Writes the JSON of a request. The buffer is wiped, because requests hold tokens.
#pragma once

#include "base/Secret.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::plaid
{

/// A JSON object under construction. Keys are literals of ours; values are escaped.
class RequestBody
{
public:
    RequestBody();
    ~RequestBody();
    RequestBody(const RequestBody&) = delete;
    RequestBody& operator=(const RequestBody&) = delete;

    RequestBody& text(std::string_view key, std::string_view value);
    RequestBody& secret(std::string_view key, const Secret& value);
    RequestBody& number(std::string_view key, std::int64_t value);
    RequestBody& null(std::string_view key);
    RequestBody& flag(std::string_view key, bool value);
    RequestBody& texts(std::string_view key, const std::vector<std::string>& values);

    /// Opens an object as the value of `key`; `end` closes it.
    RequestBody& object(std::string_view key);
    RequestBody& end();

    /// What `secret` was given.
    [[nodiscard]] const std::vector<Secret>& secrets() const { return secrets_; }

    /// The finished document. Call once.
    [[nodiscard]] Secret finish();

private:
    void append(std::string_view bytes);
    void appendQuoted(std::string_view value);
    void appendKey(std::string_view key);

    std::string bytes_;
    std::vector<Secret> secrets_;
    int open_ = 1;
    bool first_ = true;
};

} // namespace bankfeed::plaid
