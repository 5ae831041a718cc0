#include "plaid/RequestBody.h"

#include "base/Result.h"

#include <array>
#include <charconv>
#include <utility>

namespace bankfeed::plaid
{

RequestBody::RequestBody()
{
    bytes_.reserve(1024);
    append("{");
}

RequestBody::~RequestBody()
{
    wipe(bytes_);
}

/// Growing by std::string itself would leave the old buffer, with its tokens, in freed memory.
void RequestBody::append(std::string_view bytes)
{
    if (bytes_.size() + bytes.size() > bytes_.capacity())
    {
        std::string larger;
        larger.reserve((bytes_.size() + bytes.size()) * 2);
        larger.append(bytes_);
        bytes_.swap(larger);
        wipe(larger);
    }
    bytes_.append(bytes);
}

void RequestBody::appendQuoted(std::string_view value)
{
    static constexpr std::string_view digits = "0123456789abcdef";
    append("\"");
    std::size_t plain = 0; // Start of what needs no escape.
    for (std::size_t i = 0; i < value.size(); ++i)
    {
        const auto c = static_cast<unsigned char>(value[i]);
        if (c >= 0x20U && c != '"' && c != '\\') continue;
        append(value.substr(plain, i - plain));
        const std::array<char, 6> escape{'\\', 'u', '0', '0', digits[c >> 4U], digits[c & 0x0FU]};
        append({escape.data(), escape.size()});
        plain = i + 1;
    }
    append(value.substr(plain));
    append("\"");
}

void RequestBody::appendKey(std::string_view key)
{
    if (!first_) append(",");
    first_ = false;
    appendQuoted(key);
    append(":");
}

RequestBody& RequestBody::text(std::string_view key, std::string_view value)
{
    appendKey(key);
    appendQuoted(value);
    return *this;
}

RequestBody& RequestBody::secret(std::string_view key, const Secret& value)
{
    secrets_.push_back(value);
    return text(key, value.reveal());
}

RequestBody& RequestBody::number(std::string_view key, std::int64_t value)
{
    std::array<char, 24> digits{};
    const auto done = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    appendKey(key);
    append({digits.data(), static_cast<std::size_t>(done.ptr - digits.data())});
    return *this;
}

RequestBody& RequestBody::null(std::string_view key)
{
    appendKey(key);
    append("null");
    return *this;
}

RequestBody& RequestBody::flag(std::string_view key, bool value)
{
    appendKey(key);
    append(value ? "true" : "false");
    return *this;
}

RequestBody& RequestBody::texts(std::string_view key, const std::vector<std::string>& values)
{
    appendKey(key);
    append("[");
    for (std::size_t i = 0; i < values.size(); ++i)
    {
        if (i > 0) append(",");
        appendQuoted(values[i]);
    }
    append("]");
    return *this;
}

RequestBody& RequestBody::object(std::string_view key)
{
    appendKey(key);
    append("{");
    ++open_;
    first_ = true;
    return *this;
}

RequestBody& RequestBody::end()
{
    BF_ASSERT(open_ > 1);
    append("}");
    --open_;
    first_ = false;
    return *this;
}

Secret RequestBody::finish()
{
    BF_ASSERT(open_ == 1);
    append("}");
    open_ = 0;
    Secret body{bytes_};
    wipe(bytes_);
    return body;
}

} // namespace bankfeed::plaid
