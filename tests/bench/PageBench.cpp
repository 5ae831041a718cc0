// B5: a page read into rows with exact amounts, beside a document tree of the same page.
#include "BankPages.h"
#include "plaid/PlaidAnswers.h"

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

#include <string>

namespace bankfeed::bench
{

namespace
{

constexpr std::size_t rows = 500;

const std::string& thePage()
{
    static const std::string page = bankPages(1, rows).front();
    return page;
}

void page(benchmark::State& state)
{
    for (auto _ : state)
    {
        const auto read = plaid::readTransactionPage(thePage());
        if (!read.ok() || read->added.size() != rows) state.SkipWithError("the page is refused");
        benchmark::DoNotOptimize(read);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows));
}

void page_nlohmann(benchmark::State& state)
{
    for (auto _ : state)
    {
        const auto tree = nlohmann::json::parse(thePage());
        if (tree["added"].size() != rows) state.SkipWithError("the page is refused");
        benchmark::DoNotOptimize(tree);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows));
}

} // namespace

BENCHMARK(page);
BENCHMARK(page_nlohmann);

} // namespace bankfeed::bench
