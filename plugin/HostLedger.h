// The host's books, as the core's Ledger port. Lives only inside a call that the host made.
#pragma once

#include "HostTables.h"

#include "base/Ledger.h"

#include <set>
#include <string>

namespace bankfeed::plugin
{

/// Thread: [host]. Every method calls the host once; hasTenant only when it must.
class HostLedger final : public Ledger
{
public:
    explicit HostLedger(const HostTables& tables) : tables_(tables) {}

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
    /// Errors: Invalid "host.bad_entries" when the host breaks the order or the number. An entry of
    /// which a member breaks a rule is left out, with a line in the log.
    [[nodiscard]] Result<std::optional<Entries>> entries(
        const std::string& tenant, const std::string& feedId, const std::string& after) override;

    /// Whether the host names this tenant; asked of it when it did not since the last visit.
    [[nodiscard]] Result<bool> hasTenant(const std::string& tenant);

private:
    /// What the host does against the specification, in its log; the same line once.
    void sayOnce(const char* component, const std::string& line);

    HostTables tables_;
    std::set<std::string> tenants_; ///< As the host named them for hasTenant since the last visit.
    std::set<std::string> said_;    ///< What the log says already; bounded.
};

} // namespace bankfeed::plugin
