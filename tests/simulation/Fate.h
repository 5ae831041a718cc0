// What a seed decides: every roll of the dice, and which misfortunes its life knows.
#pragma once

#include "support/SeededRandom.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bankfeed::simulation
{

/// A misfortune that a life may know. Each is unknown to about half of all seeds, so that no fault
/// always hides behind another.
enum class Trouble : std::uint8_t
{
    StatementFails,   ///< A unit is rolled back and says so.
    CommitUnanswered, ///< A unit is committed, and nobody hears of it.
    DeathInUnit,      ///< The process dies before a commit.
    DeathAfterUnit,   ///< The process dies right after one.
    DeathAtCall,      ///< The process dies before or after a call to the provider or the host.
    ProviderFault,    ///< One of the faults that the simulator knows.
    WebhookLost,
    WebhookLate, ///< Out of order, too.
    WebhookTwice,
    WebhookForged,
    BooksUnanswered, ///< A batch is applied, or not, and no answer comes.
    BooksRefuse,     ///< An account of the books, or a period, is closed for a while.
    PeopleCorrect,   ///< Entries are removed and reconciled in the books, periods closed.
    Restart,
    BooksRestored,
    PluginRestored,
    ClockJumps,  ///< The plugin's clock is set, forwards or backwards; the world's goes on.
    OddAnswers,  ///< Fields of the provider's answers are missing, over-long or no numbers.
    TwoTenants,  ///< Another organisation has books, logins and an administrator beside this one.
    PeopleUndo,  ///< Imports are undone, start dates moved; what was taken out is booked again.
    PeopleMerge, ///< A ledger account is merged into another one.
    ManyRows,    ///< An account with more rows than one page and one unit take. Costs time: seldom.
    Count,
};

/// One seed's dice. The same seed rolls the same.
class Fate
{
public:
    explicit Fate(std::uint64_t seed) : dice_(seed * 0x9E3779B97F4A7C15ULL + 1)
    {
        constexpr std::array<std::uint64_t, 3> chances{12, 40, 150};
        for (auto& oneIn : oneIn_)
        {
            const bool known = below(2) == 0;
            const auto chance = chances[below(chances.size())];
            oneIn = known ? chance : 0;
        }
    }

    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return dice_.below(bound); }
    /// From `least` to `most`, both possible.
    [[nodiscard]] std::int64_t between(std::int64_t least, std::int64_t most)
    {
        return least +
               static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most - least + 1)));
    }
    [[nodiscard]] bool oneIn(std::uint64_t bound) { return below(bound) == 0; }
    template <class T>
    [[nodiscard]] const T& pick(const std::vector<T>& list)
    {
        return list[below(list.size())];
    }

    /// Whether the trouble strikes now. `scale` makes it so many times rarer than its own chance.
    [[nodiscard]] bool strikes(Trouble trouble, std::uint64_t scale = 1)
    {
        const auto chance = oneIn_[static_cast<std::size_t>(trouble)];
        return !calm_ && chance > 0 && oneIn(chance * scale);
    }
    [[nodiscard]] bool knows(Trouble trouble) const
    {
        return !calm_ && oneIn_[static_cast<std::size_t>(trouble)] > 0;
    }

    /// From now on nothing goes wrong any more.
    void becomeCalm() { calm_ = true; }
    [[nodiscard]] bool calm() const { return calm_; }

private:
    testing::SeededRandom dice_;
    std::array<std::uint64_t, static_cast<std::size_t>(Trouble::Count)> oneIn_{};
    bool calm_ = false;
};

/// A process that is dead has no effect any more on anything: whatever it still tries fails.
struct Mortality
{
    bool dead = false;
    std::uint64_t deaths = 0;

    void die()
    {
        dead = true;
        ++deaths;
    }
};

} // namespace bankfeed::simulation
