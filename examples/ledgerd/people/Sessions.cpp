#include "people/Sessions.h"

#include "base/Random.h"

#include <algorithm>

namespace ledgerd
{

std::string Sessions::begin(const UserSettings& user)
{
    std::string cookie = randomHex(16);
    Session session;
    session.user = user;
    session.user.passwordHash.clear();
    session.id = randomHex(16);
    session.csrf = randomHex(16);
    session.loginUtcNs = clock_.utcNs();
    session.loginMonoNs = session.seenMonoNs = clock_.monoNs();
    const std::lock_guard lock(mutex_);
    if (sessions_.size() >= sessionsMax)
    {
        const auto oldest = std::min_element(sessions_.begin(), sessions_.end(),
            [](const auto& a, const auto& b) { return a.second.seenMonoNs < b.second.seenMonoNs; });
        sessions_.erase(oldest);
    }
    sessions_.emplace(sha256Hex(cookie), std::move(session));
    return cookie;
}

std::optional<Session> Sessions::find(const std::string& cookie)
{
    const std::string key = sha256Hex(cookie);
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(key);
    if (found == sessions_.end()) return std::nullopt;
    const std::int64_t now = clock_.monoNs();
    Session& session = found->second;
    if (now - session.seenMonoNs > sessionIdleNs || now - session.loginMonoNs > sessionLifeNs)
    {
        sessions_.erase(found);
        return std::nullopt;
    }
    session.seenMonoNs = now;
    return session;
}

void Sessions::end(const std::string& cookie)
{
    const std::lock_guard lock(mutex_);
    sessions_.erase(sha256Hex(cookie));
}

} // namespace ledgerd
