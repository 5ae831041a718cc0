// bankfeed-bench: what is reached of what the machine can do. Options are those of Google
// Benchmark, and --once: everything a single time, to see that it runs.
#include "RatioReporter.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

int main(int argc, char** argv)
{
    std::vector<std::string> words(argv, argv + argc);
    const auto once = std::find(words.begin(), words.end(), "--once");
    if (once != words.end())
    {
        *once = "--benchmark_repetitions=1";
        words.insert(words.end(), {"--benchmark_min_time=0.001"});
    }
    else
    {
        words.insert(words.begin() + 1,
            {"--benchmark_repetitions=7", "--benchmark_enable_random_interleaving=true"});
    }
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    int count = static_cast<int>(arguments.size());
    benchmark::Initialize(&count, arguments.data());
    if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;

    bankfeed::bench::RatioReporter reporter({
        {"B1 webhook check, one core", "webhook", "signature", 0.95},
        {"B1 webhook check, two cores", "webhook/2", "signature/2", 0.95},
        {"B5 page with exact amounts", "page", "page_nlohmann", 25},
        {"B6 synced into SQLite", "synced", "raw_upsert", 0.6},
    });
    benchmark::RunSpecifiedBenchmarks(&reporter);
    return reporter.failed() ? 1 : 0;
}
