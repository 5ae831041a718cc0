// Port: randomness. Real runs take it from the system, replayed runs from a seed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bankfeed
{

class Random
{
public:
    virtual ~Random() = default;

    /// Fills `size` bytes with randomness fit for keys and ids. Any thread. Throws BrokenInvariant
    /// when there is none.
    virtual void fill(void* bytes, std::size_t size) = 0;

    [[nodiscard]] std::uint64_t u64()
    {
        std::uint64_t value = 0;
        fill(&value, sizeof value);
        return value;
    }
};

} // namespace bankfeed
