// /accounts/get.
#include "base/Limits.h"
#include "plaid/AnswerFields.h"
#include "plaid/PlaidAnswers.h"

#include <utility>

namespace bankfeed::plaid
{

namespace
{

constexpr std::size_t wordBytes = 64;

struct Balances
{
    std::optional<money::Decimal> current;
    std::optional<money::Decimal> available;
    CurrencyCodes currency;
};

void readBalances(JsonReader& reader, Balances& out)
{
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "current")
            readDecimal(reader, out.current);
        else if (key == "available")
            readDecimal(reader, out.available);
        else if (key == "iso_currency_code")
            readText(reader, out.currency.iso, wordBytes);
        else if (key == "unofficial_currency_code")
            readText(reader, out.currency.unofficial, wordBytes);
        else
            reader.skip();
    }
}

std::optional<ProviderAmount> amountOf(
    const std::optional<money::Decimal>& number, const CurrencyCodes& currency, bool negate)
{
    if (!number) return std::nullopt;
    ProviderAmount amount;
    amount.exact = (negate ? number->negated() : *number).text();
    amount.currency = currency.code();
    amount.official = currency.official();
    return amount;
}

ProviderAccount readAccount(JsonReader& reader)
{
    ProviderAccount account;
    Balances balances;
    bool balancesSeen = false;
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "account_id")
            readId(reader, account.providerAccountId);
        else if (key == "persistent_account_id")
            readNullableId(reader, account.persistentId);
        else if (key == "name")
            readName(reader, account.name);
        else if (key == "official_name")
            readName(reader, account.officialName);
        else if (key == "mask")
            readText(reader, account.mask, wordBytes);
        else if (key == "type")
            readText(reader, account.type, wordBytes);
        else if (key == "subtype")
            readText(reader, account.subtype, wordBytes);
        else if (key == "balances")
        {
            readBalances(reader, balances);
            balancesSeen = true;
        }
        else
            reader.skip();
    }
    if (account.providerAccountId.empty() || account.type.empty() || !balancesSeen)
        reader.fail("a required field of an account is missing");

    if (account.type == "brokerage") account.type = "investment"; // Plaid's older word.
    // Plaid states what is owed as a positive number. `available` of a credit account is what can
    // still be spent, not a debt, and keeps its sign.
    const bool debt = account.type == "credit" || account.type == "loan";
    account.current = amountOf(balances.current, balances.currency, debt);
    account.available = amountOf(balances.available, balances.currency, false);
    account.currency = balances.currency.code();
    account.currencyOfficial = balances.currency.official();
    return account;
}

} // namespace

Result<std::vector<ProviderAccount>> readAccounts(std::string body)
{
    std::vector<ProviderAccount> accounts;
    bool seen = false;
    JsonReader reader{std::move(body)};
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key != "accounts")
        {
            reader.skip();
            continue;
        }
        seen = true;
        reader.beginArray();
        while (reader.nextElement())
        {
            if (accounts.size() == static_cast<std::size_t>(limits::accountsPerConnection))
            {
                reader.fail("there are too many accounts");
                break;
            }
            accounts.push_back(readAccount(reader));
        }
    }
    BF_TRY(finishAnswer(reader, seen));
    return accounts;
}

} // namespace bankfeed::plaid
