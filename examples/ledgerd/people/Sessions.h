// Logins, in memory: they end with the process.
#pragma once

#include "base/Clock.h"
#include "config/Configuration.h"

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace ledgerd
{

// Who is logged in. A copy; the session itself may end at any time.
struct Session
{
    UserSettings user; // without the password hash
    std::string id;    // names the login to plugins; not the cookie
    std::string csrf;  // token of ledgerd's own forms
    std::int64_t loginUtcNs = 0;
    std::int64_t loginMonoNs = 0;
    std::int64_t seenMonoNs = 0;
};

constexpr std::int64_t sessionIdleNs = std::int64_t{2} * 3600 * nsPerSecond;
constexpr std::int64_t sessionLifeNs = std::int64_t{12} * 3600 * nsPerSecond;
constexpr std::size_t sessionsMax = 10'000;

class Sessions
{
public:
    explicit Sessions(const Clock& clock) : clock_(clock) {}

    // Begins a login and returns its cookie: 128 random bits. Above sessionsMax the one unused for
    // longest ends.
    std::string begin(const UserSettings& user);

    // The session of a cookie, if it lives; notes that it was used. Any thread.
    std::optional<Session> find(const std::string& cookie);

    void end(const std::string& cookie);

private:
    // Sessions are kept under the SHA-256 of the cookie, so that looking one up tells nothing by
    // its time.
    const Clock& clock_;
    std::mutex mutex_;
    std::map<std::string, Session> sessions_;
};

} // namespace ledgerd
