// What an Item's client is to learn, in the order it became known. Append-only.
#pragma once

#include "BankTruth.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace plaidsim
{

// A bank row as one Item shows it: with the Item's own ids.
struct ViewRow
{
    std::string transactionId;
    std::string accountId;
    std::string bankAccountId;
    std::optional<std::string> pendingTransactionId;
    std::shared_ptr<const BankTransaction> row;
};

using ViewRowPtr = std::shared_ptr<const ViewRow>;

struct Update
{
    TruthChange change;
    ViewRowPtr row;
    bool pageBreak = false; // a page ends before this update
};

// The net effect of a window of the log on one transaction.
struct NetUpdate
{
    TruthChange change;
    ViewRowPtr row;         // the last state
    std::uint64_t sequence; // of the last update inside the window
    bool pageBreak = false;
};

class UpdateLog
{
public:
    // Sequence numbers are 1, 2, 3, ...; 0 stands before the first.
    std::uint64_t append(Update update);

    // The last sequence number that concerns `stream`: an account id, or empty for all accounts.
    std::uint64_t head(const std::string& stream) const;

    // The net effect of the updates in (after, until] on `stream`, in the order of each
    // transaction's last update. Relative to what a client at `after` knows: added then modified is
    // one added with the final state; added then removed is nothing, or a removed when
    // `ghostRemovals`; a removal of a known row is a removed.
    std::vector<NetUpdate> collapse(const std::string& stream, std::uint64_t after,
        std::uint64_t until, bool ghostRemovals) const;

    const std::vector<Update>& updates() const { return updates_; }

private:
    bool knownAt(const std::string& transactionId, std::uint64_t sequence) const;

    std::vector<Update> updates_;
    std::unordered_map<std::string, std::uint64_t> headOfAccount_;
    std::unordered_map<std::string, std::vector<std::uint64_t>> updatesOf_;
};

} // namespace plaidsim
