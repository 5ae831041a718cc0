// An account whose ids are all new takes the place of another, and short words to look at it.
#pragma once

#include "SyncFixture.h"

#include "store/NoticeRepository.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace bankfeed::testing
{

class SuccessionFixture : public TwoLoginsFixture
{
public:
    using TwoLoginsFixture::TwoLoginsFixture;

protected:
    void takeThePlace(const std::string& startDate = "")
    {
        newLink_ = TwoLoginsFixture::takeThePlace(books, startDate);
    }
    void relink(const std::string& startDate = "")
    {
        takeThePlace(startDate);
        world_->run();
        world_->pump();
    }
    std::int64_t inBooks() { return world_->ledger.sum(books); }
    /// Two rows without a partner beside two entries that none has taken. Gives the sum in the
    /// books.
    std::int64_t relinkWithTwoHeld()
    {
        putRows("old", 1, 9);
        putRows("new", 1, 4);
        putRows("new", 7, 9);
        world_->bank.put({"moved", "new", 105, day(6)});
        world_->bank.put({"changed", "new", 7, day(6)});
        syncAndDeliver();
        const auto sum = inBooks();
        relink();
        return sum;
    }
    std::string told(std::string_view kind = store::notice::overlapHeld)
    {
        return world_->look(
            [&](store::Unit& unit) -> std::string
            {
                for (const auto& notice : store::NoticeRepository(unit, world_->tenant).openOnes())
                    if (notice.kind == kind) return notice.params;
                return "";
            });
    }

    std::string newLink_;
};

} // namespace bankfeed::testing
