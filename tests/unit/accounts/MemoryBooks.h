// Books in memory, and a ledger mirror that looks at them.
#pragma once

#include "accounts/LedgerMirror.h"
#include "store/LedgerAccountRepository.h"
#include "unit/accounts/World.h"

#include <functional>
#include <map>
#include <utility>

namespace bankfeed::testing
{

/// Books in memory, with switches for what a host may answer.
class MemoryBooks final : public Ledger
{
public:
    Result<void> visitTenants(const std::function<Result<void>(const std::string&)>& visit) override
    {
        inside = true;
        for (const auto& [tenant, ignored] : books)
            BF_TRY(visit(tenant));
        inside = false;
        return success();
    }
    Result<std::vector<LedgerAccount>> accounts(const std::string& tenant) override
    {
        CPPUNIT_ASSERT_MESSAGE("asked from inside the visit", !inside);
        ++lists;
        const auto answer = books[tenant];
        if (whileListing) std::exchange(whileListing, {})();
        if (listFails) return Error::retry("host.busy", "Not now.");
        return answer;
    }
    Result<std::string> createAccount(
        const std::string& tenant, const LedgerAccountRequest& request) override
    {
        ++creations;
        if (createError) return *createError;
        if (const auto known = byKey.find(request.idempotencyKey); known != byKey.end())
            return known->second;
        for (const auto& account : books[tenant])
            if (account.name == request.name) return Error::conflict("host.name", "Name taken.");
        LedgerAccount made = booksAccount("made-" + std::to_string(++numbers),
            "Assets:" + request.name, request.type, request.currency, request.exponent);
        books[tenant].push_back(made);
        byKey[request.idempotencyKey] = made.id;
        return made.id;
    }
    Result<std::optional<Watermark>> watermark(const std::string&, const std::string&) override
    {
        return Error::internal("test.unused", "");
    }
    Result<PostOutcome> post(const LedgerBatch&) override
    {
        return Error::internal("test.unused", "");
    }
    Result<std::vector<Head>> heads(const std::string&, const std::vector<std::string>&) override
    {
        return Error::internal("test.unused", "");
    }

    std::map<std::string, std::vector<LedgerAccount>> books;
    std::map<std::string, std::string> byKey;
    std::optional<Error> createError;
    bool listFails = false;
    std::function<void()> whileListing; ///< Once: what happens while the host makes its answer.
    bool inside = false;
    int lists = 0;
    int creations = 0;
    int numbers = 0;
};

inline constexpr std::int64_t plenty = 60'000;

struct Mirrored
{
    explicit Mirrored(World& w)
        : world(w), mirror(*w.database, w.clock, w.random, w.wake, w.database.log())
    {
        books.books[World::tenant] = {
            booksAccount("l1", "Assets:Cash"), booksAccount("l2", "Assets:Bank")};
    }

    accounts::LedgerMirror::Outcome tick()
    {
        world.clock.advanceMs(10'000);
        return valueOf(mirror.tick(books, plenty));
    }
    std::optional<LedgerAccount> stored(
        const std::string& id, const std::string& tenant = World::tenant)
    {
        return world.write([&](store::Unit& unit)
            { return store::LedgerAccountRepository(unit, tenant).find(id); });
    }
    /// A bank account for which a ledger account was asked.
    store::BankAccount wish(const std::string& name)
    {
        const auto connection = world.connect("ins-" + name);
        world.look(connection, {shownAccount("a-" + name, name, "0000")});
        const auto account = world.account(connection, name);
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1}, world.apply(connection, {decideNew(account, name)}).linked);
        return account;
    }

    World& world;
    MemoryBooks books;
    accounts::LedgerMirror mirror;
};

} // namespace bankfeed::testing
