// What is told of an opening balance that does not come: that it fails, or that nothing will bring
// it.
#include "Failures.h"

#include "store/AccountLinkRepository.h"
#include "store/BankAccountRepository.h"

namespace bankfeed::engine
{

class OpeningNoticesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(OpeningNoticesTest);
    CPPUNIT_TEST(anOpeningBalanceThatCannotBeComputedIsSaid);
    CPPUNIT_TEST(aFailingCheckOfAnOpeningBalanceIsNotSaid);
    CPPUNIT_TEST(theNoticeOfAnOpeningBalanceEndsWithItsLink);
    CPPUNIT_TEST(anOpeningBalanceThatNoSyncWillBringIsSaidToBeMissing);
    CPPUNIT_TEST(whatIsKnownToBeRevokedIsNotToldAgain);
    CPPUNIT_TEST_SUITE_END();

public:
    void anOpeningBalanceThatCannotBeComputedIsSaid()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                addOpening(f, store::openingState::due);
                const auto down = providerError("INTERNAL_SERVER_ERROR", Remedy::Retry);
                CPPUNIT_ASSERT(failOpening(f, down, 0).kind == store::JobEnd::Kind::Failed);
                CPPUNIT_ASSERT(f.notices("a").empty());
                const auto end =
                    failOpening(f, Error::retry("opening.no_balance", "No balance."), 1);
                CPPUNIT_ASSERT(end.kind == store::JobEnd::Kind::Failed);
                CPPUNIT_ASSERT_EQUAL(std::string("opening_outstanding"), f.notices("a").at(0));
                CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", "con_1").state);
                // The next sync asks for it again.
                CPPUNIT_ASSERT(failOpening(f, down, 11).kind == store::JobEnd::Kind::Done);
                failOpening(f, providerError("ITEM_LOGIN_REQUIRED", Remedy::Repair), 0);
                CPPUNIT_ASSERT(f.job("a", store::job::refresh, "con_1").exists);
            });
    }

    void aFailingCheckOfAnOpeningBalanceIsNotSaid()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                addOpening(f, store::openingState::posted);
                failOpening(f, Error::retry("opening.no_balance", "No balance."), 11);
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void theNoticeOfAnOpeningBalanceEndsWithItsLink()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                addOpening(f, store::openingState::due);
                failOpening(f, Error::retry("opening.no_balance", "No balance."), 0);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.notices("a").size());
                f.write([&](store::Unit& unit)
                    { store::AccountLinkRepository(unit, "a").end("lnk_1", f.clock.now()); });
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void anOpeningBalanceThatNoSyncWillBringIsSaidToBeMissing()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                addOpening(f, store::openingState::due);
                failOpening(f, Error::retry("opening.no_balance", "No balance."), 0);
                const auto gone = providerError("ITEM_NOT_FOUND", Remedy::Relink);
                fail(f, gone);
                CPPUNIT_ASSERT_EQUAL(std::string("access_revoked,opening_missing"), kindsOf(f));
                goodAnswer(f); // It came back: its next sync measures it.
                CPPUNIT_ASSERT_EQUAL(std::string(), kindsOf(f));
                fail(f, gone);
                f.write([&](store::Unit& unit)
                    { store::AccountLinkRepository(unit, "a").end("lnk_1", f.clock.now()); });
                CPPUNIT_ASSERT_EQUAL(std::string("access_revoked"), kindsOf(f));
            });
    }

    void whatIsKnownToBeRevokedIsNotToldAgain()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                addOpening(f, store::openingState::due);
                fail(f, providerError("USER_PERMISSION_REVOKED", Remedy::Relink));
                CPPUNIT_ASSERT_EQUAL(std::string("access_revoked,opening_missing"), kindsOf(f));
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::NoticeRepository notices(unit, "a");
                        notices.clear(store::notice::accessRevoked, "con_1", f.clock.now());
                        notices.clear(store::notice::openingMissing, "lnk_1", f.clock.now());
                    });
                fail(f, providerError("USER_PERMISSION_REVOKED", Remedy::Relink));
                CPPUNIT_ASSERT_EQUAL(std::string(), kindsOf(f));
                fail(f, providerError("ITEM_NOT_FOUND", Remedy::Relink));
                CPPUNIT_ASSERT_EQUAL(std::string("gone"), f.connection("a", "con_1").state);
                CPPUNIT_ASSERT_EQUAL(std::string(), kindsOf(f));
            });
    }

private:
    /// A linked account whose opening balance is as said.
    static void addOpening(EngineFixture& f, std::string_view opening)
    {
        f.addConnection("a", "con_1");
        f.write(
            [&](store::Unit& unit)
            {
                store::BankAccount account;
                account.id = "acc_1";
                account.connectionId = "con_1";
                account.providerAccountId = "p1";
                account.feedId = "feed_1";
                account.name = "Checking";
                store::BankAccountRepository(unit, "a").insert(account);
                store::AccountLink link;
                link.id = "lnk_1";
                link.bankAccountId = "acc_1";
                link.feedId = "feed_1";
                link.ledgerAccountId = "l1";
                link.state = store::linkState::active;
                link.opening = opening;
                CPPUNIT_ASSERT(store::AccountLinkRepository(unit, "a").insert(link));
            });
    }

    static store::JobEnd failOpening(EngineFixture& f, const Error& error, std::int64_t attempts)
    {
        return fail(f, error, attempts, store::job::opening, "lnk_1");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OpeningNoticesTest);

} // namespace bankfeed::engine
