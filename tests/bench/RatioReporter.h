// What the benchmarks print: how much of what the machine can do is reached.
#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <vector>

namespace bankfeed::bench
{

/// Two benchmarks of one run whose ratio is the result.
struct Ratio
{
    std::string name;     ///< "B1, one core"
    std::string measured; ///< Names of benchmarks, with their arguments.
    std::string limit;
    double goal = 0; ///< At least.
};

/// Keeps what every repetition did in a second and prints the ratio of the medians. Repetitions of
/// all benchmarks take turns, so that both sides see the same machine.
class RatioReporter final : public benchmark::BenchmarkReporter
{
public:
    explicit RatioReporter(std::vector<Ratio> ratios) : ratios_(std::move(ratios)) {}

    bool ReportContext(const Context& context) override;
    void ReportRuns(const std::vector<Run>& report) override;
    void Finalize() override;

    /// A benchmark could not do its work.
    [[nodiscard]] bool failed() const { return failed_; }

private:
    std::vector<Ratio> ratios_;
    std::map<std::string, std::vector<double>> rates_; ///< Items a second, by benchmark.
    bool failed_ = false;
};

} // namespace bankfeed::bench
