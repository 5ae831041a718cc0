#include "History.h"

#include "SeededRandom.h"

#include <array>
#include <stdexcept>

namespace plaidsim
{

namespace
{

struct Merchant
{
    const char* name;
    const char* statement;
    const char* category;
    const char* channel;
    std::int64_t least; // cents
    std::int64_t most;
};

constexpr std::array<Merchant, 10> merchants{{
    {"Corner Cafe", "CORNER CAFE 0042", "FOOD_AND_DRINK", "in store", 280, 1450},
    {"Green Grocer", "GREEN GROCER #118", "FOOD_AND_DRINK", "in store", 1200, 14800},
    {"Metro Transit", "METRO TRANSIT TVM", "TRANSPORTATION", "in store", 275, 2750},
    {"City Power", "CITY POWER & LIGHT WEB PMT", "RENT_AND_UTILITIES", "online", 5400, 16300},
    {"Harbor Books", "HARBOR BOOKS LLC", "GENERAL_MERCHANDISE", "in store", 899, 6400},
    {"Northwind Telecom", "NORTHWIND TELECOM AUTOPAY", "RENT_AND_UTILITIES", "online", 4500, 8500},
    {"Pine Pharmacy", "PINE PHARMACY 7", "MEDICAL", "in store", 450, 7900},
    {"Streamly", "STREAMLY.EXAMPLE/BILL", "ENTERTAINMENT", "online", 999, 1999},
    {"Acme Paper", "ACME PAPER 0042", "GENERAL_MERCHANDISE", "in store", 900, 22000},
    {"Fuel Stop", "FUEL STOP 2231", "TRANSPORTATION", "in store", 2200, 7800},
}};

BankTransaction purchase(SeededRandom& random, Day date)
{
    const Merchant& merchant = merchants[random.below(merchants.size())];
    const std::int64_t cents =
        merchant.least + static_cast<std::int64_t>(random.below(
                             static_cast<std::uint64_t>(merchant.most - merchant.least)));
    BankTransaction row;
    row.date = date;
    row.authorizedDate = date - std::chrono::days(random.below(2));
    row.amount = Decimal::of(cents, 2);
    row.name = merchant.name;
    row.merchantName = merchant.name;
    row.originalDescription = merchant.statement;
    row.categoryPrimary = merchant.category;
    row.channel = merchant.channel;
    if (random.below(40) == 0) row.amount = row.amount.negated(); // a refund
    return row;
}

BankTransaction payroll(Day date)
{
    BankTransaction row;
    row.date = date;
    row.amount = Decimal::of(-241'875, 2);
    row.name = "Payroll";
    row.originalDescription = "ACME CORP DES:PAYROLL";
    row.categoryPrimary = "INCOME";
    row.categoryDetailed = "INCOME_WAGES";
    return row;
}

BankTransaction movement(Day date, std::int64_t cents, const char* name, const char* category)
{
    BankTransaction row;
    row.date = date;
    row.amount = Decimal::of(cents, 2);
    row.name = name;
    row.categoryPrimary = category;
    row.channel = "online";
    return row;
}

// What happens on a savings account on one day, if anything.
void saveOn(SeededRandom& random, std::int64_t age, Day date, std::vector<BankTransaction>& rows)
{
    if (age % 7 == 3) rows.push_back(movement(date, -15'000, "Transfer in", "TRANSFER_IN"));
    if (age % 30 == 12)
        rows.push_back(movement(
            date, -static_cast<std::int64_t>(150 + random.below(300)), "Interest paid", "INCOME"));
    if (age % 45 == 20) rows.push_back(movement(date, 20'000, "Transfer out", "TRANSFER_OUT"));
}

// What banks and countries really send, and programs trip over.
void makeOdd(SeededRandom& random, BankTransaction& row)
{
    static constexpr std::array<const char*, 7> amounts{
        "12.345", "0.1234567", "1e3", "-4.5E1", "100", "0.005", "-0.0"};
    static const std::array<std::string, 4> names{std::string(400, 'L') + "ONG",
        "Caf\xC3\xA9 \xE6\x9D\xB1\xE4\xBA\xAC \xF0\x9F\x8D\x9C",
        "TAB\tAND\x01"
        "CONTROL",
        "<b>\"quoted\" & 'more'</b>"};
    if (random.below(3) == 0) row.amount = *Decimal::parse(amounts[random.below(amounts.size())]);
    if (random.below(3) == 0) row.name = names[random.below(names.size())];
    if (random.below(4) == 0) row.merchantName.reset();
}

std::int64_t numberIn(const Json& rule, const char* name, std::int64_t fallback, std::int64_t most)
{
    const Json value = rule.value(name, Json(fallback));
    if (!value.is_number_integer() || value.get<std::int64_t>() < 0 ||
        value.get<std::int64_t>() > most)
        throw std::invalid_argument(
            std::string(name) + " must be a whole number from 0 to " + std::to_string(most));
    return value;
}

} // namespace

std::vector<BankTransaction> generateHistory(const Json& rule, Day today)
{
    if (!rule.is_object()) throw std::invalid_argument("generate must be an object");
    const std::int64_t days = numberIn(rule, "days", 90, 3650);
    const std::int64_t perDay = numberIn(rule, "per_day", 2, 1000);
    SeededRandom random(static_cast<std::uint64_t>(numberIn(rule, "seed", 1, INT64_MAX)));
    const bool odd = rule.value("odd", false);
    const std::string profile = rule.value("profile", "household");
    if (profile != "household" && profile != "savings")
        throw std::invalid_argument("profile must be household or savings");
    std::vector<BankTransaction> rows;
    rows.reserve(static_cast<std::size_t>(days * perDay + days / 14));
    for (std::int64_t age = days - 1; age >= 0; --age)
    {
        const Day date = today - std::chrono::days(age);
        if (profile == "savings")
        {
            saveOn(random, age, date, rows);
            continue;
        }
        if (age % 14 == 7) rows.push_back(payroll(date));
        for (std::int64_t i = 0; i < perDay; ++i)
        {
            rows.push_back(purchase(random, date));
            if (odd) makeOdd(random, rows.back());
            if (odd && random.below(25) == 0) rows.push_back(rows.back()); // a genuine look-alike
        }
    }
    return rows;
}

} // namespace plaidsim
