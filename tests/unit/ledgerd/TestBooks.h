// Books in a folder of their own, and a clock that a test sets.
#pragma once

#include "base/CivilDate.h"
#include "books/Accounts.h"
#include "books/Books.h"
#include "books/Journal.h"

#include <cppunit/extensions/HelperMacros.h>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace ledgerd
{

// A private folder that goes away with the object.
class Folder
{
public:
    Folder()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "ledgerd-XXXXXX").string();
        CPPUNIT_ASSERT(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::string& path() const { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

class TestClock : public Clock
{
public:
    std::int64_t utcNs() const override
    {
        return 1'767'571'200 * nsPerSecond + offset;
    } // 2026-01-05
    std::int64_t monoNs() const override { return offset; }
    std::int64_t offset = nsPerSecond;
};

// A failure becomes a message instead of a bad_variant_access.
template <class T>
T must(Result<T> result)
{
    if (!result) CPPUNIT_FAIL(result.failure().text);
    return std::move(*result);
}

inline std::unique_ptr<Books> openBooks(
    const std::string& folder, const Clock& clock, DatabaseOptions options = {})
{
    const TenantSettings main{"main", "Main books", "USD"};
    const TenantSettings other{"other", "Other books", "EUR"};
    return must(Books::open(folder, {main, other}, clock, std::move(options)));
}

inline std::vector<Account> accountsOf(Books& books, const std::string& tenant = "main")
{
    return books.database().read([&](Unit& unit) { return accounts::list(unit, tenant); });
}

inline Account account(Books& books, const std::string& name, const std::string& tenant = "main")
{
    for (Account& found : accountsOf(books, tenant))
        if (found.name == name) return found;
    CPPUNIT_FAIL("no account " + name);
    return {};
}

inline std::vector<Entry> entriesOf(Books& books, const std::string& tenant = "main")
{
    return books.database().read(
        [&](Unit& unit)
        {
            std::vector<Entry> all;
            Position after;
            while (true)
            {
                std::vector<Entry> page = journal::pageForward(unit, tenant, after, pageMax);
                const bool last = page.size() < pageMax;
                for (Entry& entry : page)
                    all.push_back(std::move(entry));
                if (last) return all;
                after = {all.back().bookedOn, all.back().id};
            }
        });
}

inline std::int64_t bookByHand(Books& books, const std::string& from, const std::string& to,
    std::int64_t units, const std::string& description = "By hand",
    const std::string& date = "2026-01-02")
{
    NewEntry entry;
    entry.bookedOn = date;
    entry.description = description;
    entry.madeBy = "ann";
    entry.legs = {{account(books, to).id, units}, {account(books, from).id, -units}};
    return must(books.database().write([&](Unit& unit)
        { return journal::addByHand(unit, "main", entry, books.clock().utcNs()); }));
}

// The balances that pages show are kept beside the postings: they must be the postings' sums.
inline void assertBalancesAreSums(Books& books, const std::string& tenant = "main")
{
    std::map<std::int64_t, std::int64_t> sums;
    for (const Entry& entry : entriesOf(books, tenant))
        for (const Posting& posting : entry.postings)
            sums[posting.account] += posting.units;
    for (const Account& kept : accountsOf(books, tenant))
        CPPUNIT_ASSERT_EQUAL_MESSAGE(kept.name, sums[kept.id], kept.balance);
}

} // namespace ledgerd
