// Counts the [request] calls that are inside a plugin, and keeps them below a limit.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <utility>

namespace ledgerd
{

class RequestGate
{
public:
    // A place inside; gives it back at the end of its life. False when it is none.
    class Pass
    {
    public:
        Pass() = default;
        explicit Pass(RequestGate* gate) : gate_(gate) {}
        Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
        Pass& operator=(Pass&& other) noexcept
        {
            std::swap(gate_, other.gate_);
            return *this;
        }
        ~Pass()
        {
            if (gate_ != nullptr) gate_->leave();
        }
        explicit operator bool() const { return gate_ != nullptr; }

    private:
        RequestGate* gate_ = nullptr;
    };

    // Lets up to `limit` calls in from now on.
    void open(std::uint32_t limit)
    {
        const std::lock_guard lock(mutex_);
        limit_ = limit;
        open_ = true;
    }

    // Lets nobody in any more. Those inside stay until they leave.
    void close()
    {
        {
            const std::lock_guard lock(mutex_);
            open_ = false;
        }
        changed_.notify_all();
    }

    // Waits at most `patience` for a place. No place when the gate is closed or stays full.
    Pass enter(std::chrono::milliseconds patience)
    {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, patience, [&] { return !open_ || inside_ < limit_; }) ||
            !open_)
            return Pass();
        ++inside_;
        return Pass(this);
    }

    // True when nobody is inside any more.
    bool waitEmpty(std::chrono::milliseconds patience)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [&] { return inside_ == 0; });
    }

private:
    void leave()
    {
        {
            const std::lock_guard lock(mutex_);
            --inside_;
        }
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint32_t limit_ = 0;
    std::uint32_t inside_ = 0;
    bool open_ = false;
};

} // namespace ledgerd
