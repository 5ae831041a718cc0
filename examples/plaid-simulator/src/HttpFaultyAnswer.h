// Answers that arrive damaged, or never.
#pragma once

#include "HttpExchange.h"

#include <condition_variable>
#include <mutex>

namespace Poco::Net
{
class HTTPServerRequest;
}

namespace plaidsim
{

// Wakes everything that waits when the server stops.
class StopSignal
{
public:
    void raise();

    // Sleeps; true when the server is stopping.
    bool sleep(double seconds);

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool raised_ = false;
};

// Takes the connection over, writes what answer.delivery says, and closes it.
void deliverBadly(
    const HttpAnswer& answer, Poco::Net::HTTPServerRequest& request, StopSignal& stop);

} // namespace plaidsim
