// Goal: events against the specification are refused with the status that ext/ledger-events.h
// names, and nothing of their batch is stored; a telling from the start that broke off is known as
// such. Method: one thing wrong at a time, and the position after it.
#include "PluginFixture.h"

#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace bankfeed::testing
{

class EventsTableTest : public RunningPluginFixture
{
    CPPUNIT_TEST_SUITE(EventsTableTest);
    CPPUNIT_TEST(eventsOfEachKindAreStored);
    CPPUNIT_TEST(eventsThatBreakTheSpecificationAreRefused);
    CPPUNIT_TEST(batchesThatBreakTheSpecificationAreRefused);
    CPPUNIT_TEST(eventsOfANewerHostAreTakenByTheirStride);
    CPPUNIT_TEST(oneFaultKeepsTheWholeBatchOut);
    CPPUNIT_TEST(eventsBehindAnotherPositionConflict);
    CPPUNIT_TEST(aTenantThatTheHostDoesNotNameIsRefused);
    CPPUNIT_TEST(aTenantThatTheHostNamesLaterIsTaken);
    CPPUNIT_TEST(aHostThatCannotListItsTenantsTellsLater);
    CPPUNIT_TEST(aTellingThatBrokeOffMayGoOnBehindItsLastEvent);
    CPPUNIT_TEST(aTellingThatBrokeOffMayBeginAgain);
    CPPUNIT_TEST(aTellingThatBrokeOffIsKnownAfterARestart);
    CPPUNIT_TEST(anEndWithoutABeginningChangesNothing);
    CPPUNIT_TEST_SUITE_END();

public:
    void eventsOfEachKindAreStored()
    {
        assertOk(tell({entry("e1"), period("e2"), account("e3"), merge("e4")}));
        assertPosition("e4", false);
        // All of their states.
        bf_event removed = entry("f1");
        removed.state = BF_ENTRY_REMOVED;
        removed.revision = BF_REVISION_MAX;
        bf_event open = account("f2");
        open.state = BF_ACCOUNT_OPEN;
        bf_event none = period("f3");
        none.through = {};
        none.subject = "Assets:checking";
        assertOk(tell({removed, open, none}, "e4"));
        assertPosition("f3", false);
    }

    void eventsThatBreakTheSpecificationAreRefused()
    {
        using Spoil = std::function<void(bf_event&)>;
        struct Case
        {
            const char* name;
            bf_event event;
            Spoil spoil;
            const char* word;
        };
        static const std::string tooLong(BF_ID_MAX + 1, 'x');
        const auto id = "event_id is not an id";
        const auto subject = "subject is not an id";
        const std::vector<Case> cases{
            {"size 0", entry("x"), [](auto& e) { e.struct_size = 0; }, "struct_size"},
            {"size 4", entry("x"), [](auto& e) { e.struct_size = 4; }, "struct_size"},
            {"size of less", entry("x"), [](auto& e) { --e.struct_size; }, "struct_size"},
            {"size above the stride", entry("x"), [](auto& e) { ++e.struct_size; }, "struct_size"},
            {"size of all", entry("x"), [](auto& e) { e.struct_size = ~0U; }, "struct_size"},
            {"no kind", entry("x"), [](auto& e) { e.kind = 0; }, "kind"},
            {"kind 5", entry("x"), [](auto& e) { e.kind = 5; }, "kind"},
            {"id NULL", entry("x"), [](auto& e) { e.event_id = nullptr; }, id},
            {"id empty", entry("x"), [](auto& e) { e.event_id = ""; }, id},
            {"id too long", entry("x"), [](auto& e) { e.event_id = tooLong.c_str(); }, id},
            {"id not UTF-8", entry("x"), [](auto& e) { e.event_id = "caf\xC3"; }, id},
            {"subject NULL", entry("x"), [](auto& e) { e.subject = nullptr; }, "NULL"},
            {"subject empty", entry("x"), [](auto& e) { e.subject = ""; }, subject},
            {"account empty", account("x"), [](auto& e) { e.subject = ""; }, subject},
            {"into NULL", entry("x"), [](auto& e) { e.into = nullptr; }, "NULL"},
            {"entry: into", entry("x"), [](auto& e) { e.into = "a"; }, "into"},
            {"entry: through", entry("x"), [](auto& e) { setDay(e, "2026-01-31"); }, "through"},
            {"entry: state 3", entry("x"), [](auto& e) { e.state = 3; }, "state"},
            {"entry: no revision", entry("x"), [](auto& e) { e.revision = 0; }, "revision"},
            {"entry: revision above all", entry("x"),
                [](auto& e) { e.revision = BF_REVISION_MAX + 1; }, "revision"},
            {"period: into", period("x"), [](auto& e) { e.into = "a"; }, "into"},
            {"period: state", period("x"), [](auto& e) { e.state = 1; }, "state"},
            {"period: revision", period("x"), [](auto& e) { e.revision = 1; }, "revision"},
            {"period: no such day", period("x"), [](auto& e) { setDay(e, "2026-02-30"); },
                "through"},
            {"period: no day", period("x"), [](auto& e) { setDay(e, "tomorrow"); }, "through"},
            {"account: into", account("x"), [](auto& e) { e.into = "a"; }, "into"},
            {"account: through", account("x"), [](auto& e) { setDay(e, "2026-01-31"); }, "through"},
            {"account: reconciled", account("x"), [](auto& e) { e.state = 1; }, "state"},
            {"account: removed", account("x"), [](auto& e) { e.state = 2; }, "state"},
            {"account: state 4", account("x"), [](auto& e) { e.state = 4; }, "state"},
            {"account: revision", account("x"), [](auto& e) { e.revision = 1; }, "revision"},
            {"merge: no into", merge("x"), [](auto& e) { e.into = ""; }, "into"},
            {"merge: into itself", merge("x"), [](auto& e) { e.into = e.subject; }, "itself"},
            {"merge: state", merge("x"), [](auto& e) { e.state = 3; }, "state"},
            {"merge: revision", merge("x"), [](auto& e) { e.revision = 1; }, "revision"},
            {"merge: through", merge("x"), [](auto& e) { setDay(e, "2026-01-31"); }, "through"},
        };
        for (const Case& one : cases)
        {
            bf_event event = one.event;
            one.spoil(event);
            const Answer answer = tell({event});
            CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name, BF_E_INVALID, static_cast<int>(answer.status));
            CPPUNIT_ASSERT_MESSAGE(std::string(one.name) + ": " + answer.text,
                answer.text.find(one.word) != std::string::npos);
        }
        assertPosition("", false);
    }

    void batchesThatBreakTheSpecificationAreRefused()
    {
        assertOk(tell({entry("e1")}));
        const auto refused = [&](const char* word, const std::vector<bf_event>& events,
                                 const std::function<void(bf_event_batch&)>& spoil)
        {
            bf_event_batch batch = batchOf(events, "e1", 0);
            spoil(batch);
            assertRefused(plugin_->tell(batch), BF_E_INVALID, word);
        };
        const auto asItIs = [](bf_event_batch&) {};
        const std::vector<bf_event> good{entry("e2")};
        refused("size", good, [](auto& batch) { --batch.struct_size; });
        refused("tenant", good, [](auto& batch) { batch.tenant_id = nullptr; });
        refused("tenant", good, [](auto& batch) { batch.tenant_id = ""; });
        refused("flag", good, [](auto& batch) { batch.flags = 4; });
        refused("after_id", good, [](auto& batch) { batch.after_id = nullptr; });
        refused("after_id", good, [](auto& batch) { batch.after_id = "caf\xC3"; });
        // Nothing is before what is told from the start.
        refused("FROM_START", good, [](auto& batch) { batch.flags = BF_EVENTS_FROM_START; });
        refused("1 to 256", good, [](auto& batch) { batch.events = nullptr; });
        refused("1 to 256", good, [](auto& batch) { batch.event_size = sizeof(bf_event) - 8; });
        refused("1 to 256", good, [](auto& batch) { batch.event_size = sizeof(bf_event) + 1; });
        refused("1 to 256", good, [](auto& batch) { batch.event_count = 257; });
        refused("1 to 256", {}, asItIs);
        // The name of an event is never used again.
        bf_event other = entry("e2");
        other.subject = "tx1_other";
        refused("number 2: event_id", {entry("e2"), entry("e2")}, asItIs);
        refused("number 2: event_id", {entry("e2"), other}, asItIs);
        refused("number 1: event_id", {entry("e1")}, asItIs);
        assertPosition("e1", false);
    }

    void eventsOfANewerHostAreTakenByTheirStride()
    {
        struct Newer
        {
            bf_event event;
            std::uint64_t later;
        };
        Newer events[2] = {{entry("n1"), 7}, {period("n2"), 7}};
        for (Newer& one : events)
            one.event.struct_size = sizeof(Newer);
        bf_event_batch batch = batchOf({}, "", 0);
        batch.events = &events[0].event;
        batch.event_size = sizeof(Newer);
        batch.event_count = 2;
        assertOk(plugin_->tell(batch));
        assertPosition("n2", false);
    }

    void oneFaultKeepsTheWholeBatchOut()
    {
        bf_event bad = period("e3");
        bad.state = 1;
        assertRefused(tell({entry("e1"), entry("e2"), bad}), BF_E_INVALID, "number 3: state");
        assertPosition("", false);
    }

    void eventsBehindAnotherPositionConflict()
    {
        assertOk(tell({entry("e1"), entry("e2")}));
        for (const char* after : {"", "e1", "never"})
            assertRefused(tell({entry("e3")}, after), BF_E_CONFLICT, "last one");
        assertPosition("e2", false);
    }

    void aTenantThatTheHostDoesNotNameIsRefused()
    {
        const std::vector<bf_event> events{entry("e1")};
        bf_event_batch batch = batchOf(events, "", 0);
        batch.tenant_id = "nobody";
        assertRefused(plugin_->tell(batch), BF_E_NOT_FOUND, "tenant");
        bf_event_position position{};
        assertRefused(plugin_->position(position, "nobody"), BF_E_NOT_FOUND, "tenant");
        assertOk(tell({entry("e1")}));
    }

    void aTenantThatTheHostNamesLaterIsTaken()
    {
        bf_event_position position{};
        assertOk(plugin_->position(position));
        host->tenants.emplace_back("later");
        assertOk(plugin_->position(position, "later"));
        // What is known is not asked again.
        const std::size_t before = host->callsOf("ledger-accounts.visit_tenants");
        assertOk(plugin_->position(position, "later"));
        assertOk(plugin_->position(position));
        CPPUNIT_ASSERT_EQUAL(before, host->callsOf("ledger-accounts.visit_tenants"));
    }

    void aHostThatCannotListItsTenantsTellsLater()
    {
        for (const bf_status status : {BF_E_RETRY, BF_E_INVALID, BF_E_INTERNAL, 7})
        {
            host->faults.tenants = status;
            const Answer answer = tell({entry("e1")});
            CPPUNIT_ASSERT_EQUAL(BF_E_RETRY, static_cast<int>(answer.status));
            CPPUNIT_ASSERT(answer.retryable);
        }
        host->faults.tenants = BF_OK;
        assertOk(tell({entry("e1")}));
    }

    void aTellingThatBrokeOffMayGoOnBehindItsLastEvent()
    {
        assertOk(tell({entry("e1")}));
        assertOk(tell({entry("s1"), entry("s2")}, "", BF_EVENTS_FROM_START));
        assertPosition("s2", true);
        assertOk(tell({entry("s3")}, "s2"));
        assertPosition("s3", true); // Until the host says that this was all.
        assertOk(tell({}, "s3", BF_EVENTS_ALL_TOLD));
        assertPosition("s3", false);
    }

    void aTellingThatBrokeOffMayBeginAgain()
    {
        assertOk(tell({entry("s1"), entry("s2")}, "", BF_EVENTS_FROM_START));
        assertOk(tell({entry("s1")}, "", BF_EVENTS_FROM_START));
        assertPosition("s1", true);
        assertOk(tell({entry("s2")}, "s1", BF_EVENTS_ALL_TOLD));
        assertPosition("s2", false);
    }

    void aTellingThatBrokeOffIsKnownAfterARestart()
    {
        assertOk(tell({entry("s1")}, "", BF_EVENTS_FROM_START));
        assertOk(plugin_->stop());
        assertOk(plugin_->start());
        assertPosition("s1", true);
        // One that began with nothing is behind no event, and has begun all the same.
        assertOk(tell({}, "", BF_EVENTS_FROM_START));
        assertPosition("", true);
        assertOk(tell({}, "", BF_EVENTS_FROM_START | BF_EVENTS_ALL_TOLD));
        assertPosition("", false);
    }

    void anEndWithoutABeginningChangesNothing()
    {
        assertOk(tell({entry("e1")}));
        // Its answer may have been lost, so that it comes twice.
        assertOk(tell({}, "e1", BF_EVENTS_ALL_TOLD));
        assertOk(tell({}, "e1", BF_EVENTS_ALL_TOLD));
        assertPosition("e1", false);
    }

private:
    static bf_event of(std::uint32_t kind, const char* id, const char* subject)
    {
        bf_event event{};
        event.struct_size = sizeof event;
        event.kind = kind;
        event.event_id = id;
        event.subject = subject;
        event.into = "";
        return event;
    }
    static void setDay(bf_event& event, const char* day)
    {
        std::memcpy(event.through.text, day, std::strlen(day) + 1);
    }
    static bf_event entry(const char* id)
    {
        bf_event event = of(BF_EVENT_ENTRY, id, "tx1_some");
        event.state = BF_ENTRY_RECONCILED;
        event.revision = 1;
        return event;
    }
    static bf_event period(const char* id)
    {
        bf_event event = of(BF_EVENT_PERIOD, id, "");
        setDay(event, "2026-01-31");
        return event;
    }
    static bf_event account(const char* id)
    {
        bf_event event = of(BF_EVENT_ACCOUNT, id, "Assets:checking");
        event.state = BF_ACCOUNT_CLOSED;
        return event;
    }
    static bf_event merge(const char* id)
    {
        bf_event event = of(BF_EVENT_ACCOUNT_MERGED, id, "Assets:checking");
        event.into = "Assets:savings";
        return event;
    }
    static bf_event_batch batchOf(
        const std::vector<bf_event>& events, const char* after, std::uint32_t flags)
    {
        bf_event_batch batch{};
        batch.struct_size = sizeof batch;
        batch.flags = flags;
        batch.tenant_id = "main";
        batch.after_id = after;
        batch.events = events.data();
        batch.event_size = sizeof(bf_event);
        batch.event_count = static_cast<std::uint32_t>(events.size());
        return batch;
    }
    Answer tell(
        const std::vector<bf_event>& events, const char* after = "", std::uint32_t flags = 0)
    {
        return plugin_->tell(batchOf(events, after, flags));
    }
    void assertPosition(const std::string& id, bool retelling)
    {
        bf_event_position position{};
        assertOk(plugin_->position(position));
        CPPUNIT_ASSERT_EQUAL(id, std::string(position.event_id));
        CPPUNIT_ASSERT_EQUAL(retelling ? 1U : 0U, position.retelling);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EventsTableTest);

} // namespace bankfeed::testing
