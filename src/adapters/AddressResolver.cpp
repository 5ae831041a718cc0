#include "adapters/AddressResolver.h"

#include "adapters/QuietThread.h"

#include <Poco/Exception.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/HostEntry.h>

#include <utility>

namespace bankfeed::adapters
{

namespace
{

constexpr std::chrono::seconds freshFor{60};
constexpr std::size_t addressesMax = 8;

std::vector<std::string> ask(const std::string& host)
{
    std::vector<std::string> found;
    try
    {
        const Poco::Net::HostEntry entry = Poco::Net::DNS::hostByName(host);
        for (const auto& address : entry.addresses())
        {
            if (found.size() < addressesMax) found.push_back(address.toString());
        }
    }
    catch (const Poco::Exception&)
    {
        found.clear(); // No answer and a refusal are the same to the caller: not now.
    }
    return found;
}

} // namespace

AddressResolver::AddressResolver(std::string host) : host_(std::move(host)) {}

AddressResolver::~AddressResolver()
{
    abort();
    if (thread_.joinable()) thread_.join();
}

void AddressResolver::abort()
{
    const std::lock_guard lock(mutex_);
    aborted_ = true;
    changed_.notify_all();
}

Result<std::vector<std::string>> AddressResolver::addresses(Moment deadline)
{
    std::unique_lock lock(mutex_);
    if (!known_.empty() && std::chrono::steady_clock::now() < freshUntil_) return known_;
    if (aborted_) return Error::stopping();
    if (!thread_.joinable()) thread_ = startQuietThread([this] { run(); });
    wanted_ = true;
    changed_.notify_all();
    const unsigned before = answers_;
    changed_.wait_until(lock, deadline, [&] { return aborted_ || answers_ != before; });
    if (aborted_) return Error::stopping();
    if (!known_.empty()) return known_;
    return Error::retry("http.resolve", "The provider's name cannot be resolved at the moment.");
}

void AddressResolver::run()
{
    std::unique_lock lock(mutex_);
    while (true)
    {
        changed_.wait(lock, [this] { return aborted_ || wanted_; });
        if (aborted_) return;
        wanted_ = false;
        lock.unlock();
        std::vector<std::string> found = ask(host_);
        lock.lock();
        ++answers_;
        if (!found.empty())
        {
            known_ = std::move(found);
            freshUntil_ = std::chrono::steady_clock::now() + freshFor;
        }
        changed_.notify_all();
    }
}

} // namespace bankfeed::adapters
