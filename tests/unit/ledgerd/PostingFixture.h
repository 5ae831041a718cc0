// Books on disk that take the changes of a feed, and short words to make and send them.
#pragma once

#include "TestBooks.h"
#include "TestFeed.h"

#include <cstdint>
#include <memory>
#include <string>

namespace ledgerd
{

class PostingFixture : public CppUnit::TestFixture
{
public:
    void setUp() override
    {
        folder_ = std::make_unique<Folder>();
        open();
        checking_ = accountText(account(*books_, "Assets:Bank:Checking").id);
    }

    void tearDown() override
    {
        if (books_)
        {
            assertBalancesAreSums(*books_);
            assertBalancesAreSums(*books_, "other");
        }
        posting_.reset();
        books_.reset();
        folder_.reset();
    }

protected:
    void open(DatabaseOptions options = {})
    {
        close();
        books_ = openBooks(folder_->path(), clock_, std::move(options));
        posting_ = std::make_unique<FeedPosting>(*books_, "test-plugin");
    }

    void close()
    {
        posting_.reset();
        books_.reset();
    }

    static constexpr const char* theDay = "2026-01-05";

    bf_change change(std::uint32_t kind, const char* key, std::uint32_t revision,
        std::int64_t units, const char* date = theDay,
        const char* description = "Coffee Corner") const
    {
        return makeChange(kind, key, revision, checking_.c_str(), units, date, description);
    }

    bf_change post(const char* key, std::int64_t units) const
    {
        return change(BF_CHANGE_POST, key, 1, units);
    }

    // -1, -2 and -3 are in the books.
    Outbox threePosts()
    {
        Outbox outbox;
        outbox.add(post("t1", -1));
        outbox.add(post("t2", -2));
        outbox.add(post("t3", -3));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox.send(*posting_, 1, BF_BATCH_EPOCH_START));
        return outbox;
    }

    std::int64_t balance(const std::string& name) { return account(*books_, name).balance; }

    TestClock clock_;
    std::unique_ptr<Folder> folder_;
    std::unique_ptr<Books> books_;
    std::unique_ptr<FeedPosting> posting_;
    std::string checking_;
};

} // namespace ledgerd
