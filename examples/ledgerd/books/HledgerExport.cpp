#include "books/HledgerExport.h"

#include "base/Text.h"
#include "books/Journal.h"

#include <algorithm>
#include <map>

namespace ledgerd
{

namespace
{

std::string commodity(const std::string& code)
{
    const bool letters = std::all_of(code.begin(), code.end(),
        [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
    return letters ? code : "\"" + code + "\"";
}

std::string amount(std::int64_t units, const Currency& currency)
{
    return formatUnits(units, currency.exponent) + " " + commodity(currency.code);
}

// A semicolon would begin a comment, in a tag a comma would end it.
std::string escaped(const std::string& text, bool inTag)
{
    std::string out = oneLine(text);
    std::replace(out.begin(), out.end(), ';', ',');
    if (inTag) std::replace(out.begin(), out.end(), ',', ' ');
    return trimmed(out);
}

const char* typeLetter(AccountType type)
{
    constexpr const char* letters[] = {"", "A", "L", "E", "R", "X"};
    return letters[static_cast<std::size_t>(type)];
}

std::string declarations(const std::vector<Account>& all)
{
    std::map<std::string, Currency> currencies;
    std::string out = "; Exported by ledgerd.\n\n";
    for (const Account& account : all)
        currencies[account.currency.code] = account.currency;
    for (const auto& [code, currency] : currencies)
    {
        std::string sample = formatUnits(0, currency.exponent);
        if (currency.exponent == 0) sample += "."; // hledger wants to see the decimal mark
        out += "commodity " + sample + " " + commodity(code) + "\n";
    }
    out += "\n";
    for (const Account& account : all)
        out += "account " + account.name + "  ; type: " + typeLetter(account.type) + "\n";
    return out + "\n";
}

void addTag(std::string& out, const char* name, const std::string& value)
{
    const std::string clean = escaped(value, true);
    if (!clean.empty()) out += std::string("    ; ") + name + ": " + clean + "\n";
}

std::string journalEntry(const Entry& entry)
{
    std::string out = entry.bookedOn + " * (" + std::to_string(entry.id) + ") " +
                      escaped(entry.description, false) + "\n";
    if (entry.source == "feed")
    {
        addTag(out, "root_key", entry.rootKey);
        addTag(out, "revision", std::to_string(entry.revision));
        addTag(out, "kind", entry.kind);
        addTag(out, "merchant", entry.merchant);
        addTag(out, "category", entry.category);
        addTag(out, "authorized_on", entry.authorizedOn);
    }
    for (const Posting& posting : entry.postings)
        out += "    " + posting.accountName + "  " + amount(posting.units, posting.currency) + "\n";
    return out + "\n";
}

} // namespace

void writeHledger(
    Books& books, const std::string& tenant, const std::function<void(std::string_view)>& write)
{
    books.database().read(
        [&](Unit& unit)
        {
            write(declarations(accounts::list(unit, tenant)));
            Position after;
            while (true)
            {
                const std::vector<Entry> entries =
                    journal::pageForward(unit, tenant, after, pageMax);
                for (const Entry& entry : entries)
                    write(journalEntry(entry));
                if (entries.size() < pageMax) return;
                after = {entries.back().bookedOn, entries.back().id};
            }
        });
}

} // namespace ledgerd
