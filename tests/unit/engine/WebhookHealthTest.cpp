// Goal: the provider knows our address for webhooks, told once for each change of it; and when what
// it sent does not come, the administrator hears of it, and of nothing when nobody expects any.
#include "EngineFixture.h"

#include "engine/ConnectionRefresh.h"
#include "engine/WebhookHealth.h"

namespace bankfeed::engine
{

namespace
{

constexpr const char* ours = "https://books.example/plugins/plaid/webhook";
constexpr std::int64_t minuteMs = 60'000;

class Bank final : public BankProvider
{
public:
    Result<LinkStart> startLink(const LinkRequest&) override { return unused(); }
    Result<LinkOutcome> linkOutcome(const Secret&, LinkPurpose) override { return unused(); }
    Result<NewConnection> exchange(const Secret&) override { return unused(); }
    Result<void> removeConnection(const Secret&) override { return unused(); }
    Result<TransactionPage> transactions(const Secret&, const std::string&) override
    {
        return unused();
    }
    Result<ConnectionFacts> connection(const Secret&) override { return facts; }
    Result<std::vector<ProviderAccount>> accounts(const Secret&) override
    {
        return std::vector<ProviderAccount>{};
    }
    Result<void> setWebhookUrl(const Secret&, const std::string& url) override
    {
        told.push_back(url);
        if (refusal) return *refusal;
        if (obeys) facts.webhookUrl = url;
        return success();
    }

    ConnectionFacts facts;
    std::vector<std::string> told;
    std::optional<Error> refusal;
    bool obeys = true;

private:
    static Error unused() { return Error::internal("test.unused", "Not used here."); }
};

class Tokens final : public AccessTokenSource
{
public:
    Result<Secret> accessToken(const std::string&, const std::string&) override
    {
        return Secret("access-canary");
    }
};

/// One refresh of the connection by a process with this address.
void refresh(EngineFixture& f, Bank& bank, const std::string& address)
{
    Tokens tokens;
    accounts::Discovery discovery(f.random, f.log);
    WebhookHealth webhooks(*f.database, bank, f.clock, f.random, f.log, address);
    ConnectionRefresh job(
        *f.database, bank, tokens, discovery, f.health, f.clock, f.random, &webhooks);
    f.ask("a", store::job::refresh, "con_1");
    const auto lease = f.claim();
    CPPUNIT_ASSERT(job.run(lease).ok());
    f.write([&](store::Unit& unit)
        { unit.execute("DELETE FROM job WHERE job_id = $1", {lease.jobId}); });
}

void arrive(EngineFixture& f)
{
    f.write(
        [&](store::Unit& unit)
        {
            store::ConnectionRepository(unit, "a").setLastWebhookAt("con_1", f.clock.now());
            WebhookHealth::arrived(unit, "a", f.clock.now());
        });
}

} // namespace

class WebhookHealthTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(WebhookHealthTest);
    CPPUNIT_TEST(aNewAddressIsToldOnceForEachChange);
    CPPUNIT_TEST(anAddressThatTheProviderDoesNotTakeIsNotRepeatedForEver);
    CPPUNIT_TEST(aCallThatFailedIsTriedAgainAtTheNextLook);
    CPPUNIT_TEST(whatWasSentAndDidNotComeIsToldAndGoesWithTheNextOne);
    CPPUNIT_TEST(whatIsOnItsWayOrOldOrSentElsewhereIsNotMissed);
    CPPUNIT_TEST(aWebhookAboutAnotherConnectionShowsThatTheAddressWorks);
    CPPUNIT_TEST(withoutAnAddressNothingIsExpected);
    CPPUNIT_TEST_SUITE_END();

public:
    void aNewAddressIsToldOnceForEachChange()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                Bank bank;
                refresh(f, bank, ours); // The provider does not say.
                CPPUNIT_ASSERT(bank.told.empty());
                bank.facts.webhookUrl = "https://old.example/hook";
                refresh(f, bank, ours);
                refresh(f, bank, ours);
                CPPUNIT_ASSERT(bank.told == std::vector<std::string>{ours});
                refresh(f, bank, "https://new.example/hook");
                refresh(f, bank, ""); // The operator took the address away.
                refresh(f, bank, "");
                refresh(f, bank, ours);
                CPPUNIT_ASSERT((bank.told == std::vector<std::string>{
                                                 ours, "https://new.example/hook", "", ours}));
            });
    }

    void anAddressThatTheProviderDoesNotTakeIsNotRepeatedForEver()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                Bank bank;
                bank.obeys = false;
                bank.facts.webhookUrl = "https://old.example/hook";
                for (int i = 0; i < 5; ++i)
                    refresh(f, bank, ours);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bank.told.size());
                bank.refusal = Error::invalid("plaid.invalid_field", "Not this one.");
                bank.refusal->remedy = Remedy::Stop;
                for (int i = 0; i < 5; ++i)
                    refresh(f, bank, "https://new.example/hook");
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, bank.told.size());
            });
    }

    void aCallThatFailedIsTriedAgainAtTheNextLook()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                Bank bank;
                bank.facts.webhookUrl = "https://old.example/hook";
                bank.refusal = Error::retry(std::string(callBudgetCode), "Too many calls.");
                refresh(f, bank, ours);
                CPPUNIT_ASSERT(f.notices("a").empty());
                bank.refusal.reset();
                refresh(f, bank, ours);
                refresh(f, bank, ours);
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, bank.told.size());
            });
    }

    void whatWasSentAndDidNotComeIsToldAndGoesWithTheNextOne()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                Bank bank;
                bank.facts.webhookUrl = ours;
                f.clock.advanceMs(60 * minuteMs);
                bank.facts.lastWebhookAt = f.clock.now();
                f.clock.advanceMs(16 * minuteMs);
                refresh(f, bank, ours);
                const auto open = f.read([](store::Unit& unit)
                    { return store::NoticeRepository(unit, "a").openOnes(); });
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, open.size());
                CPPUNIT_ASSERT_EQUAL(std::string("webhooks_missing"), open[0].kind);
                CPPUNIT_ASSERT(open[0].params.find(ours) != std::string::npos);
                arrive(f);
                CPPUNIT_ASSERT(f.notices("a").empty());
                refresh(f, bank, ours);
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void whatIsOnItsWayOrOldOrSentElsewhereIsNotMissed()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                Bank bank;
                bank.facts.webhookUrl = ours;
                const auto quiet = [&](const char* why)
                {
                    refresh(f, bank, ours);
                    CPPUNIT_ASSERT_MESSAGE(why, f.notices("a").empty());
                };
                bank.facts.lastWebhookAt = plusMs(f.clock.now(), minuteMs);
                f.clock.advanceMs(60 * minuteMs);
                quiet("sent while the connection was made");
                bank.facts.lastWebhookAt = plusMs(f.clock.now(), -14 * minuteMs);
                quiet("may be on its way");
                bank.facts.lastWebhookAt = plusMs(f.clock.now(), -20 * minuteMs);
                bank.obeys = false;
                bank.facts.webhookUrl = "https://old.example/hook";
                quiet("sent to another address");
                bank.facts.webhookUrl = ours;
                quiet("sent before the address was told");
                f.clock.advanceMs(60 * minuteMs);
                arrive(f);
                bank.facts.lastWebhookAt = plusMs(f.clock.now(), 30'000);
                f.clock.advanceMs(60 * minuteMs);
                quiet("came; the clocks differ a little");
            });
    }

    void aWebhookAboutAnotherConnectionShowsThatTheAddressWorks()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                f.addConnection("a", "con_2");
                Bank bank;
                bank.facts.webhookUrl = ours;
                f.clock.advanceMs(60 * minuteMs);
                bank.facts.lastWebhookAt = f.clock.now();
                f.clock.advanceMs(16 * minuteMs);
                f.write(
                    [&](store::Unit& unit) {
                        store::ConnectionRepository(unit, "a").setLastWebhookAt(
                            "con_2", f.clock.now());
                    });
                refresh(f, bank, ours);
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void withoutAnAddressNothingIsExpected()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                Bank bank;
                bank.facts.webhookUrl = ours;
                f.clock.advanceMs(60 * minuteMs);
                bank.facts.lastWebhookAt = f.clock.now();
                f.clock.advanceMs(16 * minuteMs);
                refresh(f, bank, ours);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.notices("a").size());
                refresh(f, bank, "");
                CPPUNIT_ASSERT(f.notices("a").empty());
                CPPUNIT_ASSERT_EQUAL(std::string(), bank.told.back());
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WebhookHealthTest);

} // namespace bankfeed::engine
