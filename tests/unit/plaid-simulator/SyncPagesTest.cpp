#include "SyncPages.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using namespace plaidsim;

class SyncPagesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SyncPagesTest);
    CPPUNIT_TEST(addedThenModifiedIsOneAddedWithTheLastState);
    CPPUNIT_TEST(addedThenRemovedIsNothing);
    CPPUNIT_TEST(addedThenRemovedIsARemovalWhenGhostsAreWanted);
    CPPUNIT_TEST(whatTheClientKnowsIsModifiedOrRemoved);
    CPPUNIT_TEST(removedAndAddedAgainIsModified);
    CPPUNIT_TEST(pagesTogetherAreTheWholeWindow);
    CPPUNIT_TEST(theSameCursorGivesTheSamePage);
    CPPUNIT_TEST(aChangeBetweenPagesBreaksTheLoopForGood);
    CPPUNIT_TEST(aChangeAfterTheLastPageBreaksNothing);
    CPPUNIT_TEST(anAccountsStreamSeesOnlyItsOwn);
    CPPUNIT_TEST(anotherAccountsChangeDoesNotBreakAStream);
    CPPUNIT_TEST(aPageBreakEndsAPageEarly);
    CPPUNIT_TEST_SUITE_END();

    UpdateLog log_;
    SyncPages pages_;

    void put(TruthChange change, const std::string& id, const std::string& amount = "1",
        const std::string& account = "A", bool pageBreak = false)
    {
        auto bank = std::make_shared<BankTransaction>();
        bank->amount = *Decimal::parse(amount);
        auto row = std::make_shared<ViewRow>();
        row->transactionId = id;
        row->accountId = account;
        row->row = bank;
        log_.append({change, row, pageBreak});
    }

    SyncPage page(const Cursor& cursor, std::size_t count = 100, bool ghosts = false)
    {
        const auto made = pages_.page(log_, cursor, count, ghosts);
        CPPUNIT_ASSERT(made.has_value());
        return *made;
    }

    // "added:id:amount removed:id", in order.
    static std::string text(const SyncPage& page)
    {
        std::string out;
        for (const auto& update : page.updates)
        {
            out += out.empty() ? "" : " ";
            out += update.change == TruthChange::added      ? "added:"
                   : update.change == TruthChange::modified ? "modified:"
                                                            : "removed:";
            out += update.row->transactionId;
            if (update.change != TruthChange::removed) out += ":" + update.row->row->amount.text();
        }
        return out;
    }

    const Cursor start_{"item", "", 0, 0, 0, 0};

public:
    void addedThenModifiedIsOneAddedWithTheLastState()
    {
        put(TruthChange::added, "t1", "1");
        put(TruthChange::added, "t2", "5");
        put(TruthChange::modified, "t1", "2");
        CPPUNIT_ASSERT_EQUAL(std::string("added:t2:5 added:t1:2"), text(page(start_)));
    }

    void addedThenRemovedIsNothing()
    {
        put(TruthChange::added, "t1");
        put(TruthChange::removed, "t1");
        CPPUNIT_ASSERT_EQUAL(std::string(), text(page(start_)));
    }

    void addedThenRemovedIsARemovalWhenGhostsAreWanted()
    {
        put(TruthChange::added, "t1");
        put(TruthChange::removed, "t1");
        CPPUNIT_ASSERT_EQUAL(std::string("removed:t1"), text(page(start_, 100, true)));
    }

    void whatTheClientKnowsIsModifiedOrRemoved()
    {
        put(TruthChange::added, "t1");
        put(TruthChange::added, "t2");
        const Cursor known = page(start_).next;
        put(TruthChange::modified, "t1", "9");
        put(TruthChange::modified, "t2", "9");
        put(TruthChange::removed, "t2");
        CPPUNIT_ASSERT_EQUAL(std::string("modified:t1:9 removed:t2"), text(page(known)));
    }

    void removedAndAddedAgainIsModified()
    {
        put(TruthChange::added, "t1");
        const Cursor known = page(start_).next;
        put(TruthChange::removed, "t1");
        put(TruthChange::added, "t1", "3");
        CPPUNIT_ASSERT_EQUAL(std::string("modified:t1:3"), text(page(known)));
    }

    void pagesTogetherAreTheWholeWindow()
    {
        for (int i = 0; i < 10; ++i)
            put(TruthChange::added, "t" + std::to_string(i));
        put(TruthChange::removed, "t4");
        const std::string whole = text(page(start_));
        std::string joined;
        Cursor cursor = start_;
        bool more = true;
        std::uint32_t number = 0;
        while (more)
        {
            const SyncPage part = page(cursor, 4);
            CPPUNIT_ASSERT_EQUAL(++number, part.number);
            joined += (joined.empty() ? "" : " ") + text(part);
            cursor = part.next;
            more = part.hasMore;
        }
        CPPUNIT_ASSERT_EQUAL(whole, joined);
        CPPUNIT_ASSERT_EQUAL(3U, number);
        CPPUNIT_ASSERT(!cursor.inLoop());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{11}, cursor.sequence);
    }

    void theSameCursorGivesTheSamePage()
    {
        for (int i = 0; i < 5; ++i)
            put(TruthChange::added, "t" + std::to_string(i));
        const SyncPage first = page(start_, 2);
        const std::string second = text(page(first.next, 2));
        CPPUNIT_ASSERT_EQUAL(text(first), text(page(start_, 2)));
        CPPUNIT_ASSERT_EQUAL(second, text(page(first.next, 2)));
        CPPUNIT_ASSERT_EQUAL(first.next.encode(), page(start_, 2).next.encode());
    }

    void aChangeBetweenPagesBreaksTheLoopForGood()
    {
        for (int i = 0; i < 5; ++i)
            put(TruthChange::added, "t" + std::to_string(i));
        const SyncPage first = page(start_, 2);
        put(TruthChange::added, "late");
        CPPUNIT_ASSERT(!pages_.page(log_, first.next, 2, false).has_value());
        CPPUNIT_ASSERT(!pages_.page(log_, first.next, 500, false).has_value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{6}, page(start_).updates.size());
    }

    void aChangeAfterTheLastPageBreaksNothing()
    {
        put(TruthChange::added, "t1");
        const Cursor done = page(start_).next;
        put(TruthChange::added, "t2");
        CPPUNIT_ASSERT_EQUAL(std::string("added:t2:1"), text(page(done)));
    }

    void anAccountsStreamSeesOnlyItsOwn()
    {
        put(TruthChange::added, "a", "1", "A");
        put(TruthChange::added, "b", "1", "B");
        CPPUNIT_ASSERT_EQUAL(std::string("added:b:1"), text(page(Cursor{"item", "B", 0, 0, 0, 0})));
    }

    void anotherAccountsChangeDoesNotBreakAStream()
    {
        put(TruthChange::added, "b1", "1", "B");
        put(TruthChange::added, "b2", "1", "B");
        const SyncPage first = page(Cursor{"item", "B", 0, 0, 0, 0}, 1);
        put(TruthChange::added, "a", "1", "A");
        CPPUNIT_ASSERT_EQUAL(std::string("added:b2:1"), text(page(first.next, 1)));
    }

    void aPageBreakEndsAPageEarly()
    {
        put(TruthChange::added, "pending");
        const Cursor known = page(start_).next;
        put(TruthChange::removed, "pending");
        put(TruthChange::added, "posted", "1", "A", true);
        const SyncPage first = page(known);
        CPPUNIT_ASSERT_EQUAL(std::string("removed:pending"), text(first));
        CPPUNIT_ASSERT(first.hasMore);
        CPPUNIT_ASSERT_EQUAL(std::string("added:posted:1"), text(page(first.next)));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SyncPagesTest);
