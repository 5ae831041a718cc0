#include "store/WebhookKeys.h"

namespace bankfeed::store
{

namespace
{

constexpr std::int64_t keysMax = 16;

} // namespace

Result<std::vector<StoredWebhookKey>> WebhookKeys::load(UtcTime since)
{
    return database_.read(
        [&](Unit& unit) -> Result<std::vector<StoredWebhookKey>>
        {
            const Rows rows = unit.query(
                R"(SELECT key_id, answer FROM webhook_key WHERE kept_at > $1
                ORDER BY kept_at DESC, key_id LIMIT $2)",
                {since.ns, keysMax});
            std::vector<StoredWebhookKey> keys;
            for (std::size_t i = 0; i < rows.size(); ++i)
                keys.push_back({rows.text(i, 0), rows.text(i, 1)});
            return keys;
        });
}

Result<void> WebhookKeys::keep(const StoredWebhookKey& key, UtcTime now)
{
    return database_.write(
        [&](Unit& unit) -> Result<void>
        {
            unit.execute(R"(INSERT INTO webhook_key (key_id, answer, kept_at) VALUES ($1, $2, $3)
                ON CONFLICT (key_id) DO UPDATE SET answer = excluded.answer,
                    kept_at = excluded.kept_at)",
                {key.keyId, key.answer, now.ns});
            unit.execute(R"(DELETE FROM webhook_key WHERE key_id NOT IN
                (SELECT key_id FROM webhook_key ORDER BY kept_at DESC, key_id LIMIT $1))",
                {keysMax});
            return success();
        });
}

} // namespace bankfeed::store
