// Fields that occur in many of Plaid's messages: ids, texts, secrets, times, amounts, errors.
#pragma once

#include "base/BankProvider.h"
#include "money/Decimal.h"
#include "plaid/JsonReader.h"

#include <cstddef>
#include <optional>
#include <string>

namespace bankfeed::plaid
{

struct PlaidError;

/// A string that may be null, as it may be stored and shown: at most `bytesMax` bytes. `repaired`
/// is set when something had to be replaced or cut. Another kind of value fails the document.
void readText(JsonReader& reader, std::string& out, std::size_t bytesMax, bool& repaired);

/// The same for a caller who has no use for `repaired`.
void readText(JsonReader& reader, std::string& out, std::size_t bytesMax);

/// The name of a bank or of an account, which may be null: at most limits::textBytes bytes and 256
/// code points. What a bank says of a transaction is longer by right, and goes to the books whole.
void readName(JsonReader& reader, std::string& out);

/// An opaque id: kept byte for byte, 1..limits::idBytes. Anything else fails the document.
void readId(JsonReader& reader, std::string& out);

/// An id that may be null or empty.
void readNullableId(JsonReader& reader, std::string& out);

/// A token that may be null; 0..1024 bytes.
void readSecret(JsonReader& reader, Secret& out);

/// A number that may be null, exactly. One that cannot be kept exactly is as if it were not there:
/// an odd number in one field is no reason to refuse the whole answer.
void readDecimal(JsonReader& reader, std::optional<money::Decimal>& out);

/// An amount with its sign turned, as text; "" when there was none. Shortest exact text without an
/// exponent where that can be kept; else the bank's own text, up to money::Decimal::textMax bytes;
/// of a longer one the beginning and "...", which is no number. Who books it judges it.
void readTurnedAmount(JsonReader& reader, std::string& out);

/// An RFC 3339 time that may be null. A string of another form gives nothing: times are for people.
void readTime(JsonReader& reader, std::optional<UtcTime>& out);

/// The members of Plaid's error object; the reader stands before the object.
void readPlaidError(JsonReader& reader, PlaidError& out);

/// Exactly one of the two codes of a Plaid object names the currency. With none, or with both,
/// nobody can say which it is: the code is empty then.
struct CurrencyCodes
{
    std::string iso;
    std::string unofficial;

    [[nodiscard]] std::string code() const;
    [[nodiscard]] bool official() const { return !iso.empty(); }
};

/// Ends the reading: the document's own fault, or the missing field, as "plaid.answer_malformed".
[[nodiscard]] Result<void> finishAnswer(JsonReader& reader, bool complete);

} // namespace bankfeed::plaid
