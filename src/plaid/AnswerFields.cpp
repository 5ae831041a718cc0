#include "plaid/AnswerFields.h"

#include "base/Date.h"
#include "base/Limits.h"
#include "base/Utf8.h"
#include "plaid/ErrorCatalogue.h"

#include <utility>

namespace bankfeed::plaid
{

namespace
{

constexpr std::size_t secretBytesMax = 1024;
constexpr std::size_t namePointsMax = 256; ///< Code points; the rest is cut off.

/// The longest head with at most `pointsMax` code points; `text` is UTF-8.
std::string_view cutPoints(std::string_view text, std::size_t pointsMax)
{
    if (text.size() <= pointsMax) return text;
    std::size_t points = 0;
    for (std::size_t at = 0; at < text.size(); ++at)
    {
        const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
        if (begins && ++points > pointsMax) return text.substr(0, at);
    }
    return text;
}

} // namespace

void readText(JsonReader& reader, std::string& out, std::size_t bytesMax, bool& repaired)
{
    std::string_view text;
    out.clear();
    if (!readNullableString(reader, text, repaired)) return;
    out = safeText(text, bytesMax);
    repaired = repaired || out != text;
}

void readText(JsonReader& reader, std::string& out, std::size_t bytesMax)
{
    bool repaired = false;
    readText(reader, out, bytesMax, repaired);
}

void readName(JsonReader& reader, std::string& out)
{
    readText(reader, out, limits::textBytes);
    out.resize(cutPoints(out, namePointsMax).size());
}

void readNullableId(JsonReader& reader, std::string& out)
{
    std::string_view text;
    bool repaired = false;
    out.clear();
    if (!readNullableString(reader, text, repaired)) return;
    if (text.size() > limits::idBytes || repaired)
        reader.fail("an id is too long or holds NUL");
    else
        out = text;
}

void readId(JsonReader& reader, std::string& out)
{
    readNullableId(reader, out);
    if (out.empty()) reader.fail("an id is empty");
}

void readSecret(JsonReader& reader, Secret& out)
{
    std::string_view text;
    bool repaired = false;
    if (!readNullableString(reader, text, repaired)) return;
    if (text.size() > secretBytesMax || repaired)
        reader.fail("a token is too long or holds NUL");
    else
        out = Secret{text};
}

void readDecimal(JsonReader& reader, std::optional<money::Decimal>& out)
{
    std::string_view token;
    out.reset();
    if (reader.null() || !reader.number(token)) return;
    auto number = money::Decimal::parse(token);
    if (number.ok()) out = *number;
}

void readTurnedAmount(JsonReader& reader, std::string& out)
{
    std::string_view token;
    out.clear();
    if (reader.null() || !reader.number(token)) return;
    const auto number = money::Decimal::parse(token);
    if (number.ok())
    {
        out = number->negated().text();
        return;
    }
    if (!token.starts_with('-')) out = "-";
    out.append(token.substr(token.starts_with('-') ? 1 : 0));
    if (out.size() > money::Decimal::textMax)
    {
        constexpr std::string_view cut = "...";
        out.resize(money::Decimal::textMax - cut.size());
        out.append(cut);
    }
}

void readTime(JsonReader& reader, std::optional<UtcTime>& out)
{
    std::string_view text;
    bool repaired = false;
    out.reset();
    if (readNullableString(reader, text, repaired)) out = parseRfc3339(text);
}

void readPlaidError(JsonReader& reader, PlaidError& out)
{
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "error_type")
            readText(reader, out.type, 64);
        else if (key == "error_code")
            readText(reader, out.code, 128);
        else if (key == "error_message")
            readText(reader, out.message, limits::textBytes);
        else if (key == "request_id")
            readText(reader, out.requestId, 64);
        else
            reader.skip();
    }
}

std::string CurrencyCodes::code() const
{
    if (iso.empty()) return unofficial;
    return unofficial.empty() ? iso : std::string();
}

Result<void> finishAnswer(JsonReader& reader, bool complete)
{
    constexpr const char* code = "plaid.answer_malformed";
    auto read = reader.finish();
    if (!read.ok())
        return Error::corrupt(code, "Plaid's answer cannot be read. " + read.error().text);
    if (!complete)
        return Error::corrupt(code, "Plaid's answer cannot be read. A required field is missing.");
    return success();
}

} // namespace bankfeed::plaid
