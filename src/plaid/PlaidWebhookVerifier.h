// Tells Plaid's webhooks from forged ones.
#pragma once

#include "base/WebhookVerifier.h"
#include "plaid/WebhookKeyRing.h"

namespace bankfeed::plaid
{

/// Checks in the order of the port, so that what costs nothing comes first. The text of a refusal
/// is for the log; its code is the same for all.
class PlaidWebhookVerifier final : public WebhookVerifier
{
public:
    /// The ring must outlive the verifier.
    explicit PlaidWebhookVerifier(WebhookKeyRing& keys);

    [[nodiscard]] Result<VerifiedWebhook> verify(const std::vector<WebhookHeader>& headers,
        std::string_view body, UtcTime receivedAt) override;

private:
    WebhookKeyRing& keys_;
};

} // namespace bankfeed::plaid
