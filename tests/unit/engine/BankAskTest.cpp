// Goal: the provider is asked to look at a bank only as often as is said, hardly twice for one
// wish, and a connection for which it cannot be had is read all the same.
#include "CoreFixture.h"

#include "engine/BankAsk.h"

namespace bankfeed::engine
{

class BankAskTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BankAskTest);
    CPPUNIT_TEST(aWishIsOneCallAndThenTheConnectionIsRead);
    CPPUNIT_TEST(itIsAskedOnceInAQuarterOfAnHour);
    CPPUNIT_TEST(aCallThatFailsIsRepeatedOnce);
    CPPUNIT_TEST(aRateLimitIsNotRepeated);
    CPPUNIT_TEST(whatCannotBeHadIsRemembered);
    CPPUNIT_TEST(aPausedConnectionIsNotLookedAt);
    CPPUNIT_TEST_SUITE_END();

    static BankAsked ask(CoreFixture& f)
    {
        BankAsked asked;
        f.write([&](store::Unit& unit)
            { asked = askBank(unit, f.random, "a", "con_1", f.clock.now()); });
        return asked;
    }
    static Error providerError(const std::string& code, Remedy remedy)
    {
        Error error = Error::retry("plaid.error", "No.");
        error.kind = ErrorKind::Provider;
        error.remedy = remedy;
        error.providerCode = code;
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
    void aWishIsOneCallAndThenTheConnectionIsRead()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                f.addWorkingConnection("a", "con_1");
                f.bank.rows.addAccount({"a1"});
                f.sync("a", "con_1");
                const int before = f.bank.calls["transactions"];
                CPPUNIT_ASSERT(ask(f).asked);
                f.run();
                CPPUNIT_ASSERT_EQUAL(1, f.bank.calls["lookAtBank"]);
                f.bank.rows.put({"t1", "a1", 100});
                f.clock.advanceMs(15'000);
                f.run();
                CPPUNIT_ASSERT_EQUAL(1, f.bank.calls["lookAtBank"]);
                CPPUNIT_ASSERT(f.bank.calls["transactions"] > before);
                CPPUNIT_ASSERT_EQUAL(
                    std::int64_t{1}, f.count("SELECT COUNT(*) FROM bank_transaction"));
            });
    }

    void itIsAskedOnceInAQuarterOfAnHour()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                f.addWorkingConnection("a", "con_1");
                const UtcTime began = f.clock.now();
                CPPUNIT_ASSERT(ask(f).asked);
                f.run();
                f.clock.advanceMs(14 * 60'000);
                const BankAsked second = ask(f);
                CPPUNIT_ASSERT(!second.asked);
                CPPUNIT_ASSERT(second.nextPossibleAt == plusMs(began, 15 * 60'000));
                f.run();
                CPPUNIT_ASSERT_EQUAL(1, f.bank.calls["lookAtBank"]);
                f.clock.advanceMs(60'000);
                CPPUNIT_ASSERT(ask(f).asked);
                f.run();
                CPPUNIT_ASSERT_EQUAL(2, f.bank.calls["lookAtBank"]);
            });
    }

    void aCallThatFailsIsRepeatedOnce()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                f.addWorkingConnection("a", "con_1");
                f.bank.lookFails = Error::retry("http.timeout", "No answer.");
                f.bank.lookFails->remedy = Remedy::Retry;
                CPPUNIT_ASSERT(ask(f).asked);
                runFor(f, 14);
                CPPUNIT_ASSERT_EQUAL(2, f.bank.calls["lookAtBank"]);
                CPPUNIT_ASSERT(f.connection("a", "con_1").state == store::connectionState::healthy);
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void aRateLimitIsNotRepeated()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                f.addWorkingConnection("a", "con_1");
                f.bank.lookFails = providerError("TRANSACTIONS_REFRESH_LIMIT", Remedy::Retry);
                CPPUNIT_ASSERT(ask(f).asked);
                runFor(f, 14);
                CPPUNIT_ASSERT_EQUAL(1, f.bank.calls["lookAtBank"]);
            });
    }

    void whatCannotBeHadIsRemembered()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                f.addWorkingConnection("a", "con_1");
                f.bank.lookFails = providerError("PRODUCTS_NOT_SUPPORTED", Remedy::Stop);
                f.bank.lookFails->code = "provider.not_offered";
                CPPUNIT_ASSERT(ask(f).asked);
                f.run();
                f.clock.advanceMs(86'400'000);
                const BankAsked second = ask(f);
                CPPUNIT_ASSERT(!second.asked);
                CPPUNIT_ASSERT(!second.nextPossibleAt);
                CPPUNIT_ASSERT_EQUAL(std::string("PRODUCTS_NOT_SUPPORTED"), second.refused);
                CPPUNIT_ASSERT_EQUAL(1, f.bank.calls["lookAtBank"]);
                CPPUNIT_ASSERT(f.notices("a").empty());
                f.clock.advanceMs(30LL * 86'400'000);
                CPPUNIT_ASSERT(ask(f).asked);
            });
    }

    void aPausedConnectionIsNotLookedAt()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                f.addWorkingConnection("a", "con_1");
                CPPUNIT_ASSERT(ask(f).asked);
                f.write(
                    [&](store::Unit& unit) {
                        store::ConnectionRepository(unit, "a").pause("con_1", f.clock.now(), "Ada");
                    });
                f.run();
                CPPUNIT_ASSERT_EQUAL(0, f.bank.allCalls());
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BankAskTest);

} // namespace bankfeed::engine
