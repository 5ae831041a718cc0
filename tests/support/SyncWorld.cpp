#include "support/SyncWorld.h"

#include <map>
#include <stdexcept>

namespace bankfeed::testing
{

namespace
{

template <class T>
T must(Result<T> result)
{
    if (!result.ok()) throw std::runtime_error(result.error().code + ": " + result.error().text);
    return std::move(result).value();
}

void must(const Result<void>& result)
{
    if (!result.ok()) throw std::runtime_error(result.error().code + ": " + result.error().text);
}

void require(bool condition, const std::string& what)
{
    if (!condition) throw std::runtime_error(what);
}

} // namespace

SyncWorld::SyncWorld(store::Database& usedDatabase, store::Database& plainDatabase,
    std::string tenantName, std::uint64_t seed, const sync::BookingRules& rules,
    BankProvider* provider)
    : database(usedDatabase),
      plain(plainDatabase),
      tenant(std::move(tenantName)),
      connectionId("con_" + tenant),
      random(seed),
      ledger(tenant),
      parts_{database, provider != nullptr ? *provider : bank, tokens_, clock, random, wake_, log,
          rules},
      loop_(parts_),
      release_(parts_),
      freed_(parts_),
      opening_(parts_),
      imports_(parts_),
      proofs_(parts_)
{
    addConnection();
    restart();
}

void SyncWorld::addConnection()
{
    must(plain.write(
        [&](store::Unit& unit) -> Result<void>
        {
            store::Connection connection;
            connection.id = connectionId;
            connection.provider = "plaid";
            connection.providerConnectionId = "item-" + tenant;
            connection.institutionName = "First Platypus Bank";
            connection.createdAt = clock.now();
            BF_ASSERT(store::ConnectionRepository(unit, tenant).insert(connection));
            return success();
        }));
}

void SyncWorld::restart()
{
    relay_.emplace(database, ledger, clock, random, log);
}

std::string SyncWorld::feedId(const std::string& providerAccountId) const
{
    return feedIdFor(tenant, "plaid", providerAccountId);
}

std::string SyncWorld::rootKey(const BankRow& row) const
{
    return transactionRootKey(tenant, "plaid", row.accountId, row.id);
}

std::string SyncWorld::discover(const std::string& providerAccountId)
{
    const std::string id = "acc_" + tenant + "_" + providerAccountId;
    must(plain.write(
        [&](store::Unit& unit) -> Result<void>
        {
            store::BankAccountRepository accounts(unit, tenant);
            store::BankAccount account;
            account.id = id;
            account.connectionId = connectionId;
            account.providerAccountId = providerAccountId;
            account.feedId = feedId(providerAccountId);
            account.name = providerAccountId;
            account.type = "depository";
            account.currency = "USD";
            account.exponent = 2;
            account.feedable = true;
            account.origin = "refresh";
            account.firstSeenAt = clock.now();
            accounts.insert(account);
            while (accounts.adoptOrphans(account, 500) == 500)
            {
            }
            return success();
        }));
    return id;
}

std::string SyncWorld::link(const std::string& bankAccountId, const std::string& ledgerAccountId,
    const std::string& startDate, bool opening)
{
    const std::string id =
        "lnk_" + bankAccountId + "_" + ledgerAccountId + std::to_string(clock.monoNs());
    must(plain.write(
        [&](store::Unit& unit) -> Result<void>
        {
            const auto account = store::BankAccountRepository(unit, tenant).find(bankAccountId);
            store::AccountLink link;
            link.id = id;
            link.bankAccountId = bankAccountId;
            link.feedId = account->feedId;
            link.ledgerAccountId = ledgerAccountId;
            link.startDate = startDate;
            link.state = store::linkState::releasing;
            link.opening = opening ? store::openingState::due : store::openingState::none;
            link.createdAt = clock.now();
            BF_ASSERT(store::AccountLinkRepository(unit, tenant).insert(link));
            store::JobRepository(unit).ask(random, tenant, store::job::release, id, clock.now());
            return success();
        }));
    return id;
}

void SyncWorld::unlink(const std::string& linkId)
{
    must(plain.write(
        [&](store::Unit& unit) -> Result<void>
        {
            store::AccountLinkRepository(unit, tenant).end(linkId, clock.now());
            return success();
        }));
}

void SyncWorld::ask(std::string_view kind, const std::string& subject)
{
    must(plain.write(
        [&](store::Unit& unit) -> Result<void>
        {
            store::JobRepository(unit).ask(random, tenant, kind, subject, clock.now());
            return success();
        }));
}

void SyncWorld::makeKnown(const std::string& providerAccountId)
{
    const bool known = look(
        [&](store::Unit& unit)
        {
            return store::BankAccountRepository(unit, tenant)
                .findByFeed(feedId(providerAccountId))
                .has_value();
        });
    if (!known) discover(providerAccountId);
}

Result<store::JobEnd> SyncWorld::dispatch(const store::JobLease& lease)
{
    if (lease.kind == store::job::sync) return loop_.step(lease);
    if (lease.kind == store::job::release) return release_.step(lease);
    if (lease.kind == store::job::freed) return freed_.step(lease);
    if (lease.kind == store::job::opening) return opening_.step(lease);
    if (lease.kind == store::job::import) return imports_.step(lease);
    if (lease.kind == store::job::proof)
        return proves ? proofs_.step(lease) : Result<store::JobEnd>(store::JobEnd{});
    if (const auto other = others.find(lease.kind); other != others.end())
        return other->second(lease);
    require(lease.kind == store::job::refresh, "unexpected job " + lease.kind);
    refreshed.push_back(lease.subject);
    if (discoversByItself)
    {
        for (const auto& account : must(bank.accounts(Secret("token"))))
            makeKnown(account.providerAccountId);
    }
    return store::JobEnd{};
}

bool SyncWorld::runOne()
{
    const auto lease =
        must(plain.write([&](store::Unit& unit) -> Result<std::optional<store::JobLease>>
            { return store::JobRepository(unit).claim(clock.now(), 180'000); }));
    if (!lease) return false;
    auto ran = dispatch(*lease);
    store::JobEnd end;
    if (ran.ok())
        end = *ran;
    else
    {
        lastError = ran.error();
        end = {store::JobEnd::Kind::Failed, clock.now(), ran.error().code, ran.error().text};
        // As the engine does: a failure that time does not heal waits for the schedule.
        if (lease->attempts >= 3) end.kind = store::JobEnd::Kind::Done;
    }
    must(plain.write(
        [&](store::Unit& unit) -> Result<void>
        {
            store::JobRepository(unit).end(*lease, clock.now(), end);
            return success();
        }));
    return true;
}

bool SyncWorld::waitsForThePump()
{
    const auto rebuilding = look([&](store::Unit& unit)
        { return unit.query("SELECT feed_id FROM feed WHERE state = 'rebuilding' LIMIT 1", {}); });
    return !rebuilding.empty();
}

void SyncWorld::run()
{
    constexpr std::int64_t patienceNs = 120 * nsPerSecond;
    const std::int64_t begun = clock.now().ns;
    for (int i = 0; i < 5'000; ++i)
    {
        if (runOne()) continue;
        const auto next =
            look([&](store::Unit& unit) { return store::JobRepository(unit).nextDue(); });
        if (!next || (next->ns - begun > patienceNs && waitsForThePump())) return;
        clock.advanceMs((next->ns - clock.now().ns) / nsPerMs + 1);
    }
    throw std::runtime_error("the jobs do not come to an end");
}

void SyncWorld::sync()
{
    ask(store::job::sync, connectionId);
    run();
}

void SyncWorld::pump()
{
    for (int i = 0; i < 1'000; ++i)
    {
        const auto report = relay_->pump(1'000, 60'000);
        if (!report.ok())
        {
            lastError = report.error();
            continue;
        }
        if (!report->remaining) return;
    }
    throw std::runtime_error("the pump does not come to an end");
}

std::optional<store::BankTransaction> SyncWorld::row(const std::string& id)
{
    const auto rows = look([&](store::Unit& unit)
        { return store::TransactionRepository(unit, tenant).find(connectionId, {id}); });
    if (rows.empty()) return std::nullopt;
    return rows.front();
}

store::Connection SyncWorld::connection()
{
    return *look([&](store::Unit& unit)
        { return store::ConnectionRepository(unit, tenant).find(connectionId); });
}

std::vector<LedgerChange> SyncWorld::outbox(const std::string& providerAccountId)
{
    return look(
        [&](store::Unit& unit)
        {
            store::OutboxRepository outbox(unit, tenant);
            const auto feed = outbox.feed(feedId(providerAccountId));
            if (!feed) return std::vector<LedgerChange>{};
            return outbox.range(feed->feedId, feed->epoch, 1, 1000);
        });
}

std::int64_t SyncWorld::count(std::string_view sql)
{
    return look([&](store::Unit& unit) { return unit.query(sql).number(0, 0); });
}

void SyncWorld::checkMirror()
{
    const auto rows = look(
        [&](store::Unit& unit)
        {
            std::map<std::string, store::BankTransaction> found;
            std::vector<std::string> ids;
            const auto listed = unit.query(
                "SELECT provider_transaction_id FROM bank_transaction WHERE connection_id = $1 "
                "AND removed = 0",
                {connectionId});
            store::TransactionRepository mirror(unit, tenant);
            for (std::size_t i = 0; i < listed.size(); ++i)
            {
                ids.push_back(listed.text(i, 0));
                if (ids.size() < 500 && i + 1 < listed.size()) continue;
                for (const auto& row : mirror.find(connectionId, ids))
                    found.emplace(row.providerTransactionId, row);
                ids.clear();
            }
            return found;
        });
    for (const auto& [id, truth] : bank.truth())
    {
        const auto row = rows.find(id);
        require(row != rows.end(), "the mirror lacks " + id);
        const auto shown = bank.shown(truth);
        require(row->second.amountExact == shown.amount.exact, "another amount: " + id);
        require(row->second.bookedOn == truth.date, "another date: " + id);
        require(row->second.name == truth.name, "another name: " + id);
        require(row->second.pending == truth.pending, "pending differs: " + id);
    }
    require(rows.size() == bank.truth().size(), "the mirror has rows that the bank does not show");
}

void SyncWorld::checkBooks(const std::string& providerAccountId, const std::string& ledgerAccountId,
    const std::string& startDate)
{
    std::int64_t expected = 0;
    std::size_t rows = 0;
    for (const auto& [id, truth] : bank.truth())
    {
        if (truth.accountId != providerAccountId || truth.pending || truth.date < startDate)
            continue;
        // A row that came back under a new id keeps the key of the old one.
        const auto known = row(id);
        const auto entry = ledger.books.entries.find(known ? known->rootKey : rootKey(truth));
        require(entry != ledger.books.entries.end(), "the books lack " + id);
        require(entry->second.units == truth.units, "the books have another amount: " + id);
        require(entry->second.ledgerAccountId == ledgerAccountId, "another account: " + id);
        require(entry->second.last.description == truth.name, "another text: " + id);
        expected += truth.units;
        ++rows;
    }
    std::int64_t sum = 0;
    std::size_t live = 0;
    for (const auto& [key, entry] : ledger.books.entries)
    {
        if (!key.starts_with("tx1_") || entry.ledgerAccountId != ledgerAccountId) continue;
        sum += entry.units;
        live += entry.last.kind == ChangeKind::Void ? 0 : 1;
    }
    require(live == rows, "the books hold entries that the bank does not show");
    require(sum == expected, "the books' sum differs from the bank's");
}

} // namespace bankfeed::testing
