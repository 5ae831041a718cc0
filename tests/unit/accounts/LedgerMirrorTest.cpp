#include "store/AuditRepository.h"
#include "store/BookFacts.h"
#include "store/JobRepository.h"
#include "store/LedgerAccountRepository.h"
#include "store/NoticeRepository.h"
#include "store/TenantErasureRepository.h"
#include "unit/accounts/MemoryBooks.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

namespace bankfeed::testing
{

class LedgerMirrorTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LedgerMirrorTest);
    CPPUNIT_TEST(accountsAreMirroredForEachTenant);
    CPPUNIT_TEST(anUnchangedListWritesNothing);
    CPPUNIT_TEST(theHostIsNotAskedForItsListTooOften);
    CPPUNIT_TEST(anAccountOfAMomentAgoIsThereForWhoLooks);
    CPPUNIT_TEST(anAccountTheHostListsNoMoreStaysClosed);
    CPPUNIT_TEST(whatWasToldLastOfAnAccountCounts);
    CPPUNIT_TEST(aWishedAccountIsMadeAndTheReleaseAsked);
    CPPUNIT_TEST(aLostAnswerMakesTheAccountOnce);
    CPPUNIT_TEST(oneThatWasMergedAwayBeforeTheAnswerCameIsFedWhereItsEntriesGo);
    CPPUNIT_TEST(norIsAnotherFeedsAccountTakenByTheMerge);
    CPPUNIT_TEST(aBusyHostIsAskedAgain);
    CPPUNIT_TEST(aTakenNameIsTriedOnceMoreWithTheMask);
    CPPUNIT_TEST(aNameThatStaysTakenEndsTheLinkAndAsksAgain);
    CPPUNIT_TEST(theAuditLogNamesTheAccountAsTheBooksDo);
    CPPUNIT_TEST(theNextDecisionClearsTheFailure);
    CPPUNIT_TEST(anAccountThatIsFedAlreadyIsAFailure);
    CPPUNIT_TEST(timeUpGoesOnWithTheNextTenant);
    CPPUNIT_TEST(thousandsOfAccountsAreMirroredInBoundedUnits);
    CPPUNIT_TEST(aTenantIsLeftAloneWhileItIsErasedAndMirroredAnewAfterwards);
    CPPUNIT_TEST_SUITE_END();

public:
    void accountsAreMirroredForEachTenant()
    {
        inBothWorlds(
            [](World& world)
            {
                Mirrored m(world);
                m.books.books["other"] = {booksAccount("l1", "Theirs")};
                CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, m.tick().written);
                CPPUNIT_ASSERT_EQUAL(std::string("Assets:Cash"), m.stored("l1")->name);
                CPPUNIT_ASSERT_EQUAL(std::string("Theirs"), m.stored("l1", "other")->name);
                CPPUNIT_ASSERT(!m.stored("l2", "other"));
            });
    }

    void aTenantIsLeftAloneWhileItIsErasedAndMirroredAnewAfterwards()
    {
        inBothWorlds(
            [](World& world)
            {
                Mirrored m(world);
                const auto all = m.tick().written;
                CPPUNIT_ASSERT(all > 0);
                world.write(
                    [](store::Unit& unit)
                    {
                        store::TenantErasureRepository(unit, World::tenant).begin({});
                        unit.execute("DELETE FROM ledger_account");
                    });
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, m.tick().written);
                world.write([](store::Unit& unit)
                    { store::TenantErasureRepository(unit, World::tenant).end(); });
                CPPUNIT_ASSERT_EQUAL(all, m.tick().written);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, m.tick().written);
            });
    }

    void anUnchangedListWritesNothing()
    {
        inBothWorlds(
            [](World& world)
            {
                Mirrored m(world);
                m.tick();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, m.tick().written);
                m.books.books[World::tenant][0].balanceUnits = 5;
                m.books.books[World::tenant][0].lastEntryOn = Date::parse("2026-11-22");
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, m.tick().written);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, m.stored("l1")->balanceUnits);
                CPPUNIT_ASSERT(m.stored("l1")->lastEntryOn == Date::parse("2026-11-22"));
                // A new process knows nothing, and still writes only what changed.
                accounts::LedgerMirror again(
                    *world.database, world.clock, world.random, world.wake, world.database.log());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, valueOf(again.tick(m.books, plenty)).written);
            });
    }

    void theHostIsNotAskedForItsListTooOften()
    {
        inBothWorlds(
            [](World& world)
            {
                Mirrored m(world);
                m.tick();
                for (int i = 0; i < 5; ++i)
                    mustBeOk(m.mirror.tick(m.books, plenty).ok() ? success()
                                                                 : Error::internal("tick", ""));
                CPPUNIT_ASSERT_EQUAL(1, m.books.lists);
                m.tick();
                CPPUNIT_ASSERT_EQUAL(2, m.books.lists);
            });
    }

    void anAccountOfAMomentAgoIsThereForWhoLooks()
    {
        inBothWorlds(
            [](World& world)
            {
                Mirrored m(world);
                m.tick();
                const auto soon = [&]
                {
                    world.clock.advanceMs(600);
                    return valueOf(m.mirror.tick(m.books, plenty)).written;
                };
                m.books.books[World::tenant].push_back(booksAccount("l3", "Assets:Savings"));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, soon());
                const int ticks = world.wake.ticks;
                m.mirror.lookSoon(World::tenant);
                CPPUNIT_ASSERT_EQUAL(ticks + 1, world.wake.ticks.load());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, soon());
                CPPUNIT_ASSERT(m.stored("l3").has_value());
                // One look asks once, and many looks at a time do no more.
                (void)soon();
                CPPUNIT_ASSERT_EQUAL(2, m.books.lists);
                for (int i = 0; i < 5; ++i)
                {
                    m.mirror.lookSoon(World::tenant);
                    (void)valueOf(m.mirror.tick(m.books, plenty));
                }
                CPPUNIT_ASSERT_EQUAL(3, m.books.lists);
            });
    }

    void anAccountTheHostListsNoMoreStaysClosed()
    {
        inBothWorlds(
            [](World& world)
            {
                Mirrored m(world);
                m.tick();
                m.books.books[World::tenant].pop_back();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, m.tick().written);
                CPPUNIT_ASSERT(!m.stored("l2")->open);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, m.tick().written);
                m.books.books[World::tenant].push_back(booksAccount("l2", "Assets:Bank"));
                m.tick();
                CPPUNIT_ASSERT(m.stored("l2")->open);
                m.books.listFails = true;
                m.tick();
                CPPUNIT_ASSERT(m.stored("l2")->open);
            });
    }

    /// An event says at once that an account is closed, and the host's list still has it open.
    void whatWasToldLastOfAnAccountCounts()
    {
        inBothWorlds(
            [](World& world)
            {
                Mirrored m(world);
                m.tick();
                const auto closedByAnEvent = [&]
                {
                    auto told = *m.stored("l1");
                    told.open = false;
                    world.write(
                        [&](store::Unit& unit) {
                            store::LedgerAccountRepository(unit, World::tenant)
                                .put({told}, world.clock.now());
                        });
                };
                closedByAnEvent();
                m.tick(); // The list says what it said before the event.
                CPPUNIT_ASSERT(!m.stored("l1")->open);
                m.books.books[World::tenant][1].balanceUnits = 5;
                m.tick(); // It says something new, and so it was told last.
                CPPUNIT_ASSERT(m.stored("l1")->open);
                closedByAnEvent();
                accounts::LedgerMirror again(
                    *world.database, world.clock, world.random, world.wake, world.database.log());
                (void)valueOf(again.tick(m.books, plenty)); // So does the first look of a process.
                CPPUNIT_ASSERT(m.stored("l1")->open);
            });
    }

    void aWishedAccountIsMadeAndTheReleaseAsked()
    {
        inBothWorlds(
            [](World& world)
            {
                Mirrored m(world);
                const auto account = m.wish("Event Fund");
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, m.tick().made);
                const auto link = world.linkOf(account.id);
                CPPUNIT_ASSERT_EQUAL(std::string("made-1"), *link->ledgerAccountId);
                CPPUNIT_ASSERT_EQUAL(std::string("releasing"), link->state);
                CPPUNIT_ASSERT_EQUAL(std::string("due"), link->opening);
                CPPUNIT_ASSERT(world.jobAsked(store::job::release, link->id));
                CPPUNIT_ASSERT_EQUAL(std::string("Assets:Event Fund"), m.stored("made-1")->name);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, m.tick().made);
                CPPUNIT_ASSERT_EQUAL(1, m.books.creations);
            });
    }

    void aLostAnswerMakesTheAccountOnce()
    {
        inBothWorlds(
            [](World& world)
            {
                Mirrored m(world);
                const auto account = m.wish("Event Fund");
                const auto wish = world.write(
                    [&](store::Unit& unit) {
                        return store::LedgerAccountRepository(unit, World::tenant)
                            .waiting(10)
                            .at(0);
                    });
                // The host made it, and the process ended before it wrote that down.
                CPPUNIT_ASSERT(m.books
                                   .createAccount(World::tenant, {wish.id, wish.name, wish.type,
                                                                     wish.currency, wish.exponent})
                                   .ok());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, m.tick().made);
                CPPUNIT_ASSERT_EQUAL(std::size_t{3}, m.books.books[World::tenant].size());
                CPPUNIT_ASSERT_EQUAL(
                    std::string("made-1"), *world.linkOf(account.id)->ledgerAccountId);
            });
    }

    /// The host made "made-1", and people merged it before the plugin wrote that down.
    static void mergeWhatIsMade(World& world, const std::string& into)
    {
        world.write([&](store::Unit& unit)
            { store::BookFacts(unit, World::tenant).setMerged("made-1", into, 0); });
    }

    void oneThatWasMergedAwayBeforeTheAnswerCameIsFedWhereItsEntriesGo()
    {
        inBothWorlds(
            [](World& world)
            {
                Mirrored m(world);
                m.tick();
                const auto account = m.wish("Event Fund");
                mergeWhatIsMade(world, "l2");
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, m.tick().made);
                CPPUNIT_ASSERT_EQUAL(std::string("l2"), *world.linkOf(account.id)->ledgerAccountId);
                CPPUNIT_ASSERT_EQUAL(std::string("Assets:Bank"), m.stored("l2")->name);
            });
    }

    void norIsAnotherFeedsAccountTakenByTheMerge()
    {
        inBothWorlds(
            [](World& world)
            {
                Mirrored m(world);
                const auto first = m.wish("Event Fund");
                mergeWhatIsMade(world, "l2");
                m.tick();
                const auto second = m.wish("Other Fund");
                world.write([](store::Unit& unit)
                    { store::BookFacts(unit, World::tenant).setMerged("made-2", "made-1", 0); });
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, m.tick().failed);
                CPPUNIT_ASSERT_EQUAL(std::string("l2"), *world.linkOf(first.id)->ledgerAccountId);
                CPPUNIT_ASSERT(!world.linkOf(second.id));
            });
    }

    void aBusyHostIsAskedAgain()
    {
        inBothWorlds(
            [](World& world)
            {
                Mirrored m(world);
                const auto account = m.wish("Event Fund");
                m.books.createError = Error::retry("host.busy", "Not now.");
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, m.tick().failed);
                m.books.createError = Error::unknown("host.unknown", "Who knows.");
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, m.tick().failed);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("waiting_for_account"), world.linkOf(account.id)->state);
                m.books.createError.reset();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, m.tick().made);
            });
    }

    void aTakenNameIsTriedOnceMoreWithTheMask()
    {
        inBothWorlds(
            [](World& world)
            {
                Mirrored m(world);
                const auto account = m.wish("Event Fund");
                m.books.books[World::tenant].push_back(booksAccount("l9", "Event Fund"));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, m.tick().made);
                CPPUNIT_ASSERT_EQUAL(2, m.books.creations);
                const auto link = *world.linkOf(account.id);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("Assets:Event Fund 0000"), m.stored(*link.ledgerAccountId)->name);
            });
    }

    void theAuditLogNamesTheAccountAsTheBooksDo()
    {
        inBothWorlds(
            [](World& world)
            {
                Mirrored m(world);
                m.wish("Event Fund");
                m.tick();
                const auto entry = world.write([&](store::Unit& unit)
                    { return store::AuditRepository(unit, World::tenant).entries(0, 1).at(0); });
                CPPUNIT_ASSERT_EQUAL(std::string("ledger_account.made"), entry.action);
                CPPUNIT_ASSERT(entry.detail.find(R"("ledger_account":"Assets:Event Fund")") !=
                               std::string::npos);
                CPPUNIT_ASSERT(
                    entry.detail.find(R"("asked_for":"Event Fund")") != std::string::npos);
            });
    }

    void aNameThatStaysTakenEndsTheLinkAndAsksAgain()
    {
        inBothWorlds(
            [](World& world)
            {
                Mirrored m(world);
                const auto account = m.wish("Event Fund");
                const auto link = *world.linkOf(account.id);
                m.books.books[World::tenant].push_back(booksAccount("l8", "Event Fund"));
                m.books.books[World::tenant].push_back(booksAccount("l9", "Event Fund 0000"));
                const auto outcome = m.tick();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, outcome.failed);
                CPPUNIT_ASSERT(!world.linkOf(account.id));
                CPPUNIT_ASSERT_EQUAL(std::string("open"),
                    world.account(account.connectionId, "Event Fund").decision);
                CPPUNIT_ASSERT(world.noticeOpen(store::notice::ledgerAccountFailed, link.id));
                CPPUNIT_ASSERT_EQUAL(R"({"institution":"First Platypus Bank","connection_id":")" +
                                         account.connectionId +
                                         R"(","bank_account":"Event Fund",)" +
                                         R"("bank_account_id":")" + account.id +
                                         R"(","name":"Event Fund 0000","text":"Name taken."})",
                    world.noticeParams(store::notice::ledgerAccountFailed, link.id));
                const auto failed = world.write(
                    [&](store::Unit& unit) {
                        return store::LedgerAccountRepository(unit, World::tenant)
                            .failuresOf(account.connectionId);
                    });
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, failed.size());
                CPPUNIT_ASSERT_EQUAL(account.id, failed.at(0).bankAccountId);
                CPPUNIT_ASSERT_EQUAL(std::string("Name taken."), failed.at(0).errorText);
                CPPUNIT_ASSERT(
                    world.noticeOpen(store::notice::accountsToDecide, account.connectionId));
                const auto actions = world.auditActions();
                CPPUNIT_ASSERT(
                    std::count(actions.begin(), actions.end(), "account.link_failed") == 1);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, m.tick().failed);
            });
    }

    void theNextDecisionClearsTheFailure()
    {
        inBothWorlds(
            [](World& world)
            {
                Mirrored m(world);
                const auto account = m.wish("Event Fund");
                const auto link = *world.linkOf(account.id);
                m.books.createError = Error::invalid("host.invalid", "No such name.");
                m.tick();
                CPPUNIT_ASSERT(world.noticeOpen(store::notice::ledgerAccountFailed, link.id));
                m.books.createError.reset();
                world.apply(account.connectionId, {decideNew(account, "Fund")});
                CPPUNIT_ASSERT(!world.noticeOpen(store::notice::ledgerAccountFailed, link.id));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, m.tick().made);
            });
    }

    void anAccountThatIsFedAlreadyIsAFailure()
    {
        inBothWorlds(
            [](World& world)
            {
                Mirrored m(world);
                m.tick();
                const auto fed = m.wish("Fed");
                const auto other = m.wish("Other");
                const auto wishes = world.write([&](store::Unit& unit)
                    { return store::LedgerAccountRepository(unit, World::tenant).waiting(10); });
                // A host that gives one account to two keys.
                m.books.byKey[wishes.at(0).id] = "l1";
                m.books.byKey[wishes.at(1).id] = "l1";
                const auto outcome = m.tick();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, outcome.made);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, outcome.failed);
                const bool first = world.linkOf(fed.id).has_value();
                CPPUNIT_ASSERT(first != world.linkOf(other.id).has_value());
            });
    }

    void timeUpGoesOnWithTheNextTenant()
    {
        inBothWorlds(
            [](World& world)
            {
                Mirrored m(world);
                m.books.books["alpha"] = {booksAccount("l1", "A")};
                m.books.books["omega"] = {booksAccount("l1", "O")};
                for (const char* tenant : {"alpha", "main", "omega"})
                {
                    const auto outcome = valueOf(m.mirror.tick(m.books, 0));
                    CPPUNIT_ASSERT(m.stored("l1", tenant).has_value());
                    CPPUNIT_ASSERT_EQUAL(std::string(tenant) != "omega" ? 1 : 1,
                        outcome.more || std::string(tenant) == "omega" ? 1 : 0);
                }
            });
    }

    void thousandsOfAccountsAreMirroredInBoundedUnits()
    {
        inBothWorlds(
            [](World& world)
            {
                Mirrored m(world);
                auto& accounts = m.books.books[World::tenant];
                for (int i = 0; i < 6000; ++i)
                    accounts.push_back(
                        booksAccount("n" + std::to_string(i), "N" + std::to_string(i)));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{6002}, m.tick().written);
                accounts[100].name = "Renamed";
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, m.tick().written);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LedgerMirrorTest);

} // namespace bankfeed::testing
