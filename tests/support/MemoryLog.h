// A log that a test can read.
#pragma once

#include "base/Log.h"

#include <mutex>
#include <string>
#include <vector>

namespace bankfeed::testing
{

class MemoryLog final : public Log
{
public:
    void write(
        LogLevel /*level*/, std::string_view component, std::string_view message) noexcept override
    {
        const std::lock_guard lock(mutex_);
        lines_.push_back(std::string(component) + ": " + std::string(message));
    }

    [[nodiscard]] std::vector<std::string> lines() const
    {
        const std::lock_guard lock(mutex_);
        return lines_;
    }

    /// True when some line holds the text.
    [[nodiscard]] bool holds(std::string_view text) const
    {
        const std::lock_guard lock(mutex_);
        for (const std::string& line : lines_)
        {
            if (line.find(text) != std::string::npos) return true;
        }
        return false;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

} // namespace bankfeed::testing
