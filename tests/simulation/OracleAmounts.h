// What the oracle counts with: amounts of the bank in units of its currencies.
#pragma once

#include "Journal.h"

#include "BankTruth.h"
#include "Decimal.h"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace bankfeed::simulation
{

[[noreturn]] inline void broken(const std::string& what)
{
    throw Broken(what);
}

inline std::int64_t powerOfTen(int exponent)
{
    std::int64_t power = 1;
    for (int i = 0; i < exponent; ++i)
        power *= 10;
    return power;
}

inline int exponentOf(const std::string& currency)
{
    if (currency == "JPY") return 0;
    if (currency == "KWD") return 3;
    return currency == "USD" ? 2 : 8;
}

/// Half-even, by another way than the core's.
inline std::int64_t unitsOf(const plaidsim::Decimal& amount, int exponent)
{
    if (amount.scale() <= exponent) return amount.units() * powerOfTen(exponent - amount.scale());
    const std::int64_t divisor = powerOfTen(amount.scale() - exponent);
    std::int64_t whole = amount.units() / divisor;
    const std::int64_t rest = std::abs(amount.units() % divisor);
    const std::int64_t step = amount.units() < 0 ? -1 : 1;
    if (rest * 2 > divisor || (rest * 2 == divisor && whole % 2 != 0)) whole += step;
    return whole;
}

inline const std::string& currencyOf(const plaidsim::BankAccount& account)
{
    return account.unofficialCurrency ? *account.unofficialCurrency : *account.isoCurrency;
}

} // namespace bankfeed::simulation
