// The values inside an answer: gzip, and Retry-After.
#include "adapters/HttpAnswerReader.h"

#include "base/Date.h"
#include "base/Secret.h"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

namespace bankfeed::adapters
{

namespace
{

constexpr std::int64_t dayMs = 24 * 60 * 60 * std::int64_t{1000};
constexpr std::size_t stepBytes = 64 * 1024;

/// Owns zlib's state.
class Inflater
{
public:
    Inflater() { ready_ = inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK; } // 16: gzip only.
    ~Inflater()
    {
        if (ready_) inflateEnd(&stream_);
    }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    [[nodiscard]] bool ready() const { return ready_; }
    z_stream& stream() { return stream_; }

private:
    z_stream stream_{};
    bool ready_ = false;
};

Error badEncoding()
{
    return Error::unknown("http.encoding", "The provider's answer cannot be unpacked.");
}

} // namespace

Result<std::string> gunzip(std::string_view packed, std::size_t bytesMax)
{
    Inflater inflater;
    if (!inflater.ready()) return badEncoding();
    z_stream& stream = inflater.stream();
    // zlib's interface is older than const.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());

    std::string plain;
    // A small answer may hold a token: it must not leave copies behind by growing.
    plain.reserve(std::min(bytesMax, packed.size() * 8 + 16 * 1024));
    std::string step(stepBytes, '\0');
    int state = Z_OK;
    while (state == Z_OK)
    {
        stream.next_out = reinterpret_cast<Bytef*>(step.data());
        stream.avail_out = static_cast<uInt>(step.size());
        state = inflate(&stream, Z_NO_FLUSH);
        const std::size_t made = step.size() - stream.avail_out;
        if (state == Z_BUF_ERROR || (state == Z_OK && made == 0 && stream.avail_in == 0)) break;
        if (made > bytesMax - plain.size())
        {
            wipe(plain);
            wipe(step);
            return Error::unknown(
                "http.too_large", "The provider's answer is larger than allowed when unpacked.");
        }
        plain.append(step, 0, made);
    }
    wipe(step);
    if (state != Z_STREAM_END || stream.avail_in != 0)
    {
        wipe(plain);
        return badEncoding();
    }
    return plain;
}

std::int64_t retryAfterMs(std::string_view value, std::string_view date)
{
    std::int64_t seconds = 0;
    const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (!value.empty() && code == std::errc{} && end == value.data() + value.size())
    {
        if (seconds < 0) return 0;
        return std::min(seconds, dayMs / 1000) * 1000;
    }
    const auto until = parseHttpDate(value);
    const auto from = parseHttpDate(date);
    if (!until || !from) return 0;
    return std::clamp<std::int64_t>((until->ns - from->ns) / nsPerMs, 0, dayMs);
}

} // namespace bankfeed::adapters
