#include "store/TransactionRepository.h"
#include "support/BothEngines.h"

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::good;
using bankfeed::testing::onBothEngines;
using bankfeed::testing::TestDatabase;

class HeldPageTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HeldPageTest);
    CPPUNIT_TEST(aTenantSeesItsOwnHeldRowsOnly);
    CPPUNIT_TEST_SUITE_END();

public:
    void aTenantSeesItsOwnHeldRowsOnly()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                good(database->write(
                    [](Unit& unit) -> Result<void>
                    {
                        // The other columns hold what says nothing.
                        for (const auto& [id, tenant] : {std::pair{"x1", "t1"}, {"x2", "t2"}})
                            unit.execute(R"(INSERT INTO bank_transaction (connection_id,
                                provider_transaction_id, tenant_id, provider_account_id,
                                bank_account_id, amount_exact, units, exponent, currency,
                                currency_official, rounded, booked_on, authorized_on, pending,
                                pending_transaction_id, name, original_description, merchant,
                                category, text_repaired, removed, lane, lane_reason, root_key,
                                revision, sent_ledger_account_id, sent_units, sent_exponent,
                                sent_currency, sent_booked_on, sent_fingerprint, seen_generation,
                                first_seen_at, changed_at)
                                VALUES ('con', $1, $2, 'a1', 'bac', '-1', -100, 2, 'USD', 1, 0,
                                '2026-01-01', '', 0, '', 'Coffee', '', '', '', 0, 0, 'held',
                                'not_linked', $3, 0, '', 0, 0, '', '', '', 0, 0, 0))",
                                {id, tenant, id});
                        return success();
                    }));
                for (const auto& [id, tenant] : {std::pair{"x1", "t1"}, {"x2", "t2"}})
                {
                    const auto rows = database->read(
                        [&](Unit& unit) -> Result<std::vector<BankTransaction>> {
                            return TransactionRepository(unit, tenant).heldPage("bac", "", "", 10);
                        });
                    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, good(rows)->size());
                    CPPUNIT_ASSERT_EQUAL(std::string(id), rows->front().providerTransactionId);
                }
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HeldPageTest);
