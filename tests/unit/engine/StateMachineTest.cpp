// Goal: whatever order, delay, repetition or loss the bank's webhooks suffer, and whatever they
// say, a connection ends in the state that the bank's own answer gives it.
#include "EngineFixture.h"

#include "engine/ConnectionRefresh.h"
#include "engine/Engine.h"
#include "engine/InboxReader.h"
#include "engine/Schedule.h"
#include "store/InboxRepository.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>

namespace bankfeed::engine
{

namespace
{

constexpr std::int64_t dayMs = 86'400'000;
constexpr std::int64_t pollMs = dayMs / 4;

enum class Truth : std::uint8_t
{
    Healthy,
    Expiring,
    Login,
    Revoked,
    Gone,
};

/// What keeps anybody from reading the truth.
enum class Veil : std::uint8_t
{
    None,
    BankDown,
    WrongKeys,
};

Error providerError(const char* code, Remedy remedy)
{
    Error error;
    error.kind = ErrorKind::Provider;
    error.code = "plaid.error";
    error.text = "A sentence for the administrator.";
    error.providerCode = code;
    error.remedy = remedy;
    if (error.providerCode == "INSTITUTION_DOWN") error.concern = Concern::Institution;
    if (error.providerCode == "INVALID_API_KEYS") error.concern = Concern::SetUp;
    return error;
}

/// The bank: one connection, and the webhooks about it that are on their way.
class Bank final : public BankProvider
{
public:
    Bank(EngineFixture& fixture, std::uint64_t seed) : f_(fixture), random_(seed) {}

    Result<LinkStart> startLink(const LinkRequest&) override { return unused(); }
    Result<LinkOutcome> linkOutcome(const Secret&, LinkPurpose) override { return unused(); }
    Result<NewConnection> exchange(const Secret&) override { return unused(); }
    Result<void> removeConnection(const Secret&) override { return success(); }
    Result<std::vector<ProviderAccount>> accounts(const Secret&) override
    {
        return std::vector<ProviderAccount>{};
    }
    Result<TransactionPage> transactions(const Secret&, const std::string&) override
    {
        return unused();
    }

    Result<ConnectionFacts> connection(const Secret&) override
    {
        auto answer = facts();
        if (chance(5)) changeAndRing(); // While the answer is on its way.
        return answer;
    }

    /// What an access to the transactions meets with; nothing when it succeeds.
    [[nodiscard]] std::optional<Error> obstacle() const
    {
        const auto now = facts();
        return now.ok() ? now->trouble : now.error();
    }

    void change()
    {
        const std::vector<Truth> next = followers();
        truth_ = next[random_.below(next.size())];
        air_.push_back(kindOf(truth_));
        if (chance(3)) air_.push_back(kindOf(truth_));
    }

    /// As change, and its webhook comes at once.
    void changeAndRing()
    {
        change();
        deliver(air_.size() - 1);
    }

    /// One that says something, true or not.
    void addNoise()
    {
        constexpr std::array kinds{BankEventKind::ConnectionTrouble,
            BankEventKind::ConnectionRepaired, BankEventKind::AccessRevoked,
            BankEventKind::ConsentEnding, BankEventKind::TransactionsChanged};
        air_.push_back(kinds[random_.below(kinds.size())]);
    }

    void deliverOne()
    {
        if (!air_.empty()) deliver(random_.below(air_.size()));
    }
    void loseOne()
    {
        if (!air_.empty())
            air_.erase(air_.begin() + static_cast<std::ptrdiff_t>(random_.below(air_.size())));
    }
    [[nodiscard]] bool quiet() const { return air_.empty(); }

    [[nodiscard]] bool chance(std::uint64_t oneIn) { return random_.below(oneIn) == 0; }

    [[nodiscard]] Truth truth() const { return truth_; }
    Veil veil = Veil::None;
    bool still = false; ///< Nothing changes any more.

private:
    static Error unused() { return Error::internal("test.unused", "Not used here."); }

    [[nodiscard]] Result<ConnectionFacts> facts() const
    {
        ConnectionFacts facts;
        if (veil == Veil::WrongKeys) return providerError("INVALID_API_KEYS", Remedy::Stop);
        if (veil == Veil::BankDown)
            facts.trouble = providerError("INSTITUTION_DOWN", Remedy::Later);
        else if (truth_ == Truth::Login)
            facts.trouble = providerError("ITEM_LOGIN_REQUIRED", Remedy::Repair);
        else if (truth_ == Truth::Revoked)
            facts.trouble = providerError("USER_PERMISSION_REVOKED", Remedy::Relink);
        else if (truth_ == Truth::Gone)
            return providerError("ITEM_NOT_FOUND", Remedy::Relink);
        else if (truth_ == Truth::Expiring)
            facts.consentEndsAt = plusMs(f_.clock.now(), 7 * dayMs);
        return facts;
    }

    [[nodiscard]] std::vector<Truth> followers() const
    {
        // Who took back the access makes a new connection.
        if (still || truth_ == Truth::Gone) return {truth_};
        if (truth_ == Truth::Revoked) return {Truth::Revoked, Truth::Gone};
        return {Truth::Healthy, Truth::Healthy, Truth::Expiring, Truth::Login, Truth::Login,
            chance_.below(4) == 0 ? Truth::Revoked : Truth::Healthy,
            chance_.below(8) == 0 ? Truth::Gone : Truth::Login};
    }

    static BankEventKind kindOf(Truth truth)
    {
        switch (truth)
        {
        case Truth::Healthy: return BankEventKind::ConnectionRepaired;
        case Truth::Expiring: return BankEventKind::ConsentEnding;
        case Truth::Revoked: return BankEventKind::AccessRevoked;
        default: return BankEventKind::ConnectionTrouble;
        }
    }

    /// It may come once more.
    void deliver(std::size_t which)
    {
        VerifiedWebhook webhook;
        webhook.id = "w" + std::to_string(f_.random.u64());
        webhook.event.kind = air_[which];
        // A day that was, that comes, or none: what a webhook says of it may contradict another.
        if (webhook.event.kind == BankEventKind::ConsentEnding && !chance(3))
            webhook.event.endsAt =
                plusMs(f_.clock.now(), (static_cast<std::int64_t>(random_.below(12)) - 3) * dayMs);
        webhook.event.environment = "sandbox";
        webhook.event.providerConnectionId = "item-con_1";
        f_.write(
            [&](store::Unit& unit) { store::InboxRepository(unit).add(webhook, f_.clock.now()); });
        f_.ask("", store::job::inbox, "");
        if (still || !chance(3)) air_.erase(air_.begin() + static_cast<std::ptrdiff_t>(which));
    }

    EngineFixture& f_;
    testing::SeededRandom random_;
    mutable testing::SeededRandom chance_{7};
    Truth truth_ = Truth::Healthy;
    std::vector<BankEventKind> air_;
};

class Tokens final : public AccessTokenSource
{
public:
    Result<Secret> accessToken(const std::string&, const std::string&) override
    {
        return Secret("access-canary");
    }
};

/// The jobs of one connection, and the bank behind it.
struct Machine
{
    Machine(EngineFixture& fixture, std::uint64_t seed)
        : f(fixture),
          bank(fixture, seed),
          schedule(*f.database, f.clock, f.random, pollMs, f.clock.now())
    {
        f.ask("", store::job::schedule, "");
    }

    /// A reading of transactions, whose answer may be written long after it was true.
    Result<store::JobEnd> sync()
    {
        const auto obstacle = bank.obstacle();
        if (!nested && bank.chance(3))
        {
            nested = true;
            bank.changeAndRing();
            run();
            nested = false;
        }
        if (obstacle) return *obstacle;
        return store::JobEnd{};
    }

    void run()
    {
        for (int i = 0; i < 200; ++i)
            if (!engine.runNext().value()) return;
        CPPUNIT_FAIL("the jobs do not come to an end");
    }

    [[nodiscard]] std::string state() const { return f.connection("a", "con_1").state; }

    [[nodiscard]] bool endsBeforeConsent() const
    {
        const auto connection = f.connection("a", "con_1");
        return connection.announcedEndAt && connection.consentEndsAt &&
               *connection.announcedEndAt < *connection.consentEndsAt;
    }

    /// Whether anything is asked of the bank for as long as no webhook comes.
    [[nodiscard]] bool read() const
    {
        return bank.truth() != Truth::Revoked && bank.truth() != Truth::Gone;
    }

    [[nodiscard]] std::set<std::string> notices() const
    {
        std::set<std::string> kinds;
        for (const auto& kind : f.notices("a"))
            if (kind != store::notice::syncFailing && (kind != store::notice::setupWrong || read()))
                kinds.insert(kind);
        return kinds;
    }

    EngineFixture& f;
    Bank bank;
    Tokens tokens;
    accounts::Discovery discovery{f.random, f.log};
    ConnectionRefresh refresh{*f.database, bank, tokens, discovery, f.health, f.clock, f.random};
    InboxReader inbox{*f.database, f.clock, f.random, f.log, "plaid", "sandbox"};
    Schedule schedule;
    bool nested = false;
    Engine engine{*f.database, f.clock, f.random, f.log, f.health,
        {{"inbox", [this](const store::JobLease& lease) { return inbox.run(lease); }},
            {"refresh", [this](const store::JobLease& lease) { return refresh.run(lease); }},
            {"schedule", [this](const store::JobLease& lease) { return schedule.run(lease); }},
            {"sync", [this](const store::JobLease&) { return sync(); }}}};
};

void oneStep(Machine& m)
{
    m.bank.veil = m.bank.chance(6)   ? Veil::BankDown
                  : m.bank.chance(8) ? Veil::WrongKeys
                                     : Veil::None;
    const std::string before = m.state();
    if (m.bank.chance(3)) m.bank.change();
    if (m.bank.chance(3)) m.bank.addNoise();
    if (m.bank.chance(4)) m.bank.loseOne();
    if (!m.bank.chance(3)) m.bank.deliverOne();
    m.run();
    // Neither a bank that is down nor our own keys say anything about the login.
    if (m.bank.veil != Veil::None) CPPUNIT_ASSERT_EQUAL(before, m.state());
    m.f.clock.advanceMs(m.bank.chance(5) ? pollMs + 60'000 : 90'000);
}

void settle(Machine& m)
{
    m.bank.veil = Veil::None;
    m.bank.still = true;
    while (!m.bank.quiet())
    {
        m.bank.deliverOne();
        m.run();
        m.f.clock.advanceMs(90'000);
    }
    // What was announced and did not come is forgotten.
    m.f.clock.advanceMs(20 * dayMs);
    // Every webhook of the last change may have been lost: the schedule looks.
    for (int i = 0; i < 4; ++i)
    {
        m.f.clock.advanceMs(pollMs);
        m.run();
    }
}

void expectTruth(const Machine& m)
{
    using Kinds = std::set<std::string>;
    const auto expect = [&](const std::string& state, const Kinds& kinds)
    {
        CPPUNIT_ASSERT_EQUAL(state, m.state());
        const Kinds open = m.notices();
        std::string all;
        for (const auto& kind : open)
            all += kind + " ";
        CPPUNIT_ASSERT_MESSAGE(state + " with " + all, open == kinds);
    };
    switch (m.bank.truth())
    {
    case Truth::Healthy: return expect("healthy", {});
    case Truth::Expiring:
        // What was announced for an earlier day than the consent's is told beside it.
        if (m.endsBeforeConsent()) return expect("expiring", {"consent_ending", "end_announced"});
        return expect("expiring", {"consent_ending"});
    case Truth::Login: return expect("needs_user", {"needs_login"});
    case Truth::Revoked: return expect("revoked", {"access_revoked"});
    case Truth::Gone: return expect("gone", {"access_revoked"});
    }
}

void play(store::Engine engine, std::uint64_t seeds)
{
    EngineFixture f(engine);
    for (std::uint64_t seed = 1; seed <= seeds; ++seed)
    {
        try
        {
            for (const char* table :
                {"connection", "job", "inbox", "notice", "outage", "outage_sign"})
                f.write(
                    [&](store::Unit& unit) { unit.execute(std::string("DELETE FROM ") + table); });
            f.addConnection("a", "con_1");
            f.write(
                [](store::Unit& unit) {
                    store::ConnectionRepository(unit, "a").setState(
                        "con_1", store::connectionState::linking, "");
                });
            Machine m(f, seed);
            for (int step = 0; step < 30; ++step)
                oneStep(m);
            settle(m);
            expectTruth(m);
        }
        catch (const CppUnit::Exception& failure)
        {
            CPPUNIT_FAIL("seed " + std::to_string(seed) + ": " + failure.what());
        }
    }
}

} // namespace

class StateMachineTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(StateMachineTest);
    CPPUNIT_TEST(whateverWebhooksSayTheBanksAnswerDecides);
    CPPUNIT_TEST_SUITE_END();

public:
    void whateverWebhooksSayTheBanksAnswerDecides()
    {
        play(store::Engine::Sqlite, 60);
        play(store::Engine::Postgresql, 5);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StateMachineTest);

} // namespace bankfeed::engine
