// Currencies: ISO 4217 codes with their number of decimals, and codes that only a provider knows.
#pragma once

#include "base/Result.h"

#include <string>
#include <string_view>

namespace bankfeed::money
{

/// There is no default currency: a Currency is either what the bank said, or an error.
class Currency
{
public:
    /// An ISO 4217 code, three upper-case letters. Error Invalid for a code that the list does not
    /// have.
    [[nodiscard]] static Result<Currency> iso(std::string_view code);

    /// A code outside ISO 4217 (crypto, some countries): 1..11 of [A-Za-z0-9._-]. Booked with 8
    /// decimals.
    [[nodiscard]] static Result<Currency> unofficial(std::string_view code);

    [[nodiscard]] const std::string& code() const { return code_; }
    [[nodiscard]] int exponent() const
    {
        return exponent_;
    } ///< Decimals that a ledger books: 2 for USD, 0 for JPY.
    [[nodiscard]] bool official() const { return official_; }

    friend bool operator==(const Currency&, const Currency&) = default;

private:
    Currency(std::string code, int exponent, bool official);

    std::string code_;
    int exponent_;
    bool official_;
};

} // namespace bankfeed::money
