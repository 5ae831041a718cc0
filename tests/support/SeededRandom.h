// Randomness that a seed repeats. Print the seed with a failure.
#pragma once

#include "base/Random.h"

#include <cstring>
#include <mutex>

namespace bankfeed::testing
{

class SeededRandom final : public Random
{
public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

    void fill(void* bytes, std::size_t size) override
    {
        const std::lock_guard lock(mutex_);
        auto* out = static_cast<unsigned char*>(bytes);
        while (size > 0)
        {
            const std::uint64_t value = next();
            const std::size_t piece = size < sizeof value ? size : sizeof value;
            std::memcpy(out, &value, piece);
            out += piece;
            size -= piece;
        }
    }

    /// 0..bound-1; `bound` is not 0. The slight bias does not matter to tests.
    std::uint64_t below(std::uint64_t bound) { return u64() % bound; }

private:
    /// splitmix64.
    std::uint64_t next()
    {
        state_ += 0x9E3779B97F4A7C15ULL;
        std::uint64_t value = state_;
        value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9ULL;
        value = (value ^ (value >> 27U)) * 0x94D049BB133111EBULL;
        return value ^ (value >> 31U);
    }

    std::mutex mutex_;
    std::uint64_t state_;
};

} // namespace bankfeed::testing
