#include "books/HledgerExport.h"

#include "base/Text.h"
#include "books/Journal.h"

#include <algorithm>
#include <map>
#include <set>

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
    std::string out = text;
    std::replace(out.begin(), out.end(), ';', ',');
    if (inTag) std::replace(out.begin(), out.end(), ',', ' ');
    return singleBlanks(out);
}

const char* typeLetter(AccountType type)
{
    constexpr const char* letters[] = {"", "A", "L", "E", "R", "X"};
    return letters[static_cast<std::size_t>(type)];
}

using Names = std::map<std::int64_t, std::string>;

// Earlier versions took names that hledger reads as others: with two blanks of Unicode, which end a
// name, or with signs that cannot be seen. Those are exported as they look. Two accounts never get
// one name: the one whose name is as it should be keeps it, the others get a number.
Names exportedNames(const std::vector<Account>& all)
{
    Names names;
    std::set<std::string> taken;
    for (const Account& account : all)
        if (isAccountName(account.name)) taken.insert(names[account.id] = account.name);
    for (const Account& account : all)
    {
        if (names.contains(account.id)) continue;
        const auto full = fullAccountName(account.type, account.name);
        const std::string base = full ? *full : "Unnamed " + accountText(account.id);
        std::string name = base;
        for (int number = 2; !taken.insert(name).second; ++number)
            name = base + " " + std::to_string(number);
        names[account.id] = name;
    }
    return names;
}

std::string declarations(const std::vector<Account>& all, const Names& names)
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
        out += "account " + names.at(account.id) + "  ; type: " + typeLetter(account.type) + "\n";
    return out + "\n";
}

void addTag(std::string& out, const char* name, const std::string& value)
{
    const std::string clean = escaped(value, true);
    if (!clean.empty()) out += std::string("    ; ") + name + ": " + clean + "\n";
}

std::string journalEntry(const Entry& entry, const Names& names)
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
        out += "    " + names.at(posting.account) + "  " + amount(posting.units, posting.currency) +
               "\n";
    return out + "\n";
}

} // namespace

void writeHledger(
    Books& books, const std::string& tenant, const std::function<void(std::string_view)>& write)
{
    books.database().read(
        [&](Unit& unit)
        {
            const std::vector<Account> all = accounts::list(unit, tenant);
            const Names names = exportedNames(all);
            write(declarations(all, names));
            Position after;
            while (true)
            {
                const std::vector<Entry> entries =
                    journal::pageForward(unit, tenant, after, pageMax);
                for (const Entry& entry : entries)
                    write(journalEntry(entry, names));
                if (entries.size() < pageMax) return;
                after = {entries.back().bookedOn, entries.back().id};
            }
        });
}

} // namespace ledgerd
