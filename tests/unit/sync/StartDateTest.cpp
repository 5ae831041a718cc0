// The start date of a link, changed while it feeds the books.

#include "SyncFixture.h"

#include "accounts/StartDate.h"
#include "store/ImportRepository.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>

namespace bankfeed
{

using testing::SyncWorld;

template <store::Engine engine>
class StartDateTest final : public testing::SyncFixture
{
    CPPUNIT_TEST_SUITE(StartDateTest);
    CPPUNIT_TEST(anEarlierStartBooksWhatWasTooOld);
    CPPUNIT_TEST(theOpeningBalanceFollowsAnEarlierStart);
    CPPUNIT_TEST(aLaterStartLeavesWhatIsBooked);
    CPPUNIT_TEST(whatAPersonLeftOutStaysOut);
    CPPUNIT_TEST(thousandsOfRowsAreReleasedAsOneImport);
    CPPUNIT_TEST(entriesOfTheBooksThemselvesAreInTheWay);
    CPPUNIT_TEST(aDayThatNoBankHasReachedIsRefused);
    CPPUNIT_TEST(onlyAnActiveLinkIsChanged);
    CPPUNIT_TEST_SUITE_END();

public:
    StartDateTest() : SyncFixture(engine, 9) {}

    void setUp() override
    {
        SyncFixture::setUp();
        world_->clock.jumpTo({1'769'904'000 * nsPerSecond}); // 2026-02-01
        world_->bank.addAccount({"a", "USD", 10'000});
        account_ = world_->discover("a");
        for (int i = 1; i <= 9; ++i)
            world_->bank.put(
                {"t" + std::to_string(i), "a", 100 + i, "2026-01-0" + std::to_string(i)});
        world_->sync();
    }

private:
    static constexpr const char* books = "Assets:Checking";

    void linkFrom(const std::string& startDate, bool opening = false)
    {
        link_ = world_->link(account_, books, startDate, opening);
        world_->run();
        world_->pump();
    }
    accounts::StartDateChange change(const std::string& to, bool acceptOverlap = false)
    {
        const auto changed = world_->plain.write(
            [&](store::Unit& unit) -> Result<accounts::StartDateChange>
            {
                return accounts::changeStartDate(unit, "main", {"u1", "Ada"},
                    {link_, Date::parse(to), acceptOverlap}, world_->random, world_->clock.now());
            });
        CPPUNIT_ASSERT(changed.ok());
        return *changed;
    }
    void settle()
    {
        world_->run();
        world_->pump();
    }
    std::int64_t inBooks() { return world_->ledger.sum(books); }

    void anEarlierStartBooksWhatWasTooOld()
    {
        linkFrom("2026-01-07");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{107 + 108 + 109}, inBooks());
        world_->clock.advanceMs(1'000);
        const auto changed = change("2026-01-05");
        CPPUNIT_ASSERT(changed.earlier && changed.conflict.empty());
        settle();
        world_->checkBooks("a", books, "2026-01-05");
        const auto import = world_->look([&](store::Unit& unit)
            { return store::ImportRepository(unit, "main").page(0, "", 1).front(); });
        CPPUNIT_ASSERT_EQUAL(std::string("start_date"), import.cause);
        CPPUNIT_ASSERT_EQUAL(std::string("Ada"), import.by);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, import.rows);
        CPPUNIT_ASSERT_EQUAL(std::string("before_start"), world_->row("t4")->lane);
        world_->bank.put({"late", "a", 7, "2026-01-06"});
        world_->sync();
        world_->pump();
        world_->checkBooks("a", books, "2026-01-05");
        change("");
        settle();
        world_->checkBooks("a", books);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2},
            world_->count("SELECT COUNT(*) FROM audit WHERE action = 'link.start_changed'"));
    }

    void theOpeningBalanceFollowsAnEarlierStart()
    {
        linkFrom("2026-01-07", true);
        CPPUNIT_ASSERT_EQUAL(world_->bank.balance("a"), inBooks());
        change("2026-01-03");
        settle();
        CPPUNIT_ASSERT_EQUAL(world_->bank.balance("a"), inBooks());
        const auto link = *world_->look([&](store::Unit& unit)
            { return store::AccountLinkRepository(unit, "main").find(link_); });
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-03"), link.openingOn);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10'000 + 101 + 102}, link.openingUnits);
        CPPUNIT_ASSERT_EQUAL(std::string("active"), link.state);
        CPPUNIT_ASSERT_EQUAL(std::string(), link.startBefore);
    }

    void aLaterStartLeavesWhatIsBooked()
    {
        linkFrom("2026-01-03", true);
        const auto before = inBooks();
        const auto changed = change("2026-01-08");
        CPPUNIT_ASSERT(!changed.earlier);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, changed.stay);
        settle();
        CPPUNIT_ASSERT_EQUAL(before, inBooks());
        world_->bank.put({"late", "a", 7, "2026-01-05"});   // Judged by the new date.
        world_->bank.put({"t4", "a", 1'000, "2026-01-04"}); // And this one follows the bank.
        world_->sync();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::string("before_start"), world_->row("late")->lane);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'000}, world_->row("t4")->sentUnits);
        CPPUNIT_ASSERT_EQUAL(world_->bank.balance("a"), inBooks());
    }

    void whatAPersonLeftOutStaysOut()
    {
        linkFrom("2026-01-05");
        write("UPDATE bank_transaction SET lane = 'before_start', revision = 0, sent_fingerprint = "
              "'', lane_reason = '" +
              link_ + "' WHERE provider_transaction_id = 't8'");
        change("2026-01-02");
        settle();
        CPPUNIT_ASSERT_EQUAL(std::string("before_start"), world_->row("t8")->lane);
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), world_->row("t2")->lane);
    }

    void thousandsOfRowsAreReleasedAsOneImport()
    {
        for (int i = 0; i < 1'100; ++i)
            world_->bank.put({"r" + std::to_string(i), "a", 10 + i, "2026-01-02"});
        world_->sync();
        linkFrom("2026-01-07");
        change("2026-01-02");
        settle();
        world_->checkBooks("a", books, "2026-01-02");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, world_->count("SELECT COUNT(*) FROM import_batch"));
    }

    void entriesOfTheBooksThemselvesAreInTheWay()
    {
        linkFrom("2026-01-07");
        write("UPDATE account_link SET books_last_entry_on = '2026-01-04'");
        const auto refused = change("2026-01-04");
        CPPUNIT_ASSERT_EQUAL(std::string("link.start_before_last_entry"), refused.conflict);
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-04"), refused.day);
        CPPUNIT_ASSERT_EQUAL(std::string(), change("2026-01-05").conflict);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::string(), change("2026-01-04", true).conflict);
        settle();
        world_->checkBooks("a", books, "2026-01-04");
    }

    void aDayThatNoBankHasReachedIsRefused()
    {
        linkFrom("2026-01-07");
        const auto refused = change("2026-03-01");
        CPPUNIT_ASSERT_EQUAL(std::string("link.start_in_future"), refused.conflict);
        CPPUNIT_ASSERT_EQUAL(std::string("2026-02-02"), refused.day);
    }

    void onlyAnActiveLinkIsChanged()
    {
        linkFrom("2026-01-07");
        change("2026-01-05");
        CPPUNIT_ASSERT_EQUAL(std::string("link.not_active"), change("2026-01-03").conflict);
        settle();
        CPPUNIT_ASSERT(!change("2026-01-05").earlier); // It is that already.
        world_->unlink(link_);
        CPPUNIT_ASSERT_EQUAL(std::string("link.not_active"), change("2026-01-03").conflict);
    }

    std::string account_;
    std::string link_;
};

using StartDateOnSqlite = StartDateTest<store::Engine::Sqlite>;
using StartDateOnPostgresql = StartDateTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(StartDateOnSqlite);
CPPUNIT_TEST_SUITE_REGISTRATION(StartDateOnPostgresql);

} // namespace bankfeed
