// Goal: the day on which a bank will end a connection is kept, told, and told more loudly as it
// comes near; and it goes when the connection's own answer shows that it does not hold any more.
#include "EngineFixture.h"

#include "base/Date.h"
#include "engine/AnnouncedEnd.h"

namespace bankfeed::engine
{

namespace
{

constexpr std::int64_t dayMs = 86'400'000;

void announce(EngineFixture& f, std::optional<UtcTime> endsAt)
{
    f.write(
        [&](store::Unit& unit) {
            tellOfAnnouncedEnd(unit, f.random, "a", "con_1", f.clock.now(), endsAt, f.clock.now());
        });
}

void well(EngineFixture& f, std::optional<UtcTime> consentEndsAt = std::nullopt)
{
    ConnectionFacts facts;
    facts.consentEndsAt = consentEndsAt;
    f.write(
        [&](store::Unit& unit) { f.health.wentWell(unit, "a", "con_1", facts, f.clock.now()); });
}

std::string severityOf(EngineFixture& f, std::string_view kind)
{
    return f.read(
        [&](store::Unit& unit)
        {
            for (const auto& one : store::NoticeRepository(unit, "a").openOnes())
                if (one.kind == kind) return one.severity;
            return std::string();
        });
}

} // namespace

class AnnouncedEndTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AnnouncedEndTest);
    CPPUNIT_TEST(theDayIsKeptAndToldMoreLoudlyAsItComesNear);
    CPPUNIT_TEST(aConsentThatWasRenewedEndsIt);
    CPPUNIT_TEST(aConsentThatEndsSoonerIsToldInstead);
    CPPUNIT_TEST(aDayThatPassedWithoutAnEndIsForgotten);
    CPPUNIT_TEST(aLateWebhookAnnouncesNothing);
    CPPUNIT_TEST(whatAPersonHasDoneAwayWithStaysAway);
    CPPUNIT_TEST(aConsentThatEndsInSevenDaysIsAnError);
    CPPUNIT_TEST(aConnectionIsBeingLinkedUntilItsFirstGoodLook);
    CPPUNIT_TEST_SUITE_END();

public:
    void theDayIsKeptAndToldMoreLoudlyAsItComesNear()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                const UtcTime day = plusMs(f.clock.now(), 10 * dayMs);
                announce(f, day);
                well(f);
                CPPUNIT_ASSERT_EQUAL(std::string("warning"), severityOf(f, "end_announced"));
                CPPUNIT_ASSERT_EQUAL(day.ns, f.connection("a", "con_1").announcedEndAt->ns);
                const auto open = f.read([](store::Unit& unit)
                    { return store::NoticeRepository(unit, "a").openOnes(); });
                CPPUNIT_ASSERT(open[0].params.find(rfc3339(day)) != std::string::npos);
                f.clock.advanceMs(4 * dayMs + 1);
                well(f);
                CPPUNIT_ASSERT_EQUAL(std::string("error"), severityOf(f, "end_announced"));
            });
    }

    void aConsentThatWasRenewedEndsIt()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                const UtcTime consent = plusMs(f.clock.now(), 60 * dayMs);
                well(f, consent);
                announce(f, plusMs(f.clock.now(), 7 * dayMs));
                well(f, consent); // The same answer says nothing new.
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.notices("a").size());
                well(f, plusMs(f.clock.now(), 365 * dayMs));
                CPPUNIT_ASSERT(f.notices("a").empty());
                CPPUNIT_ASSERT(!f.connection("a", "con_1").announcedEndAt);
            });
    }

    void aConsentThatEndsSoonerIsToldInstead()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                const UtcTime day = plusMs(f.clock.now(), 7 * dayMs);
                announce(f, day);
                well(f, day);
                CPPUNIT_ASSERT(f.notices("a") == std::vector<std::string>{"consent_ending"});
                CPPUNIT_ASSERT_EQUAL(std::string("expiring"), f.connection("a", "con_1").state);
                announce(f, day); // Repeated.
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.notices("a").size());
                announce(f, plusMs(day, -5 * dayMs));
                well(f, day);
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, f.notices("a").size());
            });
    }

    void aDayThatPassedWithoutAnEndIsForgotten()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                announce(f, plusMs(f.clock.now(), 7 * dayMs));
                f.clock.advanceMs(7 * dayMs + 1);
                well(f);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.notices("a").size());
                f.clock.advanceMs(dayMs);
                well(f);
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void aLateWebhookAnnouncesNothing()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                announce(f, plusMs(f.clock.now(), -2 * dayMs));
                CPPUNIT_ASSERT(f.notices("a").empty());
                f.write(
                    [](store::Unit& unit)
                    {
                        store::ConnectionRepository(unit, "a").setState(
                            "con_1", store::connectionState::needsUser, "ITEM_LOGIN_REQUIRED");
                    });
                announce(f, plusMs(f.clock.now(), dayMs));
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void whatAPersonHasDoneAwayWithStaysAway()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                announce(f, plusMs(f.clock.now(), 7 * dayMs));
                f.write(
                    [&](store::Unit& unit) {
                        store::NoticeRepository(unit, "a").clear(
                            store::notice::endAnnounced, "con_1", f.clock.now());
                    });
                f.clock.advanceMs(5 * dayMs);
                well(f);
                CPPUNIT_ASSERT(f.notices("a").empty());
                CPPUNIT_ASSERT(f.connection("a", "con_1").announcedEndAt.has_value());
            });
    }

    void aConsentThatEndsInSevenDaysIsAnError()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                const UtcTime day = plusMs(f.clock.now(), 10 * dayMs);
                well(f, day);
                CPPUNIT_ASSERT_EQUAL(std::string("warning"), severityOf(f, "consent_ending"));
                f.clock.advanceMs(3 * dayMs);
                well(f, day);
                CPPUNIT_ASSERT_EQUAL(std::string("error"), severityOf(f, "consent_ending"));
            });
    }

    void aConnectionIsBeingLinkedUntilItsFirstGoodLook()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                f.write(
                    [](store::Unit& unit) {
                        store::ConnectionRepository(unit, "a").setState(
                            "con_1", store::connectionState::linking, "");
                    });
                const auto due = f.read(
                    [&](store::Unit& unit) {
                        return store::ConnectionRepository::dueForPoll(
                            unit, plusMs(f.clock.now(), 1), 10);
                    });
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, due.size());
                CPPUNIT_ASSERT(!due[0].needsUser);
                well(f);
                CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", "con_1").state);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AnnouncedEndTest);

} // namespace bankfeed::engine
