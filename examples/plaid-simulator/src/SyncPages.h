// One page of /transactions/sync.
#pragma once

#include "Cursor.h"
#include "UpdateLog.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace plaidsim
{

struct SyncPage
{
    std::vector<NetUpdate> updates;
    Cursor next;
    bool hasMore = false;
    std::uint32_t number = 1; // of the page inside its loop, from 1
};

// Cuts the collapsed window of a loop into pages, and remembers the last window so that a long loop
// is collapsed once. One of these belongs to one Item.
class SyncPages
{
public:
    // The page after `cursor`, with at most `count` updates. Nothing when the log has grown since
    // the cursor's loop began: the client must start again where the loop began. The same cursor on
    // an unchanged log gives the same page.
    std::optional<SyncPage> page(
        const UpdateLog& log, const Cursor& cursor, std::size_t count, bool ghostRemovals);

private:
    struct Window
    {
        std::string stream;
        std::uint64_t start = 0;
        std::uint64_t end = 0;
        bool ghostRemovals = false;
        std::vector<NetUpdate> updates;
    };

    Window window_;
};

} // namespace plaidsim
