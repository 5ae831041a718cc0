// Goal: the bank's own balances are asked for when a person wishes it, hardly ever twice, kept with
// their moment until the provider has been at the bank again, and missed by nobody.
#include "CoreFixture.h"

#include "engine/LiveBalances.h"
#include "store/BankAccountRepository.h"

namespace bankfeed::engine
{

class LiveBalancesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LiveBalancesTest);
    CPPUNIT_TEST(whatTheBankSaysIsKeptWithItsMomentAndCompared);
    CPPUNIT_TEST(anOlderLookOfTheProviderDoesNotTakeItBack);
    CPPUNIT_TEST(nothingElseEverAsksForThem);
    CPPUNIT_TEST(theyAreAskedForOnceInAQuarterOfAnHour);
    CPPUNIT_TEST(aBankThatIsDownBreaksNothingAndIsTold);
    CPPUNIT_TEST(aLimitIsNotRepeatedAndALostAnswerOnce);
    CPPUNIT_TEST(whatCannotBeHadIsRemembered);
    CPPUNIT_TEST(aPausedConnectionIsNotAsked);
    CPPUNIT_TEST_SUITE_END();

    static void connect(CoreFixture& f)
    {
        f.addWorkingConnection("a", "con_1");
        f.bank.rows.addAccount({"a1", "USD", 10'000});
        f.bank.facts.lastGoodUpdateAt = f.clock.now();
        f.sync("a", "con_1");
    }
    static BalancesWish ask(CoreFixture& f)
    {
        BalancesWish wish;
        f.write([&](store::Unit& unit)
            { wish = askBalances(unit, f.random, "a", "con_1", f.clock.now()); });
        return wish;
    }
    static store::BankAccount account(CoreFixture& f)
    {
        return f.read([](store::Unit& unit)
            { return store::BankAccountRepository(unit, "a").ofConnection("con_1").at(0); });
    }
    static store::ConnectionRepository::BalancesAsked asked(CoreFixture& f)
    {
        return f.read([](store::Unit& unit)
            { return store::ConnectionRepository(unit, "a").balancesAsked("con_1"); });
    }
    static Error providerError(const std::string& code, Remedy remedy)
    {
        Error error = Error::retry("plaid.error", "No.");
        error.kind = ErrorKind::Provider;
        error.remedy = remedy;
        error.providerCode = code;
        error.providerRequestId = "req1";
        return error;
    }
    static void runFor(CoreFixture& f, std::int64_t minutes)
    {
        for (std::int64_t i = 0; i < minutes; ++i)
        {
            f.run();
            f.clock.advanceMs(60'000);
        }
        f.run();
    }

public:
    void whatTheBankSaysIsKeptWithItsMomentAndCompared()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                connect(f);
                CPPUNIT_ASSERT_EQUAL(std::string("100"), account(f).balanceExact.value_or(""));
                f.clock.advanceMs(3'600'000);
                f.bank.rows.balancesShown["a1"] = 12'345;
                CPPUNIT_ASSERT(ask(f).asked);
                f.run();
                CPPUNIT_ASSERT_EQUAL(1, f.bank.calls["balancesNow"]);
                CPPUNIT_ASSERT_EQUAL(std::string("123.45"), account(f).balanceExact.value_or(""));
                CPPUNIT_ASSERT(account(f).balanceAsOf == f.clock.now());
                CPPUNIT_ASSERT(f.connection("a", "con_1").balancesLiveAt == f.clock.now());
                CPPUNIT_ASSERT_EQUAL(std::string(), asked(f).errorCode);
            });
    }

    void anOlderLookOfTheProviderDoesNotTakeItBack()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                connect(f);
                f.clock.advanceMs(3'600'000);
                f.bank.rows.balancesShown["a1"] = 12'345;
                CPPUNIT_ASSERT(ask(f).asked);
                f.run();
                f.bank.rows.balancesShown["a1"] = 10'000; // What it saw an hour ago.
                f.ask("a", store::job::refresh, "con_1");
                f.run();
                CPPUNIT_ASSERT_EQUAL(std::string("123.45"), account(f).balanceExact.value_or(""));
                f.clock.advanceMs(3'600'000);
                f.bank.facts.lastGoodUpdateAt = f.clock.now();
                f.bank.rows.balancesShown["a1"] = 20'000;
                f.ask("a", store::job::refresh, "con_1");
                f.run();
                CPPUNIT_ASSERT_EQUAL(std::string("200"), account(f).balanceExact.value_or(""));
                CPPUNIT_ASSERT(account(f).balanceAsOf == f.clock.now());
            });
    }

    void nothingElseEverAsksForThem()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                connect(f);
                for (int i = 0; i < 5; ++i)
                {
                    f.clock.advanceMs(21'600'000);
                    f.sync("a", "con_1");
                }
                CPPUNIT_ASSERT_EQUAL(0, f.bank.calls["balancesNow"]);
            });
    }

    void theyAreAskedForOnceInAQuarterOfAnHour()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                connect(f);
                const UtcTime began = f.clock.now();
                CPPUNIT_ASSERT(ask(f).asked);
                f.run();
                f.clock.advanceMs(14 * 60'000);
                const auto second = ask(f);
                CPPUNIT_ASSERT(!second.asked);
                CPPUNIT_ASSERT(second.nextPossibleAt == plusMs(began, 15 * 60'000));
                f.clock.advanceMs(60'000);
                CPPUNIT_ASSERT(ask(f).asked);
                f.run();
                CPPUNIT_ASSERT_EQUAL(2, f.bank.calls["balancesNow"]);
            });
    }

    void aBankThatIsDownBreaksNothingAndIsTold()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                connect(f);
                f.bank.balancesFail = providerError("INSTITUTION_DOWN", Remedy::Later);
                f.bank.balancesFail->concern = Concern::Institution;
                CPPUNIT_ASSERT(ask(f).asked);
                runFor(f, 14);
                CPPUNIT_ASSERT_EQUAL(1, f.bank.calls["balancesNow"]);
                CPPUNIT_ASSERT_EQUAL(std::string("INSTITUTION_DOWN"), asked(f).errorCode);
                CPPUNIT_ASSERT_EQUAL(std::string("req1"), asked(f).errorRequestId);
                const auto connection = f.connection("a", "con_1");
                CPPUNIT_ASSERT(connection.state == store::connectionState::healthy);
                CPPUNIT_ASSERT_EQUAL(std::string(), connection.errorCode);
                CPPUNIT_ASSERT_EQUAL(std::string("100"), account(f).balanceExact.value_or(""));
                f.bank.balancesFail.reset();
                f.clock.advanceMs(60'000);
                CPPUNIT_ASSERT(ask(f).asked);
                f.run();
                CPPUNIT_ASSERT_EQUAL(std::string(), asked(f).errorCode);
            });
    }

    void aLimitIsNotRepeatedAndALostAnswerOnce()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                connect(f);
                int before = 0;
                const auto callsOf = [&](const Error& error)
                {
                    f.bank.balancesFail = error;
                    CPPUNIT_ASSERT(ask(f).asked);
                    runFor(f, 15);
                    return f.bank.calls["balancesNow"] -
                           std::exchange(before, f.bank.calls["balancesNow"]);
                };
                CPPUNIT_ASSERT_EQUAL(1, callsOf(providerError("BALANCE_LIMIT", Remedy::Retry)));
                CPPUNIT_ASSERT_EQUAL(2, callsOf(providerError("PRODUCT_NOT_READY", Remedy::Wait)));
                Error lost = Error::retry("http.timeout", "No answer.");
                lost.remedy = Remedy::Retry;
                CPPUNIT_ASSERT_EQUAL(2, callsOf(lost));
                CPPUNIT_ASSERT_EQUAL(std::string("http.timeout"), asked(f).errorCode);
            });
    }

    void whatCannotBeHadIsRemembered()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                connect(f);
                f.bank.balancesFail = providerError("PRODUCTS_NOT_SUPPORTED", Remedy::Stop);
                f.bank.balancesFail->code = "provider.not_offered";
                CPPUNIT_ASSERT(ask(f).asked);
                f.run();
                CPPUNIT_ASSERT(asked(f).refused);
                f.clock.advanceMs(29LL * 86'400'000);
                CPPUNIT_ASSERT(!ask(f).asked);
                f.clock.advanceMs(86'400'000);
                CPPUNIT_ASSERT(ask(f).asked);
            });
    }

    void aPausedConnectionIsNotAsked()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                connect(f);
                CPPUNIT_ASSERT(ask(f).asked);
                f.write(
                    [&](store::Unit& unit) {
                        store::ConnectionRepository(unit, "a").pause("con_1", f.clock.now(), "Ada");
                    });
                f.run();
                CPPUNIT_ASSERT_EQUAL(0, f.bank.calls["balancesNow"]);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LiveBalancesTest);

} // namespace bankfeed::engine
