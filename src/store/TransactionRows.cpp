#include "store/TransactionRows.h"

#include "base/JsonText.h"

namespace bankfeed::store
{

namespace
{

BankTransaction rowAt(const Rows& rows, std::size_t i)
{
    BankTransaction row;
    row.connectionId = rows.text(i, 0);
    row.providerTransactionId = rows.text(i, 1);
    row.providerAccountId = rows.text(i, 3);
    row.bankAccountId = rows.maybeText(i, 4);
    row.amountExact = rows.text(i, 5);
    row.units = rows.number(i, 6);
    row.exponent = static_cast<int>(rows.number(i, 7));
    row.currency = rows.text(i, 8);
    row.currencyOfficial = rows.number(i, 9) != 0;
    row.rounded = rows.number(i, 10) != 0;
    row.bookedOn = rows.text(i, 11);
    row.authorizedOn = rows.text(i, 12);
    row.pending = rows.number(i, 13) != 0;
    row.pendingTransactionId = rows.text(i, 14);
    row.name = rows.text(i, 15);
    row.originalDescription = rows.text(i, 16);
    row.merchant = rows.text(i, 17);
    row.category = rows.text(i, 18);
    row.textRepaired = rows.number(i, 19) != 0;
    row.removed = rows.number(i, 20) != 0;
    row.lane = rows.text(i, 21);
    row.laneReason = rows.text(i, 22);
    row.rootKey = rows.text(i, 23);
    row.revision = rows.number(i, 24);
    row.sentLedgerAccountId = rows.text(i, 25);
    row.sentUnits = rows.number(i, 26);
    row.sentExponent = static_cast<int>(rows.number(i, 27));
    row.sentCurrency = rows.text(i, 28);
    row.sentBookedOn = rows.text(i, 29);
    row.sentFingerprint = rows.text(i, 30);
    row.entryMark = rows.text(i, 31);
    row.seenGeneration = rows.number(i, 32);
    row.firstSeenAt = UtcTime{rows.number(i, 33)};
    row.changedAt = UtcTime{rows.number(i, 34)};
    row.importId = rows.text(i, 35);
    row.undoAsked = rows.number(i, 36) != 0;
    row.ownRootKey = rows.text(i, 37);
    return row;
}

} // namespace

std::string nameOfColumn(const std::string& column)
{
    return column.substr(0, column.find(' '));
}

const std::vector<std::string>& transactionColumns()
{
    static const std::vector<std::string> list{"connection_id TEXT", "provider_transaction_id TEXT",
        "tenant_id TEXT", "provider_account_id TEXT", "bank_account_id TEXT", "amount_exact TEXT",
        "units BIGINT", "exponent BIGINT", "currency TEXT", "currency_official BIGINT",
        "rounded BIGINT", "booked_on TEXT", "authorized_on TEXT", "pending BIGINT",
        "pending_transaction_id TEXT", "name TEXT", "original_description TEXT", "merchant TEXT",
        "category TEXT", "text_repaired BIGINT", "removed BIGINT", "lane TEXT", "lane_reason TEXT",
        "root_key TEXT", "revision BIGINT", "sent_ledger_account_id TEXT", "sent_units BIGINT",
        "sent_exponent BIGINT", "sent_currency TEXT", "sent_booked_on TEXT",
        "sent_fingerprint TEXT", "entry_mark TEXT", "seen_generation BIGINT",
        "first_seen_at BIGINT", "changed_at BIGINT", "import_id TEXT", "undo_asked BIGINT",
        "own_root_key TEXT"};
    return list;
}

const std::string& transactionColumnNames()
{
    static const std::string names = []
    {
        std::string text;
        for (const auto& column : transactionColumns())
            text += (text.empty() ? "" : ", ") + nameOfColumn(column);
        return text;
    }();
    return names;
}

const std::string& selectTransactions()
{
    static const std::string sql = "SELECT " + transactionColumnNames() + " FROM bank_transaction ";
    return sql;
}

std::vector<BankTransaction> transactionsOf(const Rows& rows)
{
    std::vector<BankTransaction> found;
    found.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back(rowAt(rows, i));
    return found;
}

std::string jsonListOf(const std::vector<std::string>& texts)
{
    std::string json = "[";
    for (const auto& text : texts)
    {
        if (json.size() > 1) json.push_back(',');
        json += jsonString(text);
    }
    return json + "]";
}

std::string holding(std::string_view text)
{
    std::string pattern = "%";
    for (const char c : text)
    {
        if (c == '%' || c == '_' || c == '!') pattern += '!';
        pattern += c;
    }
    return pattern + "%";
}

std::string elementsOf(const Unit& unit, std::string_view parameter)
{
    if (unit.engine() == Engine::Postgresql)
        return "(SELECT json_array_elements_text(CAST(" + std::string(parameter) + " AS json)))";
    return "(SELECT value FROM json_each(" + std::string(parameter) + "))";
}

} // namespace bankfeed::store
