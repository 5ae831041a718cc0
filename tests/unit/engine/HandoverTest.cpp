// A connection that takes the place of another: what moves by itself, what a person is asked, and
// when the old one is ended.
#include "engine/Handover.h"
#include "accounts/Identity.h"
#include "store/NoticeRepository.h"
#include "store/TransactionRepository.h"
#include "unit/accounts/World.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

namespace
{

ProviderAccount shownAs(const std::string& id, const std::string& name, const std::string& mask,
    const std::string& persistent = "")
{
    auto account = shownAccount(id, name, mask);
    account.persistentId = persistent;
    return account;
}

/// Two connections with one login: the old one feeds the books.
struct Pair
{
    explicit Pair(World& w, const std::string& persistent = "")
        : world(w), handover(*w.database, w.clock, w.random, w.wake)
    {
        world.ledgerAccounts({booksAccount("led-1", "Assets:Checking"),
            booksAccount("led-2", "Assets:Savings"), booksAccount("free", "Assets:Free")});
        old = world.connect("ins_1");
        world.look(
            old, {shownAs("o1", "Checking", "1111", persistent), shownAs("o2", "Savings", "2222")});
        feed("Checking", "led-1");
        feed("Savings", "led-2");
        world.clock.advanceMs(60'000);
        fresh = world.connect("ins_1");
        world.write([&](store::Unit& unit)
            { store::ConnectionRepository(unit, World::tenant).setReplaces(fresh, old); });
    }

    void feed(const std::string& name, const std::string& ledgerAccount)
    {
        const auto account = world.account(old, name);
        CPPUNIT_ASSERT(
            world.apply(old, {decideExisting(account, ledgerAccount)}).conflicts.empty());
        settle(account.id);
    }
    /// The books agree, and what was held is released.
    void settle(const std::string& bankAccount)
    {
        const auto link = world.linkOf(bankAccount);
        world.write(
            [&](store::Unit& unit)
            {
                store::AccountLinkRepository(unit, World::tenant)
                    .setState(link->id, store::linkState::active);
            });
    }
    /// The new connection shows its accounts, and has been read completely.
    void show(const std::vector<ProviderAccount>& accounts)
    {
        world.look(fresh, accounts);
        world.write(
            [&](store::Unit& unit)
            {
                store::ConnectionRepository connections(unit, World::tenant);
                connections.setSyncPosition(fresh, "cursor", "complete", 1);
                connections.recordSuccess(fresh, world.clock.now());
            });
    }
    void showBoth(const std::string& persistent = "")
    {
        show({shownAs("n1", "Checking", "1111", persistent), shownAs("n2", "Savings", "2222")});
    }

    store::JobLease claim()
    {
        return world.write(
            [&](store::Unit& unit)
            {
                store::JobRepository jobs(unit);
                jobs.ask(
                    world.random, World::tenant, store::job::handover, fresh, world.clock.now());
                auto claimed = jobs.claim(world.clock.now(), 60'000);
                while (claimed && claimed->kind != store::job::handover)
                {
                    jobs.end(*claimed, world.clock.now(), {});
                    claimed = jobs.claim(world.clock.now(), 60'000);
                }
                return claimed.value();
            });
    }
    void run()
    {
        const auto lease = claim();
        const auto end = valueOf(handover.run(lease));
        world.write([&](store::Unit& unit)
            { store::JobRepository(unit).end(lease, world.clock.now(), end); });
    }

    engine::HandoverView view()
    {
        const auto successor = world.connection(fresh);
        const auto before = world.connection(old);
        return world.write([&](store::Unit& unit)
            { return engine::HandoverView::load(unit, World::tenant, successor, before); });
    }
    bool ends() { return world.jobAsked(store::job::disconnect, old); }

    World& world;
    engine::Handover handover;
    std::string old;
    std::string fresh;
};

} // namespace

class HandoverTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HandoverTest);
    CPPUNIT_TEST(theReviewProposesToMoveEachAccount);
    CPPUNIT_TEST(theOldConnectionEndsOnceEveryAccountHasMoved);
    CPPUNIT_TEST(nothingEndsBeforeTheFirstCompleteSync);
    CPPUNIT_TEST(nothingEndsWhileALinkIsOnItsWay);
    CPPUNIT_TEST(nothingEndsWhileAnAccountIsLeftOrUndecided);
    CPPUNIT_TEST(samePersistentIdMovesByItself);
    CPPUNIT_TEST(whoseBooksOthersWroteInIsLeftToAPerson);
    CPPUNIT_TEST(anotherLoginEndsNothingAndIsTold);
    CPPUNIT_TEST(oneThatFedNothingEndsOnlyWhenItIsTheSameLogin);
    CPPUNIT_TEST(twoLookAlikesAreAPersonsChoice);
    CPPUNIT_TEST(theSameAccountCannotFeedTwiceBesideTheOld);
    CPPUNIT_TEST(theFeedGoesOnWithTheNewAccount);
    CPPUNIT_TEST(aThirdConnectionTakesNothingOver);
    CPPUNIT_TEST(whoseSuccessorWasEndedIsLeftAlone);
    CPPUNIT_TEST(whoseSuccessorIsBeingEndedIsLeftAlone);
    CPPUNIT_TEST_SUITE_END();

public:
    void theReviewProposesToMoveEachAccount()
    {
        inBothWorlds(
            [](World& world)
            {
                Pair pair(world);
                pair.showBoth();
                const auto review = valueOf(world.database->read([&](store::Unit& unit)
                    { return accounts::Review::build(unit, World::tenant, pair.fresh); }));
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, review.rows.size());
                for (const auto& row : review.rows)
                {
                    CPPUNIT_ASSERT(row.conflicts.empty() && row.proposal);
                    CPPUNIT_ASSERT(row.proposal->choice == accounts::Choice::Existing);
                    CPPUNIT_ASSERT_EQUAL(
                        std::string(row.account.name == "Checking" ? "led-1" : "led-2"),
                        row.proposal->ledgerAccountId);
                    CPPUNIT_ASSERT_EQUAL(std::string("re_issued"), row.relation->kind);
                    CPPUNIT_ASSERT_EQUAL(std::string(accounts::evidence::sameMaskTypeCurrency),
                        row.proposal->evidence.front());
                }
                for (const auto& ledger : review.ledgerAccounts)
                    CPPUNIT_ASSERT(ledger.fedBy == nullptr);
                // Weak evidence proposes, and never acts.
                pair.run();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, pair.view().accountsLeft);
            });
    }

    void theOldConnectionEndsOnceEveryAccountHasMoved()
    {
        inBothWorlds(
            [](World& world)
            {
                Pair pair(world);
                pair.showBoth();
                const auto checking = world.account(pair.fresh, "Checking");
                const auto savings = world.account(pair.fresh, "Savings");
                const auto before = world.linkOf(world.account(pair.old, "Checking").id);
                CPPUNIT_ASSERT(world
                                   .apply(pair.fresh, {decideExisting(checking, "led-1"),
                                                          decideExisting(savings, "led-2")})
                                   .conflicts.empty());
                CPPUNIT_ASSERT(world.jobAsked(store::job::handover, pair.fresh));
                CPPUNIT_ASSERT(!world.linkOf(world.account(pair.old, "Checking").id));
                CPPUNIT_ASSERT_EQUAL(before->feedId, world.linkOf(checking.id)->feedId);
                pair.settle(checking.id);
                pair.settle(savings.id);
                CPPUNIT_ASSERT(!pair.ends());
                pair.run();
                CPPUNIT_ASSERT(pair.ends());
                CPPUNIT_ASSERT_EQUAL(
                    std::string("connection.replaced"), world.auditActions().front());
                CPPUNIT_ASSERT(!world.connection(pair.old).removedAt);
                // However often it looks, it is asked for once.
                pair.run();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                    world.count("SELECT COUNT(*) FROM job WHERE kind = 'disconnect'"));
            });
    }

    void nothingEndsBeforeTheFirstCompleteSync()
    {
        for (const std::string history : {"not_ready", "recent"})
            inBothWorlds(
                [&](World& world)
                {
                    Pair pair(world);
                    pair.showBoth();
                    world.write(
                        [&](store::Unit& unit) {
                            store::ConnectionRepository(unit, World::tenant)
                                .setSyncPosition(pair.fresh, "c", history, 1);
                        });
                    moveBoth(pair);
                    pair.run();
                    CPPUNIT_ASSERT(!pair.ends());
                    CPPUNIT_ASSERT(pair.view().stage == engine::HandoverView::Stage::Reading);
                });
    }

    void nothingEndsWhileALinkIsOnItsWay()
    {
        inBothWorlds(
            [](World& world)
            {
                Pair pair(world);
                pair.showBoth();
                moveBoth(pair);
                const auto link = world.linkOf(world.account(pair.fresh, "Savings").id)->id;
                world.write(
                    [&](store::Unit& unit) {
                        store::AccountLinkRepository(unit, World::tenant)
                            .setState(link, store::linkState::releasing);
                    });
                pair.run();
                CPPUNIT_ASSERT(!pair.ends());
                CPPUNIT_ASSERT(pair.view().stage == engine::HandoverView::Stage::Moving);
            });
    }

    void nothingEndsWhileAnAccountIsLeftOrUndecided()
    {
        inBothWorlds(
            [](World& world)
            {
                Pair pair(world);
                pair.show({shownAs("n1", "Checking", "1111"), shownAs("n3", "Extra", "3333")});
                const auto checking = world.account(pair.fresh, "Checking");
                CPPUNIT_ASSERT(
                    world.apply(pair.fresh, {decideExisting(checking, "led-1")}).conflicts.empty());
                pair.settle(checking.id);
                pair.run();
                CPPUNIT_ASSERT(!pair.ends());
                // The review is asked for first.
                CPPUNIT_ASSERT(!world.noticeOpen(store::notice::oldLoginStays, pair.fresh));
                CPPUNIT_ASSERT(world
                                   .apply(pair.fresh, {decide(world.account(pair.fresh, "Extra"),
                                                          accounts::Choice::None)})
                                   .conflicts.empty());
                pair.run();
                CPPUNIT_ASSERT(!pair.ends()); // Savings was not shared: it still comes by the old.
                CPPUNIT_ASSERT(world.noticeOpen(store::notice::oldLoginStays, pair.fresh));
                CPPUNIT_ASSERT(world.noticeParams(store::notice::oldLoginStays, pair.fresh)
                                   .find("accounts_left") != std::string::npos);
                CPPUNIT_ASSERT(world.linkOf(world.account(pair.old, "Savings").id));
            });
    }

    void samePersistentIdMovesByItself()
    {
        inBothWorlds(
            [](World& world)
            {
                Pair pair(world, "persistent-1");
                toldTheBooks(world, world.account(pair.old, "Checking"), "led-1");
                pair.showBoth("persistent-1");
                pair.run();
                const auto moved = world.linkOf(world.account(pair.fresh, "Checking").id);
                CPPUNIT_ASSERT(moved && moved->ledgerAccountId == std::string("led-1"));
                CPPUNIT_ASSERT(!world.linkOf(world.account(pair.old, "Checking").id));
                CPPUNIT_ASSERT(!world.linkOf(world.account(pair.fresh, "Savings").id));
                CPPUNIT_ASSERT(!pair.ends());
            });
    }

    void whoseBooksOthersWroteInIsLeftToAPerson()
    {
        inBothWorlds(
            [](World& world)
            {
                Pair pair(world, "persistent-1");
                toldTheBooks(world, world.account(pair.old, "Checking"), "led-1");
                auto byHand = booksAccount("led-1", "Assets:Checking");
                byHand.balanceUnits = 999;
                byHand.lastEntryOn = Date::parse("2026-01-20");
                world.ledgerAccounts({byHand, booksAccount("led-2", "Assets:Savings")});
                pair.showBoth("persistent-1");
                pair.run();
                CPPUNIT_ASSERT(!world.linkOf(world.account(pair.fresh, "Checking").id));
                CPPUNIT_ASSERT(world.linkOf(world.account(pair.old, "Checking").id));
            });
    }

    void anotherLoginEndsNothingAndIsTold()
    {
        inBothWorlds(
            [](World& world)
            {
                Pair pair(world);
                pair.show({shownAs("n1", "Theirs", "7777")});
                CPPUNIT_ASSERT(world
                                   .apply(pair.fresh, {decide(world.account(pair.fresh, "Theirs"),
                                                          accounts::Choice::None)})
                                   .conflicts.empty());
                pair.run();
                CPPUNIT_ASSERT(!pair.ends() && pair.view().otherLogin);
                CPPUNIT_ASSERT(world.noticeParams(store::notice::oldLoginStays, pair.fresh)
                                   .find("other_login") != std::string::npos);
                // A person says that they are two: it is over.
                world.write(
                    [&](store::Unit& unit) {
                        store::ConnectionRepository(unit, World::tenant)
                            .setReplaces(pair.fresh, "");
                    });
                pair.run();
                CPPUNIT_ASSERT(!world.noticeOpen(store::notice::oldLoginStays, pair.fresh));
                CPPUNIT_ASSERT(!pair.ends());
            });
    }

    void oneThatFedNothingEndsOnlyWhenItIsTheSameLogin()
    {
        for (const bool same : {true, false})
            inBothWorlds(
                [&](World& world)
                {
                    Pair pair(world);
                    world.write(
                        [&](store::Unit& unit)
                        {
                            store::AccountLinkRepository links(unit, World::tenant);
                            for (const auto& link : links.currentOfConnection(pair.old))
                                links.end(link.id, world.clock.now());
                        });
                    pair.show({shownAs("n1", "Checking", same ? "1111" : "7777")});
                    CPPUNIT_ASSERT(
                        world
                            .apply(pair.fresh, {decide(world.account(pair.fresh, "Checking"),
                                                   accounts::Choice::None)})
                            .conflicts.empty());
                    pair.run();
                    CPPUNIT_ASSERT_EQUAL(same, pair.ends());
                });
    }

    void twoLookAlikesAreAPersonsChoice()
    {
        inBothWorlds(
            [](World& world)
            {
                Pair pair(world);
                pair.show({shownAs("n1", "Checking", "1111"), shownAs("n2", "Twin", "1111")});
                const auto twin = world.account(pair.fresh, "Twin");
                const auto relation = world.write([&](store::Unit& unit)
                    { return accounts::Identity::load(unit, World::tenant).relationOf(twin); });
                CPPUNIT_ASSERT(!relation);
                // Either may be chosen for it, but not both beside it.
                const auto applied = world.apply(pair.fresh, {decideExisting(twin, "led-1")});
                CPPUNIT_ASSERT(applied.conflicts.empty());
            });
    }

    void theSameAccountCannotFeedTwiceBesideTheOld()
    {
        for (const std::string persistent : {"", "persistent-1"})
            inBothWorlds(
                [&](World& world)
                {
                    Pair pair(world, persistent);
                    pair.showBoth(persistent);
                    const auto checking = world.account(pair.fresh, "Checking");
                    const auto elsewhere =
                        world.apply(pair.fresh, {decideExisting(checking, "free")});
                    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, elsewhere.conflicts.size());
                    CPPUNIT_ASSERT_EQUAL(
                        std::string(persistent.empty() ? "looks_already_linked" : "already_linked"),
                        elsewhere.conflicts.front().code);
                    const auto anew = world.apply(pair.fresh, {decideNew(checking, "Second")});
                    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, anew.conflicts.size());
                    CPPUNIT_ASSERT(world.linkOf(world.account(pair.old, "Checking").id));
                });
    }

    void theFeedGoesOnWithTheNewAccount()
    {
        inBothWorlds(
            [](World& world)
            {
                Pair pair(world);
                const auto old = world.account(pair.old, "Checking");
                toldTheBooks(world, old, "led-1");
                pair.showBoth();
                const auto checking = world.account(pair.fresh, "Checking");
                CPPUNIT_ASSERT(
                    world.apply(pair.fresh, {decideExisting(checking, "led-1")}).conflicts.empty());
                const auto link = world.linkOf(checking.id);
                CPPUNIT_ASSERT_EQUAL(old.feedId, link->feedId);
                CPPUNIT_ASSERT_EQUAL(old.feedId, world.account(pair.fresh, "Checking").feedId);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("aside"), world.account(pair.old, "Checking").decision);
            });
    }

    void aThirdConnectionTakesNothingOver()
    {
        inBothWorlds(
            [](World& world)
            {
                Pair pair(world);
                pair.showBoth();
                const auto third = world.connect("ins_1");
                world.look(third, {shownAs("t1", "Checking", "1111")});
                const auto applied =
                    world.apply(third, {decideExisting(world.account(third, "Checking"), "led-1")});
                CPPUNIT_ASSERT(!applied.conflicts.empty());
                CPPUNIT_ASSERT(world.linkOf(world.account(pair.old, "Checking").id));
            });
    }

    void whoseSuccessorWasEndedIsLeftAlone()
    {
        inBothWorlds(
            [](World& world)
            {
                Pair pair(world);
                pair.showBoth();
                moveBoth(pair);
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::ConnectionRepository(unit, World::tenant)
                            .markRemoved(pair.fresh, "disconnected", world.clock.now());
                    });
                pair.run();
                CPPUNIT_ASSERT(!pair.ends());
                // What had moved can go back: the old account takes its feed up again.
                const auto back = world.apply(
                    pair.old, {decideExisting(world.account(pair.old, "Checking"), "led-1")});
                CPPUNIT_ASSERT(back.conflicts.empty());
                CPPUNIT_ASSERT(world.linkOf(world.account(pair.old, "Checking").id));
            });
    }

    void whoseSuccessorIsBeingEndedIsLeftAlone()
    {
        inBothWorlds(
            [](World& world)
            {
                Pair pair(world);
                pair.showBoth();
                moveBoth(pair);
                const auto lease = pair.claim();
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::JobRepository(unit).ask(world.random, World::tenant,
                            store::job::disconnect, pair.fresh, world.clock.now());
                    });
                (void)valueOf(pair.handover.run(lease));
                CPPUNIT_ASSERT(!pair.ends());
            });
    }

private:
    static void moveBoth(Pair& pair)
    {
        const auto checking = pair.world.account(pair.fresh, "Checking");
        const auto savings = pair.world.account(pair.fresh, "Savings");
        CPPUNIT_ASSERT(pair.world
                           .apply(pair.fresh, {decideExisting(checking, "led-1"),
                                                  decideExisting(savings, "led-2")})
                           .conflicts.empty());
        pair.settle(checking.id);
        pair.settle(savings.id);
    }

    /// The old account has told the books of one row, and they hold it.
    static void toldTheBooks(
        World& world, const store::BankAccount& account, const std::string& ledgerAccount)
    {
        world.write(
            [&](store::Unit& unit)
            {
                store::BankTransaction row;
                row.connectionId = account.connectionId;
                row.providerTransactionId = "told-" + account.id;
                row.providerAccountId = account.providerAccountId;
                row.bankAccountId = account.id;
                row.amountExact = "5";
                row.units = 500;
                row.exponent = 2;
                row.currency = "USD";
                row.bookedOn = "2026-01-15";
                row.lane = store::lane::booked;
                row.rootKey = "root-" + account.id;
                row.revision = 1;
                row.sentLedgerAccountId = ledgerAccount;
                row.sentUnits = 500;
                row.sentExponent = 2;
                row.sentCurrency = "USD";
                row.sentBookedOn = "2026-01-15";
                store::TransactionRepository(unit, World::tenant).save({row});
            });
        auto books = booksAccount(ledgerAccount, "Assets:Checking");
        books.balanceUnits = 500;
        books.lastEntryOn = Date::parse("2026-01-15");
        world.ledgerAccounts({books, booksAccount("led-2", "Assets:Savings")});
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HandoverTest);

} // namespace bankfeed::testing
