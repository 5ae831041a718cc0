// How long each screen's answer takes with many connections, accounts and held rows; see README.md.
// console-load [--once] [--postgresql]
#include "store/BalanceProofRepository.h"
#include "store/OutboxRepository.h"
#include "store/TransactionRepository.h"
#include "unit/console/ConsoleWorld.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace bankfeed::bench
{

namespace
{

using testing::ConsoleWorld;
using testing::World;

/// What there is: with the goal's figures, and in small, to see how the time grows.
struct Size
{
    int connections;
    int accounts; ///< Of each connection.
    int held;     ///< Of each account.
    int ledgerAccounts;
};
constexpr Size whole{200, 10, 50, 2'000};
constexpr Size small{2, 10, 50, 20};
constexpr Size tiny{25, 4, 10, 100};
constexpr double goalMs = 200;

std::string numbered(const char* stem, int number)
{
    std::string digits = std::to_string(number);
    return stem + std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
}

class Load
{
public:
    Load(store::Engine engine, const Size& size)
        : world_(engine),
          links_(world_),
          console_({*world_.database, world_.clock, world_.random, world_.wake,
                       world_.database.log(), links_.sessions},
              testing::consoleSettings(), console::StaticFiles()),
          size_(size)
    {
        putLedgerAccounts();
        for (int i = 0; i < size_.connections; ++i)
            connect(i);
    }

    struct Took
    {
        double medianMs = 0;
        double worstMs = 0;
        std::size_t bytes = 0;
    };
    Took time(const std::string& target, int times)
    {
        std::vector<double> all;
        Took took;
        for (int i = 0; i < times; ++i)
        {
            const auto begun = std::chrono::steady_clock::now();
            const auto response = ask(target);
            all.push_back(
                std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun)
                    .count());
            took.bytes = response.body.size();
        }
        std::sort(all.begin(), all.end());
        took.medianMs = all[all.size() / 2];
        took.worstMs = all.back();
        return took;
    }

    [[nodiscard]] const std::string& connection() const { return connections_.back(); }
    [[nodiscard]] const std::string& account() const { return account_; }
    std::string secondPage()
    {
        const auto next = testing::at(ask("api/overview").body, "next");
        return next == "null" ? "api/overview" : "api/overview?after=" + next;
    }
    std::string unchanged()
    {
        return "api/overview?seen=" + testing::at(ask("api/overview").body, "tag");
    }

private:
    console::ConsoleResponse ask(const std::string& target)
    {
        auto response =
            console_.handle(ConsoleWorld::made("GET", target, "", testing::adaPrincipal()));
        if (response.status != 200)
            CPPUNIT_FAIL(target + ": " + std::to_string(response.status) + response.body);
        return response;
    }

    void putLedgerAccounts()
    {
        std::vector<LedgerAccount> some;
        for (int i = 0; i < size_.ledgerAccounts; ++i)
        {
            const std::string id = numbered("l", i);
            some.push_back(testing::booksAccount(id, "Assets:Bank:" + id));
            if (some.size() < 500 && i + 1 < size_.ledgerAccounts) continue;
            world_.ledgerAccounts(some);
            some.clear();
        }
    }

    void connect(int number)
    {
        world_.clock.advanceMs(1'000);
        const std::string bank = numbered("Bank ", number);
        connections_.push_back(world_.connect(numbered("ins_", number), bank));
        std::vector<ProviderAccount> shown;
        for (int i = 0; i < size_.accounts; ++i)
            shown.push_back(testing::shownAccount(
                numbered("a", number) + numbered("-", i), numbered("Purse ", i), numbered("", i)));
        world_.look(connections_.back(), shown);
        int place = 0;
        for (const auto& account : world_.accountsOf(connections_.back()))
        {
            hold(account);
            // Every other one feeds the books; the last connection is to be reviewed.
            const bool feeds = ++place % 2 == 0 && number + 1 < size_.connections;
            if (feeds) link(account);
            account_ = account.id;
        }
    }

    void hold(const store::BankAccount& account)
    {
        std::vector<store::BankTransaction> rows;
        for (int i = 0; i < size_.held; ++i)
        {
            store::BankTransaction row;
            row.connectionId = account.connectionId;
            row.providerTransactionId = account.id + numbered("-", i);
            row.providerAccountId = account.providerAccountId;
            row.bankAccountId = account.id;
            row.amountExact = "12.34";
            row.units = 1'234;
            row.exponent = 2;
            row.currency = "USD";
            row.bookedOn = "2026-11-" + std::to_string(10 + i % 20);
            row.name = "SQ *PLATYPUS COFFEE SAN FRANCISCO CA";
            row.lane = store::lane::held;
            row.laneReason =
                i % 10 == 0 ? store::heldReason::rounded : store::heldReason::notLinked;
            row.rootKey = row.providerTransactionId;
            rows.push_back(std::move(row));
        }
        world_.write([&](store::Unit& unit)
            { store::TransactionRepository(unit, World::tenant).save(rows); });
    }

    void link(const store::BankAccount& account)
    {
        const std::string ledger = numbered("l", linked_++);
        world_.write(
            [&](store::Unit& unit)
            {
                store::AccountLink link;
                link.id = "lnk_" + ledger;
                link.bankAccountId = account.id;
                link.feedId = account.feedId;
                link.ledgerAccountId = ledger;
                link.state = store::linkState::active;
                link.createdBy = "Ada Admin";
                link.createdAt = world_.clock.now();
                BF_ASSERT(store::AccountLinkRepository(unit, World::tenant).insert(link));
                store::BankAccountRepository(unit, World::tenant)
                    .setDecision(
                        account.id, store::decision::linked, "Ada Admin", world_.clock.now());
                (void)store::OutboxRepository(unit, World::tenant)
                    .ensureFeed(account.feedId, world_.random);
                store::BalanceProof proof;
                proof.bankAccountId = account.id;
                proof.ledgerAccountId = ledger;
                proof.state = store::proofState::proven;
                proof.bank = proof.ledger = "1203.5";
                store::BalanceProofRepository(unit, World::tenant).save(proof);
            });
    }

    World world_;
    testing::LinkWorld links_;
    console::Console console_;
    Size size_;
    std::vector<std::string> connections_;
    std::string account_;
    int linked_ = 0;
};

std::vector<std::pair<std::string, std::string>> routesOf(Load& load)
{
    const std::string of = "api/connections/" + load.connection();
    return {{"connections, first page", "api/overview"},
        {"connections, next page", load.secondPage()},
        {"connections, nothing new", load.unchanged()},
        {"connections, search", "api/overview?search=bank%2000"}, {"one connection", of},
        {"review", of + "/review"}, {"progress", of + "/progress"},
        {"accounts with held rows", "api/held/accounts"},
        {"accounts of one reason", "api/held/accounts?reason=rounded"},
        {"held rows", "api/held?bank_account=" + load.account()},
        {"held rows of one reason", "api/held?reason=rounded&bank_account=" + load.account()},
        {"activity", "api/activity"}, {"imports", "api/imports"}, {"health", "api/health"}};
}

void measure(store::Engine engine, bool once)
{
    const Size size = once ? tiny : whole;
    const int times = once ? 1 : 9;
    Load few(engine, small);
    Load many(engine, size);
    std::printf("%s: %d connections, %d accounts, %d held rows, %d ledger accounts; beside %d "
                "connections\n",
        engine == store::Engine::Sqlite ? "SQLite" : "PostgreSQL", size.connections,
        size.connections * size.accounts, size.connections * size.accounts * size.held,
        size.ledgerAccounts, small.connections);
    std::printf("%-26s %10s %10s %10s %12s %12s\n", "", "median ms", "worst ms", "bytes",
        "of the goal", "of the few");
    const auto fewRoutes = routesOf(few);
    const auto manyRoutes = routesOf(many);
    for (std::size_t i = 0; i < manyRoutes.size(); ++i)
    {
        const auto before = few.time(fewRoutes[i].second, times);
        const auto took = many.time(manyRoutes[i].second, times);
        std::printf("%-26s %10.1f %10.1f %10zu %12.2f %12.1f\n", manyRoutes[i].first.c_str(),
            took.medianMs, took.worstMs, took.bytes, took.medianMs / goalMs,
            took.medianMs / before.medianMs);
    }
}

} // namespace

} // namespace bankfeed::bench

int main(int argc, char** argv)
{
    const std::vector<std::string> words(argv + 1, argv + argc);
    const auto has = [&](const char* word)
    { return std::find(words.begin(), words.end(), word) != words.end(); };
    try
    {
        bankfeed::bench::measure(has("--postgresql") ? bankfeed::store::Engine::Postgresql
                                                     : bankfeed::store::Engine::Sqlite,
            has("--once"));
    }
    catch (const CppUnit::Exception& failure)
    {
        std::fprintf(stderr, "%s\n", failure.what());
        return 1;
    }
    return 0;
}
