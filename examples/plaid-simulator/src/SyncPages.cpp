#include "SyncPages.h"

#include <algorithm>
#include <iterator>

namespace plaidsim
{

std::optional<SyncPage> SyncPages::page(
    const UpdateLog& log, const Cursor& cursor, std::size_t count, bool ghostRemovals)
{
    const std::uint64_t head = std::max(log.head(cursor.stream), cursor.loopStart);
    if (cursor.inLoop() && head != cursor.loopEnd) return std::nullopt;
    const std::uint64_t start = cursor.inLoop() ? cursor.loopStart : cursor.sequence;
    const std::uint64_t end = std::max(head, start);
    if (window_.stream != cursor.stream || window_.start != start || window_.end != end ||
        window_.ghostRemovals != ghostRemovals)
    {
        window_ = {cursor.stream, start, end, ghostRemovals,
            log.collapse(cursor.stream, start, end, ghostRemovals)};
    }

    const auto& all = window_.updates;
    const auto first = std::upper_bound(all.begin(), all.end(), cursor.sequence,
        [](std::uint64_t sequence, const NetUpdate& update) { return sequence < update.sequence; });
    auto last = first;
    while (last != all.end() && static_cast<std::size_t>(last - first) < count &&
           !(last != first && last->pageBreak))
        ++last;

    SyncPage page;
    page.updates.assign(first, last);
    page.hasMore = last != all.end();
    page.number = cursor.page + 1;
    page.next = {cursor.itemId, cursor.stream, end, 0, 0, 0};
    if (page.hasMore)
        page.next = {
            cursor.itemId, cursor.stream, std::prev(last)->sequence, start, end, page.number};
    return page;
}

} // namespace plaidsim
