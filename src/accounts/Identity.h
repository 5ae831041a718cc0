// Is this account one that we know? Evidence, and nothing decided on weak evidence.
#pragma once

#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/Unit.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bankfeed::accounts
{

/// The codes of evidence, strongest first. Shown by the console; do not rename.
namespace evidence
{
inline constexpr const char* fedBefore = "fed_before"; ///< It fed the ledger account itself.
inline constexpr const char* samePersistentId = "same_persistent_id";
inline constexpr const char* sameMaskTypeCurrency = "same_mask_type_currency";
inline constexpr const char* sameName = "same_name";
inline constexpr const char* similarName = "similar_name";
} // namespace evidence

/// Two rows that are one account at the bank.
struct Relation
{
    std::string
        kind; ///< "re_issued": the other is not shared any more, or its connection is the one
              ///< whose place this one's takes; "also_shared": it is, by another connection.
    std::string bankAccountId; ///< The other.
    std::vector<std::string> evidence;
};

/// The bank accounts of a tenant, to be compared with one another.
class Identity
{
public:
    /// Reads them in the caller's unit.
    [[nodiscard]] static Identity load(store::Unit& unit, const std::string& tenant);

    /// Which other row it is: an older one, or any that feeds the books while this one does not. By
    /// persistent id and institution; or by institution, type, subtype, mask and currency: that of
    /// a live row of another connection, else that of one which is not shared any more, if it
    /// points both ways to exactly one.
    [[nodiscard]] std::optional<Relation> relationOf(const store::BankAccount& account) const;

    /// Whether the two may be one account at the bank: by persistent id and institution, or alike.
    /// Whoever asks has more to go by, such as a person who chose the ledger account of the other.
    [[nodiscard]] bool mayBeSame(const store::BankAccount& a, const store::BankAccount& b) const;

    /// Those that may be the same account and can bring nothing any more, of any age.
    [[nodiscard]] std::vector<const store::BankAccount*> endedRelatives(
        const store::BankAccount& account) const;

    /// The other side of relationOf: the latest row that is this account at the bank, shown anew.
    /// Null when there is none, or when this row can still feed beside it.
    [[nodiscard]] const store::BankAccount* successorOf(const store::BankAccount& account) const;

    [[nodiscard]] const store::BankAccount* find(const std::string& bankAccountId) const;
    [[nodiscard]] const store::Connection* connectionOf(const store::BankAccount& account) const;

    /// False when nothing can come from it any more: not shared, or its connection is ended, here
    /// or at the bank.
    [[nodiscard]] bool canStillFeed(const store::BankAccount& account) const;

    /// Whether `account` may take over what `old` feeds: nothing can come from that one any more,
    /// or the connection of `account` takes the place of its connection.
    [[nodiscard]] bool givesWay(
        const store::BankAccount& old, const store::BankAccount& account) const;

    /// Live accounts of the connection whose place this one's takes that may be the same account.
    [[nodiscard]] std::vector<const store::BankAccount*> predecessors(
        const store::BankAccount& account) const;

private:
    [[nodiscard]] bool older(const store::BankAccount& a, const store::BankAccount& b) const;
    [[nodiscard]] const std::string& institutionOf(const store::BankAccount& account) const;
    [[nodiscard]] bool looksAlike(const store::BankAccount& a, const store::BankAccount& b) const;
    [[nodiscard]] const store::BankAccount* samePersistent(const store::BankAccount& account) const;
    [[nodiscard]] const store::BankAccount* predecessorAlike(
        const store::BankAccount& account) const;
    [[nodiscard]] const store::BankAccount* liveAlike(const store::BankAccount& account) const;
    [[nodiscard]] const store::BankAccount* endedAlike(const store::BankAccount& account) const;

    std::vector<store::BankAccount> accounts_;
    std::unordered_map<std::string, std::size_t> places_; ///< In accounts_, by id.
    std::map<std::string, store::Connection> connections_;
};

/// The words of a name, without regard to case and punctuation.
[[nodiscard]] std::set<std::string> wordsOf(std::string_view text);

/// What a ledger account is called below its parents: what is behind the last ":".
[[nodiscard]] std::string_view leafOf(std::string_view ledgerName);

/// How alike two names are: the same words, or at least half of all words in common.
enum class NameMatch : unsigned char
{
    None,
    Similar,
    Same,
};

/// Compares their words. Of `ledgerName` its leaf counts.
[[nodiscard]] NameMatch compareNames(std::string_view bankName, std::string_view ledgerName);

/// True when `mask`, at least four characters, is one of the words of `ledgerName`.
[[nodiscard]] bool namesMask(std::string_view ledgerName, std::string_view mask);

} // namespace bankfeed::accounts
