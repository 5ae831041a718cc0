// The provider's public keys of webhooks, kept over a restart. They belong to no tenant.
#pragma once

#include "base/WebhookKeyStore.h"
#include "store/Database.h"

namespace bankfeed::store
{

class WebhookKeys final : public WebhookKeyStore
{
public:
    /// The database must outlive this object.
    explicit WebhookKeys(Database& database) : database_(database) {}

    [[nodiscard]] Result<std::vector<StoredWebhookKey>> load(UtcTime since) override;
    [[nodiscard]] Result<void> keep(const StoredWebhookKey& key, UtcTime now) override;

private:
    Database& database_;
};

} // namespace bankfeed::store
