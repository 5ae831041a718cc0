// A ledger application: its accounts, its entries, and the host's side of the delivery protocol,
// kept strictly (host-sdk, ext/ledger-post.h).
#pragma once

#include "Fate.h"
#include "Journal.h"
#include "Times.h"

#include "base/Ledger.h"
#include "delivery/LedgerEvents.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace bankfeed::simulation
{

struct Entry
{
    Head head;
    LedgerChange last;
    std::uint32_t applied = 0; ///< Changes that were applied to it.
    bool removed = false;      ///< By a person; only a post brings it back.
    bool reconciled = false;   ///< Nothing changes it.
    std::string feedId;
};

class Books final : public Ledger
{
public:
    Books(std::string tenant, Times& times, Fate& fate, Mortality& mortality, Journal& journal)
        : tenant_(std::move(tenant)),
          times_(times),
          fate_(fate),
          mortality_(mortality),
          journal_(journal)
    {
    }

    [[nodiscard]] const std::string& tenant() const { return tenant_; }

    struct HandEntry
    {
        std::string on;
        std::int64_t units = 0;
    };
    struct Account
    {
        std::string id;
        std::string name;
        LedgerAccountType type = LedgerAccountType::Asset;
        std::string currency;
        int exponent = 2;
        std::vector<HandEntry> byHand;
        bool closed = false; ///< For a while: whatever is posted there is refused.
    };
    /// All that a backup keeps.
    struct State
    {
        std::map<std::string, Watermark> watermarks;
        std::map<std::string, Entry> entries; ///< By root key.
        std::string closedThrough;            ///< "": no period is closed.
        std::vector<delivery::LedgerEvent> events;
    };

    State state;
    std::map<std::string, Account> accounts_;  ///< By id; a backup is not older than these.
    std::map<std::string, std::string> merged; ///< Where a merged account's entries went; as old.
    std::uint64_t applied = 0;
    std::uint64_t amends = 0;
    std::uint64_t voids = 0;
    std::uint64_t epochs = 0;

    Account& open(
        const std::string& name, LedgerAccountType type, const std::string& currency, int exponent);

    /// Somebody merges an account into another one.
    void merge();
    /// Tells of the merges that the state of a backup does not know.
    void goneBack();
    /// The account that has the entries of this one now.
    [[nodiscard]] const std::string& nowOf(const std::string& accountId) const;

    /// Somebody removes or reconciles an entry, or closes a period.
    void correct();
    /// Periods are open again, and nothing is reconciled.
    void unlock();
    /// Tells what people did, behind what the plugin says it knows. What fails is told the next
    /// time.
    void tell(delivery::LedgerEvents& plugin);
    /// A person wants it back, in the plugin: from now on it may be posted.
    void wantedBack(const std::string& rootKey)
    {
        toldRemoved_.erase(rootKey);
        wantedBack_.insert(rootKey);
    }
    /// The plugin was restored: what it was told may be forgotten.
    void pluginForgot() { toldRemoved_.clear(); }

    /// The bank's legs in an account.
    [[nodiscard]] std::int64_t fed(const std::string& accountId) const;

    // --- Ledger ---
    [[nodiscard]] Result<void> visitTenants(
        const std::function<Result<void>(const std::string&)>& visit) override;
    [[nodiscard]] Result<std::vector<LedgerAccount>> accounts(const std::string& tenant) override;
    [[nodiscard]] Result<std::string> createAccount(
        const std::string& tenant, const LedgerAccountRequest& request) override;
    [[nodiscard]] Result<std::optional<Watermark>> watermark(
        const std::string& tenant, const std::string& feedId) override;
    [[nodiscard]] Result<PostOutcome> post(const LedgerBatch& batch) override;
    [[nodiscard]] Result<std::vector<Head>> heads(
        const std::string& tenant, const std::vector<std::string>& rootKeys) override;
    [[nodiscard]] Result<std::optional<Entries>> entries(
        const std::string& tenant, const std::string& feedId, const std::string& after) override;

private:
    /// What every call to the host meets first: an error when it has no effect.
    [[nodiscard]] Result<void> enter(const std::string& tenant, const char* what);
    [[nodiscard]] Result<void> leave();
    [[nodiscard]] Result<PostOutcome> apply(const LedgerBatch& batch);
    [[nodiscard]] Result<void> checkDigests(const LedgerBatch& batch) const;
    [[nodiscard]] std::optional<PostOutcome> refusal(
        const LedgerChange& change, const Entry* head, std::size_t index) const;

    std::string tenant_;
    Times& times_;
    Fate& fate_;
    Mortality& mortality_;
    Journal& journal_;
    void note(delivery::LedgerEvent::Kind kind, const std::string& subject,
        delivery::LedgerEvent::State state, std::int64_t revision);

    void noteMerge(const std::string& from);

    std::map<std::string, std::string> made_; ///< Accounts by idempotency key.
    std::set<std::string> toldRemoved_;       ///< Root keys of which nothing may come any more.
    std::set<std::string> wantedBack_;        ///< Root keys that people had imported again.
    int nextEvent_ = 0;
    int nextAccount_ = 1;
};

} // namespace bankfeed::simulation
