// What people do to books that are fed, what the feed may do then, and what plugins are told of it.
#include "TestBooks.h"
#include "TestFeed.h"

#include "books/Corrections.h"
#include "books/LedgerEvents.h"
#include "plugins/EventTeller.h"

using namespace ledgerd;

namespace
{

// A plugin that keeps what it is told; one for each test, found through its bf_plugin.
struct Listener
{
    bf_plugin plugin{};
    std::string position;
    std::vector<std::string> heard; // "kind subject state"
    int fromStart = 0;
    int allTold = 0;
    bool retelling = false;
    int deaf = 0; // so many calls of tell() fail

    static Listener& of(bf_plugin* plugin) { return *static_cast<Listener*>(plugin->ctx); }
};

bf_status positionOf(bf_plugin* plugin, const char*, bf_event_position* out, bf_error*)
{
    std::strcpy(out->event_id, Listener::of(plugin).position.c_str());
    out->retelling = Listener::of(plugin).retelling ? 1 : 0;
    return BF_OK;
}

bf_status hear(bf_plugin* plugin, const bf_event_batch* batch, bf_error*)
{
    Listener& listener = Listener::of(plugin);
    if (std::string(batch->tenant_id) != "main") return BF_OK;
    if (listener.deaf > 0)
    {
        --listener.deaf;
        return BF_E_RETRY;
    }
    const bool start = (batch->flags & BF_EVENTS_FROM_START) != 0;
    if (!start && listener.position != batch->after_id) return BF_E_CONFLICT;
    if (start) ++listener.fromStart, listener.position.clear();
    if (start) listener.retelling = true;
    if ((batch->flags & BF_EVENTS_ALL_TOLD) != 0) ++listener.allTold, listener.retelling = false;
    for (std::uint32_t i = 0; i < batch->event_count; ++i)
    {
        const bf_event& event = batch->events[i];
        listener.heard.push_back(std::to_string(event.kind) + " " + event.subject + " " +
                                 std::to_string(event.state) + event.through.text);
        listener.position = event.event_id;
    }
    return BF_OK;
}

} // namespace

class CorrectionsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CorrectionsTest);
    CPPUNIT_TEST(aRemovedTransactionIsKeptInTheHistoryAndTakesNoMoreChanges);
    CPPUNIT_TEST(aRemovalTakesBackWhatPeopleHadMovedOnOnlyOnce);
    CPPUNIT_TEST(aPostAboveTheHeadPutsARemovedTransactionBack);
    CPPUNIT_TEST(theHeadOfARemovedTransactionStaysAsItIs);
    CPPUNIT_TEST(aReconciledTransactionIsNotChangedUntilItIsNoMore);
    CPPUNIT_TEST(nothingIsBookedIntoAClosedPeriodByAnybody);
    CPPUNIT_TEST(aMergedAccountHasItsMoneyAndItsFeedInTheOther);
    CPPUNIT_TEST(accountsThatDoNotGoTogetherAreNotMerged);
    CPPUNIT_TEST(whatAFeedBroughtIsVisitedByRootKeyAPageAtATime);
    CPPUNIT_TEST(theVisitorOfEntriesMayStopAndNonsenseIsRefused);
    CPPUNIT_TEST(eventsAreToldInTheirOrderAndOnce);
    CPPUNIT_TEST(whatWasNotHeardIsToldAgain);
    CPPUNIT_TEST(booksThatWentBackInTimeTellEverythingAnew);
    CPPUNIT_TEST(aPluginThatForgotIsToldEverythingAnewWithoutANewEvent);
    CPPUNIT_TEST(aTellingThatBrokeOffBeginsAgainAndEnds);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        folder_ = std::make_unique<Folder>();
        books_ = openBooks(folder_->path(), clock_);
        posting_ = std::make_unique<FeedPosting>(*books_, "test-plugin");
        checking_ = accountText(account(*books_, "Assets:Bank:Checking").id);
        outbox_.emplace();
        outbox_->add(makeChange(BF_CHANGE_POST, "t1", 1, checking_.c_str(), -450));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox_->send(*posting_, 1, BF_BATCH_EPOCH_START));
        listener_.plugin.ctx = &listener_;
    }

    void tearDown() override
    {
        assertBalancesAreSums(*books_);
        posting_.reset();
        books_.reset();
        folder_.reset();
    }

    void aRemovedTransactionIsKeptInTheHistoryAndTakesNoMoreChanges()
    {
        CPPUNIT_ASSERT(remove("t1"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, balance("Assets:Bank:Checking"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, balance("Equity:Suspense:USD"));
        const auto entries = entriesOf(*books_);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, entries.size());
        CPPUNIT_ASSERT_EQUAL(std::string("remove"), entries[1].kind);
        CPPUNIT_ASSERT_EQUAL(std::string("ann"), entries[1].madeBy);
        CPPUNIT_ASSERT_EQUAL(std::string("removed"), entries[0].state);
        outbox_->add(makeChange(BF_CHANGE_AMEND, "t1", 2, checking_.c_str(), -500));
        CPPUNIT_ASSERT_EQUAL(BF_E_REJECTED, outbox_->send(*posting_, 2));
        CPPUNIT_ASSERT_EQUAL(BF_REASON_REMOVED, outbox_->results[0].reason);
        CPPUNIT_ASSERT(!remove("t1"));
        CPPUNIT_ASSERT(!remove("nothing"));
    }

    void aRemovalTakesBackWhatPeopleHadMovedOnOnlyOnce()
    {
        outbox_->add(makeChange(BF_CHANGE_AMEND, "t1", 2, checking_.c_str(), -500));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox_->send(*posting_, 2));
        CPPUNIT_ASSERT(remove("t1"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, balance("Assets:Bank:Checking"));
    }

    void aPostAboveTheHeadPutsARemovedTransactionBack()
    {
        CPPUNIT_ASSERT(remove("t1"));
        outbox_->add(makeChange(BF_CHANGE_POST, "t1", 2, checking_.c_str(), -480));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox_->send(*posting_, 2));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-480}, balance("Assets:Bank:Checking"));
        outbox_->add(makeChange(BF_CHANGE_AMEND, "t1", 3, checking_.c_str(), -490));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox_->send(*posting_, 3));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-490}, balance("Assets:Bank:Checking"));
    }

    void theHeadOfARemovedTransactionStaysAsItIs()
    {
        const auto before = headOf("t1");
        CPPUNIT_ASSERT(remove("t1"));
        const auto after = headOf("t1");
        CPPUNIT_ASSERT_EQUAL(before.revision, after.revision);
        CPPUNIT_ASSERT(
            std::memcmp(before.content_digest, after.content_digest, BF_DIGEST_SIZE) == 0);
    }

    void aReconciledTransactionIsNotChangedUntilItIsNoMore()
    {
        CPPUNIT_ASSERT(reconcile("t1", true));
        outbox_->add(makeChange(BF_CHANGE_AMEND, "t1", 2, checking_.c_str(), -500));
        CPPUNIT_ASSERT_EQUAL(BF_E_REJECTED, outbox_->send(*posting_, 2));
        CPPUNIT_ASSERT_EQUAL(BF_REASON_RECONCILED, outbox_->results[0].reason);
        CPPUNIT_ASSERT(!remove("t1"));
        CPPUNIT_ASSERT(reconcile("t1", false));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox_->send(*posting_, 2));
    }

    void nothingIsBookedIntoAClosedPeriodByAnybody()
    {
        CPPUNIT_ASSERT(close("2026-01-05"));
        outbox_->add(makeChange(BF_CHANGE_POST, "t2", 1, checking_.c_str(), -1, "2026-01-05"));
        CPPUNIT_ASSERT_EQUAL(BF_E_REJECTED, outbox_->send(*posting_, 2));
        CPPUNIT_ASSERT_EQUAL(BF_REASON_PERIOD_CLOSED, outbox_->results[0].reason);
        Outbox other;
        other.feed = "feed-2";
        other.add(makeChange(BF_CHANGE_AMEND, "t1", 2, checking_.c_str(), -1, "2026-01-06"));
        CPPUNIT_ASSERT_EQUAL(BF_E_REJECTED, other.send(*posting_, 1, BF_BATCH_EPOCH_START));
        CPPUNIT_ASSERT_EQUAL(BF_REASON_PERIOD_CLOSED, other.results[0].reason);
        NewEntry entry;
        entry.bookedOn = "2026-01-05";
        entry.description = "By hand";
        entry.legs = {{account(*books_, "Assets:Cash").id, 1},
            {account(*books_, "Assets:Bank:Checking").id, -1}};
        CPPUNIT_ASSERT(!books_->database().write(
            [&](Unit& unit) { return journal::addByHand(unit, "main", entry, clock_.utcNs()); }));
        CPPUNIT_ASSERT(!remove("t1"));
        CPPUNIT_ASSERT(!close("2026-02-31"));
        CPPUNIT_ASSERT(close(""));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox_->send(*posting_, 2));
    }

    void aMergedAccountHasItsMoneyAndItsFeedInTheOther()
    {
        const auto from = account(*books_, "Assets:Bank:Checking").id;
        const auto into = account(*books_, "Assets:Cash").id;
        CPPUNIT_ASSERT(merge(from, into));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-450}, balance("Assets:Cash"));
        CPPUNIT_ASSERT(!account(*books_, "Assets:Bank:Checking").open);
        books_->database().write([&](Unit& unit) { unit.run("UPDATE account SET feedable = 1"); });
        // The plugin goes on to name the old account.
        outbox_->add(makeChange(BF_CHANGE_AMEND, "t1", 2, checking_.c_str(), -500));
        outbox_->add(makeChange(BF_CHANGE_POST, "t2", 1, checking_.c_str(), -10));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox_->send(*posting_, 2));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-510}, balance("Assets:Cash"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, balance("Assets:Bank:Checking"));
        CPPUNIT_ASSERT(remove("t1"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-10}, balance("Assets:Cash"));
        CPPUNIT_ASSERT(!books_->database().write(
            [&](Unit& unit) { return accounts::setOpen(unit, "main", from, true); }));
    }

    void accountsThatDoNotGoTogetherAreNotMerged()
    {
        const auto checking = account(*books_, "Assets:Bank:Checking").id;
        CPPUNIT_ASSERT(!merge(checking, checking));
        CPPUNIT_ASSERT(!merge(checking, account(*books_, "Expenses:Food").id));
        CPPUNIT_ASSERT(!merge(checking, 1));
        CPPUNIT_ASSERT(!merge(account(*books_, "Equity:Suspense:USD").id, checking));
    }

    void whatAFeedBroughtIsVisitedByRootKeyAPageAtATime()
    {
        outbox_->add(makeChange(BF_CHANGE_POST, "a9", 1, checking_.c_str(), 900, "2026-01-07"));
        outbox_->add(makeChange(BF_CHANGE_POST, "z0", 1, checking_.c_str(), 70));
        outbox_->add(makeChange(BF_CHANGE_VOID, "z0", 2, checking_.c_str(), 0));
        outbox_->add(makeChange(BF_CHANGE_AMEND, "t1", 2, checking_.c_str(), -460));
        CPPUNIT_ASSERT_EQUAL(BF_OK, outbox_->send(*posting_, 2));
        Outbox other;
        other.feed = "feed-2";
        other.add(makeChange(BF_CHANGE_POST, "b5", 1, checking_.c_str(), 5));
        CPPUNIT_ASSERT_EQUAL(BF_OK, other.send(*posting_, 1, BF_BATCH_EPOCH_START));
        CPPUNIT_ASSERT(remove("t1"));
        CPPUNIT_ASSERT(reconcile("a9", true));
        // root key, revision, kind, state, units, day; a removed one as it was stated last.
        const std::vector<std::string> expected{"a9 1 1 1 900 2026-01-07 USD2 " + checking_,
            "t1 2 2 2 -460 2026-01-05 USD2 " + checking_,
            "z0 2 3 0 0 2026-01-05 USD2 " + checking_};
        CPPUNIT_ASSERT(expected == visited("", 3));
        CPPUNIT_ASSERT(std::vector(expected.begin() + 1, expected.end()) == visited("a9", 9));
        CPPUNIT_ASSERT(std::vector(expected.begin(), expected.begin() + 1) == visited("", 1));
        CPPUNIT_ASSERT(visited("z0", 3).empty());
        CPPUNIT_ASSERT(visited("", 3, "never-seen").empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, visited("", 3, "feed-2").size());
    }

    void theVisitorOfEntriesMayStopAndNonsenseIsRefused()
    {
        std::string text;
        const auto stop = [](void*, const bf_booked*) { return BF_E_EXHAUSTED; };
        const auto visit = [&](const char* tenant, const char* after, std::uint32_t count)
        { return posting_->visitEntries(tenant, "feed-1", after, count, stop, nullptr, text); };
        CPPUNIT_ASSERT_EQUAL(BF_E_EXHAUSTED, visit("main", "", 1));
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, visit("main", "", 0));
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, visit("main", "", BF_ENTRIES_PER_VISIT_MAX + 1));
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, visit("main", nullptr, 1));
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, visit("main", "a key", 1));
        CPPUNIT_ASSERT_EQUAL(BF_E_NOT_FOUND, visit("nobody", "", 1));
        CPPUNIT_ASSERT(!text.empty());
    }

    void eventsAreToldInTheirOrderAndOnce()
    {
        CPPUNIT_ASSERT(reconcile("t1", true));
        CPPUNIT_ASSERT(reconcile("t1", false));
        EventTeller teller(*books_);
        CPPUNIT_ASSERT_EQUAL(BF_OK, tell(teller));
        const std::vector<std::string> first{"1 t1 1", "1 t1 0"};
        CPPUNIT_ASSERT(listener_.heard == first);
        CPPUNIT_ASSERT(close("2025-12-31"));
        CPPUNIT_ASSERT_EQUAL(BF_OK, tell(teller));
        CPPUNIT_ASSERT_EQUAL(BF_OK, tell(teller));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, listener_.heard.size());
        CPPUNIT_ASSERT_EQUAL(std::string("2  02025-12-31"), listener_.heard.back());
        // A new process of the host asks the plugin, and has nothing to say.
        EventTeller again(*books_);
        CPPUNIT_ASSERT_EQUAL(BF_OK, tell(again));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, listener_.heard.size());
    }

    void whatWasNotHeardIsToldAgain()
    {
        CPPUNIT_ASSERT(remove("t1"));
        EventTeller teller(*books_);
        listener_.deaf = 1;
        CPPUNIT_ASSERT_EQUAL(BF_E_RETRY, tell(teller));
        CPPUNIT_ASSERT(listener_.heard.empty());
        CPPUNIT_ASSERT_EQUAL(BF_OK, tell(teller));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, listener_.heard.size());
    }

    void booksThatWentBackInTimeTellEverythingAnew()
    {
        CPPUNIT_ASSERT(close("2025-12-31"));
        listener_.position = "ev-of-books-that-are-gone";
        EventTeller teller(*books_);
        CPPUNIT_ASSERT_EQUAL(BF_OK, tell(teller));
        CPPUNIT_ASSERT_EQUAL(1, listener_.fromStart);
        CPPUNIT_ASSERT_EQUAL(1, listener_.allTold);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, listener_.heard.size());
    }

    void aPluginThatForgotIsToldEverythingAnewWithoutANewEvent()
    {
        CPPUNIT_ASSERT(close("2025-12-31"));
        EventTeller teller(*books_);
        CPPUNIT_ASSERT_EQUAL(BF_OK, tell(teller));
        CPPUNIT_ASSERT_EQUAL(BF_OK, tell(teller));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, listener_.heard.size());
        listener_.position.clear(); // The data of its tenant was deleted.
        CPPUNIT_ASSERT_EQUAL(BF_OK, tell(teller));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, listener_.heard.size());
        CPPUNIT_ASSERT(!listener_.retelling);
    }

    void aTellingThatBrokeOffBeginsAgainAndEnds()
    {
        CPPUNIT_ASSERT(remove("t1"));
        CPPUNIT_ASSERT(close("2025-12-31"));
        EventTeller teller(*books_);
        CPPUNIT_ASSERT_EQUAL(BF_OK, tell(teller));
        const std::size_t heard = listener_.heard.size();
        const int fromStart = listener_.fromStart;
        listener_.retelling = true; // The other process of a host died in the middle of it.
        CPPUNIT_ASSERT_EQUAL(BF_OK, tell(teller));
        CPPUNIT_ASSERT_EQUAL(fromStart + 1, listener_.fromStart);
        CPPUNIT_ASSERT_EQUAL(2 * heard, listener_.heard.size());
        CPPUNIT_ASSERT(!listener_.retelling);
        CPPUNIT_ASSERT_EQUAL(BF_OK, tell(teller));
        CPPUNIT_ASSERT_EQUAL(2 * heard, listener_.heard.size());
    }

private:
    template <class Body>
    bool write(Body body)
    {
        return static_cast<bool>(books_->database().write(body));
    }
    bool remove(const std::string& key)
    {
        return write([&](Unit& unit)
            { return corrections::remove(unit, "main", key, "ann", clock_.utcNs()); });
    }
    bool reconcile(const std::string& key, bool on)
    {
        return write([&](Unit& unit) { return corrections::reconcile(unit, "main", key, on); });
    }
    bool close(const std::string& through)
    {
        return write([&](Unit& unit) { return corrections::closePeriod(unit, "main", through); });
    }
    bool merge(std::int64_t from, std::int64_t into)
    {
        return write([&](Unit& unit)
            { return corrections::merge(unit, "main", from, into, "ann", clock_.utcNs()); });
    }
    bf_head headOf(const char* key)
    {
        bf_head head{};
        head.struct_size = sizeof head;
        std::string text;
        CPPUNIT_ASSERT_EQUAL(BF_OK, posting_->findHeads("main", &key, 1, &head, sizeof head, text));
        return head;
    }
    static bf_status write(void* ctx, const bf_booked* entry)
    {
        static_cast<std::vector<std::string>*>(ctx)->push_back(
            std::string(entry->root_key) + " " + std::to_string(entry->revision) + " " +
            std::to_string(entry->kind) + " " + std::to_string(entry->state) + " " +
            std::to_string(entry->amount.units) + " " + entry->booked_on.text + " " +
            entry->amount.currency + std::to_string(entry->amount.exponent) + " " +
            entry->account_id);
        CPPUNIT_ASSERT_EQUAL(std::string("Coffee Corner"), std::string(entry->description));
        return BF_OK;
    }
    std::vector<std::string> visited(
        const char* after, std::uint32_t count, const char* feed = "feed-1")
    {
        std::vector<std::string> found;
        std::string text;
        CPPUNIT_ASSERT_EQUAL(
            BF_OK, posting_->visitEntries("main", feed, after, count, write, &found, text));
        return found;
    }
    bf_status tell(EventTeller& teller)
    {
        bf_error err{};
        err.struct_size = sizeof err;
        return teller.tell(&listener_.plugin, table_, err);
    }
    std::int64_t balance(const std::string& name) { return account(*books_, name).balance; }

    TestClock clock_;
    std::unique_ptr<Folder> folder_;
    std::unique_ptr<Books> books_;
    std::unique_ptr<FeedPosting> posting_;
    std::string checking_;
    std::optional<Outbox> outbox_;
    Listener listener_;
    const bf_plugin_ledger_events table_{sizeof(bf_plugin_ledger_events), 0, positionOf, hear};
};

CPPUNIT_TEST_SUITE_REGISTRATION(CorrectionsTest);
