// Lives the lives of seeds, and says which of them broke something.
#include "Life.h"

#include "store/Migrations.h"
#include "support/MemoryDatabase.h"
#include "support/TestDatabase.h"

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

namespace
{

using namespace bankfeed;
using namespace bankfeed::simulation;

constexpr const char* usage =
    R"(Usage: simulation [--seed N | --seeds A..B] [--steps N] [--engine sqlite|postgresql] [--verbose] [--shrink] [--twice]
  --seed N      one life
  --seeds A..B  the lives of all these seeds (default 1..100)
  --steps N     so many steps before the calm; else the seed says how many
  --verbose     the journal of each life
  --shrink      after a failure: the fewest steps with which the seed still fails
  --twice       each life twice; both must be the same
)";

struct Options
{
    std::uint64_t from = 1;
    std::uint64_t to = 100;
    int steps = 0;
    bool postgresql = false;
    bool verbose = false;
    bool shrink = false;
    bool twice = false;
};

LifeReport live(const Options& options, std::uint64_t seed, int steps, bool aloud)
{
    const LifeSettings settings{seed, steps, aloud};
    if (options.postgresql)
    {
        testing::TestDatabase database(store::Engine::Postgresql);
        return Life(*database, settings).run();
    }
    testing::MemoryDatabase database;
    return Life(*database, settings).run();
}

void shrink(const Options& options, std::uint64_t seed, int steps)
{
    int fails = steps > 0 ? steps : 140;
    for (int wanted = 1; wanted < fails; ++wanted)
    {
        try
        {
            (void)live(options, seed, wanted, false);
        }
        catch (const std::exception& what)
        {
            std::cout << "  seed " << seed << " fails with --steps " << wanted << ": "
                      << what.what() << std::endl;
            return;
        }
    }
}

bool readOptions(int argc, char** argv, Options& options)
{
    for (int i = 1; i < argc; ++i)
    {
        const std::string_view name = argv[i];
        const auto value = [&]() -> std::string { return i + 1 < argc ? argv[++i] : ""; };
        if (name == "--seed")
            options.from = options.to = std::strtoull(value().c_str(), nullptr, 10);
        else if (name == "--seeds")
        {
            const std::string range = value();
            const auto dots = range.find("..");
            if (dots == std::string::npos) return false;
            options.from = std::strtoull(range.c_str(), nullptr, 10);
            options.to = std::strtoull(range.c_str() + dots + 2, nullptr, 10);
        }
        else if (name == "--steps")
            options.steps = std::atoi(value().c_str());
        else if (name == "--engine")
        {
            const std::string engine = value();
            if (engine != "sqlite" && engine != "postgresql") return false;
            options.postgresql = engine == "postgresql";
        }
        else if (name == "--verbose")
            options.verbose = true;
        else if (name == "--shrink")
            options.shrink = true;
        else if (name == "--twice")
            options.twice = true;
        else
            return false;
    }
    return options.from >= 1 && options.from <= options.to;
}

void add(LifeReport& sum, const LifeReport& one)
{
    sum.deaths += one.deaths;
    sum.calls += one.calls;
    sum.rows += one.rows;
    sum.compared += one.compared;
    sum.applied += one.applied;
    sum.amends += one.amends;
    sum.voids += one.voids;
    sum.epochs += one.epochs;
    sum.steps += one.steps;
}

} // namespace

int main(int argc, char** argv)
{
    Options options;
    if (!readOptions(argc, argv, options))
    {
        std::cerr << usage;
        return 2;
    }
    const auto begun = std::chrono::steady_clock::now();
    LifeReport sum;
    std::uint64_t lived = 0;
    std::uint64_t failed = 0;
    for (std::uint64_t seed = options.from; seed <= options.to; ++seed)
    {
        ++lived;
        try
        {
            const auto one = live(options, seed, options.steps, options.verbose);
            add(sum, one);
            if (options.twice && live(options, seed, options.steps, false).hash != one.hash)
                throw Broken("a second life of the seed went another way");
        }
        catch (const std::exception& what)
        {
            ++failed;
            std::cout << "seed " << seed << ": " << what.what() << std::endl;
            if (options.shrink) shrink(options, seed, options.steps);
        }
    }
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begun);
    std::cout << lived << " seeds run (" << options.from << ".." << options.to << " on "
              << (options.postgresql ? "postgresql" : "sqlite") << "), " << failed << " failed; "
              << sum.steps << " steps, " << sum.deaths << " deaths, " << sum.calls << " calls, "
              << sum.rows << " bank rows, " << sum.compared << " compared, " << sum.applied
              << " changes booked (" << sum.amends << " amends, " << sum.voids << " voids, "
              << sum.epochs << " epochs); " << took.count() << " ms" << std::endl;
    return failed == 0 ? 0 : 1;
}
