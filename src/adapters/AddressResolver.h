// Turns the provider's name into addresses, with a deadline.
#pragma once

#include "base/Result.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace bankfeed::adapters
{

/// The system's resolver has no deadline, so it runs on a thread of its own and callers wait as
/// long as they may. The thread starts with the first question. Answers are kept for a minute; an
/// older one is better than none when the name service does not answer.
class AddressResolver
{
public:
    using Moment = std::chrono::steady_clock::time_point;

    explicit AddressResolver(std::string host);
    /// Waits for a resolution under way; the system's resolver gives up by its own configuration.
    ~AddressResolver();
    AddressResolver(const AddressResolver&) = delete;
    AddressResolver& operator=(const AddressResolver&) = delete;

    /// Numeric addresses, at least one. Error Retry "http.resolve"; Stopping after `abort`.
    [[nodiscard]] Result<std::vector<std::string>> addresses(Moment deadline);

    void abort();

private:
    void run();

    const std::string host_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> known_;
    Moment freshUntil_{};
    bool wanted_ = false;  ///< A caller waits for a new answer.
    unsigned answers_ = 0; ///< Counts resolutions, good or bad.
    bool aborted_ = false;
    std::thread thread_;
};

} // namespace bankfeed::adapters
