// Goal: whatever is wrong with a request, it is answered like every other wrong one and leaves
// nothing behind. Method: the real verifier, key ring and inbox on a real database; every class of
// forgery in a hundred variants that follow from a seed, which BANKFEED_FORGERY_SEED replaces.
#include "Forgeries.h"

#include "base/Limits.h"
#include "intake/WebhookIntake.h"
#include "plaid/PlaidWebhookVerifier.h"
#include "support/ManualClock.h"
#include "support/MemoryDatabase.h"
#include "support/MemoryLog.h"
#include "unit/plaid/ScriptedTransport.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace bankfeed::intake
{

namespace
{

using testing::ForgedRequest;
using testing::Forger;
using testing::Forgery;

constexpr int variants = 100;

std::uint64_t seedOfThisRun()
{
    const char* text = std::getenv("BANKFEED_FORGERY_SEED");
    return text == nullptr ? 20'260'301 : std::strtoull(text, nullptr, 10);
}

class Unheard final : public Wake
{
public:
    void wake(WakeReason) noexcept override {}
};

/// The plugin's own parts behind the handler, and a key service that knows the forger's key.
class Door
{
public:
    Door(const Forger& forger, store::GroupCommit& commits, Random& random) : forger_(forger)
    {
        transport_.answerBy([this](const HttpRequest& request) { return answer(request); });
        intake_ = std::make_unique<WebhookIntake>(verifier_, commits, random, wake_, log_);
    }

    int knock(const ForgedRequest& request)
    {
        keyAnswer_ = request.keyAnswer;
        std::vector<WebhookHeader> headers;
        for (const auto& [name, value] : request.headers)
            headers.push_back({name, value});
        return intake_->handle(headers, request.body, UtcTime{forger_.receivedAt * nsPerSecond});
    }

private:
    Result<HttpResponse> answer(const HttpRequest& request)
    {
        HttpResponse response;
        const bool known = request.body.reveal().find(forger_.keyId) != std::string_view::npos;
        response.status = known ? 200 : 400;
        if (!known)
            response.body = R"({"error_type":"INVALID_INPUT",)"
                            R"("error_code":"INVALID_WEBHOOK_VERIFICATION_KEY_ID"})";
        else
            response.body = keyAnswer_.empty() ? forger_.key.answer(forger_.keyId) : keyAnswer_;
        return response;
    }

    static plaid::PlaidSettings settings()
    {
        plaid::PlaidSettings made;
        made.environment = "sandbox";
        return made;
    }

    const Forger& forger_;
    std::string keyAnswer_;
    testing::ScriptedTransport transport_;
    testing::ManualClock clock_;
    testing::MemoryLog log_;
    Unheard wake_;
    plaid::WebhookKeyRing keys_{transport_, clock_, log_, settings()};
    plaid::PlaidWebhookVerifier verifier_{keys_};
    std::unique_ptr<WebhookIntake> intake_;
};

struct Row
{
    std::vector<Forgery> forgeries;
    int status;
    bool keyAtHand;
};

} // namespace

class ForgeryMatrixTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ForgeryMatrixTest);
    CPPUNIT_TEST(nothingForgedPassesOrLeavesATrace);
    CPPUNIT_TEST_SUITE_END();

public:
    void nothingForgedPassesOrLeavesATrace()
    {
        const Row rows[] = {{testing::forgedTokens(), 401, true},
            {testing::forgedHeaders(), 401, true}, {testing::forgedSignatures(), 401, true},
            {testing::forgedClaims(), 401, true}, {testing::forgedBodies(), 401, true},
            {testing::forgedKeyNames(), 401, false},
            // The key service is at fault, not the sender: he is asked to come again.
            {testing::forgedKeyAnswers(), 503, false}};
        std::set<std::string_view> names;
        for (const Row& row : rows)
        {
            for (const Forgery& forgery : row.forgeries)
            {
                CPPUNIT_ASSERT_MESSAGE(
                    std::string(forgery.name), names.insert(forgery.name).second);
                refuse(forgery, row.status, row.keyAtHand);
            }
        }
        std::cout << "forgery matrix: " << names.size() << " classes of " << variants
                  << " variants, seed " << seed_ << '\n';
        CPPUNIT_ASSERT(names.size() >= 48);
        takesWhatIsGenuine();
    }

private:
    [[nodiscard]] std::string told(std::string_view name, int variant) const
    {
        return std::string(name) + ", variant " + std::to_string(variant) + ", seed " +
               std::to_string(seed_);
    }

    void refuse(const Forgery& forgery, int status, bool keyAtHand)
    {
        for (int variant = 0; variant < variants; ++variant)
        {
            forger_.renew();
            const ForgedRequest request = forgery.make(forger_);
            Door fresh(forger_, commits_, random_);
            Door& door = keyAtHand ? warm_ : fresh;
            CPPUNIT_ASSERT_EQUAL_MESSAGE(told(forgery.name, variant), status, door.knock(request));
        }
        CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(forgery.name), std::int64_t{0}, rows());
    }

    /// What all forgeries start from passes, and is the first thing that is stored.
    void takesWhatIsGenuine()
    {
        for (int variant = 0; variant < variants; ++variant)
        {
            forger_.renew();
            const ForgedRequest request = forger_.send(forger_.genuine());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(told("genuine", variant), 200, warm_.knock(request));
        }
        CPPUNIT_ASSERT_EQUAL(std::int64_t{variants + 1}, rows()); // And one job that reads them.
    }

    /// Everything that a webhook could have left: in the inbox, as a job, as a notice, in the
    /// audit.
    std::int64_t rows()
    {
        return (*database_)
            .read(
                [](store::Unit& unit) -> Result<std::int64_t>
                {
                    return unit
                        .query(R"(SELECT (SELECT COUNT(*) FROM inbox) + (SELECT COUNT(*) FROM job)
                            + (SELECT COUNT(*) FROM notice) + (SELECT COUNT(*) FROM audit))")
                        .number(0, 0);
                })
            .value();
    }

    const std::uint64_t seed_ = seedOfThisRun();
    testing::MemoryDatabase database_;
    store::GroupCommit commits_{*database_};
    testing::SeededRandom random_{7};
    Forger forger_{seed_};
    Door warm_{forger_, commits_, random_};
};

CPPUNIT_TEST_SUITE_REGISTRATION(ForgeryMatrixTest);

} // namespace bankfeed::intake
