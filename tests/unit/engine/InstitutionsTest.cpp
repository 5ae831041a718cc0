// Goal: what the provider says of a bank is asked for once in a long while, names its connections,
// and is missed by nobody when it cannot be had.
#include "CoreFixture.h"

#include "store/InstitutionRepository.h"

namespace bankfeed::engine
{

class InstitutionsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(InstitutionsTest);
    CPPUNIT_TEST(aBankIsAskedForOnceAndNamesItsConnections);
    CPPUNIT_TEST(itIsReadAnewAfterThirtyDays);
    CPPUNIT_TEST(aFailureLeavesTheConnectionAndTheNameAsTheyAre);
    CPPUNIT_TEST(aRepeatHelpsWhereItCanAndEnds);
    CPPUNIT_TEST(anAnswerAboutAnotherBankIsNotTakenOver);
    CPPUNIT_TEST(whatNobodyAsksAboutGoes);
    CPPUNIT_TEST_SUITE_END();

    static void connect(CoreFixture& f, const std::string& id)
    {
        f.addWorkingConnection("a", id);
        f.bank.facts.institutionId = "ins_1";
        f.bank.facts.institutionName = "platypus (oauth)";
        f.bank.rows.addAccount({"a1"});
    }
    static std::optional<store::Institution> known(CoreFixture& f)
    {
        return f.read([](store::Unit& unit)
            { return store::InstitutionRepository(unit, "a").find("ins_1"); });
    }
    static void refresh(CoreFixture& f, const std::string& id = "con_1")
    {
        f.ask("a", store::job::refresh, id);
        f.run();
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
    void aBankIsAskedForOnceAndNamesItsConnections()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                connect(f, "con_1");
                connect(f, "con_2");
                f.bank.banks["ins_1"] = {"ins_1", "First Platypus Bank", {"US", "GB"}, true};
                refresh(f);
                refresh(f, "con_2");
                refresh(f);
                CPPUNIT_ASSERT_EQUAL(1, f.bank.calls["institution"]);
                for (const auto* id : {"con_1", "con_2"})
                    CPPUNIT_ASSERT_EQUAL(
                        std::string("First Platypus Bank"), f.connection("a", id).institutionName);
                const auto bank = known(f);
                CPPUNIT_ASSERT((bank->countries == std::vector<std::string>{"US", "GB"}));
                CPPUNIT_ASSERT(bank->oauth && bank->readAt);
            });
    }

    void itIsReadAnewAfterThirtyDays()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                connect(f, "con_1");
                f.bank.banks["ins_1"] = {"ins_1", "First Platypus Bank", {"US"}, false};
                refresh(f);
                f.clock.advanceMs(29LL * 86'400'000);
                refresh(f);
                CPPUNIT_ASSERT_EQUAL(1, f.bank.calls["institution"]);
                f.bank.banks["ins_1"].name = "Second Platypus Bank";
                f.clock.advanceMs(86'400'000);
                refresh(f);
                CPPUNIT_ASSERT_EQUAL(2, f.bank.calls["institution"]);
                CPPUNIT_ASSERT_EQUAL(std::string("Second Platypus Bank"),
                    f.connection("a", "con_1").institutionName);
            });
    }

    void aFailureLeavesTheConnectionAndTheNameAsTheyAre()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                connect(f, "con_1");
                f.bank.bankFails = Error::invalid("plaid.error", "No such institution.");
                f.bank.bankFails->kind = ErrorKind::Provider;
                f.bank.bankFails->remedy = Remedy::Stop;
                f.bank.bankFails->providerCode = "INVALID_INSTITUTION";
                refresh(f);
                runFor(f, 60);
                refresh(f);
                CPPUNIT_ASSERT_EQUAL(1, f.bank.calls["institution"]);
                const auto connection = f.connection("a", "con_1");
                CPPUNIT_ASSERT(connection.state == store::connectionState::healthy);
                CPPUNIT_ASSERT_EQUAL(std::string(), connection.errorCode);
                CPPUNIT_ASSERT_EQUAL(std::string("platypus (oauth)"), connection.institutionName);
                CPPUNIT_ASSERT(f.notices("a") == std::vector<std::string>{"accounts_to_decide"});
                CPPUNIT_ASSERT(known(f) && !known(f)->readAt);
                f.bank.bankFails.reset();
                f.bank.banks["ins_1"] = {"ins_1", "First Platypus Bank", {"US"}, false};
                f.clock.advanceMs(86'400'000);
                refresh(f);
                CPPUNIT_ASSERT(known(f)->readAt);
            });
    }

    void aRepeatHelpsWhereItCanAndEnds()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                connect(f, "con_1");
                f.bank.bankFails = Error::retry("http.timeout", "No answer.");
                f.bank.bankFails->remedy = Remedy::Retry;
                refresh(f);
                runFor(f, 60);
                CPPUNIT_ASSERT_EQUAL(3, f.bank.calls["institution"]);
                CPPUNIT_ASSERT(f.notices("a") == std::vector<std::string>{"accounts_to_decide"});
            });
    }

    void anAnswerAboutAnotherBankIsNotTakenOver()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                connect(f, "con_1");
                f.bank.banks["ins_1"] = {"ins_2", "Another Bank", {"GB"}, false};
                refresh(f);
                CPPUNIT_ASSERT(!known(f)->readAt);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("platypus (oauth)"), f.connection("a", "con_1").institutionName);
            });
    }

    void whatNobodyAsksAboutGoes()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                connect(f, "con_1");
                f.bank.banks["ins_1"] = {"ins_1", "First Platypus Bank", {"US"}, false};
                refresh(f);
                f.write(
                    [&](store::Unit& unit) {
                        store::ConnectionRepository(unit, "a").markRemoved(
                            "con_1", "person", f.clock.now());
                    });
                f.clock.advanceMs(91LL * 86'400'000);
                f.ask("", store::job::schedule, "");
                f.run();
                CPPUNIT_ASSERT(!known(f));
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(InstitutionsTest);

} // namespace bankfeed::engine
