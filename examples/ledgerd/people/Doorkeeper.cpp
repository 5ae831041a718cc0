#include "people/Doorkeeper.h"

#include "base/Address.h"
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
constexpr const char* wrongText = "Name or password is wrong.";

Failure tooMany()
{
    return busy("Too many wrong passwords for this name. Try again in five minutes.");
}
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

bool Doorkeeper::mayWait(const std::string& network)
{
    const std::lock_guard lock(mutex_);
    // Two more than may wait: those that are computed.
    if (waitingAll_ >= waitingLoginsMax + 2) return false;
    const auto found = waiting_.find(network);
    if (found != waiting_.end() && found->second >= waitingLoginsOfOneMax) return false;
    ++waiting_[network];
    ++waitingAll_;
    return true;
}

void Doorkeeper::endWait(const std::string& network)
{
    const std::lock_guard lock(mutex_);
    if (--waiting_[network] == 0) waiting_.erase(network);
    --waitingAll_;
}

// In the slot of the name, so that tries of one name are counted one after the other: guessing at
// the same time gains nothing.
Result<UserSettings> Doorkeeper::compute(
    const std::string& name, const std::string& password, const std::string& key)
{
    const std::lock_guard slot(computing_[std::hash<std::string>()(name) % 2]);
    if (!mayTry(key)) return tooMany();
    const UserSettings* user = find(name);
    const bool fits = passwordMatches(password, user != nullptr ? user->passwordHash : decoyHash_);
    if (user == nullptr || !fits)
    {
        noteWrong(key);
        return denied(wrongText);
    }
    const std::lock_guard lock(mutex_);
    tries_.erase(key);
    return *user;
}

Result<UserSettings> Doorkeeper::admit(
    const std::string& name, const std::string& password, const std::string& address)
{
    if (name.size() > 63 || password.size() > passwordMax) return invalid(wrongText);
    const std::string network = networkOf(address);
    const std::string key = name + " " + network;
    if (!mayTry(key)) return tooMany();
    if (!mayWait(network)) return busy("Many people log in right now. Try again in a moment.");
    struct Waiting
    {
        ~Waiting() { door.endWait(network); }
        Doorkeeper& door;
        const std::string& network;
    } const waiting{*this, network};
    return compute(name, password, key);
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
