// The bank provider Plaid, over HTTPS.
#pragma once

#include "base/BankProvider.h"
#include "base/Clock.h"
#include "base/HttpTransport.h"
#include "base/Log.h"
#include "plaid/PlaidSettings.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace bankfeed::plaid
{

class CallBudget;
class RequestBody;
class SentSecrets;

/// Every call is one request: no retries here, because the jobs that call know what a repeat means.
///
/// Errors: what the transport says (Retry, Unknown, Stopping), with remedy Retry; kind Provider
/// with the catalogue's remedy for an error that Plaid states; Corrupt with remedy Retry for an
/// answer that cannot be read; Retry callBudgetCode when a call would exceed Plaid's rate limits.
/// `exchange` turns Corrupt into Unknown: the token may be used up.
class PlaidClient final : public BankProvider
{
public:
    /// The ports must outlive the client.
    PlaidClient(HttpTransport& transport, Clock& clock, Log& log, PlaidSettings settings);
    ~PlaidClient() override;

    [[nodiscard]] Result<LinkStart> startLink(const LinkRequest& request) override;
    [[nodiscard]] Result<LinkOutcome> linkOutcome(
        const Secret& linkToken, LinkPurpose purpose) override;
    [[nodiscard]] Result<NewConnection> exchange(const Secret& publicToken) override;
    [[nodiscard]] Result<ConnectionFacts> connection(const Secret& accessToken) override;
    [[nodiscard]] Result<void> removeConnection(const Secret& accessToken) override;
    [[nodiscard]] Result<void> setWebhookUrl(
        const Secret& accessToken, const std::string& url) override;
    [[nodiscard]] Result<std::vector<ProviderAccount>> accounts(const Secret& accessToken) override;
    [[nodiscard]] Result<void> lookAtBank(const Secret& accessToken) override;
    [[nodiscard]] Result<std::vector<ProviderAccount>> balancesNow(
        const Secret& accessToken) override;
    [[nodiscard]] Result<InstitutionFacts> institution(const std::string& institutionId) override;
    [[nodiscard]] Result<TransactionPage> transactions(
        const Secret& accessToken, const std::string& cursor) override;

    /// The credentials of every call that begins from now on. Any thread.
    void setCredentials(const Secret& clientId, const Secret& secret);

    /// How the limits of the client are used, since a minute. Any thread.
    struct CallUse
    {
        std::string path;
        std::size_t used = 0;
        std::size_t limit = 0;
        std::int64_t waitMs = 0; ///< For so long Plaid has asked to wait with it; 0: it has not.
    };
    [[nodiscard]] std::vector<CallUse> callUses() const;

private:
    /// What a request with this body carries that must not come back in an error.
    [[nodiscard]] SentSecrets sent(const RequestBody& body);
    [[nodiscard]] Result<std::string> call(
        const char* path, RequestBody& body, const Secret& accessToken, std::int64_t deadlineMs);
    void noteTime(const std::string& date);

    HttpTransport& transport_;
    Clock& clock_;
    Log& log_;
    std::mutex credentials_; ///< Guards clientId and secret in settings_; the rest never changes.
    PlaidSettings settings_;
    std::unique_ptr<CallBudget> budget_;
    /// By how many seconds our clock is ahead of Plaid's, by its last answer; negative when behind,
    /// 0 before the first answer. Beyond a few minutes, genuine webhooks look too old or too new.
    std::atomic<std::int64_t> clockAhead_ = 0;
};

} // namespace bankfeed::plaid
