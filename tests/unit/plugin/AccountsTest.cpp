// Goal: the accounts of the books are mirrored as the host lists them, and what is wrong with one
// keeps none of the others out. Method: tick() with lists that a test tells.
#include "PluginFixture.h"
#include "SeededFeeds.h"

#include <cstring>
#include <functional>
#include <vector>

namespace bankfeed::testing
{

class AccountsTest : public RunningPluginFixture
{
    CPPUNIT_TEST_SUITE(AccountsTest);
    CPPUNIT_TEST(tickMirrorsTheAccounts);
    CPPUNIT_TEST(accountsOutsideTheSpecificationAreNotMirrored);
    CPPUNIT_TEST(aHostThatListsAndFailsIsAskedAgain);
    CPPUNIT_TEST_SUITE_END();

public:
    void prepare() override { seedFeeds(*host, 1); }

    void tickMirrorsTheAccounts()
    {
        bf_tick_result out{};
        assertOk(plugin_->tick(out));
        CPPUNIT_ASSERT_EQUAL(0U, out.remaining);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, host->callsOf("ledger-accounts.list"));
        bf_feed_status status{};
        assertOk(plugin_->feedStatus(status, "Assets:checking"));
        CPPUNIT_ASSERT(status.state != BF_FEED_NONE);
        CPPUNIT_ASSERT_EQUAL(std::string("First Platypus Bank"), std::string(status.institution));
        assertOk(plugin_->feedStatus(status, "Assets:other"));
        CPPUNIT_ASSERT_EQUAL(BF_FEED_NONE, status.state);
    }

    void accountsOutsideTheSpecificationAreNotMirrored()
    {
        const std::string tooLong(BF_ID_MAX + 1, 'a');
        const std::vector<std::function<void(bf_ledger_account&)>> mistakes{
            [](auto& account) { account.struct_size = sizeof account - 1; },
            [](auto& account) { account.account_id = ""; },
            [](auto& account) { account.account_id = "caf\xC3"; },
            [&](auto& account) { account.account_id = tooLong.c_str(); },
            [](auto& account) { account.name = nullptr; },
        };
        bf_tick_result out{};
        for (const auto& mistake : mistakes)
        {
            host->faults.visitAccounts = [&](bf_ledger_account_visitor visit, void* ctx)
            {
                bf_ledger_account account{};
                account.struct_size = sizeof account;
                account.type = BF_LEDGER_ASSET;
                account.account_id = "a9";
                account.name = "Assets:nine";
                std::strcpy(account.balance.currency, "USD");
                mistake(account);
                return visit(ctx, &account);
            };
            assertOk(plugin_->tick(out));
            host->faults.visitAccounts = [&](bf_ledger_account_visitor visit, void* ctx)
            { return visit(ctx, nullptr); };
            assertOk(plugin_->tick(out));
        }
        CPPUNIT_ASSERT(host->logHolds("against the specification"));
    }

    void aHostThatListsAndFailsIsAskedAgain()
    {
        bf_tick_result out{};
        for (const bf_status status : everyStatus)
        {
            if (status == BF_OK) continue;
            host->faults.list = status;
            assertOk(plugin_->tick(out));
        }
        host->faults.list = BF_OK;
        const std::size_t before = host->callsOf("ledger-accounts.list");
        assertOk(plugin_->tick(out));
        CPPUNIT_ASSERT_EQUAL(before + 1, host->callsOf("ledger-accounts.list"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AccountsTest);

} // namespace bankfeed::testing
