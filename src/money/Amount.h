// An amount of money: the exact number the bank stated, and the integer that a ledger books.
#pragma once

#include "money/Currency.h"
#include "money/Decimal.h"

#include <cstdint>

namespace bankfeed::money
{

struct Amount
{
    Decimal exact;          ///< As the bank stated it, debit positive.
    std::int64_t units = 0; ///< exact in units of the currency, rounded half-even.
    bool rounded = false;   ///< The bank stated more decimals than the currency has.
    Currency currency;
};

} // namespace bankfeed::money
