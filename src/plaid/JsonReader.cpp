#include "plaid/JsonReader.h"

#include "base/Limits.h"
#include "base/Secret.h"
#include "plaid/JsonKeys.h"
#include "plaid/JsonTokens.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

namespace bankfeed::plaid
{

namespace
{

constexpr std::size_t fieldsMax = 512; ///< Of one object; Plaid's widest has about forty.
constexpr std::size_t documentBytesMax = 64 * 1024 * 1024;
/// Above this, the index of a document is given back to the system after reading.
constexpr std::size_t retainedCapacity = 1024 * 1024;

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

} // namespace

struct JsonReader::Frame
{
    bool first = true;
    JsonKeys keys;
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
        // A last entry at the text's end, where the string's own NUL stands: reading there meets
        // no token, so that no place needs to ask whether the index is at its end.
        parser_->structural_indexes[parser_->n_structural_indexes] =
            static_cast<std::uint32_t>(text.size());
        return nullptr;
    }

    [[nodiscard]] const std::uint32_t* begin() const { return parser_->structural_indexes.get(); }
    [[nodiscard]] const std::uint32_t* end() const
    {
        return begin() + parser_->n_structural_indexes;
    }

    std::array<Frame, limits::jsonDepth + 1> frames; ///< The first stands for the outside.

private:
    static thread_local std::unique_ptr<Scratch> spare;

    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser_;
    std::size_t capacity_ = 0;
};

thread_local std::unique_ptr<JsonReader::Scratch> JsonReader::Scratch::spare;

JsonReader::JsonReader(std::string text)
    : text_(std::move(text)), scratch_(Scratch::take()), bytes_(text_.data())
{
    frame_ = scratch_->frames.data();
    fault_ = scratch_->index(text_);
    if (fault_ != nullptr)
    {
        static constexpr std::uint32_t nothing = 0;
        bytes_ = "";
        next_ = end_ = &nothing;
        return;
    }
    next_ = scratch_->begin();
    end_ = scratch_->end();
    for (std::size_t i = 0; i < *next_; ++i)
    {
        if (!isJsonBlank(bytes_[i]))
        {
            fail("something stands before the value");
            break;
        }
    }
}

JsonReader::~JsonReader()
{
    wipe(text_);
    wipe(decoded_);
    for (std::size_t depth = 0; depth <= deepest_; ++depth)
        scratch_->frames[depth].keys.clear();
    Scratch::giveBack(std::move(scratch_));
}

/// Also moves to the end of the index, where no call finds what it expects.
void JsonReader::fail(const char* what)
{
    if (fault_ == nullptr) fault_ = what;
    next_ = end_;
}

std::string_view JsonReader::between(std::size_t begin, std::size_t end) const noexcept
{
    return {bytes_ + begin, end - begin};
}

JsonKind JsonReader::peek() const noexcept
{
    const char c = bytes_[*next_];
    switch (c)
    {
    case '{': return JsonKind::Object;
    case '[': return JsonKind::Array;
    case '"': return JsonKind::String;
    case 't':
    case 'f': return JsonKind::Boolean;
    case 'n': return JsonKind::Null;
    default: return c == '-' || isJsonDigit(c) ? JsonKind::Number : JsonKind::Broken;
    }
}

/// Goes on to the token behind `tokenEnd`. Only blanks may lie between; so a token that the index
/// missed, or one that it found inside another, is seen here.
bool JsonReader::advance(std::size_t tokenEnd)
{
    ++next_;
    return *next_ == tokenEnd || advanceOverBlanks(tokenEnd);
}

bool JsonReader::advanceOverBlanks(std::size_t tokenEnd)
{
    bool clean = *next_ > tokenEnd;
    for (std::size_t i = tokenEnd; clean && i < *next_; ++i)
        clean = isJsonBlank(bytes_[i]);
    if (!clean) fail("a token is malformed");
    return clean;
}

bool JsonReader::openFrame(char open, const char* otherwise)
{
    if (bytes_[*next_] != open)
    {
        fail(otherwise);
        return false;
    }
    if (frame_ == &scratch_->frames.back())
    {
        fail("the document is nested too deep");
        return false;
    }
    ++frame_;
    frame_->first = true;
    frame_->keys.begin();
    deepest_ = std::max(deepest_, static_cast<std::size_t>(frame_ - scratch_->frames.data()));
    return advance(*next_ + 1);
}

/// Past the comma to the next item; false at the closing bracket, which is consumed.
bool JsonReader::nextItem(char close)
{
    const char c = bytes_[*next_];
    if (c == close)
    {
        frame_->keys.end();
        --frame_;
        advance(*next_ + 1);
        return false;
    }
    if (frame_->first)
    {
        frame_->first = false;
        return fault_ == nullptr;
    }
    if (c != ',')
    {
        fail("a comma or a closing bracket was expected");
        return false;
    }
    if (!advance(*next_ + 1)) return false;
    if (bytes_[*next_] == close)
    {
        fail("a comma stands before a closing bracket");
        return false;
    }
    return true;
}

bool JsonReader::beginObject()
{
    return openFrame('{', "an object was expected");
}

bool JsonReader::beginArray()
{
    return openFrame('[', "an array was expected");
}

bool JsonReader::nextElement()
{
    return nextItem(']');
}

bool JsonReader::nextField(std::string_view& key)
{
    if (!nextItem('}') || !readKey(key)) return false;
    if (bytes_[*next_] != ':')
    {
        fail("a colon was expected");
        return false;
    }
    return advance(*next_ + 1);
}

bool JsonReader::readKey(std::string_view& key)
{
    if (bytes_[*next_] == '"')
    {
        const std::size_t at = *next_ + 1;
        if (frame_->keys.expected(bytes_ + at, text_.size() - at, key))
            return advance(at + key.size() + 1);
    }
    std::size_t begin = 0;
    std::size_t end = 0;
    bool escaped = false;
    if (!scanString(begin, end, escaped)) return false;
    key = between(begin, end);
    if (escaped)
    {
        bool repaired = false;
        std::string decoded;
        undoEscapes(key, decoded, repaired);
        if (repaired)
        {
            fail("a key holds NUL or half a character");
            return false;
        }
        key = frame_->keys.own(std::move(decoded));
    }
    if (frame_->keys.size() == fieldsMax)
    {
        fail("an object has too many fields");
        return false;
    }
    if (!frame_->keys.insert(key))
    {
        fail("a key occurs twice in an object");
        return false;
    }
    return true;
}

/// Checks the string that comes next, says where its content is, and goes on to the next token.
bool JsonReader::scanString(std::size_t& begin, std::size_t& end, bool& escaped)
{
    if (bytes_[*next_] != '"')
    {
        fail("a string was expected");
        return false;
    }
    begin = *next_ + 1;
    std::size_t at = begin;
    while (at + 8 <= text_.size())
    {
        const std::size_t plain = plainBytes(bytes_ + at);
        at += plain;
        if (plain < 8) break;
    }
    if (bytes_[at] == '"')
    {
        end = at;
        return advance(at + 1);
    }
    return scanEscapes(at, end, escaped) && advance(end + 1);
}

/// The rest of a string that has escapes, or that ends within the last eight bytes of the text.
bool JsonReader::scanEscapes(std::size_t at, std::size_t& end, bool& escaped)
{
    while (at < text_.size())
    {
        const char c = bytes_[at];
        if (c == '"')
        {
            end = at;
            return true;
        }
        if (static_cast<unsigned char>(c) < 0x20U) break;
        if (c != '\\')
        {
            ++at;
            continue;
        }
        escaped = true;
        const std::size_t size = escapeSize(text_, at);
        if (size == 0) break;
        at += size;
    }
    fail("a string is malformed");
    return false;
}

bool JsonReader::string(std::string_view& text, bool& repaired)
{
    std::size_t begin = 0;
    std::size_t end = 0;
    bool escaped = false;
    if (!scanString(begin, end, escaped)) return false;
    text = between(begin, end);
    if (escaped)
    {
        wipe(decoded_);
        decoded_.reserve(text.size() + 4);
        undoEscapes(text, decoded_, repaired);
        text = decoded_;
    }
    return true;
}

bool JsonReader::number(std::string_view& token)
{
    if (peek() != JsonKind::Number)
    {
        fail("a number was expected");
        return false;
    }
    const std::size_t begin = *next_;
    std::size_t end = next_[1];
    while (end > begin && isJsonBlank(bytes_[end - 1]))
        --end;
    token = between(begin, end);
    if (!isJsonNumber(token))
    {
        fail("a number is malformed");
        return false;
    }
    return advance(end);
}

bool JsonReader::literal(std::string_view word)
{
    if (text_.compare(*next_, word.size(), word) != 0)
    {
        fail("a word is malformed");
        return false;
    }
    return advance(*next_ + word.size());
}

bool JsonReader::boolean(bool& value)
{
    if (peek() != JsonKind::Boolean)
    {
        fail("true or false was expected");
        return false;
    }
    value = bytes_[*next_] == 't';
    return literal(value ? "true" : "false");
}

bool JsonReader::null()
{
    return bytes_[*next_] == 'n' && literal("null");
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
        std::size_t begin = 0;
        std::size_t end = 0;
        scanString(begin, end, flag);
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
    if (!failed() && frame_ != scratch_->frames.data()) fail("the value was not read to its end");
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
