// The host of the plugin: one or two organisations, each with its own books.
#pragma once

#include "Books.h"

#include <functional>
#include <string>
#include <vector>

namespace bankfeed::simulation
{

/// Leads each call to the books that it is about. Every books look that it is about theirs.
class Hosts final : public Ledger
{
public:
    explicit Hosts(Journal& journal) : journal_(journal) {}

    void add(Books& books) { all_.push_back(&books); }

    [[nodiscard]] Result<void> visitTenants(
        const std::function<Result<void>(const std::string&)>& visit) override
    {
        for (Books* books : all_)
            BF_TRY(books->visitTenants(visit));
        return success();
    }
    [[nodiscard]] Result<std::vector<LedgerAccount>> accounts(const std::string& tenant) override
    {
        return of(tenant).accounts(tenant);
    }
    [[nodiscard]] Result<std::string> createAccount(
        const std::string& tenant, const LedgerAccountRequest& request) override
    {
        return of(tenant).createAccount(tenant, request);
    }
    [[nodiscard]] Result<std::optional<Watermark>> watermark(
        const std::string& tenant, const std::string& feedId) override
    {
        return of(tenant).watermark(tenant, feedId);
    }
    [[nodiscard]] Result<PostOutcome> post(const LedgerBatch& batch) override
    {
        return of(batch.tenant).post(batch);
    }
    [[nodiscard]] Result<std::vector<Head>> heads(
        const std::string& tenant, const std::vector<std::string>& rootKeys) override
    {
        return of(tenant).heads(tenant, rootKeys);
    }

private:
    Books& of(const std::string& tenant)
    {
        for (Books* books : all_)
            if (books->tenant() == tenant) return *books;
        journal_.broken("the host is asked for tenant " + tenant);
        return *all_.front();
    }

    Journal& journal_;
    std::vector<Books*> all_;
};

} // namespace bankfeed::simulation
