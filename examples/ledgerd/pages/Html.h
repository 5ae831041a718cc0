// Builds HTML so that text from outside cannot become markup: what is not a literal is escaped.
#pragma once

#include <string>
#include <string_view>

namespace ledgerd
{

class Html
{
public:
    // Markup of our own; only string literals fit.
    template <std::size_t size>
    Html& raw(const char (&literal)[size])
    {
        out_.append(literal, size - 1);
        return *this;
    }

    // Text from anywhere, for element content and quoted attributes alike.
    Html& text(std::string_view text);

    Html& number(long long value);

    // Other HTML, built in the same way.
    Html& add(const Html& other)
    {
        out_ += other.out_;
        return *this;
    }

    const std::string& str() const { return out_; }

private:
    std::string out_;
};

} // namespace ledgerd
