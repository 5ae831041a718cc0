// An exact decimal number, as a bank states amounts.
#pragma once

#include "base/Result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace bankfeed::money
{

__extension__ typedef __int128 Int128;

/// coefficient * 10^-scale with at most 36 digits and a scale of 0..18. Equal numbers are equal
/// whatever their scale: 1.5 == 1.50.
class Decimal
{
public:
    static constexpr int scaleMax = 18;
    static constexpr int digitsMax = 36;

    Decimal() = default; ///< Zero.

    /// Reads a JSON number (RFC 8259 grammar: no leading plus, no leading zeros, exponent allowed).
    /// Errors: Invalid for any other text; Exhausted for more digits or decimals than fit.
    [[nodiscard]] static Result<Decimal> parse(std::string_view text);

    /// The same, but decimals behind the 18th are folded into it, so that the number rounds to
    /// every smaller number of decimals as the whole text does: a bank that calculates in binary
    /// sends 12.340000000000000000002, and means 12.34. Only too many digits before the point are
    /// Exhausted, or a text of more than `textMax` bytes.
    [[nodiscard]] static Result<Decimal> nearest(std::string_view text);

    static constexpr std::size_t textMax = 64;

    /// units * 10^-exponent.
    [[nodiscard]] static Decimal ofUnits(std::int64_t units, int exponent);

    /// Shortest exact text, no exponent: "-12.5", "0", "1000".
    [[nodiscard]] std::string text() const;

    [[nodiscard]] Decimal negated() const;

    /// Exact sum. Error Exhausted when it does not fit.
    [[nodiscard]] Result<Decimal> plus(const Decimal& other) const;

    /// The number in units of 10^-exponent, and whether digits had to be rounded (half-even) to get
    /// there. Error Exhausted when the units or their opposite do not fit 64 bits. `exponent` is
    /// 0..18.
    struct Units
    {
        std::int64_t units = 0;
        bool rounded = false;
    };
    [[nodiscard]] Result<Units> toUnits(int exponent) const;

    friend bool operator==(const Decimal& a, const Decimal& b);

private:
    Decimal(Int128 coefficient, int scale);
    static Result<Decimal> read(std::string_view text, bool folds);
    void normalize();

    Int128 coefficient_ = 0; ///< Without trailing zeros behind the point.
    int scale_ = 0;
};

} // namespace bankfeed::money
