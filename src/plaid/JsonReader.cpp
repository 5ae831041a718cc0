#include "plaid/JsonReader.h"

#include "base/Limits.h"
#include "base/Secret.h"

#include <simdjson.h>

#include <array>
#include <bit>
#include <bitset>
#include <cstring>
#include <utility>
#include <vector>

namespace bankfeed::plaid
{

namespace
{

constexpr std::size_t fieldsMax = 512; ///< Of one object; Plaid's widest has about forty.
constexpr std::size_t documentBytesMax = 64 * 1024 * 1024;
/// Above this, the index of a document is given back to the system after reading.
constexpr std::size_t retainedCapacity = 1024 * 1024;

bool isBlank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// RFC 8259, section 6.
bool isNumber(std::string_view token)
{
    std::size_t at = 0;
    const auto digits = [&]
    {
        const std::size_t from = at;
        while (at < token.size() && isDigit(token[at]))
            ++at;
        return at - from;
    };
    if (at < token.size() && token[at] == '-') ++at;
    const bool zero = at < token.size() && token[at] == '0';
    const std::size_t whole = digits();
    if (whole == 0 || (zero && whole > 1)) return false;
    if (at < token.size() && token[at] == '.')
    {
        ++at;
        if (digits() == 0) return false;
    }
    if (at < token.size() && (token[at] == 'e' || token[at] == 'E'))
    {
        ++at;
        if (at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
        if (digits() == 0) return false;
    }
    return at == token.size();
}

int hexDigit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The code unit of "\uXXXX" whose digits start at `at`; negative when they are not four digits.
int codeUnit(std::string_view text, std::size_t at)
{
    if (at + 4 > text.size()) return -1;
    int value = 0;
    for (std::size_t i = 0; i < 4; ++i)
    {
        const int digit = hexDigit(text[at + i]);
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

void appendUtf8(std::string& out, std::uint32_t point)
{
    const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (point < 0x80U)
    {
        put(point);
    }
    else if (point < 0x800U)
    {
        put(0xC0U | (point >> 6U));
        put(0x80U | (point & 0x3FU));
    }
    else if (point < 0x10000U)
    {
        put(0xE0U | (point >> 12U));
        put(0x80U | ((point >> 6U) & 0x3FU));
        put(0x80U | (point & 0x3FU));
    }
    else
    {
        put(0xF0U | (point >> 18U));
        put(0x80U | ((point >> 12U) & 0x3FU));
        put(0x80U | ((point >> 6U) & 0x3FU));
        put(0x80U | (point & 0x3FU));
    }
}

char simpleEscape(char c)
{
    switch (c)
    {
    case '"': return '"';
    case '\\': return '\\';
    case '/': return '/';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return '\0';
    }
}

/// How many of the eight bytes come before the first quote, backslash or control character.
std::size_t plainBytes(const char* bytes)
{
    static_assert(std::endian::native == std::endian::little);
    constexpr std::uint64_t ones = 0x0101010101010101ULL;
    constexpr std::uint64_t highs = 0x8080808080808080ULL;
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    const std::uint64_t quote = word ^ (ones * '"');
    const std::uint64_t slash = word ^ (ones * '\\');
    const std::uint64_t found =
        ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((word - ones * 0x20U) & ~word);
    // A borrow can only mark bytes behind a true find, so the lowest mark is exact; 0 gives 64.
    return static_cast<std::size_t>(std::countr_zero(found & highs)) / 8;
}

std::uint32_t keyHash(std::string_view key)
{
    std::uint64_t head = 0;
    std::uint64_t tail = 0;
    const std::size_t size = key.size() < 8 ? key.size() : 8;
    if (size > 0)
    {
        std::memcpy(&head, key.data(), size);
        std::memcpy(&tail, key.data() + key.size() - size, size);
    }
    std::uint64_t mixed = (head ^ (tail * 0x9E3779B97F4A7C15ULL)) + key.size();
    mixed *= 0xD6E8FEB86659FD93ULL;
    return static_cast<std::uint32_t>(mixed >> 32U);
}

/// The keys of one object. A small bit set answers most questions; the list is exact.
class KeySet
{
public:
    void clear()
    {
        keys_.clear();
        seen_.reset();
    }

    [[nodiscard]] std::size_t size() const { return keys_.size(); }

    /// False when the key is there already.
    bool insert(std::string_view key)
    {
        const std::uint32_t hash = keyHash(key);
        const std::size_t bit = hash % 256U;
        if (seen_[bit])
        {
            for (const Key& known : keys_)
            {
                if (known.hash == hash && known.text == key) return false;
            }
        }
        seen_[bit] = true;
        keys_.push_back({hash, key});
        return true;
    }

private:
    struct Key
    {
        std::uint32_t hash;
        std::string_view text;
    };
    std::bitset<256> seen_;
    std::vector<Key> keys_;
};

} // namespace

struct JsonReader::Frame
{
    bool first = true;
    KeySet keys;
    std::vector<std::unique_ptr<std::string>> decodedKeys; ///< Keys that were written with escapes.
};

/// What a reader needs beside the text. Kept between documents, because allocating the index of a
/// page costs as much as reading it.
class JsonReader::Scratch
{
public:
    static std::unique_ptr<Scratch> take()
    {
        if (spare) return std::move(spare);
        return std::make_unique<Scratch>();
    }

    static void giveBack(std::unique_ptr<Scratch> scratch)
    {
        if (scratch->capacity_ <= retainedCapacity) spare = std::move(scratch);
    }

    /// Indexes the text; a fault's name, or null.
    const char* index(std::string_view text)
    {
        if (text.empty()) return "the document is empty";
        if (text.size() > documentBytesMax) return "the document is too large";
        if (capacity_ < text.size())
        {
            const std::size_t wanted = text.size() + text.size() / 8 + 1024;
            parser_.reset();
            capacity_ = 0;
            const auto error =
                simdjson::get_active_implementation()->create_dom_parser_implementation(
                    wanted, limits::jsonDepth, parser_);
            if (error != simdjson::SUCCESS) return "there is no memory for the document";
            capacity_ = wanted;
        }
        const auto error = parser_->stage1(reinterpret_cast<const std::uint8_t*>(text.data()),
            text.size(), simdjson::stage1_mode::regular);
        if (error == simdjson::UTF8_ERROR) return "the document is not UTF-8";
        if (error != simdjson::SUCCESS) return "the document has no structure";
        return nullptr;
    }

    [[nodiscard]] const std::uint32_t* begin() const { return parser_->structural_indexes.get(); }
    [[nodiscard]] const std::uint32_t* end() const
    {
        return begin() + parser_->n_structural_indexes;
    }

    std::array<Frame, limits::jsonDepth> frames;

private:
    static thread_local std::unique_ptr<Scratch> spare;

    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser_;
    std::size_t capacity_ = 0;
};

thread_local std::unique_ptr<JsonReader::Scratch> JsonReader::Scratch::spare;

JsonReader::JsonReader(std::string text) : text_(std::move(text)), scratch_(Scratch::take())
{
    fault_ = scratch_->index(text_);
    if (fault_ != nullptr) return;
    next_ = scratch_->begin();
    end_ = scratch_->end();
    const std::size_t first = at();
    for (std::size_t i = 0; i < first; ++i)
    {
        if (!isBlank(text_[i])) fail("something stands before the value");
    }
}

JsonReader::~JsonReader()
{
    wipe(text_);
    wipe(decoded_);
    for (Frame& frame : scratch_->frames)
    {
        frame.keys.clear();
        frame.decodedKeys.clear();
    }
    Scratch::giveBack(std::move(scratch_));
}

void JsonReader::fail(const char* what)
{
    if (fault_ == nullptr) fault_ = what;
}

std::size_t JsonReader::at() const noexcept
{
    return next_ < end_ ? *next_ : text_.size();
}

char JsonReader::current() const noexcept
{
    return !failed() && next_ < end_ ? text_[*next_] : '\0';
}

JsonKind JsonReader::peek() const noexcept
{
    const char c = current();
    switch (c)
    {
    case '{': return JsonKind::Object;
    case '[': return JsonKind::Array;
    case '"': return JsonKind::String;
    case 't':
    case 'f': return JsonKind::Boolean;
    case 'n': return JsonKind::Null;
    default: return c == '-' || isDigit(c) ? JsonKind::Number : JsonKind::Broken;
    }
}

/// Goes on to the token behind `tokenEnd`. Only blanks may lie between; so a token that the index
/// missed, or one that it found inside another, is seen here.
bool JsonReader::advance(std::size_t tokenEnd)
{
    ++next_;
    const std::size_t following = at();
    for (std::size_t i = tokenEnd; i < following; ++i)
    {
        if (!isBlank(text_[i]))
        {
            fail("a token is malformed");
            return false;
        }
    }
    if (following < tokenEnd)
    {
        fail("a token is malformed");
        return false;
    }
    return true;
}

JsonReader::Frame& JsonReader::top()
{
    BF_ASSERT(depth_ > 0);
    return scratch_->frames[depth_ - 1];
}

bool JsonReader::openFrame(char open, bool object)
{
    if (failed()) return false;
    if (current() != open)
    {
        fail(object ? "an object was expected" : "an array was expected");
        return false;
    }
    if (depth_ == limits::jsonDepth)
    {
        fail("the document is nested too deep");
        return false;
    }
    ++depth_;
    Frame& frame = top();
    frame.first = true;
    frame.keys.clear();
    frame.decodedKeys.clear();
    return advance(at() + 1);
}

bool JsonReader::closeFrame()
{
    --depth_;
    return advance(at() + 1);
}

/// Past the comma to the next item; false at the closing bracket, which is consumed.
bool JsonReader::nextItem(char close)
{
    if (failed()) return false;
    Frame& frame = top();
    if (current() == close)
    {
        closeFrame();
        return false;
    }
    if (frame.first)
    {
        frame.first = false;
        return true;
    }
    if (current() != ',')
    {
        fail("a comma or a closing bracket was expected");
        return false;
    }
    if (!advance(at() + 1)) return false;
    if (current() == close)
    {
        fail("a comma stands before a closing bracket");
        return false;
    }
    return true;
}

bool JsonReader::beginObject()
{
    return openFrame('{', true);
}

bool JsonReader::beginArray()
{
    return openFrame('[', false);
}

bool JsonReader::nextElement()
{
    return nextItem(']');
}

bool JsonReader::nextField(std::string_view& key)
{
    if (!nextItem('}')) return false;
    if (!readKey(key)) return false;
    Frame& frame = top();
    if (frame.keys.size() == fieldsMax)
    {
        fail("an object has too many fields");
        return false;
    }
    if (!frame.keys.insert(key))
    {
        fail("a key occurs twice in an object");
        return false;
    }
    if (current() != ':')
    {
        fail("a colon was expected");
        return false;
    }
    return advance(at() + 1);
}

bool JsonReader::readKey(std::string_view& key)
{
    const std::size_t begin = at() + 1;
    std::size_t end = 0;
    bool escaped = false;
    if (!scanString(begin, end, escaped)) return false;
    key = std::string_view(text_).substr(begin, end - begin);
    if (escaped)
    {
        bool repaired = false;
        auto decoded = std::make_unique<std::string>();
        decode(key, *decoded, repaired);
        if (repaired)
        {
            fail("a key holds NUL or half a character");
            return false;
        }
        key = *decoded;
        top().decodedKeys.push_back(std::move(decoded));
    }
    return true;
}

/// Checks the string that starts behind its quote at `begin`, sets `end` to its closing quote, and
/// goes on to the next token.
bool JsonReader::scanString(std::size_t begin, std::size_t& end, bool& escaped)
{
    if (current() != '"')
    {
        fail("a string was expected");
        return false;
    }
    std::size_t i = begin;
    while (true)
    {
        while (i + 8 <= text_.size())
        {
            const std::size_t plain = plainBytes(text_.data() + i);
            i += plain;
            if (plain < 8) break;
        }
        if (i >= text_.size()) break;
        const char c = text_[i];
        if (c == '"')
        {
            end = i;
            return advance(i + 1);
        }
        if (static_cast<unsigned char>(c) < 0x20U) break;
        if (c != '\\')
        {
            ++i;
            continue;
        }
        escaped = true;
        const char kind = i + 1 < text_.size() ? text_[i + 1] : '\0';
        if (kind == 'u' && codeUnit(text_, i + 2) >= 0)
            i += 6;
        else if (simpleEscape(kind) != '\0')
            i += 2;
        else
            break;
    }
    fail("a string is malformed");
    return false;
}

/// Undoes the escapes of a string that scanString accepted.
void JsonReader::decode(std::string_view raw, std::string& out, bool& repaired) const
{
    constexpr std::uint32_t replacement = 0xFFFD;
    out.clear();
    for (std::size_t i = 0; i < raw.size();)
    {
        if (raw[i] != '\\')
        {
            out.push_back(raw[i]);
            ++i;
            continue;
        }
        if (raw[i + 1] != 'u')
        {
            out.push_back(simpleEscape(raw[i + 1]));
            i += 2;
            continue;
        }
        auto point = static_cast<std::uint32_t>(codeUnit(raw, i + 2));
        i += 6;
        if (point >= 0xD800U && point <= 0xDBFFU && raw.substr(i, 2) == "\\u")
        {
            const auto low = static_cast<std::uint32_t>(codeUnit(raw, i + 2));
            if (low >= 0xDC00U && low <= 0xDFFFU)
            {
                point = 0x10000U + ((point - 0xD800U) << 10U) + (low - 0xDC00U);
                i += 6;
            }
        }
        if (point == 0 || (point >= 0xD800U && point <= 0xDFFFU))
        {
            point = replacement;
            repaired = true;
        }
        appendUtf8(out, point);
    }
}

bool JsonReader::string(std::string_view& text, bool& repaired)
{
    if (failed()) return false;
    const std::size_t begin = at() + 1;
    std::size_t end = 0;
    bool escaped = false;
    if (!scanString(begin, end, escaped)) return false;
    text = std::string_view(text_).substr(begin, end - begin);
    if (escaped)
    {
        wipe(decoded_);
        decoded_.reserve(text.size() + 4);
        decode(text, decoded_, repaired);
        text = decoded_;
    }
    return true;
}

bool JsonReader::number(std::string_view& token)
{
    if (failed()) return false;
    const std::size_t begin = at();
    if (peek() != JsonKind::Number)
    {
        fail("a number was expected");
        return false;
    }
    std::size_t end = next_ + 1 < end_ ? next_[1] : text_.size();
    while (end > begin && isBlank(text_[end - 1]))
        --end;
    token = std::string_view(text_).substr(begin, end - begin);
    if (!isNumber(token))
    {
        fail("a number is malformed");
        return false;
    }
    return advance(end);
}

bool JsonReader::literal(std::string_view word)
{
    if (std::string_view(text_).substr(at(), word.size()) != word)
    {
        fail("a word is malformed");
        return false;
    }
    return advance(at() + word.size());
}

bool JsonReader::boolean(bool& value)
{
    if (failed()) return false;
    if (peek() != JsonKind::Boolean)
    {
        fail("true or false was expected");
        return false;
    }
    value = current() == 't';
    return literal(value ? "true" : "false");
}

bool JsonReader::null()
{
    return peek() == JsonKind::Null && literal("null");
}

void JsonReader::skip()
{
    std::string_view text;
    bool flag = false;
    switch (peek())
    {
    case JsonKind::Object:
        beginObject();
        while (nextField(text))
            skip();
        break;
    case JsonKind::Array:
        beginArray();
        while (nextElement())
            skip();
        break;
    case JsonKind::String: {
        std::size_t end = 0;
        scanString(at() + 1, end, flag);
        break;
    }
    case JsonKind::Number: number(text); break;
    case JsonKind::Boolean: boolean(flag); break;
    case JsonKind::Null: null(); break;
    case JsonKind::Broken: fail("a value was expected"); break;
    }
}

Result<void> JsonReader::finish()
{
    if (!failed() && depth_ != 0) fail("the value was not read to its end");
    if (!failed() && next_ < end_) fail("something follows the value");
    if (!failed()) return success();
    return Error::corrupt(
        "json.malformed", std::string("The JSON document is malformed: ") + fault_ + ".");
}

bool readNullableString(JsonReader& reader, std::string_view& text, bool& repaired)
{
    text = {};
    if (reader.null()) return true;
    return reader.string(text, repaired);
}

} // namespace bankfeed::plaid
