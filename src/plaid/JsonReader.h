// Reads one JSON document from outside, strictly and once, from front to back.
//
// simdjson finds the structure and checks the UTF-8; everything else is checked here while
// reading: the grammar of every token, duplicate keys, depth, and that nothing follows the value.
// A caller either reads a value or skips it; both check it to the same degree.
#pragma once

#include "base/Result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bankfeed::plaid
{

enum class JsonKind : std::uint8_t
{
    Object,
    Array,
    String,
    Number,
    Boolean,
    Null,
    Broken, ///< There is no value here, or reading has failed already.
};

/// Errors stick: after the first fault every call returns false and loops over fields end, so that
/// a caller checks once, with `finish`. One thread at a time.
class JsonReader
{
public:
    /// Takes the document and wipes it at the end: answers may hold tokens.
    explicit JsonReader(std::string text);
    ~JsonReader();
    JsonReader(const JsonReader&) = delete;
    JsonReader& operator=(const JsonReader&) = delete;

    /// The kind of the value that comes next.
    [[nodiscard]] JsonKind peek() const noexcept;

    /// Enters an object. Fails on any other value.
    bool beginObject();
    /// The next field's key, or false after the last one, which leaves the object. The key is valid
    /// until the object is left.
    bool nextField(std::string_view& key);

    /// Enters an array. Fails on any other value.
    bool beginArray();
    /// True when there is another element; false after the last one, which leaves the array.
    bool nextElement();

    /// A string without its escapes. The view is valid until the next read. NUL and halves of
    /// surrogate pairs become U+FFFD, and `repaired` is set (never cleared).
    bool string(std::string_view& text, bool& repaired);
    /// A number's own text, checked against RFC 8259. Valid as long as the reader.
    bool number(std::string_view& token);
    bool boolean(bool& value);
    /// Consumes a null; false, and nothing consumed, when the value is something else.
    bool null();
    /// Checks a value of any kind and drops it.
    void skip();

    /// Bytes of the document.
    [[nodiscard]] std::size_t size() const noexcept { return text_.size(); }

    /// Marks the document as not what was expected. `what` is a literal, for the log.
    void fail(const char* what);
    [[nodiscard]] bool failed() const noexcept { return fault_ != nullptr; }

    /// Success when the whole document was read without a fault and nothing follows it. The error
    /// is Corrupt with code "json.malformed"; its text says what was wrong, never what was read.
    [[nodiscard]] Result<void> finish();

private:
    class Scratch;
    struct Frame;

    bool openFrame(char open, const char* otherwise);
    bool nextItem(char close);
    bool scanString(std::size_t& begin, std::size_t& end, bool& escaped);
    bool scanEscapes(std::size_t at, std::size_t& end, bool& escaped);
    bool readKey(std::string_view& key);
    bool literal(std::string_view word);
    bool advance(std::size_t tokenEnd);
    bool advanceOverBlanks(std::size_t tokenEnd);
    [[nodiscard]] std::string_view between(std::size_t begin, std::size_t end) const noexcept;

    std::string text_;
    std::string decoded_;
    std::unique_ptr<Scratch> scratch_;
    const char* bytes_ = nullptr;         ///< The text, for speed.
    const std::uint32_t* next_ = nullptr; ///< Where the token to read starts.
    const std::uint32_t* end_ = nullptr;  ///< The end of the index; it holds the text's size.
    Frame* frame_ = nullptr;              ///< The innermost open object or array.
    std::size_t deepest_ = 0;
    const char* fault_ = nullptr;
};

/// Reads a string that may be null or of another kind: false when it is not a string, which fails
/// the document; null leaves `text` empty.
bool readNullableString(JsonReader& reader, std::string_view& text, bool& repaired);

} // namespace bankfeed::plaid
