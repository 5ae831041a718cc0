// Goal: a webhook is on disk before it is answered, a forgery leaves no trace, and a repeat is
// stored once. Method: a verifier that answers as told, on real databases of both engines.
#include "intake/WebhookIntake.h"

#include "base/Limits.h"
#include "store/InboxRepository.h"
#include "store/JobRepository.h"
#include "support/ManualClock.h"
#include "support/MemoryLog.h"
#include "support/SeededRandom.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace bankfeed::intake
{

namespace
{

class ToldVerifier final : public WebhookVerifier
{
public:
    Result<VerifiedWebhook> answer =
        Error::denied("webhook.signature", "The signature does not fit.");

    [[nodiscard]] Result<VerifiedWebhook> verify(
        const std::vector<WebhookHeader>& headers, std::string_view, UtcTime) override
    {
        if (headers.empty()) return answer;
        auto webhook =
            answer; // A header names the webhook, so that threads can send different ones.
        if (webhook.ok()) webhook->id = std::string(headers[0].value);
        return webhook;
    }
};

class CountingWake final : public Wake
{
public:
    std::atomic<int> jobs{0};
    void wake(WakeReason reason) noexcept override { jobs += reason == WakeReason::Jobs ? 1 : 0; }
};

VerifiedWebhook genuine(const std::string& id)
{
    VerifiedWebhook webhook;
    webhook.id = id;
    webhook.event.kind = BankEventKind::TransactionsChanged;
    webhook.event.providerType = "TRANSACTIONS";
    webhook.event.providerCode = "SYNC_UPDATES_AVAILABLE";
    webhook.event.environment = "sandbox";
    webhook.event.providerConnectionId = "item-1";
    return webhook;
}

struct Fixture
{
    explicit Fixture(store::Engine engine) : database(engine), commits(*database), random(7) {}

    std::int64_t rows()
    {
        return (*database)
            .read([](store::Unit& unit) -> Result<std::int64_t>
                { return unit.query("SELECT COUNT(*) FROM inbox").number(0, 0); })
            .value();
    }

    std::int64_t waiting()
    {
        return (*database)
            .read([](store::Unit& unit) -> Result<std::int64_t>
                { return store::InboxRepository(unit).waitingCount(); })
            .value();
    }

    /// What the inbox's job does with those that wait.
    void endAll()
    {
        const auto ended = (*database).write(
            [](store::Unit& unit) -> Result<void>
            {
                store::InboxRepository inbox(unit);
                for (const auto& one : inbox.waiting(100))
                    inbox.done(one.id, "routed", "main");
                return success();
            });
        CPPUNIT_ASSERT(ended.ok());
    }

    bool jobAsked()
    {
        return (*database)
            .read([](store::Unit& unit) -> Result<bool>
                { return store::JobRepository(unit).status("", store::job::inbox, "").exists; })
            .value();
    }

    testing::TestDatabase database;
    store::GroupCommit commits;
    testing::SeededRandom random;
    ToldVerifier verifier;
    CountingWake wake;
    testing::MemoryLog log;
    WebhookIntake intake{verifier, commits, random, wake, log};
};

} // namespace

class WebhookIntakeTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(WebhookIntakeTest);
    CPPUNIT_TEST(aGenuineWebhookIsOnDiskWithItsJobWhenItIsAnswered);
    CPPUNIT_TEST(theSameWebhookAgainIsAnsweredAndChangesNothing);
    CPPUNIT_TEST(theSameBytesAfterTheJobRanRingAgain);
    CPPUNIT_TEST(theSameBytesRingEightTimesMoreAndNotAgain);
    CPPUNIT_TEST(aReplayDoesNothingHoweverOftenItComes);
    CPPUNIT_TEST(aReplayIsKnownAfterARestart);
    CPPUNIT_TEST(aRepeatedAnnouncementOpensNothingAgain);
    CPPUNIT_TEST(aForgeryIsRefusedAndLeavesNoTrace);
    CPPUNIT_TEST(whatStraysHereIsNotCountedAsAForgery);
    CPPUNIT_TEST(whatCannotBeVerifiedNowIsLeftToTheSender);
    CPPUNIT_TEST(anOversizedBodyIsRefusedUnread);
    CPPUNIT_TEST(whatCannotBeStoredIsNotAnsweredAsStored);
    CPPUNIT_TEST(aGenuineWebhookThatIsNotUnderstoodIsKeptAndAcknowledged);
    CPPUNIT_TEST(whatIsNotUnderstoodWaitsForNobodyHoweverOftenItComes);
    CPPUNIT_TEST(aKindThatIsNotKnownIsKeptCountedAndNamedInTheLog);
    CPPUNIT_TEST(aFullInboxLeavesTheWebhookToTheSender);
    CPPUNIT_TEST(aFloodOfForgeriesWritesOneLogLineAMinute);
    CPPUNIT_TEST(postponedWebhooksWriteOneLogLineAMinute);
    CPPUNIT_TEST(manyWebhooksAtOnceAreAllStored);
    CPPUNIT_TEST_SUITE_END();

public:
    template <class Body>
    void onBothEngines(Body body)
    {
        for (const auto engine : {store::Engine::Sqlite, store::Engine::Postgresql})
        {
            Fixture fixture(engine);
            body(fixture);
        }
    }

    void aGenuineWebhookIsOnDiskWithItsJobWhenItIsAnswered()
    {
        onBothEngines(
            [](Fixture& f)
            {
                f.verifier.answer = genuine("w1");
                CPPUNIT_ASSERT_EQUAL(200, f.intake.handle({}, "{}", UtcTime{5}));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, f.rows());
                CPPUNIT_ASSERT(f.jobAsked());
                CPPUNIT_ASSERT_EQUAL(1, f.wake.jobs.load());
            });
    }

    void theSameWebhookAgainIsAnsweredAndChangesNothing()
    {
        onBothEngines(
            [](Fixture& f)
            {
                f.verifier.answer = genuine("w1");
                for (int i = 0; i < 4; ++i)
                    CPPUNIT_ASSERT_EQUAL(200, f.intake.handle({}, "{}", UtcTime{5}));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, f.rows());
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, f.intake.counts().repeated);
                CPPUNIT_ASSERT_EQUAL(1, f.wake.jobs.load());
            });
    }

    void theSameBytesAfterTheJobRanRingAgain()
    {
        onBothEngines(
            [](Fixture& f)
            {
                f.verifier.answer = genuine("w1");
                CPPUNIT_ASSERT_EQUAL(200, f.intake.handle({}, "{}", UtcTime{5}));
                f.endAll();
                CPPUNIT_ASSERT_EQUAL(200, f.intake.handle({}, "{}", UtcTime{6}));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, f.rows());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, f.waiting());
                CPPUNIT_ASSERT_EQUAL(2, f.wake.jobs.load());
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, f.intake.counts().repeated);
            });
    }

    void theSameBytesRingEightTimesMoreAndNotAgain()
    {
        onBothEngines(
            [](Fixture& f)
            {
                f.verifier.answer = genuine("w1");
                CPPUNIT_ASSERT_EQUAL(200, f.intake.handle({}, "{}", UtcTime{5}));
                for (int i = 0; i < 100; ++i)
                {
                    f.endAll();
                    CPPUNIT_ASSERT_EQUAL(200, f.intake.handle({}, "{}", UtcTime{6 + i}));
                }
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, f.waiting());
                CPPUNIT_ASSERT_EQUAL(9, f.wake.jobs.load());
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{100}, f.intake.counts().repeated);
            });
    }

    void aReplayDoesNothingHoweverOftenItComes()
    {
        onBothEngines(
            [](Fixture& f)
            {
                auto webhook = genuine("w1");
                webhook.signedAt = UtcTime{1'000 * nsPerSecond};
                f.verifier.answer = webhook;
                CPPUNIT_ASSERT_EQUAL(200, f.intake.handle({}, "{}", webhook.signedAt));
                f.endAll();
                for (int i = 0; i < 1'000; ++i)
                {
                    const auto at = plusMs(webhook.signedAt, 5'001 + i * 294);
                    CPPUNIT_ASSERT_EQUAL(200, f.intake.handle({}, "{}", at));
                }
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, f.rows());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, f.waiting());
                CPPUNIT_ASSERT_EQUAL(1, f.wake.jobs.load());
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{1'000}, f.intake.counts().repeated);
            });
    }

    void aReplayIsKnownAfterARestart()
    {
        for (const auto engine : {store::Engine::Sqlite, store::Engine::Postgresql})
        {
            testing::TestDatabase database(engine);
            testing::SeededRandom random(7);
            testing::MemoryLog log;
            CountingWake wake;
            ToldVerifier verifier;
            auto webhook = genuine("w1");
            webhook.signedAt = UtcTime{1'000 * nsPerSecond};
            verifier.answer = webhook;
            for (int start = 0; start < 3; ++start)
            {
                store::GroupCommit commits(*database);
                WebhookIntake intake{verifier, commits, random, wake, log};
                const auto at = plusMs(webhook.signedAt, start * 100'000);
                CPPUNIT_ASSERT_EQUAL(200, intake.handle({}, "{}", at));
                CPPUNIT_ASSERT_EQUAL(
                    start == 0 ? 1U : 0U, static_cast<unsigned>(intake.counts().stored));
                database.reopen();
            }
            CPPUNIT_ASSERT_EQUAL(1, wake.jobs.load());
        }
    }

    void aRepeatedAnnouncementOpensNothingAgain()
    {
        onBothEngines(
            [](Fixture& f)
            {
                int rung = 0;
                for (const auto kind :
                    {BankEventKind::NewAccountsAvailable, BankEventKind::ConsentEnding})
                {
                    auto webhook = genuine("w" + std::to_string(++rung));
                    webhook.event.kind = kind;
                    f.verifier.answer = webhook;
                    CPPUNIT_ASSERT_EQUAL(200, f.intake.handle({}, "{}", UtcTime{5}));
                    f.endAll();
                    CPPUNIT_ASSERT_EQUAL(200, f.intake.handle({}, "{}", UtcTime{6}));
                    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, f.waiting());
                    CPPUNIT_ASSERT_EQUAL(rung, f.wake.jobs.load());
                }
            });
    }

    void aForgeryIsRefusedAndLeavesNoTrace()
    {
        onBothEngines(
            [](Fixture& f)
            {
                CPPUNIT_ASSERT_EQUAL(401, f.intake.handle({}, "{}", UtcTime{5}));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, f.rows());
                CPPUNIT_ASSERT(!f.jobAsked());
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, f.intake.counts().refused);
            });
    }

    void whatStraysHereIsNotCountedAsAForgery()
    {
        onBothEngines(
            [](Fixture& f)
            {
                CPPUNIT_ASSERT_EQUAL(401, f.intake.handle({}, "{}", UtcTime{5}));
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, f.intake.counts().wellFormed);
                f.verifier.answer = Error::denied(std::string(wellFormedRefused), "Wrong.");
                CPPUNIT_ASSERT_EQUAL(401, f.intake.handle({}, "{}", UtcTime{5}));
                f.verifier.answer = Error::retry("webhook.key_unavailable", "Not now.");
                CPPUNIT_ASSERT_EQUAL(503, f.intake.handle({}, "{}", UtcTime{5}));
                f.verifier.answer = genuine("w1");
                CPPUNIT_ASSERT_EQUAL(200, f.intake.handle({}, "{}", UtcTime{5}));
                const IntakeCounts counts = f.intake.counts();
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, counts.wellFormed);
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, counts.forged);
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, counts.refused);
            });
    }

    void whatCannotBeVerifiedNowIsLeftToTheSender()
    {
        onBothEngines(
            [](Fixture& f)
            {
                f.verifier.answer = Error::retry("webhook.key", "The key could not be fetched.");
                CPPUNIT_ASSERT_EQUAL(503, f.intake.handle({}, "{}", UtcTime{5}));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, f.rows());
            });
    }

    void anOversizedBodyIsRefusedUnread()
    {
        onBothEngines(
            [](Fixture& f)
            {
                f.verifier.answer = genuine("w1");
                const std::string body(limits::webhookBodyBytes + 1, ' ');
                CPPUNIT_ASSERT_EQUAL(413, f.intake.handle({}, body, UtcTime{5}));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, f.rows());
                CPPUNIT_ASSERT_EQUAL(
                    200, f.intake.handle({}, std::string_view(body).substr(1), UtcTime{5}));
            });
    }

    void whatCannotBeStoredIsNotAnsweredAsStored()
    {
        onBothEngines(
            [](Fixture& f)
            {
                f.verifier.answer = genuine("w1");
                f.database->close();
                CPPUNIT_ASSERT_EQUAL(503, f.intake.handle({}, "{}", UtcTime{5}));
            });
    }

    void aGenuineWebhookThatIsNotUnderstoodIsKeptAndAcknowledged()
    {
        onBothEngines(
            [](Fixture& f)
            {
                auto webhook = genuine("w1");
                webhook.understood = false;
                f.verifier.answer = webhook;
                CPPUNIT_ASSERT_EQUAL(200, f.intake.handle({}, "[]", UtcTime{5}));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, f.rows());
                CPPUNIT_ASSERT(!f.jobAsked());
            });
    }

    void whatIsNotUnderstoodWaitsForNobodyHoweverOftenItComes()
    {
        onBothEngines(
            [](Fixture& f)
            {
                auto webhook = genuine("w1");
                webhook.understood = false;
                f.verifier.answer = webhook;
                for (int i = 0; i < 2; ++i)
                    CPPUNIT_ASSERT_EQUAL(200, f.intake.handle({}, "[]", UtcTime{5}));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, f.waiting());
                CPPUNIT_ASSERT(!f.jobAsked());
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, f.intake.counts().notUnderstood);
            });
    }

    void aKindThatIsNotKnownIsKeptCountedAndNamedInTheLog()
    {
        onBothEngines(
            [](Fixture& f)
            {
                const UtcTime now{1'000 * nsPerSecond};
                for (int i = 0; i < 50; ++i)
                {
                    auto webhook = genuine("w" + std::to_string(i));
                    webhook.event.kind = BankEventKind::UnknownKind;
                    webhook.event.providerCode = "SOMETHING\nNEW";
                    f.verifier.answer = webhook;
                    CPPUNIT_ASSERT_EQUAL(200, f.intake.handle({}, "{}", now));
                }
                CPPUNIT_ASSERT_EQUAL(std::int64_t{50}, f.rows());
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{50}, f.intake.counts().unknownKind);
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, f.intake.counts().notUnderstood);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.log.lines().size());
                CPPUNIT_ASSERT(f.log.holds("TRANSACTIONS/SOMETHING\xEF\xBF\xBDNEW"));
            });
    }

    void aFullInboxLeavesTheWebhookToTheSender()
    {
        onBothEngines(
            [](Fixture& f)
            {
                const auto filled =
                    (*f.database)
                        .write(
                            [](store::Unit& unit) -> Result<void>
                            {
                                unit.execute(
                                    R"(INSERT INTO inbox (webhook_id, received_at, signed_at, kind,
                            provider_type, provider_code, environment, provider_connection_id,
                            provider_account_id, link_token_hash, link_succeeded, state, rung_again,
                            outcome)
                            WITH RECURSIVE n(i) AS
                                (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
                            SELECT 'x' || i, 1, 1, 0, '', '', '', '', '', '', 0, 'waiting', 0, ''
                            FROM n)");
                                return success();
                            });
                CPPUNIT_ASSERT(filled.ok());
                CPPUNIT_ASSERT_EQUAL(std::size_t{99'999}, limits::inboxWaiting - 1);
                f.verifier.answer = genuine("last");
                CPPUNIT_ASSERT_EQUAL(200, f.intake.handle({}, "{}", UtcTime{5}));
                f.verifier.answer = genuine("one too many");
                CPPUNIT_ASSERT_EQUAL(503, f.intake.handle({}, "{}", UtcTime{5}));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{100'000}, f.rows());
            });
    }

    void aFloodOfForgeriesWritesOneLogLineAMinute()
    {
        onBothEngines(
            [](Fixture& f)
            {
                const UtcTime now{1'000 * nsPerSecond};
                for (int i = 0; i < 500; ++i)
                    CPPUNIT_ASSERT_EQUAL(401, f.intake.handle({}, "{}", now));
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.log.lines().size());
                CPPUNIT_ASSERT_EQUAL(401, f.intake.handle({}, "{}", plusMs(now, 59'999)));
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.log.lines().size());
                CPPUNIT_ASSERT_EQUAL(401, f.intake.handle({}, "{}", plusMs(now, 60'000)));
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, f.log.lines().size());
            });
    }

    void postponedWebhooksWriteOneLogLineAMinute()
    {
        onBothEngines(
            [](Fixture& f)
            {
                const UtcTime now{1'000 * nsPerSecond};
                f.verifier.answer = Error::retry("webhook.key_unavailable", "Not now.");
                for (int i = 0; i < 500; ++i)
                    CPPUNIT_ASSERT_EQUAL(503, f.intake.handle({}, "{}", now));
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.log.lines().size());
                CPPUNIT_ASSERT_EQUAL(503, f.intake.handle({}, "{}", plusMs(now, 60'000)));
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, f.log.lines().size());
                CPPUNIT_ASSERT(f.log.holds("501"));
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{501}, f.intake.counts().postponed);
            });
    }

    void manyWebhooksAtOnceAreAllStored()
    {
        onBothEngines(
            [](Fixture& f)
            {
                f.verifier.answer = genuine("");
                constexpr int threadCount = 8;
                constexpr int each = 25;
                std::atomic<int> good{0};
                std::vector<std::thread> threads;
                for (int t = 0; t < threadCount; ++t)
                {
                    threads.emplace_back(
                        [&, t]
                        {
                            for (int i = 0; i < each; ++i)
                            {
                                const std::string id = std::to_string(t) + "-" + std::to_string(i);
                                good +=
                                    f.intake.handle({{"id", id}}, "{}", UtcTime{5}) == 200 ? 1 : 0;
                            }
                        });
                }
                for (auto& thread : threads)
                    thread.join();
                CPPUNIT_ASSERT_EQUAL(threadCount * each, good.load());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{threadCount * each}, f.rows());
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WebhookIntakeTest);

} // namespace bankfeed::intake
