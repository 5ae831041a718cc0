// What the services of FakeHost share: the rule that each of them checks first.
#pragma once

#include "support/FakeHost.h"

#include <initializer_list>

namespace bankfeed::testing
{

/// The services themselves: FakeHostServices.cpp and FakeHostLedger.cpp.
struct FakeHostServices
{
    static FakeHost& of(const bf_host* host) { return *static_cast<FakeHost*>(host->ctx); }

    /// A [host] service at work. It notes when it was called outside of a call of this host, on
    /// another thread, in a call where it has no place, or from inside another service.
    class At
    {
    public:
        At(FakeHost& host, const char* service, std::initializer_list<HostCall> places);
        ~At();
        At(const At&) = delete;
        At& operator=(const At&) = delete;
    };

    /// Counts a service that may be called from anywhere.
    static void count(FakeHost& host, const char* service);

    static bf_status give(FakeHost& host, const bf_sink* sink, std::string_view value);
    static bf_status fail(const FakeHost& host, bf_error* err, bf_status status);
    static void remember(FakeHost& host, const std::string& secret);
    static std::map<std::uint32_t, FakeHost::Route>& routes(FakeHost& host) { return host.routes_; }
    static void wake(FakeHost& host, std::uint32_t reasons);
    static void logged(FakeHost& host, const std::string& line);
    static std::map<std::string, std::string>& accountKeys(FakeHost& host)
    {
        return host.accountKeys_;
    }

    // --- the tables ---
    static void fillPlain(FakeHost::Tables& tables);
    static void fillLedger(FakeHost::Tables& tables);
};

} // namespace bankfeed::testing
