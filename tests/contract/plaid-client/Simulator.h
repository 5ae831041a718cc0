// Starts the Plaid simulator, and receives its webhooks.
#pragma once

#include "LoopbackServer.h"
#include "adapters/PocoHttpsTransport.h"
#include "adapters/SystemClock.h"
#include "base/WebhookVerifier.h"
#include "plaid/PlaidClient.h"
#include "plaid/PlaidWebhookVerifier.h"
#include "support/MemoryLog.h"

#include <sys/types.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::testing
{

/// The program that the environment variable PLAID_SIMULATOR names, on free ports, until it is
/// destroyed.
class Simulator
{
public:
    /// `options` as on its command line: "--clock=stepped".
    explicit Simulator(const std::vector<std::string>& options = {});
    ~Simulator();
    Simulator(const Simulator&) = delete;
    Simulator& operator=(const Simulator&) = delete;

    [[nodiscard]] const std::string& api() const { return api_; }

    /// One request to the control API; the answer's body. Throws when it is refused.
    std::string control(const std::string& path, const std::string& body) const;

    /// A GET, or another method without a body, of the control API. Throws when it is refused.
    [[nodiscard]] std::string look(
        const std::string& path, const std::string& method = "GET") const;

private:
    pid_t process_ = -1;
    std::string api_;
    std::string controlUrl_;
    std::unique_ptr<adapters::PocoHttpsTransport> lever_;
};

/// A webhook as it came in.
struct ReceivedWebhook
{
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    UtcTime at;

    [[nodiscard]] std::string code() const; ///< The value of webhook_code; "" when there is none.
};

/// Keeps every webhook and answers 200.
class Receiver
{
public:
    Receiver();

    [[nodiscard]] std::string url() const { return server_.url() + "/plaid/webhook"; }

    /// The `nth` webhook with this code, once it is here. Throws after 20 s.
    ReceivedWebhook next(const std::string& code, int nth = 1);
    [[nodiscard]] std::vector<ReceivedWebhook> all();

private:
    void serve(Connection& connection);

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<ReceivedWebhook> received_;
    LoopbackServer server_;
};

/// Everything that production puts together, against one simulator.
struct Setup
{
    Setup();

    Result<VerifiedWebhook> verify(const ReceivedWebhook& webhook);

    /// Makes a connection to First Platypus Bank with its two accounts.
    NewConnection connect();

    /// All pages of one loop. Fails the test on an error.
    TransactionPage loop(const Secret& token, std::string cursor);

    /// The loop from the beginning, again until the whole history is there.
    TransactionPage history(const Secret& token);

    Receiver receiver;
    Simulator simulator;
    adapters::SystemClock clock;
    MemoryLog log;
    std::unique_ptr<adapters::PocoHttpsTransport> transport;
    std::unique_ptr<plaid::PlaidClient> client;
    std::unique_ptr<plaid::WebhookKeyRing> keys;
    std::unique_ptr<plaid::PlaidWebhookVerifier> verifier;
};

} // namespace bankfeed::testing
