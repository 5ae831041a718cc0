#include "store/OutboxRepository.h"

#include "base/Hex.h"
#include "base/LedgerDigest.h"
#include "base/Limits.h"
#include "store/TransactionRows.h"

#include <algorithm>

namespace bankfeed::store
{

namespace
{

constexpr std::uint64_t epochBits = 0x7FFF'FFFF'FFFF'FFFFULL;

std::int64_t signedOf(std::uint64_t number)
{
    BF_ASSERT(number <= epochBits);
    return static_cast<std::int64_t>(number);
}

std::uint64_t unsignedAt(const Rows& rows, std::size_t i, std::size_t column)
{
    const std::int64_t number = rows.number(i, column);
    BF_ASSERT(number >= 0);
    return static_cast<std::uint64_t>(number);
}

std::string hexOf(const Digest& digest)
{
    return toHex(asBytes(digest));
}

Digest digestOf(const std::string& hex)
{
    const auto bytes = fromHex(hex);
    Digest digest{};
    BF_ASSERT(bytes && bytes->size() == digest.size());
    std::transform(bytes->begin(), bytes->end(), digest.begin(),
        [](char c) { return static_cast<std::uint8_t>(c); });
    return digest;
}

/// "epoch:seq:digest", or "" for nothing.
std::string baseText(const std::optional<Watermark>& base)
{
    if (!base) return "";
    return std::to_string(base->epoch) + ":" + std::to_string(base->lastSeq) + ":" +
           hexOf(base->chainDigest);
}

std::optional<Watermark> baseOf(const std::string& text)
{
    if (text.empty()) return std::nullopt;
    const auto first = text.find(':');
    const auto second = text.find(':', first + 1);
    BF_ASSERT(first != std::string::npos && second != std::string::npos);
    return Watermark{std::stoull(text.substr(0, first)),
        std::stoull(text.substr(first + 1, second - first - 1)), digestOf(text.substr(second + 1))};
}

const std::vector<std::string> outboxColumns{"feed_id TEXT", "epoch BIGINT", "seq BIGINT",
    "tenant_id TEXT", "kind BIGINT", "root_key TEXT", "revision BIGINT", "ledger_account_id TEXT",
    "counter_account TEXT", "units BIGINT", "exponent BIGINT", "currency TEXT", "booked_on TEXT",
    "authorized_on TEXT", "description TEXT", "original_description TEXT", "merchant TEXT",
    "category TEXT", "content_digest TEXT", "chain_digest TEXT", "told_before TEXT",
    "created_at BIGINT"};

LedgerChange changeAt(const Rows& rows, std::size_t i)
{
    LedgerChange change;
    change.seq = unsignedAt(rows, i, 0);
    change.kind = static_cast<ChangeKind>(rows.number(i, 1));
    change.rootKey = rows.text(i, 2);
    change.revision = static_cast<std::uint32_t>(rows.number(i, 3));
    change.ledgerAccountId = rows.text(i, 4);
    change.counterAccount = rows.text(i, 5);
    change.units = rows.number(i, 6);
    change.exponent = static_cast<int>(rows.number(i, 7));
    change.currency = rows.text(i, 8);
    change.bookedOn = rows.text(i, 9);
    change.authorizedOn = rows.text(i, 10);
    change.description = rows.text(i, 11);
    change.originalDescription = rows.text(i, 12);
    change.merchant = rows.text(i, 13);
    change.category = rows.text(i, 14);
    change.contentDigest = digestOf(rows.text(i, 15));
    change.chainDigest = digestOf(rows.text(i, 16));
    change.before = rows.text(i, 17);
    return change;
}

} // namespace

namespace
{

constexpr const char* feedColumns =
    "feed_id, epoch, next_seq, chain_digest, acked_epoch, acked_seq, state, held_reason, base, "
    "rebuild_after";

Feed feedAt(const Rows& rows, std::size_t i)
{
    return Feed{rows.text(i, 0), unsignedAt(rows, i, 1), unsignedAt(rows, i, 2),
        digestOf(rows.text(i, 3)), unsignedAt(rows, i, 4), unsignedAt(rows, i, 5), rows.text(i, 6),
        rows.text(i, 7), baseOf(rows.text(i, 8)), rows.text(i, 9)};
}

} // namespace

std::map<std::string, Feed> OutboxRepository::feedsOf(const std::vector<std::string>& feedIds)
{
    std::map<std::string, Feed> found;
    if (feedIds.empty()) return found;
    const Rows rows =
        unit_.query(std::string("SELECT ") + feedColumns +
                        " FROM feed WHERE tenant_id = $1 AND feed_id IN " + elementsOf(unit_, "$2"),
            {tenant_, jsonListOf(feedIds)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.emplace(rows.text(i, 0), feedAt(rows, i));
    return found;
}

std::map<std::string, OutboxRepository::Standing> OutboxRepository::standings(
    const std::vector<std::string>& connectionIds)
{
    std::map<std::string, Standing> found;
    const Rows rows = unit_.query(R"(SELECT a.connection_id,
            CAST(SUM(CASE WHEN f.held_reason <> '' THEN 1 ELSE 0 END) AS BIGINT),
            CAST(SUM(CASE WHEN f.acked_epoch <> f.epoch THEN f.next_seq - 1
                WHEN f.next_seq - 1 > f.acked_seq THEN f.next_seq - 1 - f.acked_seq
                ELSE 0 END) AS BIGINT)
        FROM bank_account a
        JOIN account_link l ON l.tenant_id = a.tenant_id
            AND l.bank_account_id = a.bank_account_id AND l.ended_at IS NULL
        JOIN feed f ON f.feed_id = l.feed_id
        WHERE a.tenant_id = $1 AND a.connection_id IN )" +
                                      elementsOf(unit_, "$2") + " GROUP BY a.connection_id",
        {tenant_, jsonListOf(connectionIds)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.emplace(rows.text(i, 0), Standing{rows.number(i, 1), rows.number(i, 2)});
    return found;
}

std::set<std::string> OutboxRepository::withSource(const std::vector<std::string>& feedIds)
{
    std::set<std::string> found;
    if (feedIds.empty()) return found;
    const Rows rows = unit_.query(R"(SELECT DISTINCT l.feed_id FROM account_link l
        JOIN bank_account b ON b.bank_account_id = l.bank_account_id
        JOIN connection c ON c.connection_id = b.connection_id
        WHERE l.tenant_id = $1 AND l.ended_at IS NULL AND c.removed_at IS NULL AND l.feed_id IN )" +
                                      elementsOf(unit_, "$2"),
        {tenant_, jsonListOf(feedIds)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.insert(rows.text(i, 0));
    return found;
}

std::optional<Feed> OutboxRepository::feedWith(const std::string& feedId, std::string_view tail)
{
    std::string sql =
        std::string("SELECT ") + feedColumns + " FROM feed WHERE tenant_id = $1 AND feed_id = $2";
    sql += tail;
    const Rows rows = unit_.query(sql, {tenant_, feedId});
    if (rows.empty()) return std::nullopt;
    return feedAt(rows, 0);
}

std::optional<Feed> OutboxRepository::lockFeed(const std::string& feedId)
{
    return feedWith(feedId, unit_.forUpdate());
}

std::optional<Feed> OutboxRepository::feed(const std::string& feedId)
{
    return feedWith(feedId, "");
}

std::uint64_t OutboxRepository::randomEpoch(Random& random)
{
    return (random.u64() & epochBits) | 1U;
}

Feed OutboxRepository::ensureFeed(const std::string& feedId, Random& random)
{
    if (auto found = lockFeed(feedId)) return *found;
    unit_.execute(R"(INSERT INTO feed (feed_id, tenant_id, epoch, next_seq, chain_digest,
            acked_epoch, acked_seq, state, held_reason, base, rebuild_after, delivered_at)
        VALUES ($1, $2, $3, 1, $4, 0, 0, 'active', '', '', '', NULL)
        ON CONFLICT (feed_id) DO NOTHING)",
        {feedId, tenant_, signedOf(randomEpoch(random)), hexOf(Digest{})});
    auto made = lockFeed(feedId);
    BF_ASSERT(made.has_value());
    return *made;
}

void OutboxRepository::append(
    const std::string& feedId, std::vector<LedgerChange>& changes, Random& random, UtcTime now)
{
    BF_ASSERT(changes.size() <= limits::rowsPerUnit);
    Feed feed = ensureFeed(feedId, random);
    if (feed.state == feedState::rebuilding)
    {
        std::erase_if(changes,
            [&](const LedgerChange& change) { return change.rootKey > feed.rebuildAfter; });
    }
    if (changes.empty()) return;
    std::vector<Value> cells;
    cells.reserve(changes.size() * outboxColumns.size());
    for (auto& change : changes)
    {
        change.seq = feed.nextSeq++;
        change.contentDigest = contentDigest(change);
        change.chainDigest = nextInChain(feed.chainDigest, change.seq, change.contentDigest);
        feed.chainDigest = change.chainDigest;
        cells.insert(cells.end(),
            {feedId, signedOf(feed.epoch), signedOf(change.seq), tenant_,
                static_cast<int>(change.kind), change.rootKey, std::int64_t{change.revision},
                change.ledgerAccountId, change.counterAccount, change.units, change.exponent,
                change.currency, change.bookedOn, change.authorizedOn, change.description,
                change.originalDescription, change.merchant, change.category,
                hexOf(change.contentDigest), hexOf(change.chainDigest), change.before, now.ns});
    }
    unit_.insertMany("outbox", outboxColumns, cells, "");
    unit_.execute(R"(UPDATE feed SET next_seq = $1, chain_digest = $2
        WHERE tenant_id = $3 AND feed_id = $4)",
        {signedOf(feed.nextSeq), hexOf(feed.chainDigest), tenant_, feedId});
}

std::vector<std::string> OutboxRepository::idsWhere(
    std::string_view condition, const std::string& afterFeedId, std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= 1000);
    const Rows rows =
        unit_.query("SELECT feed_id FROM feed WHERE tenant_id = $1 AND feed_id > $2 AND (" +
                        std::string(condition) + ") ORDER BY feed_id LIMIT $3",
            {tenant_, afterFeedId, static_cast<std::int64_t>(count)});
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < rows.size(); ++i)
        ids.push_back(rows.text(i, 0));
    return ids;
}

std::vector<std::string> OutboxRepository::feedsWithWork(
    const std::string& afterFeedId, std::size_t count)
{
    return idsWhere(R"(held_reason = '' AND (state = 'rebuilding' OR (state = 'active'
            AND next_seq > 1 AND (acked_epoch <> epoch OR acked_seq < next_seq - 1))))",
        afterFeedId, count);
}

std::vector<std::string> OutboxRepository::feeds(const std::string& afterFeedId, std::size_t count)
{
    return idsWhere("1 = 1", afterFeedId, count);
}

std::uint64_t OutboxRepository::oldest(const std::string& feedId, std::uint64_t epoch)
{
    const Rows rows = unit_.query(
        R"(SELECT COALESCE(MIN(seq), 0) FROM outbox WHERE feed_id = $1 AND epoch = $2
            AND tenant_id = $3)",
        {feedId, signedOf(epoch), tenant_});
    return unsignedAt(rows, 0, 0);
}

std::optional<Digest> OutboxRepository::digestAt(
    const std::string& feedId, std::uint64_t epoch, std::uint64_t seq)
{
    if (seq > epochBits || epoch > epochBits) return std::nullopt;
    const Rows rows = unit_.query(R"(SELECT chain_digest FROM outbox
        WHERE feed_id = $1 AND epoch = $2 AND seq = $3 AND tenant_id = $4)",
        {feedId, signedOf(epoch), signedOf(seq), tenant_});
    if (rows.empty()) return std::nullopt;
    return digestOf(rows.text(0, 0));
}

std::vector<LedgerChange> OutboxRepository::range(
    const std::string& feedId, std::uint64_t epoch, std::uint64_t fromSeq, std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= 1000);
    const Rows rows = unit_.query(R"(SELECT seq, kind, root_key, revision, ledger_account_id,
            counter_account, units, exponent, currency, booked_on, authorized_on, description,
            original_description, merchant, category, content_digest, chain_digest, told_before
        FROM outbox WHERE feed_id = $1 AND epoch = $2 AND seq >= $3 AND tenant_id = $4
        ORDER BY seq LIMIT $5)",
        {feedId, signedOf(epoch), signedOf(fromSeq), tenant_, static_cast<std::int64_t>(count)});
    std::vector<LedgerChange> changes;
    changes.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        changes.push_back(changeAt(rows, i));
    return changes;
}

void OutboxRepository::rewrite(
    const std::string& feedId, std::uint64_t epoch, const std::vector<LedgerChange>& changes)
{
    BF_ASSERT(changes.size() <= limits::rowsPerUnit);
    if (changes.empty()) return;
    std::vector<Value> cells;
    cells.reserve(changes.size() * outboxColumns.size());
    for (const auto& change : changes)
    {
        cells.insert(cells.end(),
            {feedId, signedOf(epoch), signedOf(change.seq), tenant_, static_cast<int>(change.kind),
                change.rootKey, std::int64_t{change.revision}, change.ledgerAccountId,
                change.counterAccount, change.units, change.exponent, change.currency,
                change.bookedOn, change.authorizedOn, change.description,
                change.originalDescription, change.merchant, change.category,
                hexOf(change.contentDigest), hexOf(change.chainDigest), change.before,
                std::int64_t{0}});
    }
    static const std::string tail = []
    {
        std::string sets;
        for (const auto& column : outboxColumns)
        {
            const std::string name = column.substr(0, column.find(' '));
            if (name == "feed_id" || name == "epoch" || name == "seq" || name == "tenant_id" ||
                name == "created_at")
                continue;
            sets += (sets.empty() ? "" : ", ") + name + " = excluded." + name;
        }
        return "ON CONFLICT (feed_id, epoch, seq) DO UPDATE SET " + sets;
    }();
    unit_.insertMany("outbox", outboxColumns, cells, tail);
}

void OutboxRepository::setChain(const std::string& feedId, const Digest& last)
{
    unit_.execute("UPDATE feed SET chain_digest = $1 WHERE tenant_id = $2 AND feed_id = $3",
        {hexOf(last), tenant_, feedId});
}

void OutboxRepository::acked(
    const std::string& feedId, std::uint64_t epoch, std::uint64_t seq, UtcTime now)
{
    unit_.execute(R"(UPDATE feed SET acked_epoch = $1, acked_seq = $2, delivered_at = $3
        WHERE tenant_id = $4 AND feed_id = $5 AND epoch = $6)",
        {signedOf(epoch), signedOf(seq), now.ns, tenant_, feedId, signedOf(epoch)});
}

bool OutboxRepository::hold(const std::string& feedId, const std::string& reason)
{
    BF_ASSERT(!reason.empty());
    return unit_.execute(R"(UPDATE feed SET held_reason = $1,
            state = CASE state WHEN 'active' THEN 'held' ELSE state END
        WHERE tenant_id = $2 AND feed_id = $3 AND held_reason = '')",
               {reason, tenant_, feedId}) > 0;
}

bool OutboxRepository::resume(const std::string& feedId)
{
    return unit_.execute(R"(UPDATE feed SET held_reason = '',
            state = CASE state WHEN 'held' THEN 'active' ELSE state END
        WHERE tenant_id = $1 AND feed_id = $2 AND held_reason <> '')",
               {tenant_, feedId}) > 0;
}

bool OutboxRepository::hasSource(const std::string& feedId)
{
    return !unit_
                .query(R"(SELECT 1 FROM account_link l
        JOIN bank_account b ON b.bank_account_id = l.bank_account_id
        JOIN connection c ON c.connection_id = b.connection_id
        WHERE l.tenant_id = $1 AND l.feed_id = $2 AND l.ended_at IS NULL AND c.removed_at IS NULL
        LIMIT 1)",
                    {tenant_, feedId})
                .empty();
}

bool OutboxRepository::startEpoch(const std::string& feedId, std::uint64_t oldEpoch,
    std::uint64_t newEpoch, const std::optional<Watermark>& base, const std::string& place)
{
    return unit_.execute(R"(UPDATE feed SET epoch = $1, next_seq = 1, chain_digest = $2,
            acked_epoch = 0, acked_seq = 0, state = 'rebuilding', held_reason = '', base = $3,
            rebuild_after = $4
        WHERE tenant_id = $5 AND feed_id = $6 AND epoch = $7)",
               {signedOf(newEpoch), hexOf(Digest{}), baseText(base), place, tenant_, feedId,
                   signedOf(oldEpoch)}) > 0;
}

void OutboxRepository::rebuiltTo(
    const std::string& feedId, const std::string& rootKey, bool complete)
{
    unit_.execute(R"(UPDATE feed SET rebuild_after = $1, state = $2
        WHERE tenant_id = $3 AND feed_id = $4)",
        {rootKey, complete ? feedState::active : feedState::rebuilding, tenant_, feedId});
}

std::int64_t OutboxRepository::prune(const std::string& feedId, UtcTime before, std::size_t count)
{
    const auto found = feed(feedId);
    if (!found) return 0;
    const bool same = found->ackedEpoch == found->epoch;
    return unit_.execute(R"(DELETE FROM outbox WHERE feed_id = $1 AND tenant_id = $2
        AND (epoch, seq) IN (SELECT epoch, seq FROM outbox WHERE feed_id = $3 AND (epoch <> $4
            OR (seq < $5 AND created_at < $6)) ORDER BY epoch, seq LIMIT $7))",
        {feedId, tenant_, feedId, signedOf(found->epoch), signedOf(same ? found->ackedSeq : 0),
            before.ns, static_cast<std::int64_t>(count)});
}

bool OutboxRepository::prunable(const Feed& feed, UtcTime before)
{
    // Both are looked up at the ends of the primary key, however long the outbox is.
    const Rows others = unit_.query(R"(SELECT 1 FROM outbox WHERE feed_id = $1 AND epoch < $2
        UNION ALL SELECT 1 FROM outbox WHERE feed_id = $3 AND epoch > $4 LIMIT 1)",
        {feed.feedId, signedOf(feed.epoch), feed.feedId, signedOf(feed.epoch)});
    if (!others.empty()) return true;
    if (feed.ackedEpoch != feed.epoch) return false;
    const Rows oldest = unit_.query(R"(SELECT seq, created_at FROM outbox
        WHERE feed_id = $1 AND epoch = $2 AND tenant_id = $3 ORDER BY seq LIMIT 1)",
        {feed.feedId, signedOf(feed.epoch), tenant_});
    return !oldest.empty() && unsignedAt(oldest, 0, 0) < feed.ackedSeq &&
           oldest.number(0, 1) < before.ns;
}

} // namespace bankfeed::store
