// Port: keeps the provider's public keys of webhooks over a restart, so that genuine webhooks are
// known at once afterwards, whoever floods us with forged ones.
#pragma once

#include "base/Result.h"
#include "base/Time.h"

#include <string>
#include <vector>

namespace bankfeed
{

struct StoredWebhookKey
{
    std::string keyId;
    std::string answer; ///< The provider's answer, as received; it holds public parts only.
};

class WebhookKeyStore
{
public:
    virtual ~WebhookKeyStore() = default;

    /// The keys that were kept after `since`, at most 16. Any thread, as `keep`.
    [[nodiscard]] virtual Result<std::vector<StoredWebhookKey>> load(UtcTime since) = 0;

    /// Keeps a key, or the newer answer for it.
    [[nodiscard]] virtual Result<void> keep(const StoredWebhookKey& key, UtcTime now) = 0;
};

} // namespace bankfeed
