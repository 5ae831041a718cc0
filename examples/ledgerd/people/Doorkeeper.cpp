#include "people/Doorkeeper.h"

#include "base/Random.h"
#include "people/PasswordHash.h"

#include <algorithm>
#include <functional>

namespace ledgerd
{

namespace
{
constexpr std::int64_t memoryNs = 300 * nsPerSecond;
constexpr std::size_t rememberedMax = 1024;
} // namespace

Doorkeeper::Doorkeeper(std::vector<UserSettings> users, const Clock& clock)
    : users_(std::move(users)),
      clock_(clock),
      decoyHash_(hashPassword(randomHex(16))),
      memoryKey_(randomHex(32))
{
}

const UserSettings* Doorkeeper::find(const std::string& name) const
{
    const auto found = std::find_if(
        users_.begin(), users_.end(), [&](const UserSettings& user) { return user.name == name; });
    return found == users_.end() ? nullptr : &*found;
}

bool Doorkeeper::mayTry(const std::string& key)
{
    const std::lock_guard lock(mutex_);
    const auto found = tries_.find(key);
    if (found == tries_.end()) return true;
    if (clock_.monoNs() - found->second.firstMonoNs > triesWindowNs)
    {
        tries_.erase(found);
        return true;
    }
    return found->second.wrong < triesBeforeWait;
}

void Doorkeeper::noteWrong(const std::string& key)
{
    const std::lock_guard lock(mutex_);
    if (tries_.size() >= triedMax && !tries_.contains(key))
        tries_.erase(std::min_element(tries_.begin(), tries_.end(),
            [](const auto& a, const auto& b)
            { return a.second.firstMonoNs < b.second.firstMonoNs; }));
    Tries& tries = tries_[key];
    if (tries.wrong++ == 0) tries.firstMonoNs = clock_.monoNs();
}

Result<UserSettings> Doorkeeper::admit(
    const std::string& name, const std::string& password, const std::string& address)
{
    if (name.size() > 63 || password.size() > passwordMax)
        return denied("Name or password is wrong.");
    const std::string key = name + " " + address;
    if (!mayTry(key))
        return busy("Too many wrong passwords for this name. Try again in five minutes.");
    const UserSettings* user = find(name);
    bool fits = false;
    {
        const std::lock_guard slot(computing_[std::hash<std::string>()(name) % 2]);
        fits = passwordMatches(password, user != nullptr ? user->passwordHash : decoyHash_);
    }
    if (user == nullptr || !fits)
    {
        noteWrong(key);
        return denied("Name or password is wrong.");
    }
    const std::lock_guard lock(mutex_);
    tries_.erase(key);
    return *user;
}

Result<UserSettings> Doorkeeper::admitAgain(
    const std::string& name, const std::string& password, const std::string& address)
{
    const std::string key =
        hmacSha256Hex(memoryKey_, std::to_string(name.size()) + ":" + name + password);
    {
        const std::lock_guard lock(mutex_);
        const auto found = remembered_.find(key);
        const UserSettings* user = find(name);
        if (found != remembered_.end() && user != nullptr &&
            clock_.monoNs() - found->second < memoryNs)
            return *user;
    }
    auto user = admit(name, password, address);
    if (user)
    {
        const std::lock_guard lock(mutex_);
        if (remembered_.size() >= rememberedMax) remembered_.clear();
        remembered_[key] = clock_.monoNs();
    }
    return user;
}

} // namespace ledgerd
