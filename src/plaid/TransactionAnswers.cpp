// /transactions/sync: the widest and most frequent answer.
#include "base/Limits.h"
#include "plaid/AnswerFields.h"
#include "plaid/PlaidAnswers.h"

#include <utility>

namespace bankfeed::plaid
{

namespace
{

constexpr std::size_t wordBytes = 64;
constexpr std::size_t categoryBytes = 128;
constexpr std::size_t cursorBytes = 1024; ///< The schema says 256.
/// We ask for 500 updates a page; each list may hold that many.
constexpr std::size_t listMax = limits::transactionsPerPage;

std::optional<Date> readDate(JsonReader& reader)
{
    std::string_view text;
    bool repaired = false;
    if (!readNullableString(reader, text, repaired) || text.empty()) return std::nullopt;
    auto date = Date::parse(text);
    if (!date) reader.fail("a date is not a date");
    return date;
}

void readCategory(JsonReader& reader, std::string& out)
{
    if (reader.null()) return;
    std::string primary;
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "detailed")
            readText(reader, out, categoryBytes);
        else if (key == "primary")
            readText(reader, primary, categoryBytes);
        else
            reader.skip();
    }
    if (out.empty()) out = std::move(primary);
}

/// A row while it is read.
struct Row
{
    ProviderTransaction transaction;
    std::optional<Date> date;
    CurrencyCodes currency;
    bool pendingSeen = false;
};

/// The fields by length first: a page has some twenty thousand keys, of which a third is ours.
bool readShortField(JsonReader& reader, std::string_view key, Row& row)
{
    ProviderTransaction& out = row.transaction;
    if (key == "name")
        readText(reader, out.name, limits::textBytes, out.textRepaired);
    else if (key == "date")
        row.date = readDate(reader);
    else if (key == "amount")
        readTurnedAmount(reader, out.amount.exact);
    else if (key == "pending")
        row.pendingSeen = reader.boolean(out.pending);
    else if (key == "account_id")
        readId(reader, out.providerAccountId);
    else
        return false;
    return true;
}

bool readLongField(JsonReader& reader, std::string_view key, Row& row)
{
    ProviderTransaction& out = row.transaction;
    if (key == "merchant_name")
        readText(reader, out.merchant, limits::textBytes, out.textRepaired);
    else if (key == "transaction_id")
        readId(reader, out.providerTransactionId);
    else if (key == "authorized_date")
        out.authorizedDate = readDate(reader);
    else if (key == "iso_currency_code")
        readText(reader, row.currency.iso, wordBytes);
    else if (key == "original_description")
        readText(reader, out.originalDescription, limits::textBytes, out.textRepaired);
    else if (key == "pending_transaction_id")
        readNullableId(reader, out.pendingTransactionId);
    else if (key == "unofficial_currency_code")
        readText(reader, row.currency.unofficial, wordBytes);
    else if (key == "personal_finance_category")
        readCategory(reader, out.category);
    else
        return false;
    return true;
}

ProviderTransaction readTransaction(JsonReader& reader)
{
    Row row;
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        const bool ours =
            key.size() <= 10 ? readShortField(reader, key, row) : readLongField(reader, key, row);
        if (!ours) reader.skip();
    }
    ProviderTransaction& transaction = row.transaction;
    if (transaction.providerTransactionId.empty() || transaction.providerAccountId.empty() ||
        transaction.amount.exact.empty() || !row.date || !row.pendingSeen)
    {
        reader.fail("a required field of a transaction is missing");
        return std::move(row.transaction);
    }
    transaction.date = *row.date;
    transaction.amount.currency = row.currency.code();
    transaction.amount.official = row.currency.official();
    return std::move(row.transaction);
}

RemovedTransaction readRemoved(JsonReader& reader)
{
    RemovedTransaction removed;
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "transaction_id")
            readId(reader, removed.providerTransactionId);
        else if (key == "account_id")
            readNullableId(reader, removed.providerAccountId);
        else
            reader.skip();
    }
    if (removed.providerTransactionId.empty()) reader.fail("a removal names no transaction");
    return removed;
}

template <class T>
void readList(JsonReader& reader, std::vector<T>& out, T (*readOne)(JsonReader&))
{
    if (reader.size() > listMax * 1000) out.reserve(listMax);
    reader.beginArray();
    while (reader.nextElement())
    {
        if (out.size() == listMax) return reader.fail("a page has too many rows");
        out.push_back(readOne(reader));
    }
}

HistoryState historyOf(std::string_view word)
{
    if (word == "NOT_READY") return HistoryState::NotReady;
    if (word == "INITIAL_UPDATE_COMPLETE") return HistoryState::RecentReady;
    if (word == "HISTORICAL_UPDATE_COMPLETE") return HistoryState::Complete;
    return HistoryState::Unknown;
}

void readCursor(JsonReader& reader, std::string& out)
{
    std::string_view text;
    bool repaired = false;
    if (!reader.string(text, repaired)) return;
    if (text.size() > cursorBytes || repaired)
        reader.fail("the cursor is too long or holds NUL");
    else
        out = text;
}

} // namespace

Result<TransactionPage> readTransactionPage(std::string body)
{
    enum Seen : unsigned
    {
        added = 1,
        modified = 2,
        removed = 4,
        cursor = 8,
        more = 16,
        all = 31
    };
    TransactionPage page;
    unsigned seen = 0;
    JsonReader reader{std::move(body)};
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "added")
        {
            readList(reader, page.added, &readTransaction);
            seen |= added;
        }
        else if (key == "modified")
        {
            readList(reader, page.modified, &readTransaction);
            seen |= modified;
        }
        else if (key == "removed")
        {
            readList(reader, page.removed, &readRemoved);
            seen |= removed;
        }
        else if (key == "next_cursor")
        {
            readCursor(reader, page.nextCursor);
            seen |= cursor;
        }
        else if (key == "has_more")
        {
            reader.boolean(page.hasMore);
            seen |= more;
        }
        else if (key == "transactions_update_status")
        {
            std::string word;
            readText(reader, word, wordBytes);
            page.history = historyOf(word);
        }
        else
            reader.skip();
    }
    BF_TRY(finishAnswer(reader, seen == all));
    return page;
}

} // namespace bankfeed::plaid
