// Exact decimal numbers with the text they came in. No floating point anywhere near money.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plaidsim
{

// units * 10^-scale. Values up to 9.2e18 units and 12 decimals; arithmetic beyond that throws
// std::overflow_error. The text given to parse() is kept: it is what goes on the wire.
class Decimal
{
public:
    Decimal() : text_("0") {}

    // A number by JSON's grammar ("12", "-0.50", "1e3"), at most 40 characters; anything else,
    // more than 12 decimals included, is nothing.
    static std::optional<Decimal> parse(std::string_view text);

    static Decimal of(std::int64_t units, int scale);

    // The text it was parsed from, or the plain text of a computed value with its scale's decimals.
    const std::string& text() const { return text_; }

    std::int64_t units() const { return units_; }
    int scale() const { return scale_; }
    bool negative() const { return units_ < 0; }
    bool zero() const { return units_ == 0; }

    Decimal negated() const;
    Decimal operator+(const Decimal& other) const;
    Decimal operator-(const Decimal& other) const;

    // By value: 1.50 equals 1.5.
    bool operator==(const Decimal& other) const;

private:
    std::int64_t units_ = 0;
    int scale_ = 0;
    std::string text_;
};

} // namespace plaidsim
