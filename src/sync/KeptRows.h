// Booked rows that the bank shows no more and that may come back under new ids.
#pragma once

#include "store/TransactionRepository.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace bankfeed::sync
{

/// A posted row that the mirror does not have, in the words by which a kept one is known again.
struct NewcomerRow
{
    std::string providerTransactionId;
    std::string bankAccountId;
    std::string bookedOn;
    std::string amountExact;
    std::string currency;
    std::string text;    ///< textOf.
    std::string rootKey; ///< That follows from its own id.
    std::int64_t units = 0;
    int exponent = 0;
};

/// For the rows of one unit. A partner's entry in the books keeps its root key; the old id stays in
/// the mirror, as gone, with the key that follows from the new one: should the bank use the old id
/// again, it is another row, and no two rows have one key. Partners are found by exact match only,
/// each kept row once.
class KeptRows
{
public:
    explicit KeptRows(store::TransactionRepository& mirror) : mirror_(mirror) {}

    /// What these accounts keep. False: nothing, and there is no more to do.
    /// With a connection: what people removed or reconciled there counts too, once the bank takes
    /// it back.
    [[nodiscard]] bool load(
        const std::vector<std::string>& bankAccountIds, const std::string& connectionId = "");

    /// A kept row is shown again under its own id.
    void noteReturn(const store::BankTransaction& row);

    /// `leaving`: what the bank takes back with the same words.
    void match(const std::string& connectionId, const std::vector<NewcomerRow>& newcomers,
        const std::vector<std::string>& leaving);

    /// The id belonged to a kept row that has another now.
    [[nodiscard]] bool tookOver(const std::string& providerTransactionId) const
    {
        return tookOver_.contains(providerTransactionId);
    }

    /// The kept row that this new one is, under its new id in the mirror already; or nothing.
    [[nodiscard]] store::BankTransaction* partnerOf(const std::string& providerTransactionId);

    /// New, and in the same words as a row that is shown beside it and whose entry a person
    /// removed: nobody can say whether the bank is about to take that one back.
    [[nodiscard]] bool isTwinOfRemoved(const std::string& providerTransactionId) const
    {
        return twins_.contains(providerTransactionId);
    }

    /// New, and not younger than what is still kept: nobody can say whether the books have it.
    [[nodiscard]] bool overlaps(const std::string& bankAccountId, const std::string& day) const;

    /// The bank's words on a row.
    [[nodiscard]] static std::string textOf(
        const std::string& originalDescription, const std::string& name)
    {
        return originalDescription.empty() ? name : originalDescription;
    }

private:
    struct Stock
    {
        std::int64_t left = 0;
        std::string lastBookedOn;
    };

    store::TransactionRepository& mirror_;
    std::map<std::string, Stock> stocks_; ///< By bank account.
    std::vector<std::string> accounts_;   ///< That keep something.
    std::set<std::string> tookOver_;      ///< Ids that the bank gave up.
    std::vector<std::string> returned_;   ///< Their ids are their own.
    std::set<std::string> twins_;         ///< Ids of newcomers: isTwinOfRemoved.
    std::unordered_map<std::string, store::BankTransaction> partners_; ///< By their new id.
};

} // namespace bankfeed::sync
