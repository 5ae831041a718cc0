#include "console/RequestReader.h"

#include "base/AsciiCase.h"
#include "base/Limits.h"
#include "base/Utf8.h"
#include "plaid/JsonReader.h"

namespace bankfeed::console
{

namespace
{

using plaid::JsonKind;
using plaid::JsonReader;

int hexDigit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

Error badBody()
{
    return Error::invalid("console.body", "The body is not what this request takes.");
}

/// A text, or "" for null. A NUL or half a surrogate pair is refused.
void readText(JsonReader& reader, std::string& into)
{
    std::string_view text;
    bool repaired = false;
    if (!plaid::readNullableString(reader, text, repaired)) return;
    if (repaired || text.size() > limits::textBytes)
        reader.fail("a text is too long or malformed");
    else
        into = std::string(text);
}

void readDate(JsonReader& reader, std::optional<Date>& into)
{
    std::string text;
    readText(reader, text);
    if (reader.failed() || text.empty()) return;
    into = Date::parse(text);
    if (!into) reader.fail("a date is malformed");
}

std::optional<accounts::Choice> choiceNamed(std::string_view name)
{
    if (name == "new") return accounts::Choice::New;
    if (name == "existing") return accounts::Choice::Existing;
    if (name == "none") return accounts::Choice::None;
    if (name == "later") return accounts::Choice::Later;
    return std::nullopt;
}

void readDecision(JsonReader& reader, accounts::Decision& decision)
{
    std::string choice;
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "bank_account_id")
            readText(reader, decision.bankAccountId);
        else if (key == "choice")
            readText(reader, choice);
        else if (key == "name")
            readText(reader, decision.name);
        else if (key == "ledger_account_id")
            readText(reader, decision.ledgerAccountId);
        else if (key == "version")
            readText(reader, decision.version);
        else if (key == "start_date")
            readDate(reader, decision.startDate);
        else if (key == "opening_balance")
            reader.boolean(decision.openingBalance);
        else if (key == "accept_overlap")
            reader.boolean(decision.acceptOverlap);
        else if (key == "accept_elsewhere")
            reader.boolean(decision.acceptElsewhere);
        else if (key == "accept_duplicate")
            reader.boolean(decision.acceptDuplicate);
        else
            reader.fail("a decision has an unknown field");
    }
    const auto named = choiceNamed(choice);
    if (!named || decision.bankAccountId.empty()) reader.fail("a decision is incomplete");
    decision.choice = named.value_or(accounts::Choice::Later);
    if (decision.choice != accounts::Choice::Existing) decision.ledgerAccountId.clear();
    if (decision.choice != accounts::Choice::New) decision.name.clear();
}

} // namespace

std::optional<std::string_view> ConsoleRequest::header(std::string_view name) const
{
    std::optional<std::string_view> found;
    for (const Header& header : headers)
    {
        if (!sameWord(header.first, name)) continue;
        if (found) return std::nullopt;
        found = header.second;
    }
    return found;
}

bool ConsoleRequest::hasHeader(std::string_view name) const
{
    for (const Header& header : headers)
        if (sameWord(header.first, name)) return true;
    return false;
}

bool isJson(const ConsoleRequest& request)
{
    const auto type = request.header("Content-Type");
    if (!type) return false;
    std::string_view media = type->substr(0, type->find(';'));
    while (!media.empty() && media.back() == ' ')
        media.remove_suffix(1);
    return sameWord(media, "application/json");
}

std::optional<std::string> percentDecoded(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i)
    {
        if (text[i] != '%')
        {
            out.push_back(text[i]);
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const int high = hexDigit(text[i + 1]);
        const int low = hexDigit(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
    }
    if (!isUtf8(out) || out.find('\0') != std::string::npos) return std::nullopt;
    return out;
}

Result<std::map<std::string, std::string>> readQuery(std::string_view query)
{
    constexpr std::size_t namesMax = 16;
    std::map<std::string, std::string> values;
    while (!query.empty())
    {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        if (pair.empty()) continue;
        const std::size_t equals = pair.find('=');
        const auto name = percentDecoded(pair.substr(0, equals));
        const auto value = percentDecoded(
            equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1));
        if (!name || !value || value->size() > limits::textBytes || values.size() >= namesMax)
            return Error::invalid("console.query", "The query is malformed.");
        values.emplace(*name, *value);
    }
    return values;
}

Result<std::string> readSearch(std::string text)
{
    constexpr std::size_t most = 200;
    if (text.size() > most) return Error::invalid("console.query", "The search is too long.");
    return text;
}

Result<std::vector<accounts::Decision>> readDecisions(std::string_view body)
{
    JsonReader reader{std::string(body)};
    std::vector<accounts::Decision> decisions;
    bool found = false;
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key != "decisions")
        {
            reader.skip();
            continue;
        }
        found = true;
        reader.beginArray();
        while (reader.nextElement())
        {
            if (decisions.size() >= static_cast<std::size_t>(limits::accountsPerConnection))
                reader.fail("there are too many decisions");
            readDecision(reader, decisions.emplace_back());
        }
    }
    if (!reader.finish().ok() || !found) return badBody();
    return decisions;
}

Result<sync::OverlapDecision> readOverlapDecision(std::string_view body)
{
    JsonReader reader{std::string(body)};
    sync::OverlapDecision decision;
    std::string choice;
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "bank_account")
            readText(reader, decision.bankAccountId);
        else if (key == "choice")
            readText(reader, choice);
        else if (key == "entry")
            readText(reader, decision.entry);
        else if (key == "transactions")
        {
            reader.beginArray();
            while (reader.nextElement())
                readText(reader, decision.transactions.emplace_back());
        }
        else
            reader.fail("a decision has an unknown field");
    }
    if (choice == "book")
        decision.choice = sync::OverlapChoice::Book;
    else if (choice == "same_as")
        decision.choice = sync::OverlapChoice::SameAs;
    else if (choice == "import_again")
        decision.choice = sync::OverlapChoice::ImportAgain;
    else if (choice == "take_back")
        decision.choice = sync::OverlapChoice::TakeBack;
    else if (choice != "leave_out")
        reader.fail("there is no such choice");
    if ((choice == "same_as") == decision.entry.empty())
        reader.fail("an entry is named for same_as, and for nothing else");
    if (!reader.finish().ok()) return badBody();
    return decision;
}

Result<accounts::StartDateWish> readStartDate(std::string_view body)
{
    JsonReader reader{std::string(body)};
    accounts::StartDateWish wish;
    bool found = false;
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "start_date")
        {
            found = true;
            readDate(reader, wish.startDate);
        }
        else if (key == "accept_overlap")
            reader.boolean(wish.acceptOverlap);
        else
            reader.fail("a change of the start date has an unknown field");
    }
    if (!reader.finish().ok() || !found) return badBody();
    return wish;
}

Result<LinkWish> readLinkWish(std::string_view body)
{
    JsonReader reader{std::string(body)};
    LinkWish wish;
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "purpose")
            readText(reader, wish.purpose);
        else if (key == "connection_id")
            readText(reader, wish.connectionId);
        else
            reader.skip();
    }
    if (!reader.finish().ok()) return badBody();
    return wish;
}

Result<ErasureWish> readErasureWish(std::string_view body)
{
    JsonReader reader{std::string(body)};
    ErasureWish wish;
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "confirm")
            readText(reader, wish.confirm);
        else if (key == "give_up_tokens")
            reader.boolean(wish.giveUpTokens);
        else
            reader.fail("an erasure has an unknown field");
    }
    if (!reader.finish().ok()) return badBody();
    return wish;
}

Result<bool> readAsSuccessor(std::string_view body)
{
    if (body.empty()) return false;
    JsonReader reader{std::string(body)};
    std::string as = "own";
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "as")
            readText(reader, as);
        else
            reader.skip();
    }
    if (!reader.finish().ok() || (as != "own" && as != "successor")) return badBody();
    return as == "successor";
}

Result<void> readNothing(std::string_view body)
{
    if (body.empty()) return success();
    JsonReader reader{std::string(body)};
    if (reader.peek() != JsonKind::Object) return badBody();
    reader.skip();
    if (!reader.finish().ok()) return badBody();
    return success();
}

} // namespace bankfeed::console
