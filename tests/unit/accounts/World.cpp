#include "unit/accounts/World.h"

#include "base/Ids.h"
#include "store/AuditRepository.h"
#include "store/JobRepository.h"
#include "store/LedgerAccountRepository.h"
#include "store/NoticeRepository.h"

#include <cppunit/Exception.h>

namespace bankfeed::testing
{

namespace
{

constexpr std::uint64_t seed = 20261122;

} // namespace

World::World(store::Engine engine) : database(engine), random(seed) {}

std::string World::connect(
    const std::string& institutionId, const std::string& institution, const std::string& ofTenant)
{
    store::Connection connection;
    connection.id = newId(random, "con");
    connection.provider = "plaid";
    connection.providerConnectionId = "item-" + connection.id;
    connection.institutionId = institutionId;
    connection.institutionName = institution;
    connection.accessTokenSealed = "sealed";
    connection.createdAt = clock.now();
    connection.createdBy = "Ada Admin";
    write([&](store::Unit& unit)
        { CPPUNIT_ASSERT(store::ConnectionRepository(unit, ofTenant).insert(connection)); });
    return connection.id;
}

void World::endConnection(const std::string& id)
{
    write(
        [&](store::Unit& unit) {
            store::ConnectionRepository(unit, tenant).markRemoved(id, "disconnected", clock.now());
        });
}

accounts::Discovery::Outcome World::look(const std::string& connectionId,
    const std::vector<ProviderAccount>& shown, const std::string& origin)
{
    accounts::Discovery discovery(random, database.log());
    return valueOf(discovery.apply(*database, tenant, connectionId, shown, clock.now(), origin));
}

store::BankAccount World::linkedChecking()
{
    const std::string id = connect();
    look(id, {shownAccount("a1", "Checking", "0000")});
    const store::BankAccount checking = account(id, "Checking");
    apply(id, {decideExisting(checking, "l1")});
    return checking;
}

std::vector<store::BankAccount> World::accountsOf(const std::string& connectionId)
{
    return write([&](store::Unit& unit)
        { return store::BankAccountRepository(unit, tenant).ofConnection(connectionId); });
}

store::BankAccount World::account(const std::string& connectionId, const std::string& name)
{
    for (auto& account : accountsOf(connectionId))
        if (account.name == name) return account;
    CPPUNIT_FAIL("no account " + name);
    return {};
}

std::optional<store::AccountLink> World::linkOf(const std::string& bankAccountId)
{
    return write([&](store::Unit& unit)
        { return store::AccountLinkRepository(unit, tenant).ofBankAccount(bankAccountId); });
}

store::Connection World::connection(const std::string& id)
{
    return *write(
        [&](store::Unit& unit) { return store::ConnectionRepository(unit, tenant).find(id); });
}

void World::ledgerAccounts(const std::vector<LedgerAccount>& accounts, const std::string& ofTenant)
{
    write([&](store::Unit& unit)
        { store::LedgerAccountRepository(unit, ofTenant).put(accounts, clock.now()); });
}

bool World::noticeOpen(std::string_view kind, const std::string& subject)
{
    return write([&](store::Unit& unit)
        { return store::NoticeRepository(unit, tenant).isOpen(kind, subject); });
}

std::string World::noticeParams(std::string_view kind, const std::string& subject)
{
    return write(
        [&](store::Unit& unit) -> std::string
        {
            for (const auto& notice : store::NoticeRepository(unit, tenant).openOnes())
                if (notice.kind == kind && notice.subject == subject) return notice.params;
            return "";
        });
}

bool World::jobAsked(std::string_view kind, const std::string& subject)
{
    return write([&](store::Unit& unit)
        { return store::JobRepository(unit).status(tenant, kind, subject).exists; });
}

std::vector<std::string> World::auditActions()
{
    return write(
        [&](store::Unit& unit)
        {
            store::AuditRepository audit(unit, tenant);
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, audit.firstBroken());
            std::vector<std::string> actions;
            for (const auto& entry : audit.entries(0, 200))
                actions.push_back(entry.action);
            return actions;
        });
}

std::int64_t World::count(const std::string& sql)
{
    return write([&](store::Unit& unit) { return unit.query(sql).number(0, 0); });
}

void World::orphan(const std::string& connectionId, const std::string& providerAccountId,
    const std::string& transactionId)
{
    write(
        [&](store::Unit& unit)
        {
            unit.execute(R"(INSERT INTO bank_transaction (connection_id, provider_transaction_id,
                tenant_id, provider_account_id, bank_account_id, amount_exact, units, exponent,
                currency, currency_official, rounded, booked_on, authorized_on, pending,
                pending_transaction_id, name, original_description, merchant, category,
                text_repaired, removed, lane, lane_reason, root_key, revision,
                sent_ledger_account_id, sent_units, sent_exponent, sent_currency,
                sent_booked_on, sent_fingerprint, seen_generation,
                first_seen_at, changed_at)
                VALUES ($1, $2, $3, $4, NULL, '-1', -100, 2, 'USD', 1, 0, '2026-01-01', '', 0, '',
                'Coffee', '', '', '', 0, 0, 'held', 'not_linked', $5, 0, '', 0, 0, '', '', '', 0, 0,
                0))",
                {connectionId, transactionId, tenant, providerAccountId,
                    connectionId + transactionId});
        });
}

accounts::Linking::Applied World::apply(
    const std::string& connectionId, const std::vector<accounts::Decision>& decisions)
{
    return valueOf(linking().apply(tenant, ada(), connectionId, decisions));
}

void inBothWorlds(const std::function<void(World&)>& test)
{
    for (const store::Engine engine : {store::Engine::Sqlite, store::Engine::Postgresql})
    {
        World world(engine);
        try
        {
            test(world);
        }
        catch (CppUnit::Exception& failure)
        {
            CppUnit::Message message = failure.message();
            message.addDetail(engine == store::Engine::Sqlite ? "on SQLite" : "on PostgreSQL");
            failure.setMessage(message);
            throw;
        }
    }
}

ProviderAccount shownAccount(const std::string& id, const std::string& name,
    const std::string& mask, const std::string& type, const std::string& subtype,
    const std::string& currency)
{
    ProviderAccount account;
    account.providerAccountId = id;
    account.name = name;
    account.mask = mask;
    account.type = type;
    account.subtype = subtype;
    account.currency = currency;
    account.current = ProviderAmount{"100.25", currency, true};
    return account;
}

LedgerAccount booksAccount(const std::string& id, const std::string& name, LedgerAccountType type,
    const std::string& currency, int exponent)
{
    LedgerAccount account;
    account.id = id;
    account.name = name;
    account.type = type;
    account.currency = currency;
    account.exponent = exponent;
    return account;
}

accounts::Decision decide(const store::BankAccount& account, accounts::Choice choice)
{
    accounts::Decision decision;
    decision.bankAccountId = account.id;
    decision.choice = choice;
    return decision;
}

accounts::Decision decideNew(const store::BankAccount& account, const std::string& name)
{
    accounts::Decision decision = decide(account, accounts::Choice::New);
    decision.name = name;
    return decision;
}

accounts::Decision decideExisting(
    const store::BankAccount& account, const std::string& ledgerAccountId)
{
    accounts::Decision decision = decide(account, accounts::Choice::Existing);
    decision.ledgerAccountId = ledgerAccountId;
    return decision;
}

} // namespace bankfeed::testing
