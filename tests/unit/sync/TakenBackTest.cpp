// That an account goes on with the feed of another is taken back: what was is restored, and nothing
// is lost, doubled or misplaced.
#include "TakeBackFixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace bankfeed
{

template <store::Engine engine>
class TakenBackTest final : public testing::TakeBackFixture
{
    CPPUNIT_TEST_SUITE(TakenBackTest);
    CPPUNIT_TEST(entriesGoBackToTheRowsThatHadThem);
    CPPUNIT_TEST(theOldAccountFeedsAgainWhereItWas);
    CPPUNIT_TEST(rowsOfItsOwnLeaveTheBooks);
    CPPUNIT_TEST(whatItsBankChangedIsAsTheOldOneSaysAgain);
    CPPUNIT_TEST(whatItsBankTookBackComesBackToTheOldOne);
    CPPUNIT_TEST(reconciledEntriesAndClosedPeriodsStay);
    CPPUNIT_TEST(aRemovedEntryStaysRemoved);
    CPPUNIT_TEST(whenTheOldAccountIsGoneTheLedgerAccountIsFree);
    CPPUNIT_TEST(oneThatHadBeenStoppedBeforeStaysStopped);
    CPPUNIT_TEST(askingTwiceChangesNothing);
    CPPUNIT_TEST(changesThatAreNotDeliveredYetGoFirst);
    CPPUNIT_TEST(rowsThatComeMeanwhileWait);
    CPPUNIT_TEST(nothingElseFeedsTheLedgerAccountMeanwhile);
    CPPUNIT_TEST(rowsHeldBecauseOfEntriesThereAreFree);
    CPPUNIT_TEST(whatAPersonHadUndoneStaysOutForTheOldOne);
    CPPUNIT_TEST_SUITE_END();

public:
    TakenBackTest() : TakeBackFixture(engine) {}

private:
    void entriesGoBackToTheRowsThatHadThem()
    {
        putRows("old", 1, 9);
        putRows("new", 3, 9);
        syncAndDeliver();
        const auto key = world_->row("old5")->rootKey;
        const auto own = world_->row("new5")->rootKey;
        const auto sum = inBooks();
        goOn();
        CPPUNIT_ASSERT_EQUAL(key, world_->row("new5")->rootKey);
        const auto view = preview();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, view.counts.givesBack);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, view.counts.takesOut + view.counts.stayInAll());
        CPPUNIT_ASSERT_EQUAL(std::string(), view.whyNotAgain);
        takeBack();
        CPPUNIT_ASSERT_EQUAL(key, world_->row("old5")->rootKey);
        CPPUNIT_ASSERT_EQUAL(own, world_->row("new5")->rootKey);
        assertStands("old5", "booked");
        assertStands("new5", "held", "not_linked");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->row("new5")->revision);
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{9}, world_->ledger.posts);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, world_->ledger.amends + world_->ledger.voids);
        world_->checkBooks("old", books);
    }

    void theOldAccountFeedsAgainWhereItWas()
    {
        goOnWithRows();
        world_->bank.put({"missed", "old", 77, day(20)}); // Its link had ended: held.
        world_->sync();
        assertStands("missed", "held", "not_linked");
        takeBack();
        const auto link = linkOf(oldLink_);
        CPPUNIT_ASSERT(!link.endedAt);
        CPPUNIT_ASSERT_EQUAL(std::string("active"), link.state);
        CPPUNIT_ASSERT_EQUAL(std::string("taken_back"), linkOf(newLink_).state);
        CPPUNIT_ASSERT_EQUAL(std::string("open"), account("new").decision);
        CPPUNIT_ASSERT_EQUAL(std::string("linked"), account("old").decision);
        CPPUNIT_ASSERT(account("new").feedId != account("old").feedId);
        world_->bank.put({"later", "old", 78, day(28)});
        world_->bank.put({"old5", "old", 5, day(5)});
        world_->bank.remove("old6");
        syncAndDeliver();
        world_->checkBooks("old", books);
        world_->checkMirror();
        const auto done = audit("account.taken_back");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, done.size());
        CPPUNIT_ASSERT_EQUAL(std::string("u1"), done.front().actor.id);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, audit("account.take_back_asked").size());
    }

    void rowsOfItsOwnLeaveTheBooks()
    {
        goOnWithRows();
        const auto key = world_->row("new26")->rootKey;
        const auto view = preview();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, view.counts.givesBack);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, view.counts.takesOut);
        takeBack();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, entry(key).units);
        CPPUNIT_ASSERT(entry(key).last.kind == ChangeKind::Void);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{0}, entry(key).head.revision % 1000);
        assertStands("new26", "held", "not_linked");
        CPPUNIT_ASSERT(world_->row("new26")->rootKey != key);
        CPPUNIT_ASSERT_EQUAL(std::string(), world_->row("new26")->importId);
        world_->checkBooks("old", books);
        world_->sync(); // And stay out of them.
        world_->pump();
        world_->checkBooks("old", books);
    }

    void whatItsBankChangedIsAsTheOldOneSaysAgain()
    {
        goOnWithRows();
        testing::BankRow other{"new5", "new", 5'000, day(6)};
        other.name = "SOMETHING ELSE";
        world_->bank.put(other);
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, world_->ledger.amends);
        takeBack();
        world_->checkBooks("old", books);
    }

    void whatItsBankTookBackComesBackToTheOldOne()
    {
        goOnWithRows();
        world_->bank.remove("new5");
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, world_->ledger.voids);
        takeBack();
        assertStands("old5", "booked");
        assertStands("new5", "gone");
        world_->checkBooks("old", books);
    }

    void reconciledEntriesAndClosedPeriodsStay()
    {
        goOnWithRows();
        const auto reconciled = world_->row("new25")->rootKey;
        const auto theirs = world_->row("new5")->rootKey;
        reconcile("new25");
        reconcile("new5");
        world_->bank.put({"shut", "new", 1'000, day(20)});
        world_->bank.put({"open", "new", 2'000, day(29)});
        syncAndDeliver();
        const auto shut = world_->row("shut")->rootKey;
        closeThrough(day(20));
        const auto view = preview();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, view.counts.givesBack);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, view.counts.takesOut);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, view.counts.stay.at("reconciled"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, view.counts.stay.at("period_closed"));
        takeBack();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{125}, entry(reconciled).units);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'000}, entry(shut).units);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, world_->ledger.voids);
        CPPUNIT_ASSERT_EQUAL(theirs, world_->row("old5")->rootKey);
        assertStands("taken_back:" + reconciled, "booked", "taken_back");
        CPPUNIT_ASSERT_EQUAL(idOf("old"), *world_->row("taken_back:" + shut)->bankAccountId);
        assertStands("new25", "held", "not_linked");
        const auto sum = inBooks();
        closeThrough("");
        settle();
        world_->sync();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(sum, inBooks()); // Nobody takes them out behind their backs.
    }

    void aRemovedEntryStaysRemoved()
    {
        goOnWithRows();
        for (const char* id : {"new25", "new5"})
        {
            const auto key = world_->row(id)->rootKey;
            world_->ledger.remove(key);
            delivery::LedgerEvent event{delivery::LedgerEvent::Kind::Entry, "", key};
            event.state = delivery::LedgerEvent::State::Removed;
            event.revision = world_->row(id)->revision;
            tell(event);
        }
        settle();
        const auto sum = inBooks();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, preview().counts.stay.at("removed"));
        takeBack();
        CPPUNIT_ASSERT_EQUAL(sum - 126 - 127, inBooks());
        assertStands("old5", "booked", "removed");
        world_->bank.put({"old5", "old", 5, day(5)});
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(sum - 126 - 127, inBooks());
    }

    void whenTheOldAccountIsGoneTheLedgerAccountIsFree()
    {
        goOnWithRows();
        write("UPDATE bank_account SET state = 'not_shared' WHERE bank_account_id = '" +
              idOf("old") + "'");
        CPPUNIT_ASSERT_EQUAL(std::string("not_shared"), preview().whyNotAgain);
        takeBack();
        CPPUNIT_ASSERT(linkOf(oldLink_).endedAt.has_value());
        CPPUNIT_ASSERT_EQUAL(std::string("aside"), account("old").decision);
        world_->checkBooks("old", books); // Its history stays.
        const bool free = world_->look(
            [&](store::Unit& unit) {
                return !store::AccountLinkRepository(unit, "main")
                            .ofLedgerAccount(books)
                            .has_value();
            });
        CPPUNIT_ASSERT(free);
    }

    void oneThatHadBeenStoppedBeforeStaysStopped()
    {
        putRows("old", 1, 9);
        syncAndDeliver();
        world_->unlink(oldLink_);
        putRows("new", 3, 9);
        syncAndDeliver();
        goOn();
        CPPUNIT_ASSERT_EQUAL(std::string("ended_before"), preview().whyNotAgain);
        takeBack();
        CPPUNIT_ASSERT(linkOf(oldLink_).endedAt.has_value());
        world_->checkBooks("old", books);
    }

    void askingTwiceChangesNothing()
    {
        goOnWithRows();
        CPPUNIT_ASSERT_EQUAL(std::string(), ask());
        CPPUNIT_ASSERT_EQUAL(std::string(), ask());
        world_->run();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::string("link.not_active"), ask());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, world_->ledger.voids);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, audit("account.take_back_asked").size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, audit("account.taken_back").size());
        world_->checkBooks("old", books);
    }

    void changesThatAreNotDeliveredYetGoFirst()
    {
        putRows("old", 1, 9);
        world_->sync(); // Nothing of it has reached the books.
        putRows("new", 3, 9);
        world_->sync();
        world_->clock.advanceMs(1'000);
        newLink_ = TwoLoginsFixture::takeThePlace(books);
        write("UPDATE account_link SET continues = '" + oldLink_ + "' WHERE link_id = '" +
              newLink_ + "'");
        world_->run();
        putRows("new", 25, 27);
        world_->bank.put({"new5", "new", 5'000, day(6)});
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string(), ask());
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, world_->ledger.applied);
        world_->ledger.losesAnswers = 1;
        world_->pump();
        world_->checkBooks("old", books);
    }

    void rowsThatComeMeanwhileWait()
    {
        goOnWithRows();
        CPPUNIT_ASSERT_EQUAL(std::string(), ask());
        putRows("new", 28, 29);
        putRows("old", 28, 28);
        world_->bank.put({"new25", "new", 1, day(25)});
        syncAndDeliver();
        assertStands("new28", "held", "not_linked");
        world_->checkBooks("old", books);
        world_->checkMirror();
    }

    void nothingElseFeedsTheLedgerAccountMeanwhile()
    {
        goOnWithRows();
        CPPUNIT_ASSERT_EQUAL(std::string(), ask());
        CPPUNIT_ASSERT_EQUAL(std::string("taking_back"), linkOf(newLink_).state);
        world_->bank.addAccount({"third"});
        const auto third = world_->discover("third");
        write(
            [&](store::Unit& unit)
            {
                store::AccountLink other;
                other.id = "lnk_other";
                other.bankAccountId = third;
                other.ledgerAccountId = books;
                CPPUNIT_ASSERT(!store::AccountLinkRepository(unit, "main").insert(other));
            });
        world_->run();
        world_->pump();
        world_->checkBooks("old", books);
    }

    void rowsHeldBecauseOfEntriesThereAreFree()
    {
        putRows("old", 1, 9);
        putRows("new", 1, 4);
        world_->bank.put({"moved", "new", 105, day(6)});
        syncAndDeliver();
        goOn();
        assertStands("moved", "held", "overlap");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, preview().counts.waiting);
        takeBack();
        assertStands("moved", "held", "not_linked");
        world_->checkBooks("old", books);
    }

    void whatAPersonHadUndoneStaysOutForTheOldOne()
    {
        putRows("old", 1, 9);
        putRows("new", 3, 9);
        syncAndDeliver();
        const auto import = world_->row("old5")->importId;
        write(
            [&](store::Unit& unit)
            {
                CPPUNIT_ASSERT(
                    sync::askUndo(unit, "main", ada_, import, world_->random, world_->clock.now())
                        .ok());
            });
        world_->run();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, inBooks());
        goOn();
        assertStands("new5", "held", "undone");
        takeBack();
        assertStands("old5", "held", "undone");
        assertStands("new5", "held", "not_linked");
        world_->bank.put({"old5", "old", 5, day(5)});
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, inBooks());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TakenBackTest<store::Engine::Sqlite>);
CPPUNIT_TEST_SUITE_REGISTRATION(TakenBackTest<store::Engine::Postgresql>);

} // namespace bankfeed
