#include "store/AuditRepository.h"
#include "store/JobRepository.h"
#include "store/LinkedAccountRepository.h"
#include "store/NoticeRepository.h"
#include "unit/accounts/MemoryBooks.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

namespace
{

/// Books with the empty account l2, copied, and a bank account of the name "Savings".
struct Checked : Mirrored
{
    explicit Checked(World& w) : Mirrored(w)
    {
        tick();
        connection = world.connect();
        world.look(connection, {shownAccount("a1", "Savings", "1111")});
        savings = world.account(connection, "Savings");
    }

    accounts::Linking::Applied decideL2()
    {
        return world.apply(connection, {decideExisting(savings, "l2")});
    }
    /// An entry of this day is written by hand.
    void enter(const char* day) { books.books[World::tenant][1].lastEntryOn = Date::parse(day); }
    [[nodiscard]] std::string stateOfLink() const
    {
        const auto link = world.linkOf(savings.id);
        return link ? link->state : std::string();
    }
    /// Looks at once, however short ago the last look was.
    accounts::LedgerMirror::Outcome lookNow() { return valueOf(mirror.tick(books, plenty)); }

    std::string connection;
    store::BankAccount savings;
};

} // namespace

class BooksCheckTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BooksCheckTest);
    CPPUNIT_TEST(aLinkFeedsOnceTheBooksAreSeenAsDecided);
    CPPUNIT_TEST(nothingIsBookedByALinkBeforeTheLook);
    CPPUNIT_TEST(anEntryWrittenJustBeforeTheDecisionEndsTheLinkAndAsksAgain);
    CPPUNIT_TEST(anAccountThatWasClosedMeanwhileEndsTheLink);
    CPPUNIT_TEST(anAccountThatTakesNoFeedMeanwhileEndsTheLink);
    CPPUNIT_TEST(anAccountThatIsGoneEndsTheLink);
    CPPUNIT_TEST(aLookThatBeganBeforeTheDecisionDoesNotCount);
    CPPUNIT_TEST(theNextDecisionSeesTheEntryAndClearsTheNotice);
    CPPUNIT_TEST(aHostThatDoesNotAnswerIsAskedAgain);
    CPPUNIT_TEST_SUITE_END();

public:
    void aLinkFeedsOnceTheBooksAreSeenAsDecided()
    {
        inBothWorlds(
            [](World& world)
            {
                Checked c(world);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, c.decideL2().linked);
                CPPUNIT_ASSERT_EQUAL(std::string("checking_books"), c.stateOfLink());
                const auto link = *world.linkOf(c.savings.id);
                CPPUNIT_ASSERT(!world.jobAsked(store::job::release, link.id));
                CPPUNIT_ASSERT(world.wake.ticks > 0);
                const int jobs = world.wake.jobs;
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, c.lookNow().checked);
                CPPUNIT_ASSERT_EQUAL(std::string("releasing"), c.stateOfLink());
                CPPUNIT_ASSERT(world.jobAsked(store::job::release, link.id));
                CPPUNIT_ASSERT(world.wake.jobs > jobs);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, c.tick().checked);
            });
    }

    void nothingIsBookedByALinkBeforeTheLook()
    {
        inBothWorlds(
            [](World& world)
            {
                Checked c(world);
                c.decideL2();
                const auto link = *world.linkOf(c.savings.id);
                const auto seen = [&]
                {
                    return world.write(
                        [&](store::Unit& unit)
                        {
                            store::LinkedAccountRepository linked(unit, World::tenant);
                            const bool ofLink = linked.ofLink(link.id).has_value();
                            const auto all = linked.ofConnection(c.connection);
                            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, all.size());
                            CPPUNIT_ASSERT_EQUAL(ofLink, all.at(0).link.has_value());
                            return ofLink;
                        });
                };
                CPPUNIT_ASSERT(!seen());
                c.lookNow();
                CPPUNIT_ASSERT(seen());
            });
    }

    void anEntryWrittenJustBeforeTheDecisionEndsTheLinkAndAsksAgain()
    {
        inBothWorlds(
            [](World& world)
            {
                Checked c(world);
                c.enter("2026-11-20");
                c.decideL2();
                const auto link = *world.linkOf(c.savings.id);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, c.lookNow().checked);
                CPPUNIT_ASSERT(!world.linkOf(c.savings.id));
                CPPUNIT_ASSERT(!world.jobAsked(store::job::release, link.id));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("open"), world.account(c.connection, "Savings").decision);
                CPPUNIT_ASSERT_EQUAL(R"({"institution":"First Platypus Bank","connection_id":")" +
                                         c.connection + R"(","bank_account":"Savings",)" +
                                         R"("bank_account_id":")" + c.savings.id +
                                         R"(","name":"Assets:Bank","reason":"books_changed",)" +
                                         R"("from":"","to":"2026-11-20"})",
                    world.noticeParams(store::notice::booksChanged, link.id));
                CPPUNIT_ASSERT(world.noticeOpen(store::notice::accountsToDecide, c.connection));
                const auto failed = world.write(
                    [&](store::Unit& unit) {
                        return store::LedgerAccountRepository(unit, World::tenant)
                            .failuresOf(c.connection);
                    });
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, failed.size());
                CPPUNIT_ASSERT_EQUAL(std::string("changed"), failed.at(0).state);
                CPPUNIT_ASSERT_EQUAL(std::string("Assets:Bank"), failed.at(0).name);
                const auto entry = world.write([&](store::Unit& unit)
                    { return store::AuditRepository(unit, World::tenant).entries(0, 10); });
                CPPUNIT_ASSERT_EQUAL(std::string("account.link_failed"), entry.at(0).action);
                CPPUNIT_ASSERT(
                    entry.at(0).detail.find(R"("to":"2026-11-20")") != std::string::npos);
            });
    }

    void anAccountThatWasClosedMeanwhileEndsTheLink()
    {
        inBothWorlds(
            [](World& world)
            {
                Checked c(world);
                c.books.books[World::tenant][1].open = false;
                c.decideL2();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, c.lookNow().checked);
                CPPUNIT_ASSERT(!world.linkOf(c.savings.id));
            });
    }

    void anAccountThatTakesNoFeedMeanwhileEndsTheLink()
    {
        inBothWorlds(
            [](World& world)
            {
                Checked c(world);
                c.books.books[World::tenant][1].feedable = false;
                c.decideL2();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, c.lookNow().checked);
                CPPUNIT_ASSERT(!world.linkOf(c.savings.id));
            });
    }

    void anAccountThatIsGoneEndsTheLink()
    {
        inBothWorlds(
            [](World& world)
            {
                Checked c(world);
                c.books.books[World::tenant].pop_back();
                c.decideL2();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, c.lookNow().checked);
                CPPUNIT_ASSERT(!world.linkOf(c.savings.id));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                    world.count(
                        "SELECT COUNT(*) FROM ledger_account_request WHERE state = 'changed' "
                        "AND name = 'Assets:Bank'"));
            });
    }

    void aLookThatBeganBeforeTheDecisionDoesNotCount()
    {
        inBothWorlds(
            [](World& world)
            {
                Checked c(world);
                c.books.whileListing = [&]
                {
                    // The answer on its way has neither the entry nor the decision behind it.
                    c.enter("2026-11-20");
                    c.decideL2();
                };
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, c.tick().checked);
                CPPUNIT_ASSERT_EQUAL(std::string("checking_books"), c.stateOfLink());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, c.lookNow().checked);
                CPPUNIT_ASSERT(!world.linkOf(c.savings.id));
            });
    }

    void theNextDecisionSeesTheEntryAndClearsTheNotice()
    {
        inBothWorlds(
            [](World& world)
            {
                Checked c(world);
                c.enter("2026-11-20");
                c.decideL2();
                const auto ended = *world.linkOf(c.savings.id);
                CPPUNIT_ASSERT_EQUAL(std::string("due"), ended.opening);
                c.lookNow();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, c.decideL2().linked);
                CPPUNIT_ASSERT(!world.noticeOpen(store::notice::booksChanged, ended.id));
                const auto link = *world.linkOf(c.savings.id);
                CPPUNIT_ASSERT_EQUAL(std::string("2026-11-21"), link.startDate);
                CPPUNIT_ASSERT_EQUAL(std::string("none"), link.opening);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, c.lookNow().checked);
            });
    }

    void aHostThatDoesNotAnswerIsAskedAgain()
    {
        inBothWorlds(
            [](World& world)
            {
                Checked c(world);
                c.decideL2();
                c.books.listFails = true;
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, c.lookNow().checked);
                CPPUNIT_ASSERT_EQUAL(std::string("checking_books"), c.stateOfLink());
                c.books.listFails = false;
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, c.lookNow().checked);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BooksCheckTest);

} // namespace bankfeed::testing
