// How often strangers may make us write a line: nobody without a login may fill the disk.
#pragma once

#include "base/Clock.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace ledgerd
{

class LogBudget
{
public:
    explicit LogBudget(const Clock& clock) : clock_(clock) {}

    // Whether something that `key` (an address) did may have a line now, and how many were kept
    // back since its last one. One line per key and ten seconds; beyond 64 keys at a time, the rest
    // share one. Any thread.
    std::optional<std::uint64_t> line(const std::string& key);

private:
    struct Kept
    {
        std::int64_t lastMonoNs = 0;
        std::uint64_t back = 0;
    };

    const Clock& clock_;
    std::mutex mutex_;
    std::map<std::string, Kept> kept_;
};

// " (17 more in the meantime)", or nothing for 0.
std::string moreInTheMeantime(std::uint64_t keptBack);

} // namespace ledgerd
