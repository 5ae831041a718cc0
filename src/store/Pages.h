// Everything of a kind, read page by page: a query may give rowsPerQuery rows and no more.
#pragma once

#include "store/Unit.h"

#include <cstddef>
#include <iterator>
#include <vector>

namespace bankfeed::store
{

inline constexpr std::int64_t rowsPerPage = 5000;

/// What `page` gives, put together. It gets the last row of the page before (null begins) and gives
/// up to rowsPerPage rows behind that one. More than `most` fail the unit with Exhausted
/// "store.too_many_rows": none is left out silently.
template <class Page>
[[nodiscard]] auto allPages(std::size_t most, Page&& page) -> decltype(page(nullptr))
{
    decltype(page(nullptr)) all;
    for (;;)
    {
        auto next = page(all.empty() ? nullptr : &all.back());
        if (all.size() + next.size() > most)
            throw StatementFailed(
                Error::exhausted("store.too_many_rows", "There are more rows than can be kept."),
                false);
        const bool last = next.size() < static_cast<std::size_t>(rowsPerPage);
        all.insert(
            all.end(), std::make_move_iterator(next.begin()), std::make_move_iterator(next.end()));
        if (last) return all;
    }
}

} // namespace bankfeed::store
