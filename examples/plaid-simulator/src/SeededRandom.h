// Randomness that repeats: everything that is not a signing key comes from one printed seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>

namespace plaidsim
{

// SplitMix64. Not for secrets: the tokens of a simulator protect nothing.
class SeededRandom
{
public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next();

    // A number in [0, bound); bound must be above 0.
    std::uint64_t below(std::uint64_t bound);

    // True with the given probability in [0, 1].
    bool chance(double probability);

    // `length` letters and digits, upper and lower case.
    std::string alphanumeric(std::size_t length);

    // Lower-case hexadecimal digits.
    std::string hex(std::size_t length);

    // A version 4 UUID.
    std::string uuid();

private:
    std::uint64_t state_;
};

// Makes ids as Plaid's: 37 letters and digits, case-sensitive. Every `twinEvery`-th id differs from
// the one before it in the case of one letter only, so that a client which folds case is found out.
class IdMint
{
public:
    IdMint(std::uint64_t seed, unsigned twinEvery) : random_(seed), twinEvery_(twinEvery) {}

    std::string next();

private:
    std::string twinOfPrevious() const;

    SeededRandom random_;
    unsigned twinEvery_;
    unsigned made_ = 0;
    std::string previous_;
    std::unordered_set<std::string> seen_;
};

} // namespace plaidsim
