// Changes that the books do not take: nothing of their batch is booked.
#include "PostingFixture.h"

#include <cstdint>
#include <limits>

using namespace ledgerd;

class RefusedPostingsTest : public PostingFixture
{
    CPPUNIT_TEST_SUITE(RefusedPostingsTest);
    CPPUNIT_TEST(anUnknownAccountIsRejected);
    CPPUNIT_TEST(anAccountOfAnotherTenantIsUnknown);
    CPPUNIT_TEST(aClosedAccountIsRejected);
    CPPUNIT_TEST(anAccountThatTakesNoFeedIsRejected);
    CPPUNIT_TEST(anotherCurrencyOrExponentIsRejected);
    CPPUNIT_TEST(changesThatBreakARuleAreRejectedAsInvalid);
    CPPUNIT_TEST(aBalanceThatDoesNotFitIsRejected);
    CPPUNIT_TEST(oneBadChangeKeepsTheWholeBatchOut);
    CPPUNIT_TEST_SUITE_END();

public:
    void anUnknownAccountIsRejected()
    {
        for (const char* id : {"acc-9999", "acc-0", "acc-01", "nonsense"})
        {
            bf_change wrong = post("t1", -1);
            wrong.account_id = id;
            assertRejected(wrong, BF_REASON_UNKNOWN_ACCOUNT);
        }
    }

    void anAccountOfAnotherTenantIsUnknown()
    {
        const std::string foreign =
            accountText(account(*books_, "Assets:Bank:Checking", "other").id);
        bf_change wrong = post("t1", -1);
        wrong.account_id = foreign.c_str();
        assertRejected(wrong, BF_REASON_UNKNOWN_ACCOUNT);
    }

    void aClosedAccountIsRejected()
    {
        const std::int64_t id = account(*books_, "Assets:Bank:Checking").id;
        must(books_->database().write(
            [&](Unit& unit) { return accounts::setOpen(unit, "main", id, false); }));
        assertRejected(post("t1", -1), BF_REASON_ACCOUNT_CLOSED);
    }

    void anAccountThatTakesNoFeedIsRejected()
    {
        const std::string cash = accountText(account(*books_, "Assets:Cash").id);
        bf_change wrong = post("t1", -1);
        wrong.account_id = cash.c_str();
        assertRejected(wrong, BF_REASON_ACCOUNT_CLOSED);
    }

    void anotherCurrencyOrExponentIsRejected()
    {
        bf_change euro = post("t1", -1);
        std::strcpy(euro.amount.currency, "EUR");
        assertRejected(euro, BF_REASON_CURRENCY);
        bf_change fine = post("t1", -1);
        fine.amount.exponent = 3;
        assertRejected(fine, BF_REASON_CURRENCY);
    }

    void changesThatBreakARuleAreRejectedAsInvalid()
    {
        bf_change noDate = post("t1", -1);
        std::strcpy(noDate.booked_on.text, "2026-02-30");
        assertRejected(noDate, BF_REASON_INVALID);
        bf_change noRole = post("t1", -1);
        noRole.counter_account = "Expenses:Food";
        assertRejected(noRole, BF_REASON_INVALID);
        bf_change noAccount = post("t1", -1);
        noAccount.account_id = "";
        assertRejected(noAccount, BF_REASON_INVALID);
        bf_change noRevision = post("t1", -1);
        noRevision.revision = 0;
        assertRejected(noRevision, BF_REASON_INVALID);
        bf_change noText = post("t1", -1);
        noText.description = "\xC3\x28";
        assertRejected(noText, BF_REASON_INVALID);
        bf_change longKey = post("t1", -1);
        const std::string key(64, 'k');
        longKey.root_key = key.c_str();
        assertRejected(longKey, BF_REASON_INVALID);
        assertRejected(post("t1", std::numeric_limits<std::int64_t>::min()), BF_REASON_INVALID);
    }

    void aBalanceThatDoesNotFitIsRejected()
    {
        Outbox outbox;
        outbox.add(post("t1", std::numeric_limits<std::int64_t>::max()));
        outbox.add(post("t2", 1));
        CPPUNIT_ASSERT_EQUAL(BF_E_REJECTED, outbox.send(*posting_, 1, BF_BATCH_EPOCH_START));
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_REJECTED, outbox.results[1].outcome);
        CPPUNIT_ASSERT_EQUAL(BF_REASON_INVALID, outbox.results[1].reason);
        CPPUNIT_ASSERT(entriesOf(*books_).empty());
    }

    void oneBadChangeKeepsTheWholeBatchOut()
    {
        Outbox outbox;
        outbox.add(post("t1", -1));
        outbox.add(change(BF_CHANGE_AMEND, "nothing", 2, -1));
        outbox.add(post("t3", -3));
        CPPUNIT_ASSERT_EQUAL(BF_E_REJECTED, outbox.send(*posting_, 1, BF_BATCH_EPOCH_START));
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_REJECTED, outbox.results[1].outcome);
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_NOT_TRIED, outbox.results[2].outcome);
        CPPUNIT_ASSERT(entriesOf(*books_).empty());
        CPPUNIT_ASSERT_EQUAL(0u, outbox.after.present);
    }

private:
    void assertRejected(const bf_change& wrong, std::uint32_t reason)
    {
        Outbox outbox;
        outbox.add(wrong);
        CPPUNIT_ASSERT_EQUAL(BF_E_REJECTED, outbox.send(*posting_, 1, BF_BATCH_EPOCH_START));
        CPPUNIT_ASSERT_EQUAL(BF_OUTCOME_REJECTED, outbox.results[0].outcome);
        CPPUNIT_ASSERT_EQUAL(reason, outbox.results[0].reason);
        CPPUNIT_ASSERT(!outbox.text.empty());
        CPPUNIT_ASSERT(entriesOf(*books_).empty());
        CPPUNIT_ASSERT_EQUAL(0u, outbox.after.present);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RefusedPostingsTest);
