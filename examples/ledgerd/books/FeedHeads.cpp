#include "books/FeedHeads.h"

namespace ledgerd::feed
{

namespace
{

// A JSON array of ids; ids are visible ASCII, so only two signs need a backslash.
std::string jsonArray(const std::vector<std::string>& ids)
{
    std::string json = "[";
    for (const std::string& id : ids)
    {
        if (json.size() > 1) json += ',';
        json += '"';
        for (const char c : id)
        {
            if (c == '"' || c == '\\') json += '\\';
            json += c;
        }
        json += '"';
    }
    return json + "]";
}

} // namespace

bool tenantExists(Unit& unit, const std::string& tenant)
{
    return !unit.select("SELECT 1 FROM tenant WHERE id = ?", "i", {tenant}).empty();
}

std::optional<Watermark> readWatermark(
    Unit& unit, const std::string& tenant, const std::string& feedId)
{
    const Rows rows = unit.select(
        "SELECT epoch, last_seq, chain_digest FROM feed_watermark WHERE tenant = ? AND feed_id = ?",
        "iit", {tenant, feedId});
    if (rows.empty()) return std::nullopt;
    return Watermark{static_cast<std::uint64_t>(rows.integer(0, 0)),
        static_cast<std::uint64_t>(rows.integer(0, 1)), rows.text(0, 2)};
}

void writeWatermark(
    Unit& unit, const std::string& tenant, const std::string& feedId, const Watermark& watermark)
{
    unit.run("INSERT INTO feed_watermark (tenant, feed_id, epoch, last_seq, chain_digest) VALUES "
             "(?, ?, ?, ?, ?)"
             " ON CONFLICT (tenant, feed_id) DO UPDATE SET epoch = excluded.epoch,"
             " last_seq = excluded.last_seq, chain_digest = excluded.chain_digest",
        {tenant, feedId, static_cast<std::int64_t>(watermark.epoch),
            static_cast<std::int64_t>(watermark.lastSeq), watermark.chainDigest});
}

Heads readHeads(Unit& unit, const std::string& tenant, const std::vector<std::string>& rootKeys)
{
    const Rows rows = unit.select(
        "SELECT root_key, revision, content_digest, account_id, units, booked_on, description,"
        " last_entry_id, state FROM head WHERE tenant = ?"
        " AND root_key IN (SELECT value FROM json_each(?))",
        "titiittit", {tenant, jsonArray(rootKeys)});
    Heads heads;
    for (std::size_t row = 0; row < rows.size(); ++row)
    {
        Head& head = heads[rows.text(row, 0)];
        head.revision = static_cast<std::uint32_t>(rows.integer(row, 1));
        head.contentDigest = rows.text(row, 2);
        head.account = rows.integer(row, 3);
        head.units = rows.integer(row, 4);
        head.bookedOn = rows.text(row, 5);
        head.description = rows.text(row, 6);
        head.lastEntry = rows.integer(row, 7);
        head.state = rows.text(row, 8);
    }
    return heads;
}

void writeHeads(Unit& unit, const std::string& tenant, const Heads& heads)
{
    std::vector<std::string> tenants, keys, digests, days, descriptions, states;
    std::vector<std::int64_t> revisions, accounts, units, entries;
    for (const auto& [key, head] : heads)
    {
        tenants.push_back(tenant);
        keys.push_back(key);
        revisions.push_back(head.revision);
        digests.push_back(head.contentDigest);
        accounts.push_back(head.account);
        units.push_back(head.units);
        days.push_back(head.bookedOn);
        descriptions.push_back(head.description);
        entries.push_back(head.lastEntry);
        states.push_back(head.state);
    }
    unit.insertMany(
        "INSERT OR REPLACE INTO head (tenant, root_key, revision, content_digest, "
        "account_id, units,"
        " booked_on, description, last_entry_id, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {std::move(tenants), std::move(keys), std::move(revisions), std::move(digests),
            std::move(accounts), std::move(units), std::move(days), std::move(descriptions),
            std::move(entries), std::move(states)});
}

} // namespace ledgerd::feed
