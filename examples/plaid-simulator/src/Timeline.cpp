#include "Timeline.h"

#include "WebhookSender.h"
#include "World.h"

#include <algorithm>
#include <chrono>

namespace plaidsim
{

Timeline::Timeline(World& world, WebhookSender& sender)
    : world_(world), sender_(sender), thread_([this] { run(); })
{
}

Timeline::~Timeline()
{
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Timeline::wake()
{
    {
        const std::lock_guard lock(mutex_);
        woken_ = true;
    }
    changed_.notify_all();
}

bool Timeline::settle()
{
    {
        const std::lock_guard lock(world_.mutex);
        world_.runDue();
    }
    return sender_.drain(seconds(60));
}

bool Timeline::step(Nanos by)
{
    const std::lock_guard one(stepping_);
    const Nanos target = world_.clock.now() + by;
    bool settled = settle();
    while (true)
    {
        std::optional<Nanos> next = sender_.nextDue();
        {
            const std::lock_guard lock(world_.mutex);
            const auto due = world_.agenda.nextDue();
            if (due && (!next || *due < *next)) next = due;
        }
        if (!next || *next > target) break;
        world_.clock.advanceTo(*next);
        sender_.clockMoved();
        settled = settle() && settled;
    }
    world_.clock.advanceTo(target);
    sender_.clockMoved();
    return settle() && settled;
}

void Timeline::run()
{
    while (true)
    {
        std::optional<Nanos> due;
        {
            const std::lock_guard lock(world_.mutex);
            world_.runDue();
            due = world_.agenda.nextDue();
        }
        Nanos wait = milliseconds(500);
        if (due && world_.clock.mode() == VirtualClock::Mode::real)
            wait = std::clamp<Nanos>(*due - world_.clock.now(), 0, wait);
        std::unique_lock lock(mutex_);
        changed_.wait_for(
            lock, std::chrono::nanoseconds(wait), [this] { return woken_ || stopping_; });
        if (stopping_) return;
        woken_ = false;
    }
}

} // namespace plaidsim
