// One batch inside one unit: decides change by change, then writes entries, heads and watermark
// together.
#pragma once

#include "books/FeedBatch.h"
#include "books/FeedHeads.h"
#include "books/Journal.h"

#include <memory>
#include <optional>
#include <string>

namespace ledgerd::feed
{

class BatchApplication
{
public:
    // `results` are all BF_OUTCOME_NOT_TRIED; the batch has passed shapeFault and bf_batch_check.
    BatchApplication(Unit& unit, const bf_batch& batch, bf_change_result* results,
        std::uint32_t resultSize, std::string madeBy, std::int64_t utcNs);

    // BF_OK: written, the caller commits. Anything else: the caller rolls back; text() says why.
    bf_status run();

    const std::string& text() const { return text_; }

private:
    bf_status checkSequence();
    bf_status decide(std::uint32_t index);
    bf_status apply(std::uint32_t index, const bf_change& change);
    // What every entry of a change has, without legs.
    NewEntry entryOf(const bf_change& change) const;
    // The bank's leg and the one against it.
    bf_status addLegs(std::uint32_t index, Role role, const Account& bank, std::int64_t difference,
        NewEntry& entry);
    // Legs that take what a head has to zero.
    bf_status takeBack(std::uint32_t index, Role role, const Head& before, NewEntry& entry);
    bf_status addEntry(std::uint32_t index, const bf_change& change, const Account& account,
        const std::optional<Head>& before);
    const Account* accountOf(std::int64_t id);
    // The account of a role, known to the writer; 0 when it cannot be made.
    std::int64_t counterOf(Role role, const Currency& currency);
    bf_status reject(std::uint32_t index, std::uint32_t reason, std::string text);

    Unit& unit_;
    const bf_batch& batch_;
    bf_change_result* results_;
    std::uint32_t resultSize_;
    std::string tenant_, feedId_, madeBy_;
    std::int64_t utcNs_;
    std::string closedThrough_; // "": no period is closed
    std::uint32_t first_ = 0;   // index of the first change above the watermark
    std::optional<EntryWriter> writer_;
    std::map<std::pair<Role, std::string>, std::int64_t> counters_;
    Heads heads_;
    Heads changed_;
    std::string text_;
};

} // namespace ledgerd::feed
