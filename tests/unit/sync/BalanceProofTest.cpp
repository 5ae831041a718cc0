// Whether the books hold what the bank holds, what explains it when they do not, and when people
// are told.

#include "SyncFixture.h"

#include "store/BalanceProofRepository.h"
#include "store/LedgerAccountRepository.h"
#include "store/NoticeRepository.h"
#include "sync/BalanceProof.h"
#include "sync/Imports.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>

namespace bankfeed
{

using testing::BankRow;
using testing::SyncWorld;

namespace
{
constexpr std::int64_t hourMs = 3'600'000;
} // namespace

template <store::Engine engine>
class BalanceProofTest final : public testing::SyncFixture
{
    CPPUNIT_TEST_SUITE(BalanceProofTest);
    CPPUNIT_TEST(equalBalancesAreProven);
    CPPUNIT_TEST(whatIsHeldExplainsADifference);
    CPPUNIT_TEST(roundingIsShownApartAndExplainsADifference);
    CPPUNIT_TEST(pendingRowsThatTheBankCountsAreNoDifference);
    CPPUNIT_TEST(whatIsEnteredByHandDiffersAfterTwoDaysAndThreeLooks);
    CPPUNIT_TEST(aBalanceThatRunsAheadOfItsRowsIsNoAlarm);
    CPPUNIT_TEST(aDifferenceKeepsItsDayUntilItChanges);
    CPPUNIT_TEST(whatIsNeverProvenDiffersAfterTwoWeeksWhateverItIs);
    CPPUNIT_TEST(whileTheBooksLackChangesNothingIsConcluded);
    CPPUNIT_TEST(theNoticeClearsItselfAndIsToldOncePerAmount);
    CPPUNIT_TEST(whatCannotBeComparedSaysWhy);
    CPPUNIT_TEST(anAccountWithHandEntriesBeforeIsComparedAsAWhole);
    CPPUNIT_TEST(aBankThatDoesNotAnswerChangesNothing);
    CPPUNIT_TEST(anUnlinkedAccountHasNoProof);
    CPPUNIT_TEST(theLastHundredChangesAreKept);
    CPPUNIT_TEST_SUITE_END();

public:
    BalanceProofTest() : SyncFixture(engine, 3) {}

    void setUp() override
    {
        SyncFixture::setUp();
        world_->proves = true;
        world_->bank.addAccount({"a", "USD", 50'000});
        world_->bank.put({"t1", "a", 1'000, "2026-01-03"});
        account_ = world_->discover("a");
        world_->sync();
    }

private:
    static constexpr const char* books = "Assets:Checking";

    /// Linked with an opening balance, all delivered, and the first proof made.
    void link(bool opening = true)
    {
        link_ = world_->link(account_, books, "", opening);
        world_->run();
        look();
    }
    /// The host shows its accounts, as the mirror copies them: with what was entered by hand.
    void mirrorBooks(const std::string& lastEntryOn = "")
    {
        LedgerAccount ledger;
        ledger.id = books;
        ledger.name = books;
        ledger.currency = "USD";
        ledger.balanceUnits = world_->ledger.sum(books) + byHand_;
        if (!lastEntryOn.empty()) ledger.lastEntryOn = Date::parse(lastEntryOn);
        write([&](store::Unit& unit)
            { store::LedgerAccountRepository(unit, "main").put({ledger}, world_->clock.now()); });
    }
    /// Everything is delivered, the host has shown its balance, and a sync asks for the proof.
    store::BalanceProof look(std::int64_t laterMs = 60'000)
    {
        world_->pump();
        world_->clock.advanceMs(laterMs);
        mirrorBooks();
        world_->ask(store::job::sync, world_->connectionId);
        world_->run();
        const auto now = proof();
        return now.value_or(store::BalanceProof{});
    }
    std::optional<store::BalanceProof> proof()
    {
        return world_->look([&](store::Unit& unit)
            { return store::BalanceProofRepository(unit, "main").find(account_); });
    }
    bool noticed()
    {
        return world_->look(
            [&](store::Unit& unit) {
                return store::NoticeRepository(unit, "main")
                    .isOpen(store::notice::balanceDiffers, account_);
            });
    }
    static void expect(const store::BalanceProof& proof, std::string_view state,
        const std::string& unexplained, std::string_view reason = {})
    {
        CPPUNIT_ASSERT_EQUAL(std::string(state), proof.state);
        CPPUNIT_ASSERT_EQUAL(unexplained, proof.unexplained);
        CPPUNIT_ASSERT_EQUAL(std::string(reason), proof.reason);
    }

    void equalBalancesAreProven()
    {
        link();
        world_->bank.put({"t2", "a", -250, "2026-01-04"});
        world_->sync();
        const auto now = look();
        expect(now, "proven", "0");
        CPPUNIT_ASSERT_EQUAL(std::string("507.5"), now.bank);
        CPPUNIT_ASSERT_EQUAL(std::string("507.5"), now.ledger);
        CPPUNIT_ASSERT_EQUAL(std::string("0"), now.difference);
        CPPUNIT_ASSERT(now.provenAt.has_value() && !now.since.has_value());
        CPPUNIT_ASSERT(!noticed());
    }

    void whatIsHeldExplainsADifference()
    {
        link();
        world_->bank.put({"t2", "a", 300, "2026-01-04"});
        world_->sync();
        look();
        const auto id = world_->look([&](store::Unit& unit)
            { return store::ImportRepository(unit, "main").page(0, "", 1).front().id; });
        write(
            [&](store::Unit& unit)
            {
                CPPUNIT_ASSERT(sync::askUndo(
                    unit, "main", {"u1", "Ada"}, id, world_->random, world_->clock.now())
                                   .ok());
            });
        world_->run();
        const auto now = look();
        expect(now, "proven", "0");
        CPPUNIT_ASSERT_EQUAL(std::string("3"), now.difference);
        CPPUNIT_ASSERT_EQUAL(std::string("3"), now.held);
    }

    void roundingIsShownApartAndExplainsADifference()
    {
        link();
        BankRow fine{"t2", "a", 12, "2026-01-04"};
        fine.exact = "0.124";
        world_->bank.put(fine);
        world_->sync();
        world_->bank.balancesShown["a"] = 51'012; // The bank knows cents only.
        auto now = look();
        CPPUNIT_ASSERT_EQUAL(std::string("0.004"), now.rounding);
        expect(now, "settling", "-0.004", "may_come_right");
        write([&](store::Unit& unit)
            { unit.execute("UPDATE bank_account SET balance_exact = '510.124'"); });
        std::optional<store::LinkedAccount> linked; // Locked: in a unit that writes.
        write([&](store::Unit& unit)
            { linked = store::LinkedAccountRepository(unit, "main").ofLink(link_); });
        sync::ProofFacts facts;
        facts.linked = *linked;
        facts.historyComplete = true;
        facts.ledger = world_->look([&](store::Unit& unit)
            { return store::LedgerAccountRepository(unit, "main").find(books); });
        facts.sums.rounded.push_back({"0.124", 12});
        now = sync::judge(facts, std::nullopt, world_->clock.now());
        expect(now, "proven", "0");
        CPPUNIT_ASSERT_EQUAL(std::string("0.004"), now.difference);
    }

    void pendingRowsThatTheBankCountsAreNoDifference()
    {
        link();
        BankRow pending{"p", "a", -700, "2026-01-05"};
        pending.pending = true;
        world_->bank.put(pending);
        world_->sync();
        auto now = look();
        expect(now, "proven", "0"); // This bank does not count it,
        CPPUNIT_ASSERT(!now.pendingIncluded);
        CPPUNIT_ASSERT_EQUAL(std::string("-7"), now.pending);
        world_->bank.balancesShown["a"] = 51'000 - 700; // and another does.
        now = look();
        expect(now, "proven", "0");
        CPPUNIT_ASSERT(now.pendingIncluded);
        CPPUNIT_ASSERT_EQUAL(std::string("-7"), now.difference);
    }

    void whatIsEnteredByHandDiffersAfterTwoDaysAndThreeLooks()
    {
        link();
        byHand_ = 1'234;
        expect(look(), "settling", "-12.34", "may_come_right");
        expect(look(), "settling", "-12.34", "may_come_right");
        expect(look(), "settling", "-12.34", "may_come_right"); // Three, in minutes.
        CPPUNIT_ASSERT(!noticed());
        expect(look(48 * hourMs), "differs", "-12.34");
        CPPUNIT_ASSERT(noticed());
    }

    void aBalanceThatRunsAheadOfItsRowsIsNoAlarm()
    {
        link();
        world_->bank.balancesShown["a"] = 51'000 + 400;
        for (int i = 0; i < 7; ++i)
            expect(look(6 * hourMs), "settling", "4", "may_come_right");
        CPPUNIT_ASSERT(!noticed());
        world_->bank.put({"t2", "a", 400, "2026-01-05"});
        world_->bank.balancesShown.clear();
        world_->sync();
        expect(look(), "proven", "0");
    }

    void aDifferenceKeepsItsDayUntilItChanges()
    {
        link();
        byHand_ = 500;
        const auto first = look();
        const auto later = look(20 * hourMs);
        CPPUNIT_ASSERT_EQUAL(first.since->ns, later.since->ns);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, later.looks);
        byHand_ = 600;
        const auto changed = look();
        CPPUNIT_ASSERT(changed.since->ns > later.since->ns);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, changed.looks);
        CPPUNIT_ASSERT_EQUAL(first.unprovenSince->ns, changed.unprovenSince->ns);
    }

    void whatIsNeverProvenDiffersAfterTwoWeeksWhateverItIs()
    {
        link();
        store::BalanceProof now;
        for (int i = 0; i < 16; ++i)
        {
            byHand_ += 10;
            now = look(24 * hourMs);
            if (i < 13) CPPUNIT_ASSERT_EQUAL(std::string("settling"), now.state);
        }
        CPPUNIT_ASSERT_EQUAL(std::string("differs"), now.state);
        CPPUNIT_ASSERT(noticed());
    }

    void whileTheBooksLackChangesNothingIsConcluded()
    {
        link();
        world_->bank.put({"t2", "a", 400, "2026-01-05"});
        world_->ask(store::job::sync, world_->connectionId);
        for (int i = 0; i < 4; ++i) // Nothing is delivered; the proof looks again and again.
        {
            world_->clock.advanceMs(60'000);
            while (world_->runOne())
            {
            }
        }
        const auto now = *proof();
        CPPUNIT_ASSERT_EQUAL(std::string("settling"), now.state);
        CPPUNIT_ASSERT_EQUAL(std::string("not_delivered"), now.reason);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, now.undelivered);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, now.looks);
        expect(look(), "proven", "0");
    }

    void theNoticeClearsItselfAndIsToldOncePerAmount()
    {
        link();
        byHand_ = 500;
        look();
        look(30 * hourMs);
        look(30 * hourMs);
        CPPUNIT_ASSERT(noticed());
        write(
            [&](store::Unit& unit)
            {
                store::NoticeRepository(unit, "main")
                    .clear(store::notice::balanceDiffers, account_, world_->clock.now());
            });
        look(30 * hourMs);
        CPPUNIT_ASSERT(!noticed()); // A person has seen it.
        byHand_ = 0;
        expect(look(), "proven", "0");
        byHand_ = 500;
        look();
        look(30 * hourMs);
        look(30 * hourMs);
        CPPUNIT_ASSERT(noticed()); // It is another one.
        byHand_ = 0;
        look();
        CPPUNIT_ASSERT(!noticed());
    }

    void whatCannotBeComparedSaysWhy()
    {
        link(false);
        expect(*proof(), "unknown", "", "no_opening");
        world_->bank.namesBalances = false;
        expect(look(), "unknown", "", "no_balance");
        world_->bank.namesBalances = true;
        expect(look(), "unknown", "", "no_opening");
        write([&](store::Unit& unit)
            { unit.execute("UPDATE account_link SET opening = 'due', opening_checks = 0"); });
        world_->bank.accountsFail = Error::retry("test", "Not now.");
        expect(look(), "unknown", "", "opening_due");
        write([&](store::Unit& unit) { unit.execute("UPDATE connection SET history = 'recent'"); });
        world_->bank.history = HistoryState::RecentReady;
        expect(look(), "unknown", "", "history_incomplete");
        write(
            [&](store::Unit& unit) { unit.execute("UPDATE bank_account SET state = 'missing'"); });
        expect(look(), "unknown", "", "not_shared");
        CPPUNIT_ASSERT(!noticed());
    }

    void anAccountWithHandEntriesBeforeIsComparedAsAWhole()
    {
        link_ = world_->link(account_, books, "2026-01-02");
        write([&](store::Unit& unit)
            { unit.execute("UPDATE account_link SET books_last_entry_on = '2026-01-01'"); });
        byHand_ = 50'000; // What people entered before the feed began.
        world_->run();
        expect(look(), "proven", "0");
        byHand_ = 49'000;
        expect(look(), "settling", "10", "may_come_right");
    }

    void aBankThatDoesNotAnswerChangesNothing()
    {
        link();
        const auto before = *proof();
        world_->bank.accountsFail = Error::retry("test", "Not now.");
        const auto after = look();
        CPPUNIT_ASSERT_EQUAL(before.state, after.state);
        CPPUNIT_ASSERT_EQUAL(before.bankAsOf->ns, after.bankAsOf->ns);
        CPPUNIT_ASSERT_EQUAL(before.looks, after.looks);
    }

    void anUnlinkedAccountHasNoProof()
    {
        link();
        CPPUNIT_ASSERT(proof().has_value());
        world_->unlink(link_);
        world_->ask(store::job::proof, world_->connectionId);
        world_->run();
        CPPUNIT_ASSERT(!proof().has_value());
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{0}, world_->count("SELECT COUNT(*) FROM balance_proof_past"));
    }

    void theLastHundredChangesAreKept()
    {
        link();
        for (int i = 1; i <= 120; ++i)
            write(
                [&](store::Unit& unit)
                {
                    store::BalanceProofRepository proofs(unit, "main");
                    auto one = *proofs.find(account_);
                    one.difference = std::to_string(i);
                    one.lookedAt = plusMs(one.lookedAt, 1);
                    proofs.save(one);
                    proofs.save(one); // The same again is no change.
                });
        const auto past = world_->look([&](store::Unit& unit)
            { return store::BalanceProofRepository(unit, "main").past(account_); });
        CPPUNIT_ASSERT_EQUAL(std::size_t{100}, past.size());
        CPPUNIT_ASSERT_EQUAL(std::string("120"), past.front().difference);
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{100}, world_->count("SELECT COUNT(*) FROM balance_proof_past"));
    }

    std::string account_;
    std::string link_;
    std::int64_t byHand_ = 0;
};

using BalanceProofOnSqlite = BalanceProofTest<store::Engine::Sqlite>;
using BalanceProofOnPostgresql = BalanceProofTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(BalanceProofOnSqlite);
CPPUNIT_TEST_SUITE_REGISTRATION(BalanceProofOnPostgresql);

} // namespace bankfeed
