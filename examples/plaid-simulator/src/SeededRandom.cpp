#include "SeededRandom.h"

#include <cctype>

namespace plaidsim
{

std::uint64_t SeededRandom::next()
{
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

std::uint64_t SeededRandom::below(std::uint64_t bound)
{
    return next() % bound;
}

bool SeededRandom::chance(double probability)
{
    return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability;
}

std::string SeededRandom::alphanumeric(std::size_t length)
{
    static constexpr char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    std::string text;
    while (text.size() < length)
        text += letters[below(sizeof letters - 1)];
    return text;
}

std::string SeededRandom::hex(std::size_t length)
{
    std::string text;
    while (text.size() < length)
        text += "0123456789abcdef"[below(16)];
    return text;
}

std::string SeededRandom::uuid()
{
    std::string text = hex(32);
    text[12] = '4';
    text[16] = "89ab"[below(4)];
    for (const std::size_t at : {8U, 13U, 18U, 23U})
        text.insert(at, 1, '-');
    return text;
}

std::string IdMint::next()
{
    ++made_;
    std::string id = twinEvery_ != 0 && made_ % twinEvery_ == 0 ? twinOfPrevious() : std::string();
    while (id.empty() || !seen_.insert(id).second)
        id = random_.alphanumeric(37);
    previous_ = id;
    return id;
}

std::string IdMint::twinOfPrevious() const
{
    std::string twin = previous_;
    for (char& c : twin)
    {
        const auto letter = static_cast<unsigned char>(c);
        if (std::isalpha(letter) == 0) continue;
        c = static_cast<char>(
            std::isupper(letter) != 0 ? std::tolower(letter) : std::toupper(letter));
        break;
    }
    return twin == previous_ ? std::string() : twin;
}

} // namespace plaidsim
