// What the books refuse without a word before, what they say of merged accounts, and what a person
// has imported again.
#include "EventsFixture.h"

#include "store/RefusedRows.h"
#include "store/TenantErasureRepository.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed
{

using delivery::LedgerEvent;
using testing::BankRow;
using State = LedgerEvent::State;

template <store::Engine engine>
class BelievedFactsTest final : public testing::EventsFixture
{
    CPPUNIT_TEST_SUITE(BelievedFactsTest);
    CPPUNIT_TEST(aReconciliationOnlyBelievedIsTriedAgain);
    CPPUNIT_TEST(soIsOneOfAnEntryThatWasImportedAgain);
    CPPUNIT_TEST(aRefusalUnderTheOldNameOfAnAccountIsBelieved);
    CPPUNIT_TEST(aPeriodThatWasToldOutlivesARefusal);
    CPPUNIT_TEST(importingAgainIntoAClosedPeriodOrAccountIsRefused);
    CPPUNIT_TEST(whatCannotBeBookedIsNotImportedAgain);
    CPPUNIT_TEST(anImportThatTheBooksRefuseComesByAPostWhenTheyTakeIt);
    CPPUNIT_TEST(nothingIsStoredOfATenantThatIsBeingErased);
    CPPUNIT_TEST(aMergeIsWrittenDownOnce);
    CPPUNIT_TEST(aMergeOfTwoFedAccountsEndsOneLinkAndTells);
    CPPUNIT_TEST_SUITE_END();

public:
    BelievedFactsTest() : EventsFixture(engine) {}

    void setUp() override
    {
        EventsFixture::setUp();
        world_->bank.put(row_);
        settle();
    }

    void aReconciliationOnlyBelievedIsTriedAgain()
    {
        entry().reconciled = true;
        change(109);
        CPPUNIT_ASSERT_EQUAL(std::string("reconciled"), world_->row("a")->laneReason);
        entry().reconciled = false;
        CPPUNIT_ASSERT(freed().empty());
        world_->clock.advanceMs(61LL * 60 * 1000);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{109}, entry().units);
        CPPUNIT_ASSERT_EQUAL(std::string(), world_->row("a")->entryMark);
    }

    void soIsOneOfAnEntryThatWasImportedAgain()
    {
        remove();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), importAgain());
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, entry().units);
        aReconciliationOnlyBelievedIsTriedAgain();
    }

    void aRefusalUnderTheOldNameOfAnAccountIsBelieved()
    {
        LedgerEvent merge{LedgerEvent::Kind::AccountMerged, "ev-m", books};
        merge.into = "Assets:all";
        tell({merge});
        for (const auto reason : {RefusalReason::AccountClosed, RefusalReason::PeriodClosed})
        {
            world_->ledger.refuses[books] = reason;
            change(world_->row("a")->units + 1);
            CPPUNIT_ASSERT(!world_->row("a")->laneReason.empty());
            CPPUNIT_ASSERT(freed().empty()); // Not free, and refused, all the time.
            world_->ledger.refuses.clear();
            world_->clock.advanceMs(25LL * 3600 * 1000);
            settle();
            CPPUNIT_ASSERT_EQUAL(world_->row("a")->units, entry().units);
        }
    }

    void aPeriodThatWasToldOutlivesARefusal()
    {
        LedgerEvent period{LedgerEvent::Kind::Period, "ev-p", books};
        period.through = "2026-01-31";
        tell({period});
        world_->ledger.closedThrough = "2026-02-28";
        world_->bank.put({"b", "checking", 7, "2026-02-10"});
        settle();
        CPPUNIT_ASSERT_EQUAL(std::string("period_closed"), world_->row("b")->laneReason);
        world_->ledger.closedThrough = "2026-01-31";
        world_->clock.advanceMs(61LL * 60 * 1000);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{107}, world_->ledger.sum(books));
        const auto batches = world_->ledger.batches;
        change(150); // Told closed: the books are not even asked.
        CPPUNIT_ASSERT_EQUAL(std::string("period_closed"), world_->row("a")->laneReason);
        CPPUNIT_ASSERT_EQUAL(batches, world_->ledger.batches);
    }

    void importingAgainIntoAClosedPeriodOrAccountIsRefused()
    {
        remove();
        LedgerEvent period{LedgerEvent::Kind::Period, "ev-p", ""};
        period.through = "2026-01-31";
        tell({period});
        CPPUNIT_ASSERT_EQUAL(std::string("held.period_closed"), importAgain());
        period.id = "ev-q";
        period.through.clear();
        tell({period});
        write("INSERT INTO ledger_fact (tenant_id, kind, subject, value, revision, generation, "
              "tries, expires_at) VALUES ('main', 'account', 'Assets:checking', 'closed', 0, 0, 0, "
              "NULL)");
        CPPUNIT_ASSERT_EQUAL(std::string("held.account_closed"), importAgain());
        CPPUNIT_ASSERT_EQUAL(std::string("removed"), world_->row("a")->entryMark);
    }

    void whatCannotBeBookedIsNotImportedAgain()
    {
        remove();
        BankRow huge = row_;
        huge.exact = "123456789012345678901234567890.00";
        BankRow pending = row_;
        pending.pending = true;
        for (const auto& shown : {huge, pending})
        {
            world_->bank.put(shown);
            settle();
            CPPUNIT_ASSERT_EQUAL(std::string("held.changed"), importAgain());
            CPPUNIT_ASSERT_EQUAL(std::string("removed"), world_->row("a")->entryMark);
        }
        world_->bank.remove("a");
        settle();
        CPPUNIT_ASSERT_EQUAL(std::string("held.changed"), importAgain());
        world_->bank.put(row_);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), importAgain());
        settle();
        check();
    }

    void anImportThatTheBooksRefuseComesByAPostWhenTheyTakeIt()
    {
        remove();
        world_->ledger.closedThrough = "2026-01-31"; // Nobody told.
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), importAgain());
        settle();
        CPPUNIT_ASSERT_EQUAL(std::string("period_closed"), world_->row("a")->laneReason);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, entry().units);
        world_->ledger.closedThrough.clear();
        world_->clock.advanceMs(61LL * 60 * 1000);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, entry().units);
        check();
    }

    void nothingIsStoredOfATenantThatIsBeingErased()
    {
        const auto position = events_->position("main")->eventId;
        const auto begun = world_->plain.write(
            [&](store::Unit& unit) -> Result<bool>
            {
                store::TenantErasure erasure;
                erasure.askedAt = world_->clock.now();
                return store::TenantErasureRepository(unit, "main").begin(erasure);
            });
        CPPUNIT_ASSERT(begun.ok() && *begun);
        LedgerEvent period{LedgerEvent::Kind::Period, "ev-p", ""};
        period.through = "2026-01-31";
        const auto told = events_->tell({"main", true, true, "", {period}});
        CPPUNIT_ASSERT(!told.ok());
        CPPUNIT_ASSERT_EQUAL(std::string("tenant.erasing"), told.error().code);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM ledger_fact"));
        CPPUNIT_ASSERT_EQUAL(position, events_->position("main")->eventId);
    }

    void aMergeIsWrittenDownOnce()
    {
        LedgerEvent merge{LedgerEvent::Kind::AccountMerged, "ev-m", books};
        merge.into = "Assets:all";
        tell({merge});
        for (int i = 0; i < 3; ++i)
            CPPUNIT_ASSERT(events_->tell({"main", true, true, "", {merge}}).ok());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
            world_->count("SELECT COUNT(*) FROM audit WHERE action = 'ledger_account.merged'"));
    }

    void aMergeOfTwoFedAccountsEndsOneLinkAndTells()
    {
        LedgerEvent merge{LedgerEvent::Kind::AccountMerged, "ev-m", books};
        merge.into = "Assets:savings";
        tell({merge});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
            world_->count("SELECT COUNT(*) FROM account_link WHERE ended_at IS NULL"));
        world_->look(
            [&](store::Unit& unit)
            {
                store::AccountLinkRepository links(unit, "main");
                CPPUNIT_ASSERT(!links.ofBankAccount("acc_main_checking"));
                CPPUNIT_ASSERT(links.ofBankAccount("acc_main_savings"));
                store::NoticeRepository notices(unit, "main");
                CPPUNIT_ASSERT(notices.isOpen(store::notice::mergedAway, "acc_main_checking"));
                const std::string told = notices.openOnes().at(0).params;
                CPPUNIT_ASSERT(told.find("\"from\":\"Assets:checking\"") != std::string::npos);
                CPPUNIT_ASSERT(told.find("\"into\":\"Assets:savings\"") != std::string::npos);
                return 0;
            });
        world_->bank.put({"b", "checking", 7});
        settle();
        CPPUNIT_ASSERT_EQUAL(std::string("not_linked"), world_->row("b")->laneReason);
        // It asks for a decision, and goes with one.
        const auto decided = world_->plain.write(
            [&](store::Unit& unit) -> Result<bool>
            {
                store::BankAccountRepository(unit, "main")
                    .setDecision(
                        "acc_main_checking", store::decision::aside, "Ada", world_->clock.now());
                return !store::NoticeRepository(unit, "main")
                            .isOpen(store::notice::mergedAway, "acc_main_checking");
            });
        CPPUNIT_ASSERT(decided.ok() && *decided);
    }

private:
    static constexpr const char* books = "Assets:checking";

    [[nodiscard]] std::vector<std::string> freed()
    {
        return world_->look(
            [&](store::Unit& unit) {
                return store::RefusedRows(unit, "main")
                    .connectionsWithFreed(world_->clock.now(), 9);
            });
    }
    void settle()
    {
        world_->sync();
        world_->pump();
        for (const auto& id : freed())
            world_->ask(store::job::freed, id);
        world_->run();
        world_->pump();
    }
    testing::FakeLedger::Entry& entry() { return EventsFixture::entry(row_); }
    void change(std::int64_t units)
    {
        BankRow changed = row_;
        changed.units = units;
        world_->bank.put(changed);
        settle();
    }
    void remove() { tellEntry(row_, State::Removed); }
    std::string importAgain() { return importAnswer(row_); }

    const BankRow row_{"a", "checking", 100, "2026-01-10"};
};

using BelievedFactsOnSqliteTest = BelievedFactsTest<store::Engine::Sqlite>;
using BelievedFactsOnPostgresqlTest = BelievedFactsTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(BelievedFactsOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(BelievedFactsOnPostgresqlTest);

} // namespace bankfeed
