// Checks names and passwords, slowly for those who guess.
#pragma once

#include "base/Clock.h"
#include "config/Configuration.h"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace ledgerd
{

constexpr int triesBeforeWait = 5; // wrong passwords of one name from one address within the window
constexpr std::int64_t triesWindowNs = 300 * nsPerSecond;
constexpr std::size_t triedMax = 4096; // beyond it, the oldest are forgotten
constexpr int waitingLoginsMax = 8; // for a password to be computed; beyond it they are sent away
constexpr int waitingLoginsOfOneMax = 6; // of one network, computed and waiting

class Doorkeeper
{
public:
    Doorkeeper(std::vector<UserSettings> users, const Clock& clock);

    // The user, when name and password fit. Failure: denied (one text for every cause), invalid
    // when it can be no name or password of ours, busy when the name was tried too often or too
    // many wait. At most two passwords are computed at a time, those of one name one after the
    // other.
    Result<UserSettings> admit(
        const std::string& name, const std::string& password, const std::string& address);

    // For programs that send name and password with each request: remembers for five minutes that
    // they fitted.
    Result<UserSettings> admitAgain(
        const std::string& name, const std::string& password, const std::string& address);

private:
    struct Tries
    {
        int wrong = 0;
        std::int64_t firstMonoNs = 0;
    };

    bool mayTry(const std::string& key);
    void noteWrong(const std::string& key);
    bool mayWait(const std::string& network);
    void endWait(const std::string& network);
    Result<UserSettings> compute(
        const std::string& name, const std::string& password, const std::string& key);
    const UserSettings* find(const std::string& name) const;

    std::vector<UserSettings> users_;
    const Clock& clock_;
    std::string decoyHash_; // computed against for unknown names, so that they take as long
    std::string memoryKey_; // of the HMAC under which a fitting password is remembered

    std::mutex mutex_;
    std::map<std::string, Tries> tries_;
    std::map<std::string, std::int64_t> remembered_;
    std::map<std::string, int> waiting_; // logins under way, per network
    int waitingAll_ = 0;
    std::mutex computing_[2];
};

} // namespace ledgerd
