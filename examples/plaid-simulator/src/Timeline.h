// Does what is due, as time passes or is stepped.
#pragma once

#include "VirtualClock.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace plaidsim
{

class WebhookSender;
class World;

class Timeline
{
public:
    // Both must outlive this. A thread of its own watches the world's agenda.
    Timeline(World& world, WebhookSender& sender);
    ~Timeline();

    // Something may have been added to the agenda.
    void wake();

    // Moves the clock by `by`, stopping at every moment when something is due, in order, and
    // doing it: webhooks and their retries included. Returns when all of it is done. Must be called
    // without the world's lock. False when a webhook that was due was still under way after 60 s.
    bool step(Nanos by);

    // Does what is due now and waits for the webhooks that are due now.
    bool settle();

private:
    void run();

    World& world_;
    WebhookSender& sender_;
    std::mutex stepping_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool woken_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace plaidsim
