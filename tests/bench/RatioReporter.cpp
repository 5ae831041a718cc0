#include "RatioReporter.h"

#include <algorithm>
#include <iomanip>

namespace bankfeed::bench
{

namespace
{

double median(std::vector<double> values)
{
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

} // namespace

bool RatioReporter::ReportContext(const Context& context)
{
    GetErrorStream() << context.cpu_info.num_cpus << " cores\n";
    return true;
}

void RatioReporter::ReportRuns(const std::vector<Run>& report)
{
    for (const Run& run : report)
    {
        if (run.error_occurred)
        {
            GetErrorStream() << run.benchmark_name() << ": " << run.error_message << "\n";
            failed_ = true;
            continue;
        }
        if (run.run_type == Run::RT_Aggregate) continue;
        const auto rate = run.counters.find("items_per_second");
        if (rate == run.counters.end()) continue;
        rates_[run.run_name.function_name + (run.threads > 1 ? "/2" : "")].push_back(
            rate->second.value);
    }
}

void RatioReporter::Finalize()
{
    auto& out = GetOutputStream();
    out << std::left << std::setw(34) << "ratio" << std::right << std::setw(14) << "measured/s"
        << std::setw(14) << "limit/s" << std::setw(9) << "ratio" << std::setw(9) << "goal"
        << "\n";
    for (const Ratio& one : ratios_)
    {
        const double measured = median(rates_[one.measured]);
        const double limit = median(rates_[one.limit]);
        if (measured <= 0 || limit <= 0) continue; // Not asked for.
        out << std::left << std::setw(34) << one.name << std::right << std::fixed
            << std::setprecision(0) << std::setw(14) << measured << std::setw(14) << limit
            << std::setprecision(2) << std::setw(9) << measured / limit << std::setw(9) << one.goal
            << "\n";
    }
}

} // namespace bankfeed::bench
