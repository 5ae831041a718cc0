// A person stops a feed, and links the account again: no money is lost, doubled or moved.

#include "SyncFixture.h"

#include "accounts/Linking.h"
#include "accounts/Review.h"
#include "accounts/Unlinking.h"
#include "store/LedgerAccountRepository.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <string>
#include <vector>

namespace bankfeed
{

template <store::Engine engine>
class StoppedFeedTest final : public testing::SyncFixture
{
    CPPUNIT_TEST_SUITE(StoppedFeedTest);
    CPPUNIT_TEST(whatIsBookedStaysAndFollowsTheBank);
    CPPUNIT_TEST(whatComesAfterItIsHeld);
    CPPUNIT_TEST(whatWasOnItsWayArrives);
    CPPUNIT_TEST(linkedAgainToTheSameNothingIsBookedTwiceAndNothingIsMissed);
    CPPUNIT_TEST(linkedAgainFromAnEarlierDayItAsks);
    CPPUNIT_TEST(linkedAgainWhileOthersWroteThereItBeginsBehindThem);
    CPPUNIT_TEST(linkedToAnotherOnlyWhatCameSinceIsBookedThere);
    CPPUNIT_TEST(anOpeningBalanceElsewhereIsAskedAboutFirst);
    CPPUNIT_TEST(stoppedWhileItIsReleasedItBooksNothingMore);
    CPPUNIT_TEST(anOpeningBalanceThatWasDueIsDueAgain);
    CPPUNIT_TEST(stoppedAndLinkedAgainTenTimesTheBooksAgreeWithTheBank);
    CPPUNIT_TEST_SUITE_END();

public:
    StoppedFeedTest() : SyncFixture(engine, 11) {}

    void setUp() override
    {
        SyncFixture::setUp();
        world_->clock.jumpTo({1'769'904'000 * nsPerSecond}); // 2026-02-01
        world_->bank.addAccount({"a", "USD", 10'000});
        account_ = world_->discover("a");
        for (int i = 1; i <= 9; ++i)
            world_->bank.put({"t" + std::to_string(i), "a", 100 + i, day(i)});
        world_->sync();
        mirrorBooks();
    }

private:
    static constexpr const char* books = "led-1";
    static constexpr const char* other = "led-2";

    /// The plugin's copy of the books becomes what they are.
    void mirrorBooks()
    {
        std::vector<LedgerAccount> all;
        for (const char* id : {books, other})
        {
            LedgerAccount one;
            one.id = id;
            one.name = std::string("Assets:") + id;
            one.currency = "USD";
            one.balanceUnits = world_->ledger.sum(id) + byHand(id);
            for (const auto& [key, entry] : world_->ledger.books.entries)
                if (entry.ledgerAccountId == id && !entry.removed)
                    one.lastEntryOn = std::max(one.lastEntryOn, Date::parse(entry.last.bookedOn));
            all.push_back(one);
        }
        write([&](store::Unit& unit)
            { store::LedgerAccountRepository(unit, "main").put(all, world_->clock.now()); });
    }
    [[nodiscard]] std::int64_t byHand(const std::string& id) const
    {
        return id == books ? handUnits_ : 0;
    }

    [[nodiscard]] accounts::Decision decision(const char* ledgerAccountId) const
    {
        accounts::Decision made;
        made.bankAccountId = account_;
        made.choice = accounts::Choice::Existing;
        made.ledgerAccountId = ledgerAccountId;
        return made;
    }
    accounts::Linking::Applied apply(const accounts::Decision& made)
    {
        world_->clock.advanceMs(1'000);
        mirrorBooks();
        testing::NoWake wake;
        accounts::Linking linking(world_->plain, world_->clock, world_->random, wake);
        const auto connection = world_->look([&](store::Unit& unit)
            { return store::BankAccountRepository(unit, "main").find(account_)->connectionId; });
        auto applied = linking.apply("main", {"u1", "Ada"}, connection, {made});
        CPPUNIT_ASSERT(applied.ok());
        return *applied;
    }
    /// Decided, and the books are as they were when it was.
    void link(const accounts::Decision& made)
    {
        const auto applied = apply(made);
        CPPUNIT_ASSERT_MESSAGE(
            applied.conflicts.empty() ? "" : applied.conflicts[0].code, applied.conflicts.empty());
        write(
            [&](store::Unit& unit)
            {
                store::AccountLinkRepository links(unit, "main");
                link_ = links.ofBankAccount(account_)->id;
                CPPUNIT_ASSERT(links.booksAsDecided(link_));
                store::JobRepository(unit).ask(
                    world_->random, "main", store::job::release, link_, world_->clock.now());
            });
    }
    accounts::Unlinked stop()
    {
        world_->clock.advanceMs(1'000);
        const auto stopped = world_->plain.write(
            [&](store::Unit& unit) -> Result<accounts::Unlinked>
            {
                return accounts::stopFeeding(
                    unit, "main", {"u1", "Ada"}, link_, world_->random, world_->clock.now());
            });
        CPPUNIT_ASSERT(stopped.ok());
        return *stopped;
    }
    void linkAndSettle(const accounts::Decision& made)
    {
        link(made);
        settle();
    }
    [[nodiscard]] std::int64_t inBooks(const char* id = books) { return world_->ledger.sum(id); }
    [[nodiscard]] std::int64_t atTheBank() { return world_->bank.balance("a"); }
    [[nodiscard]] std::size_t entriesIn(const std::string& id) const
    {
        const auto& entries = world_->ledger.books.entries;
        return static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(),
            [&](const auto& one) { return one.second.ledgerAccountId == id; }));
    }

    void whatIsBookedStaysAndFollowsTheBank()
    {
        linkAndSettle(decision(books));
        const auto entries = entriesIn(books);
        CPPUNIT_ASSERT_EQUAL(atTheBank(), inBooks());
        stop();
        settle();
        CPPUNIT_ASSERT_EQUAL(entries, entriesIn(books));
        CPPUNIT_ASSERT_EQUAL(atTheBank(), inBooks());
        world_->bank.put({"t4", "a", 1'000, day(4)});
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'000}, world_->row("t4")->sentUnits);
        CPPUNIT_ASSERT_EQUAL(atTheBank(), inBooks());
    }

    void whatComesAfterItIsHeld()
    {
        linkAndSettle(decision(books));
        const auto before = inBooks();
        stop();
        world_->bank.put({"new", "a", 55, day(20)});
        syncAndDeliver();
        assertStands("new", "held", "not_linked");
        CPPUNIT_ASSERT_EQUAL(before, inBooks());
    }

    void whatWasOnItsWayArrives()
    {
        link(decision(books));
        world_->run(); // In the outbox, not in the books.
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, inBooks());
        stop();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("t1"));
        CPPUNIT_ASSERT_EQUAL(atTheBank(), inBooks());
    }

    void linkedAgainToTheSameNothingIsBookedTwiceAndNothingIsMissed()
    {
        auto first = decision(books);
        first.startDate = Date::parse(day(3));
        linkAndSettle(first);
        CPPUNIT_ASSERT_EQUAL(atTheBank(), inBooks());
        const auto entries = entriesIn(books);
        stop();
        world_->bank.put({"late", "a", 70, day(5)}); // Of a day that the feed has passed.
        world_->bank.put({"new", "a", 55, day(20)});
        syncAndDeliver();
        linkAndSettle(decision(books)); // From where the feed began.
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("late"));
        CPPUNIT_ASSERT_EQUAL(std::string("before_start"), lane("t2"));
        CPPUNIT_ASSERT_EQUAL(entries + 2, entriesIn(books));
        CPPUNIT_ASSERT_EQUAL(atTheBank(), inBooks());
        world_->checkBooks("a", books, day(3));
    }

    void linkedAgainFromAnEarlierDayItAsks()
    {
        auto first = decision(books);
        first.startDate = Date::parse(day(3));
        linkAndSettle(first);
        stop();
        auto earlier = decision(books);
        earlier.startDate = Date::parse(day(2));
        const auto applied = apply(earlier);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, applied.conflicts.size());
        CPPUNIT_ASSERT_EQUAL(std::string("start_before_last_entry"), applied.conflicts[0].code);
        CPPUNIT_ASSERT_EQUAL(atTheBank(), inBooks());
    }

    void linkedAgainWhileOthersWroteThereItBeginsBehindThem()
    {
        linkAndSettle(decision(books));
        stop();
        world_->bank.put({"late", "a", 70, day(5)});
        world_->bank.put({"new", "a", 55, day(20)});
        syncAndDeliver();
        handUnits_ = 70; // Somebody wrote the late one down.
        linkAndSettle(decision(books));
        CPPUNIT_ASSERT_EQUAL(std::string("before_start"), lane("late"));
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("new"));
        CPPUNIT_ASSERT_EQUAL(atTheBank(), inBooks() + handUnits_);
    }

    void linkedToAnotherOnlyWhatCameSinceIsBookedThere()
    {
        linkAndSettle(decision(books));
        const auto before = inBooks();
        stop();
        world_->bank.put({"new", "a", 55, day(20)});
        syncAndDeliver();
        auto moved = decision(other);
        moved.openingBalance = false;
        linkAndSettle(moved);
        CPPUNIT_ASSERT_EQUAL(before, inBooks());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{55}, inBooks(other));
        CPPUNIT_ASSERT_EQUAL(atTheBank(), inBooks() + inBooks(other));
        // A row of before still follows the bank where it is.
        world_->bank.put({"t4", "a", 1'000, day(4)});
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{55}, inBooks(other));
        CPPUNIT_ASSERT_EQUAL(atTheBank(), inBooks() + inBooks(other));
    }

    void anOpeningBalanceElsewhereIsAskedAboutFirst()
    {
        linkAndSettle(decision(books));
        stop();
        const auto applied = apply(decision(other));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, applied.conflicts.size());
        const auto& conflict = applied.conflicts[0];
        CPPUNIT_ASSERT_EQUAL(std::string("entries_elsewhere"), conflict.code);
        CPPUNIT_ASSERT_EQUAL(std::string("Assets:led-1"), conflict.params[0].second);
        CPPUNIT_ASSERT_EQUAL(std::string("use_earlier"), conflict.choices.front());
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, inBooks(other));
        auto all = decision(other);
        all.acceptElsewhere = true; // They move the old ones away by themselves.
        linkAndSettle(all);
        CPPUNIT_ASSERT_EQUAL(atTheBank(), inBooks(other));
    }

    void stoppedWhileItIsReleasedItBooksNothingMore()
    {
        link(decision(books));
        stop();
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, inBooks());
        assertStands("t1", "held", "not_linked");
        linkAndSettle(decision(books));
        CPPUNIT_ASSERT_EQUAL(atTheBank(), inBooks());
    }

    void anOpeningBalanceThatWasDueIsDueAgain()
    {
        link(decision(books));
        while (lane("t1") != "booked")
            world_->runOne(); // The rows, and not yet the opening balance.
        stop();
        settle();
        linkAndSettle(decision(books));
        CPPUNIT_ASSERT_EQUAL(atTheBank(), inBooks());
    }

    void stoppedAndLinkedAgainTenTimesTheBooksAgreeWithTheBank()
    {
        linkAndSettle(decision(books));
        for (int i = 0; i < 10; ++i)
        {
            const std::string n = std::to_string(i);
            world_->bank.put({"x" + n, "a", 10 + i, day(10 + i)});
            if (i % 2 == 0) world_->sync(); // Booked, perhaps not delivered.
            stop();
            world_->bank.put({"y" + n, "a", 20 + i, day(9 - i % 3)});
            if (i % 3 == 0)
                world_->bank.put({"t" + std::to_string(i % 9 + 1), "a", 500 + i, day(i % 9 + 1)});
            world_->sync();
            world_->pump();
            linkAndSettle(decision(books));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(n, atTheBank(), inBooks());
        }
        world_->checkBooks("a", books);
        CPPUNIT_ASSERT_EQUAL(std::size_t{9 + 20 + 1}, entriesIn(books));
    }

    std::string account_;
    std::string link_;
    std::int64_t handUnits_ = 0;
};

using StoppedFeedOnSqlite = StoppedFeedTest<store::Engine::Sqlite>;
using StoppedFeedOnPostgresql = StoppedFeedTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(StoppedFeedOnSqlite);
CPPUNIT_TEST_SUITE_REGISTRATION(StoppedFeedOnPostgresql);

} // namespace bankfeed
