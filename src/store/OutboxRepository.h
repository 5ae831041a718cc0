// Feeds and their outbox: ledger changes, numbered without a gap, stored before they are sent.
#pragma once

#include "base/Ledger.h"
#include "base/Random.h"
#include "base/Time.h"
#include "store/Unit.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

/// The states of a feed. The names are stored; do not rename.
namespace feedState
{
inline constexpr std::string_view active = "active";
inline constexpr std::string_view rebuilding = "rebuilding"; ///< Its outbox is written anew.
inline constexpr std::string_view held = "held";             ///< The books refuse a change.
} // namespace feedState

struct Feed
{
    std::string feedId;
    std::uint64_t epoch = 0; ///< 63 random bits; never 0.
    std::uint64_t nextSeq = 1;
    Digest chainDigest{}; ///< Of the change before nextSeq.
    std::uint64_t ackedEpoch = 0;
    std::uint64_t ackedSeq = 0; ///< A cache of the host's watermark, never where to resume.
    std::string state;
    std::string heldReason;        ///< "" unless it is on hold; a rebuilding one may be, too.
    std::optional<Watermark> base; ///< The watermark of the books on which this epoch was built;
                                   ///< nothing: it tells everything from the beginning.
    std::string rebuildAfter;      ///< While rebuilding: root keys up to here are done.

    [[nodiscard]] bool onHold() const { return !heldReason.empty(); }

    /// How many changes the books are not known to have.
    [[nodiscard]] std::uint64_t undelivered() const
    {
        return nextSeq - 1 - (ackedEpoch == epoch ? ackedSeq : 0);
    }
};

class OutboxRepository
{
public:
    OutboxRepository(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant)) {}

    /// 63 random bits, never 0.
    [[nodiscard]] static std::uint64_t randomEpoch(Random& random);

    /// The feed, made if need be with a random epoch. Other units that append to it wait until this
    /// one ends (on PostgreSQL by a lock on the row).
    Feed ensureFeed(const std::string& feedId, Random& random);

    /// The feed, locked as by ensureFeed.
    [[nodiscard]] std::optional<Feed> lockFeed(const std::string& feedId);

    /// The feed, not locked.
    [[nodiscard]] std::optional<Feed> feed(const std::string& feedId);

    /// Some feeds, at most 500, by id; not locked.
    [[nodiscard]] std::map<std::string, Feed> feedsOf(const std::vector<std::string>& feedIds);

    /// How the feeds of a connection's accounts that are linked now stand.
    struct Standing
    {
        std::int64_t held = 0;        ///< Feeds of which the books refuse a change.
        std::int64_t undelivered = 0; ///< Changes that the books are not known to have.
    };
    /// By connection; those that feed nothing are not among them. At most 500 ids.
    [[nodiscard]] std::map<std::string, Standing> standings(
        const std::vector<std::string>& connectionIds);

    /// Of some feeds, at most 500, those to which an account of a connection that has not been
    /// ended is linked (hasSource).
    [[nodiscard]] std::set<std::string> withSource(const std::vector<std::string>& feedIds);

    /// Gives the changes their numbers and digests and stores them: at most limits::rowsPerUnit.
    /// The row or link each speaks of is saved in the same unit. While the feed is rebuilding,
    /// changes that the rebuild has yet to come to are left to it.
    void append(
        const std::string& feedId, std::vector<LedgerChange>& changes, Random& random, UtcTime now);

    /// Feeds that have something to deliver or are rebuilding, by id, above `afterFeedId`. Those on
    /// hold are left out.
    [[nodiscard]] std::vector<std::string> feedsWithWork(
        const std::string& afterFeedId, std::size_t count);

    /// All feeds, by id, above `afterFeedId`: after a start the books must be asked for each.
    [[nodiscard]] std::vector<std::string> feeds(const std::string& afterFeedId, std::size_t count);

    /// The oldest number kept of an epoch; 0 when there is none.
    [[nodiscard]] std::uint64_t oldest(const std::string& feedId, std::uint64_t epoch);

    /// The chain digest of a change; nothing when it is not kept.
    [[nodiscard]] std::optional<Digest> digestAt(
        const std::string& feedId, std::uint64_t epoch, std::uint64_t seq);

    /// Changes from `fromSeq` on, in order; at most `count` (1..1000).
    [[nodiscard]] std::vector<LedgerChange> range(
        const std::string& feedId, std::uint64_t epoch, std::uint64_t fromSeq, std::size_t count);

    /// Writes changes of an epoch anew, which the books have not seen: at most limits::rowsPerUnit,
    /// all stored already. Whoever does so chains the tail anew in the same unit, and calls
    /// setChain with the digest of its end.
    void rewrite(
        const std::string& feedId, std::uint64_t epoch, const std::vector<LedgerChange>& changes);
    void setChain(const std::string& feedId, const Digest& last);

    /// Notes what the books have. For screens and for finding work.
    void acked(const std::string& feedId, std::uint64_t epoch, std::uint64_t seq, UtcTime now);

    /// Nothing is sent, and no rebuild goes on, until `resume`. `reason` is not empty. False when
    /// it was on hold already, for whatever reason.
    bool hold(const std::string& feedId, const std::string& reason);

    /// Ends a hold; a rebuild goes on where it was. False when it was not on hold.
    bool resume(const std::string& feedId);

    /// Whether an account of a connection that has not been ended is linked to the feed.
    [[nodiscard]] bool hasSource(const std::string& feedId);

    /// Begins a new epoch if the feed is still in `oldEpoch`; its outbox starts empty and is to be
    /// rebuilt, from `place` on (rebuildAfter). False when somebody else was faster.
    bool startEpoch(const std::string& feedId, std::uint64_t oldEpoch, std::uint64_t newEpoch,
        const std::optional<Watermark>& base, const std::string& place = "");

    /// The rebuild has done root keys up to `rootKey`; `complete` ends it.
    void rebuiltTo(const std::string& feedId, const std::string& rootKey, bool complete);

    /// Deletes at most `count` changes that no resume will need: of older epochs, and delivered
    /// ones of the current epoch that were stored before `before`, but never the last delivered
    /// one. How many there were.
    std::int64_t prune(const std::string& feedId, UtcTime before, std::size_t count);

    /// Whether prune would find something.
    [[nodiscard]] bool prunable(const Feed& feed, UtcTime before);

private:
    [[nodiscard]] std::optional<Feed> feedWith(const std::string& feedId, std::string_view tail);
    [[nodiscard]] std::vector<std::string> idsWhere(
        std::string_view condition, const std::string& afterFeedId, std::size_t count);

    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
