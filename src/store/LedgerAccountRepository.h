// The mirror of the host's ledger accounts, and the ones that people asked for.
#pragma once

#include "base/Ledger.h"
#include "base/Limits.h"
#include "base/Time.h"
#include "store/AccountLinkRepository.h"
#include "store/Unit.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

/// A ledger account that the host is to make; `id` is the idempotency key. Or, in the state
/// changed, one that was there and was not any more as the decision saw it.
struct LedgerAccountWish
{
    std::string id; ///< "lar_..."
    std::string linkId;
    std::string name;
    LedgerAccountType type = LedgerAccountType::Asset;
    std::string currency;
    int exponent = 2;
    std::string state = "waiting"; ///< waiting, made, failed, changed
    std::string ledgerAccountId;   ///< Once made, or changed.
    std::string errorText;         ///< Once failed.
    UtcTime createdAt;
};

struct FailedWish
{
    std::string bankAccountId;
    std::string state; ///< failed, changed
    std::string name;
    std::string errorText;
};

class LedgerAccountRepository
{
public:
    LedgerAccountRepository(Unit& unit, std::string tenant)
        : unit_(unit), tenant_(std::move(tenant))
    {
    }

    /// Up to `count` (1..5000) accounts with ids above `after`, by id. "" begins.
    [[nodiscard]] std::vector<LedgerAccount> page(const std::string& after, std::int64_t count);

    /// Asset and liability accounts that a feed may post to, by name: the open ones, and closed
    /// ones that are fed. More than candidatesMost fail the unit; see store/Pages.h.
    [[nodiscard]] std::vector<LedgerAccount> candidates();
    /// What the host lists, and as many that it lists no more but that are still fed.
    static constexpr std::size_t candidatesMost = std::size_t{2} * limits::ledgerAccountsPerTenant;

    [[nodiscard]] std::optional<LedgerAccount> find(const std::string& id);

    /// The names of some accounts, at most 500, by id.
    [[nodiscard]] std::map<std::string, std::string> namesOf(const std::vector<std::string>& ids);

    /// True when an account, or one asked for, has this name, whatever the case of ASCII letters;
    /// also when it is the last part, behind ":", of the name of an account of this type.
    [[nodiscard]] bool nameTaken(const std::string& name, LedgerAccountType type);

    /// Writes the accounts, new or changed; at most limits::rowsPerUnit.
    void put(const std::vector<LedgerAccount>& accounts, UtcTime seenAt);

    /// The host does not list it any more: it stays, closed.
    void close(const std::string& id, UtcTime seenAt);

    void insertWish(const LedgerAccountWish& wish);
    [[nodiscard]] std::optional<LedgerAccountWish> findWish(const std::string& id);
    /// The ones that wait, oldest first, at most `count` (1..1000).
    [[nodiscard]] std::vector<LedgerAccountWish> waiting(std::int64_t count);

    /// Whether the mirror holds any account.
    [[nodiscard]] bool any();
    /// False when it does not wait any more.
    bool wishMade(const std::string& id, const std::string& ledgerAccountId);
    bool wishFailed(const std::string& id, const std::string& errorText);
    bool renameWish(const std::string& id, const std::string& name);
    /// The links of a bank account whose wish failed or changed: the subjects of notices.
    [[nodiscard]] std::vector<std::string> failedLinksOf(const std::string& bankAccountId);
    /// The bank accounts of a connection that are open because the host refused to make their
    /// ledger account, or it had changed, with the latest of these, at most 500.
    [[nodiscard]] std::vector<FailedWish> failuresOf(const std::string& connectionId);
    /// The name that was asked for with this link; "" when none was.
    [[nodiscard]] std::string wishedName(const std::string& linkId);
    /// By link; at most 500 ids.
    [[nodiscard]] std::map<std::string, std::string> wishedNames(
        const std::vector<std::string>& linkIds);

    /// Deletes up to 500 wishes that were granted and were asked for before `before`; failed ones
    /// wait for a person. Crosses tenants.
    static void pruneWishes(Unit& unit, UtcTime before);

private:
    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
