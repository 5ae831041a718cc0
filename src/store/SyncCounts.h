// What a sync came to, counted.
#pragma once

#include <cstdint>

namespace bankfeed::store
{

/// What a sync came to, of rows of the bank.
struct SyncCounts
{
    std::int64_t added = 0;    ///< New to the mirror.
    std::int64_t modified = 0; ///< Known, and said otherwise than before.
    std::int64_t removed = 0;  ///< Shown no more.
    std::int64_t held = 0;     ///< Of the added ones: kept aside.
    std::int64_t booked = 0;   ///< Booked for the first time.

    void add(const SyncCounts& other)
    {
        added += other.added;
        modified += other.modified;
        removed += other.removed;
        held += other.held;
        booked += other.booked;
    }
};

} // namespace bankfeed::store
