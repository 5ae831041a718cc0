// Days of a bank's life, made up from a seed: rows that come, post, change and go, accounts that
// open and close, consent that ends and comes back.
#pragma once

#include "BankTruth.h"
#include "ExactJson.h"
#include "SeededRandom.h"
#include "VirtualClock.h"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace plaidsim
{

class World;

// The life of some accounts of one or more logins. Usable without sockets and threads; every call
// needs the world locked. Equal rule, equal world and equal calls give equal days.
class BankDays
{
public:
    // {"account_ids": [...] or "login_id", days?, per_day?, seed?, mix?, at_once?}; see the README.
    // Throws std::invalid_argument, with a sentence that names what is wrong. The world must
    // outlive this.
    BankDays(World& world, const Json& rule);

    // Lets one thing happen, dated `today`, and tells the Items of it. Answers its name: one of
    // kinds(), or "nothing" where all accounts are closed.
    std::string happen(Day today);

    // Plays the whole rule: at once, or by the world's agenda over the next days, where each thing
    // has a moment of its own. `self` is kept alive by the agenda.
    static void play(const std::shared_ptr<BankDays>& self);

    // How often each kind of thing has happened.
    const std::map<std::string, std::uint64_t>& happened() const { return happened_; }
    Json toJson() const;

    // The names that a mix may use, in the order of the README.
    static std::vector<std::string> kinds();

private:
    struct Kind;
    static const std::vector<Kind>& table();

    std::vector<BankAccount*> open() const;
    BankAccount* someAccount();
    const BankTransaction* someRow(const BankAccount& account, bool pending);
    bool possible(const Kind& kind, const BankAccount& account);
    void playDay(const std::shared_ptr<BankDays>& self, std::int64_t day, Nanos start);
    void tryToHappen(Day today);
    std::int64_t countOfDay();

    BankTransaction newRow(BankAccount& account, Day today);
    void post(BankAccount& account, Day today, bool matched, bool split, int tipPercent);
    void change(BankAccount& account, Day today, const std::string& what);
    void openAccount(const BankAccount& sibling, Day today);
    void consent(const std::string& loginId, const std::string& what);
    bool act(const std::string& kind, BankAccount& account, Day today);

    World& world_;
    std::vector<std::string> accountIds_;
    std::string loginId_; // accounts that open later are lived with too
    std::int64_t days_ = 30;
    std::int64_t perDay_ = 6;
    std::int64_t daysDone_ = 0;
    bool atOnce_ = false;
    bool quiet_ = false;  // rows are told of at the end of the day
    std::string problem_; // the last thing that could not happen
    SeededRandom random_;
    std::map<std::string, std::int64_t> weights_;
    std::map<std::string, std::uint64_t> happened_;
};

} // namespace plaidsim
