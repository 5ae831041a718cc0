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

std::vector<Listed> listEntries(Unit& unit, const std::string& tenant, const std::string& feedId,
    const std::string& after, std::uint32_t count)
{
    // The opposite of a removal's leg is what the latest change had stated.
    const Rows rows = unit.select(
        "SELECT h.root_key, h.revision, h.content_digest, h.account_id,"
        " CASE WHEN h.state = 'removed' THEN COALESCE((SELECT -p.units FROM posting p"
        "  JOIN entry r ON r.id = p.entry_id WHERE r.tenant = h.tenant AND r.root_key = h.root_key"
        "  AND r.kind = 'remove' AND p.account_id = h.account_id ORDER BY r.id DESC LIMIT 1), 0)"
        " ELSE h.units END,"
        " h.booked_on, h.description, h.state, e.kind, e.original_description, a.currency,"
        " a.exponent FROM (SELECT DISTINCT root_key FROM entry WHERE tenant = ? AND feed_id = ?"
        "  AND feed_id <> '' AND root_key > ? ORDER BY root_key LIMIT ?) k"
        " JOIN head h ON h.tenant = ? AND h.root_key = k.root_key"
        " JOIN entry e ON e.id = h.last_entry_id JOIN account a ON a.id = h.account_id"
        " ORDER BY h.root_key",
        "titiitttttti", {tenant, feedId, after, static_cast<std::int64_t>(count), tenant});
    std::vector<Listed> found;
    for (std::size_t row = 0; row < rows.size(); ++row)
    {
        Listed one;
        one.rootKey = rows.text(row, 0);
        one.head.revision = static_cast<std::uint32_t>(rows.integer(row, 1));
        one.head.contentDigest = rows.text(row, 2);
        one.head.account = rows.integer(row, 3);
        one.head.units = rows.integer(row, 4);
        one.head.bookedOn = rows.text(row, 5);
        one.head.description = rows.text(row, 6);
        one.head.state = rows.text(row, 7);
        one.kind = rows.text(row, 8);
        one.originalDescription = rows.text(row, 9);
        one.currency = rows.text(row, 10);
        one.exponent = static_cast<std::uint32_t>(rows.integer(row, 11));
        found.push_back(std::move(one));
    }
    return found;
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
