#include "money/Decimal.h"

#include <algorithm>
#include <limits>

namespace bankfeed::money
{

namespace
{

Int128 powerOfTen(int exponent)
{
    BF_ASSERT(exponent >= 0 && exponent <= Decimal::digitsMax);
    Int128 power = 1;
    for (int i = 0; i < exponent; ++i)
        power *= 10;
    return power;
}

/// Largest magnitude that Decimal allows: 36 nines.
Int128 coefficientMax()
{
    return powerOfTen(Decimal::digitsMax) - 1;
}

/// Beyond every number that fits; far below what would overflow in the counting, and the most zeros
/// that are written out.
constexpr int exponentMax = 1001;

/// Cuts the digits behind the 18th decimal, of which the last is not 0. A tail is less than a half
/// and more than nothing: a kept 0 or 5 grows by one, and no rounding further up can tell the
/// difference.
void foldTail(std::string& digits, int& scale)
{
    const auto cut = static_cast<std::size_t>(scale - Decimal::scaleMax);
    scale = Decimal::scaleMax;
    if (cut >= digits.size())
    {
        digits = "1";
        return;
    }
    digits.resize(digits.size() - cut);
    if (digits.back() == '0' || digits.back() == '5') ++digits.back();
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// The parts of a JSON number, or false when the text is not one.
struct Parts
{
    bool negative = false;
    std::string_view whole;
    std::string_view fraction;
    bool exponentNegative = false;
    std::string_view exponent;
};

std::string_view takeDigits(std::string_view& rest)
{
    std::size_t size = 0;
    while (size < rest.size() && isDigit(rest[size]))
        ++size;
    const std::string_view taken = rest.substr(0, size);
    rest.remove_prefix(size);
    return taken;
}

bool split(std::string_view text, Parts& parts)
{
    if (text.starts_with('-'))
    {
        parts.negative = true;
        text.remove_prefix(1);
    }
    parts.whole = takeDigits(text);
    if (parts.whole.empty() || (parts.whole.size() > 1 && parts.whole[0] == '0')) return false;
    if (text.starts_with('.'))
    {
        text.remove_prefix(1);
        parts.fraction = takeDigits(text);
        if (parts.fraction.empty()) return false;
    }
    if (text.starts_with('e') || text.starts_with('E'))
    {
        text.remove_prefix(1);
        if (text.starts_with('-') || text.starts_with('+'))
        {
            parts.exponentNegative = text[0] == '-';
            text.remove_prefix(1);
        }
        parts.exponent = takeDigits(text);
        if (parts.exponent.empty()) return false;
    }
    return text.empty();
}

} // namespace

Decimal::Decimal(Int128 coefficient, int scale) : coefficient_(coefficient), scale_(scale)
{
    normalize();
}

void Decimal::normalize()
{
    while (scale_ > 0 && coefficient_ % 10 == 0)
    {
        coefficient_ /= 10;
        --scale_;
    }
}

Result<Decimal> Decimal::parse(std::string_view text)
{
    return read(text, false);
}

Result<Decimal> Decimal::nearest(std::string_view text)
{
    return read(text, true);
}

Result<Decimal> Decimal::read(std::string_view text, bool folds)
{
    const auto tooLong = []
    {
        return Error::exhausted(
            "money.too_many_digits", "The amount has more digits than can be kept exactly.");
    };

    if (text.size() > textMax) return tooLong();
    Parts parts;
    if (!split(text, parts))
        return Error::invalid("money.not_a_number", "The amount is not a JSON number.");

    int exponent = 0;
    for (const char c : parts.exponent)
        exponent = std::min(exponent * 10 + (c - '0'), exponentMax);
    if (parts.exponentNegative) exponent = -exponent;

    std::string digits(parts.whole);
    digits.append(parts.fraction);
    int scale = static_cast<int>(parts.fraction.size()) - exponent;

    // Zeros at both ends say nothing; without them "1.000000000000000000000" fits.
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
    while (!digits.empty() && digits.back() == '0')
    {
        digits.pop_back();
        --scale;
    }
    if (digits.empty()) return Decimal{};
    if (scale > scaleMax)
    {
        if (!folds) return tooLong();
        foldTail(digits, scale);
    }
    while (scale < 0)
    {
        digits.push_back('0');
        ++scale;
    }
    if (digits.size() > static_cast<std::size_t>(digitsMax)) return tooLong();

    Int128 coefficient = 0;
    for (const char c : digits)
        coefficient = coefficient * 10 + (c - '0');
    return Decimal{parts.negative ? -coefficient : coefficient, scale};
}

Decimal Decimal::ofUnits(std::int64_t units, int exponent)
{
    BF_ASSERT(exponent >= 0 && exponent <= scaleMax);
    return Decimal{units, exponent};
}

std::string Decimal::text() const
{
    Int128 rest = coefficient_ < 0 ? -coefficient_ : coefficient_;
    std::string digits;
    do
    {
        digits.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
        rest /= 10;
    } while (rest != 0);
    while (digits.size() <= static_cast<std::size_t>(scale_))
        digits.push_back('0');
    if (scale_ > 0) digits.insert(static_cast<std::size_t>(scale_), 1, '.');
    if (coefficient_ < 0) digits.push_back('-');
    std::reverse(digits.begin(), digits.end());
    return digits;
}

Decimal Decimal::negated() const
{
    return Decimal{-coefficient_, scale_};
}

Result<Decimal> Decimal::plus(const Decimal& other) const
{
    const int scale = std::max(scale_, other.scale_);
    const auto widened = [scale](const Decimal& number, Int128& out)
    {
        const Int128 factor = powerOfTen(scale - number.scale_);
        const Int128 limit = coefficientMax() / factor;
        if (number.coefficient_ > limit || number.coefficient_ < -limit) return false;
        out = number.coefficient_ * factor;
        return true;
    };
    Int128 a = 0;
    Int128 b = 0;
    if (!widened(*this, a) || !widened(other, b) || a + b > coefficientMax() ||
        a + b < -coefficientMax())
    {
        return Error::exhausted(
            "money.sum_too_large", "A sum of amounts is too large to be kept exactly.");
    }
    return Decimal{a + b, scale};
}

Result<Decimal::Units> Decimal::toUnits(int exponent) const
{
    BF_ASSERT(exponent >= 0 && exponent <= scaleMax);
    Int128 units = coefficient_;
    bool rounded = false;
    if (scale_ > exponent)
    {
        const Int128 divisor = powerOfTen(scale_ - exponent);
        units = coefficient_ / divisor;
        const Int128 rest = coefficient_ % divisor;
        const Int128 twice = (rest < 0 ? -rest : rest) * 2;
        rounded = rest != 0;
        if (twice > divisor || (twice == divisor && units % 2 != 0))
            units += coefficient_ < 0 ? -1 : 1;
    }
    else
    {
        const Int128 factor = powerOfTen(exponent - scale_);
        const Int128 limit = std::numeric_limits<std::int64_t>::max();
        if (units > limit / factor || units < -(limit / factor))
            return Error::exhausted("money.overflow", "The amount is too large for the ledger.");
        units *= factor;
    }
    if (units > std::numeric_limits<std::int64_t>::max() ||
        units < -std::numeric_limits<std::int64_t>::max())
    {
        return Error::exhausted("money.overflow", "The amount is too large for the ledger.");
    }
    return Units{static_cast<std::int64_t>(units), rounded};
}

bool operator==(const Decimal& a, const Decimal& b)
{
    return a.coefficient_ == b.coefficient_ && a.scale_ == b.scale_;
}

} // namespace bankfeed::money
