// Goal: what a host says is taken over exactly, or refused by name; nothing in between. Method: the
// books as the core sees them, over a host that lists and makes accounts in many ways.
#include "PluginFixture.h"

#include "HostAnswers.h"
#include "HostLedger.h"

#include <cstring>
#include <functional>
#include <utility>
#include <vector>

namespace bankfeed::testing
{

using plugin::HostLedger;
using plugin::HostTables;

class HostAnswersTest : public PluginFixture
{
    CPPUNIT_TEST_SUITE(HostAnswersTest);
    CPPUNIT_TEST(aBalanceInAnotherExponentIsTheSameWorth);
    CPPUNIT_TEST(aBalanceThatDoesNotFitTheAccountsExponentIsRefused);
    CPPUNIT_TEST(oneWrongAccountIsNamedAndTheOthersAreTaken);
    CPPUNIT_TEST(whatIsWrongIsSaidOnce);
    CPPUNIT_TEST(anAccountThatIsListedTwiceCountsOnce);
    CPPUNIT_TEST(currenciesOfBanksAreTaken);
    CPPUNIT_TEST(tooManyAccountsAreALimitAndNotTheHostsFault);
    CPPUNIT_TEST(theIdOfAMadeAccountIsChecked);
    CPPUNIT_TEST(anErrorHoldsTheStatus);
    CPPUNIT_TEST(textsAreUtf8WithoutControls);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        PluginFixture::setUp();
        const auto tables = HostTables::fetch(host->abi());
        CPPUNIT_ASSERT(tables.ok());
        ledger_ = std::make_unique<HostLedger>(*tables);
    }
    void tearDown() override
    {
        ledger_.reset();
        PluginFixture::tearDown();
    }

    void aBalanceInAnotherExponentIsTheSameWorth()
    {
        const std::vector<std::pair<std::int64_t, std::uint32_t>> of12345{
            {12'345, 2}, {1'234'500, 4}, {123'450'000'000, 9}};
        for (const auto& [units, exponent] : of12345)
        {
            const auto accounts = listed({balance(units, exponent)});
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, accounts.size());
            CPPUNIT_ASSERT_EQUAL(std::int64_t{12'345}, accounts.front().balanceUnits);
            CPPUNIT_ASSERT_EQUAL(2, accounts.front().exponent);
        }
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{-12'300}, listed({balance(-123, 0)}).front().balanceUnits);
    }

    void aBalanceThatDoesNotFitTheAccountsExponentIsRefused()
    {
        const std::vector<std::pair<std::int64_t, std::uint32_t>> wrong{
            {12'345, 3}, {INT64_MAX, 0}, {INT64_MIN, 1}, {1, 19}, {1, UINT32_MAX}};
        for (const auto& [units, exponent] : wrong)
            CPPUNIT_ASSERT(listed({balance(units, exponent)}).empty());
        CPPUNIT_ASSERT(host->logHolds("\"a1\": balance is no whole number"));
        CPPUNIT_ASSERT(host->logHolds("\"a1\": balance.exponent is above 18"));
    }

    void oneWrongAccountIsNamedAndTheOthersAreTaken()
    {
        const std::vector<std::pair<std::string, Change>> mistakes{
            {"\"a1\": name is NULL", [](auto& account) { account.name = nullptr; }},
            {"\"a1\": name is not UTF-8", [](auto& account) { account.name = "caf\xE9"; }},
            {"number 1: account_id", [](auto& account) { account.account_id = nullptr; }},
            {"number 1: account_id", [](auto& account) { account.account_id = "a\n1"; }},
            {"\"a1\": type", [](auto& account) { account.type = 0; }},
            {"\"a1\": type", [](auto& account) { account.type = 6; }},
            {"\"a1\": exponent", [](auto& account) { account.exponent = 19; }},
            {"\"a1\": balance.currency", currency("")},
            {"\"a1\": balance.currency", currency("\xA4\xA4\xA4")},
            {"\"a1\": balance.currency", currency("US D")},
            {"\"a1\": last_entry_on",
                [](auto& account) { std::strcpy(account.last_entry_on.text, "2026-02-30"); }},
        };
        for (const auto& [said, mistake] : mistakes)
        {
            const auto accounts = listed({mistake, [](auto& account)
                {
                    account.account_id = "a2";
                    std::strcpy(account.last_entry_on.text, "2026-02-28");
                }});
            CPPUNIT_ASSERT_EQUAL_MESSAGE(said, std::size_t{1}, accounts.size());
            CPPUNIT_ASSERT_EQUAL(std::string("a2"), accounts.front().id);
            CPPUNIT_ASSERT_EQUAL(std::string("2026-02-28"), accounts.front().lastEntryOn->text());
            CPPUNIT_ASSERT_MESSAGE(said, host->logHolds(said));
        }
    }

    void whatIsWrongIsSaidOnce()
    {
        for (int i = 0; i < 3; ++i)
            CPPUNIT_ASSERT(listed({currency("")}).empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, host->callsOf("log.write"));
    }

    void anAccountThatIsListedTwiceCountsOnce()
    {
        const auto same = [](auto&) {};
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, listed({same, same}).size());
        CPPUNIT_ASSERT(host->logHolds("listed twice"));
    }

    void currenciesOfBanksAreTaken()
    {
        for (const char* code : {"USD", "BTC", "USDT.E", "X", "ABCDEFGHIJK"})
            CPPUNIT_ASSERT_EQUAL(std::string(code), listed({currency(code)}).front().currency);
        const auto unended = [](auto& account)
        { std::memset(account.balance.currency, 'A', sizeof account.balance.currency); };
        CPPUNIT_ASSERT(listed({unended}).empty());
    }

    void tooManyAccountsAreALimitAndNotTheHostsFault()
    {
        host->faults.visitAccounts = [](bf_ledger_account_visitor visit, void* ctx)
        {
            for (int i = 0;; ++i)
            {
                const std::string id = std::to_string(i);
                bf_ledger_account account = good();
                account.account_id = id.c_str();
                const bf_status status = visit(ctx, &account);
                if (status != BF_OK) return status;
            }
        };
        const FakeHost::Calling calling(*host, HostCall::Tick);
        const auto accounts = ledger_->accounts("main");
        CPPUNIT_ASSERT(accounts.error().kind == ErrorKind::Exhausted);
        CPPUNIT_ASSERT(accounts.error().text.find("100000") != std::string::npos);
        CPPUNIT_ASSERT(accounts.error().text.find("main") != std::string::npos);
    }

    void theIdOfAMadeAccountIsChecked()
    {
        const FakeHost::Calling calling(*host, HostCall::Tick);
        const LedgerAccountRequest wish{"key", "Savings", LedgerAccountType::Asset, "USD", 2};
        CPPUNIT_ASSERT_EQUAL(std::string("made-1"), *ledger_->createAccount("main", wish));
        for (const std::string& bad : {std::string("a\0b", 3), std::string("caf\xE9"),
                 std::string("a\r\n"), std::string(BF_ID_MAX + 1, 'a')})
        {
            host->faults.createdId = bad;
            const auto made = ledger_->createAccount("main", wish);
            CPPUNIT_ASSERT(!made.ok());
            // For good: the same question would get the same answer for ever.
            if (bad.size() <= BF_ID_MAX) CPPUNIT_ASSERT(made.error().kind == ErrorKind::Invalid);
            if (bad.size() > BF_ID_MAX) continue;
            CPPUNIT_ASSERT(made.error().text.find("ledger-accounts create") != std::string::npos);
            CPPUNIT_ASSERT(made.error().text.find("Savings") != std::string::npos);
        }
    }

    void anErrorHoldsTheStatus()
    {
        bf_error error = plugin::newError();
        const auto silent = plugin::hostError(-77, error, "do it");
        CPPUNIT_ASSERT_EQUAL(std::string("The host could not do it (status -77)."), silent.text);
        std::strcpy(error.text, "not now");
        error.retry_after_ms = 1'500;
        const auto busy = plugin::hostError(BF_E_RETRY, error, "do it");
        CPPUNIT_ASSERT_EQUAL(
            std::string("The host could not do it (status -5): not now"), busy.text);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'500}, std::int64_t{busy.retryAfter.count()});
    }

    void textsAreUtf8WithoutControls()
    {
        for (const std::string& good : {std::string(), std::string("Caf\xC3\xA9 \xE8\xB4\xA6")})
            CPPUNIT_ASSERT(plugin::faultOfText(good) == nullptr);
        for (const std::string& bad :
            {std::string("a\0b", 3), std::string("a\n"), std::string("\x7F"),
                std::string("\xC2\x85"), std::string("\xE9"), std::string("\xC2")})
            CPPUNIT_ASSERT(plugin::faultOfText(bad) != nullptr);
    }

private:
    using Change = std::function<void(bf_ledger_account&)>;

    static bf_ledger_account good()
    {
        bf_ledger_account account{};
        account.struct_size = sizeof account;
        account.type = BF_LEDGER_ASSET;
        account.account_id = "a1";
        account.name = "Assets:one";
        account.exponent = 2;
        account.balance.exponent = 2;
        std::strcpy(account.balance.currency, "USD");
        return account;
    }
    static Change balance(std::int64_t units, std::uint32_t exponent)
    {
        return [units, exponent](bf_ledger_account& account)
        {
            account.balance.units = units;
            account.balance.exponent = exponent;
        };
    }
    static Change currency(const char* code)
    {
        return [code](bf_ledger_account& account) { std::strcpy(account.balance.currency, code); };
    }
    /// The accounts that the core gets when the host lists these.
    std::vector<LedgerAccount> listed(const std::vector<Change>& changes)
    {
        host->faults.visitAccounts = [&](bf_ledger_account_visitor visit, void* ctx)
        {
            for (const auto& change : changes)
            {
                bf_ledger_account account = good();
                change(account);
                const bf_status status = visit(ctx, &account);
                if (status != BF_OK) return status;
            }
            return bf_status{BF_OK};
        };
        const FakeHost::Calling calling(*host, HostCall::Tick);
        const auto accounts = ledger_->accounts("main");
        CPPUNIT_ASSERT(accounts.ok());
        return *accounts;
    }

    std::unique_ptr<HostLedger> ledger_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(HostAnswersTest);

} // namespace bankfeed::testing
