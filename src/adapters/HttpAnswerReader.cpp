#include "adapters/HttpAnswerReader.h"

#include "base/AsciiCase.h"
#include "base/Secret.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace bankfeed::adapters
{

namespace
{

constexpr std::size_t lineBytesMax = 8 * 1024;
constexpr std::size_t headBytesMax = 32 * 1024;
constexpr int headersMax = 100;
constexpr int interimMax = 5;
constexpr std::size_t bufferBytes = 16 * 1024;
/// A body of known length up to this gets its memory at once; a longer one as it arrives.
constexpr std::size_t reserveMax = 1024 * 1024;

Error malformed(const char* what)
{
    return Error::unknown(
        "http.malformed", std::string("The provider's answer is not proper HTTP: ") + what + ".");
}

Error tooLarge()
{
    return Error::unknown("http.too_large", "The provider's answer is larger than allowed.");
}

bool isTokenChar(char c)
{
    static constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
}

bool isToken(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), isTokenChar);
}

bool isFieldChar(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20U && byte != 0x7FU);
}

std::string_view trimmed(std::string_view text)
{
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && blank(text.back()))
        text.remove_suffix(1);
    return text;
}

/// A number of the given base with nothing around it.
std::optional<std::uint64_t> number(std::string_view text, int base)
{
    std::uint64_t value = 0;
    if (text.empty() || text.size() > 16) return std::nullopt;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

struct Head
{
    int status = 0;
    bool keepAlive = true;
    std::optional<std::uint64_t> length;
    bool chunked = false;
    bool gzip = false;
    std::string date;
    std::string retryAfter;
};

class AnswerReader
{
public:
    AnswerReader(ByteSource& source, std::size_t bodyBytesMax) : source_(source), max_(bodyBytesMax)
    {
        buffer_.resize(bufferBytes);
    }
    ~AnswerReader()
    {
        wipe(buffer_);
        wipe(body_);
    }
    AnswerReader(const AnswerReader&) = delete;
    AnswerReader& operator=(const AnswerReader&) = delete;

    Result<HttpAnswer> read();

private:
    Result<void> fill();
    Result<std::string> line();
    Result<Head> head();
    Result<void> header(std::string_view line, Head& head);
    Result<void> bodyBytes(std::uint64_t size);
    Result<void> chunks();
    Result<void> trailers();
    Result<void> body(const Head& head);

    ByteSource& source_;
    std::size_t max_;
    std::string buffer_;
    std::size_t at_ = 0;
    std::size_t end_ = 0;
    std::size_t headBytes_ = 0;
    std::string body_;
};

Result<void> AnswerReader::fill()
{
    BF_LET(got, source_.read(buffer_.data(), buffer_.size()));
    if (got == 0)
        return Error::unknown("http.short", "The provider's answer ended before it was complete.");
    at_ = 0;
    end_ = got;
    return success();
}

/// A line without its CRLF. A bare LF or CR is refused: two readers could disagree on it.
Result<std::string> AnswerReader::line()
{
    std::string text;
    while (true)
    {
        if (at_ == end_) BF_TRY(fill());
        const char c = buffer_[at_++];
        if (++headBytes_ > headBytesMax || text.size() > lineBytesMax) return tooLarge();
        if (c == '\n')
        {
            if (text.empty() || text.back() != '\r') return malformed("a line ends without CR");
            text.pop_back();
            return text;
        }
        if (!text.empty() && text.back() == '\r') return malformed("a CR stands inside a line");
        text.push_back(c);
    }
}

Result<void> AnswerReader::header(std::string_view text, Head& head)
{
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || !isToken(text.substr(0, colon)))
        return malformed("a header has no proper name");
    const std::string_view name = text.substr(0, colon);
    const std::string_view value = trimmed(text.substr(colon + 1));
    if (!std::all_of(value.begin(), value.end(), isFieldChar))
        return malformed("a header holds a control character");

    if (sameWord(name, "Content-Length"))
    {
        if (head.length) return malformed("it has two lengths");
        head.length = number(value, 10);
        if (!head.length) return malformed("its length is not a number");
    }
    else if (sameWord(name, "Transfer-Encoding"))
    {
        if (head.chunked || !sameWord(value, "chunked"))
            return malformed("its transfer encoding is not chunked alone");
        head.chunked = true;
    }
    else if (sameWord(name, "Content-Encoding"))
    {
        const bool gzip = sameWord(value, "gzip") || sameWord(value, "x-gzip");
        if (head.gzip || (!gzip && !sameWord(value, "identity")))
            return Error::unknown("http.encoding",
                "The provider's answer is packed in a way that was not asked for.");
        head.gzip = gzip;
    }
    else if (sameWord(name, "Connection"))
        head.keepAlive = head.keepAlive && sameWord(value, "keep-alive");
    else if (sameWord(name, "Date"))
        head.date = value;
    else if (sameWord(name, "Retry-After"))
        head.retryAfter = value;
    return success();
}

Result<Head> AnswerReader::head()
{
    Head head;
    BF_LET(status, line());
    const std::string_view text = status;
    const bool http11 = text.starts_with("HTTP/1.1 ");
    if ((!http11 && !text.starts_with("HTTP/1.0 ")) || text.size() < 12 ||
        (text.size() > 12 && text[12] != ' '))
    {
        return malformed("it has no status line");
    }
    const auto code = number(text.substr(9, 3), 10);
    if (!code || *code < 100 || *code > 599) return malformed("its status is not a status");
    head.status = static_cast<int>(*code);
    head.keepAlive = http11;

    for (int count = 0;; ++count)
    {
        if (count > headersMax) return tooLarge();
        BF_LET(field, line());
        if (field.empty()) break;
        BF_TRY(header(field, head));
    }
    if (head.length && head.chunked) return malformed("it has both a length and chunks");
    return head;
}

/// Takes `size` bytes of body.
Result<void> AnswerReader::bodyBytes(std::uint64_t size)
{
    while (size > 0)
    {
        if (at_ < end_)
        {
            const std::size_t piece =
                static_cast<std::size_t>(std::min<std::uint64_t>(size, end_ - at_));
            body_.append(buffer_, at_, piece);
            at_ += piece;
            size -= piece;
            continue;
        }
        if (size < bufferBytes)
        {
            BF_TRY(fill());
            continue;
        }
        // Large rests go straight into the body.
        const std::size_t have = body_.size();
        const std::size_t room =
            static_cast<std::size_t>(std::min<std::uint64_t>(size, 4 * bufferBytes));
        body_.resize(have + room);
        auto got = source_.read(body_.data() + have, room);
        body_.resize(have + (got.ok() ? *got : 0));
        if (!got.ok()) return got.error();
        if (*got == 0)
            return Error::unknown(
                "http.short", "The provider's answer ended before it was complete.");
        size -= *got;
    }
    return success();
}

Result<void> AnswerReader::chunks()
{
    while (true)
    {
        headBytes_ = 0;
        BF_LET(text, line());
        const std::string_view sizeText = trimmed(std::string_view(text).substr(0, text.find(';')));
        const auto size = number(sizeText, 16);
        if (!size || sizeText.size() > 8) return malformed("a chunk has no proper size");
        if (*size == 0) return trailers();
        if (*size > max_ - body_.size()) return tooLarge();
        BF_TRY(bodyBytes(*size));
        BF_LET(rest, line());
        if (!rest.empty()) return malformed("a chunk is longer than its size");
    }
}

Result<void> AnswerReader::trailers()
{
    headBytes_ = 0;
    for (int count = 0; count <= headersMax; ++count)
    {
        BF_LET(text, line());
        if (text.empty()) return success();
        if (text.find(':') == std::string::npos) return malformed("a trailer has no name");
    }
    return tooLarge();
}

Result<void> AnswerReader::body(const Head& head)
{
    if (head.status == 204 || head.status == 304)
        return head.length.value_or(0) == 0 && !head.chunked
                   ? success()
                   : Result<void>(malformed("it must not have a body"));
    if (head.chunked)
    {
        // A small answer may hold a token: it must not leave copies behind by growing.
        body_.reserve(std::min(max_, bufferBytes));
        return chunks();
    }
    if (!head.length) return malformed("it does not say how long it is");
    if (*head.length > max_) return tooLarge();
    body_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*head.length, reserveMax)));
    return bodyBytes(*head.length);
}

Result<HttpAnswer> AnswerReader::read()
{
    Head head;
    for (int interim = 0;; ++interim)
    {
        if (interim > interimMax) return malformed("it has too many interim answers");
        auto next = this->head();
        if (!next.ok()) return next.error();
        head = std::move(next).value();
        if (head.status == 101) return malformed("it switches to another protocol");
        if (head.status >= 200) break;
    }
    BF_TRY(body(head));

    HttpAnswer answer;
    answer.response.status = head.status;
    answer.response.retryAfterMs = retryAfterMs(head.retryAfter, head.date);
    answer.response.date = head.date;
    answer.reusable = head.keepAlive && at_ == end_;
    if (head.gzip && !body_.empty())
    {
        BF_LET(plain, gunzip(body_, max_));
        answer.response.body = std::move(plain);
    }
    else
    {
        answer.response.body = std::move(body_);
    }
    return answer;
}

} // namespace

Result<HttpAnswer> readHttpAnswer(ByteSource& source, std::size_t bodyBytesMax)
{
    return AnswerReader{source, bodyBytesMax}.read();
}

} // namespace bankfeed::adapters
