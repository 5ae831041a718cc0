// Goal: a tenant's data goes wholly, its connections at the provider first, across crashes and
// failures; one audit entry stays; no other tenant loses anything, and the tenant may begin anew.
#include "CoreFixture.h"

#include "engine/TenantErasure.h"
#include "store/AuditRepository.h"
#include "store/FencedDatabase.h"
#include "store/InboxRepository.h"
#include "store/LinkSessionRepository.h"
#include "store/TenantErasureRepository.h"
#include "store/TenantTables.h"

#include <algorithm>

namespace bankfeed::engine
{

class TenantErasureTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TenantErasureTest);
    CPPUNIT_TEST(everyTableIsErasedOrSaidToBeNobodys);
    CPPUNIT_TEST(noUnitDeletesMoreThanItMay);
    CPPUNIT_TEST(connectionsEndAtTheProviderBeforeAnythingGoes);
    CPPUNIT_TEST(oneAuditEntryStaysAndSaysHowMuchWent);
    CPPUNIT_TEST(anotherTenantLosesNothing);
    CPPUNIT_TEST(aCrashAnywhereIsGoneOnFrom);
    CPPUNIT_TEST(aTokenIsKeptUntilTheProviderEndsIt);
    CPPUNIT_TEST(aPersonMaySayThatATokenIsLost);
    CPPUNIT_TEST(nothingIsReadOrRoutedMeanwhile);
    CPPUNIT_TEST(theTenantMayBeginAnew);
    CPPUNIT_TEST(whatBeganBeforeItLeavesNothingBehindIt);
    CPPUNIT_TEST(unitsThatBeganBeforeItHaveTimeToEnd);
    CPPUNIT_TEST_SUITE_END();

    struct Column
    {
        std::string name;
        bool number = false;
    };

    static std::vector<std::string> tablesOf(CoreFixture& f)
    {
        return f.read(
            [](store::Unit& unit)
            {
                const auto rows = unit.query(unit.engine() == store::Engine::Sqlite
                                                 ? "SELECT name FROM sqlite_master WHERE type = "
                                                   "'table' AND name NOT LIKE 'sqlite_%'"
                                                 : "SELECT CAST(table_name AS TEXT) FROM "
                                                   "information_schema.tables WHERE table_schema "
                                                   "= current_schema()");
                std::vector<std::string> names;
                for (std::size_t i = 0; i < rows.size(); ++i)
                    names.push_back(rows.text(i, 0));
                return names;
            });
    }
    static std::vector<Column> columnsOf(CoreFixture& f, const std::string& table)
    {
        return f.read(
            [&](store::Unit& unit)
            {
                const auto rows = unit.query(unit.engine() == store::Engine::Sqlite
                                                 ? "SELECT name, type FROM pragma_table_info($1)"
                                                 : "SELECT CAST(column_name AS TEXT), "
                                                   "CAST(data_type AS TEXT) FROM "
                                                   "information_schema.columns WHERE table_name = "
                                                   "$1",
                    {table});
                std::vector<Column> columns;
                for (std::size_t i = 0; i < rows.size(); ++i)
                    columns.push_back({rows.text(i, 0),
                        rows.text(i, 1) == "BIGINT" || rows.text(i, 1) == "bigint"});
                return columns;
            });
    }
    static bool isTenantless(const std::string& table)
    {
        const auto& none = store::tenantlessTables();
        return std::find(none.begin(), none.end(), table) != none.end();
    }

    /// A row of whatever columns the table has, each value its own.
    static void fill(CoreFixture& f, const std::string& table, const std::string& tenant, int row)
    {
        std::string names;
        std::string places;
        std::vector<store::Value> values;
        const std::string mark = tenant + std::to_string(row);
        for (const Column& column : columnsOf(f, table))
        {
            names += (names.empty() ? "" : ", ") + column.name;
            places += (places.empty() ? "$" : ", $") + std::to_string(values.size() + 1);
            if (column.name == "tenant_id")
                values.emplace_back(tenant);
            else if (column.name == "connection_id" || column.name == "feed_id")
                values.emplace_back(mark); // What rows are found by.
            else if (column.number)
                values.emplace_back(std::int64_t{row});
            else
                values.emplace_back(mark + column.name);
        }
        f.write(
            [&](store::Unit& unit)
            {
                // Some tables have one row of a tenant.
                const auto made =
                    unit.execute("INSERT INTO " + table + " (" + names + ") VALUES (" + places +
                                     ") ON CONFLICT DO NOTHING",
                        values);
                CPPUNIT_ASSERT(made == 1 || row % 10 > 1);
            });
    }

    static void erase(CoreFixture& f, bool giveUp = false)
    {
        f.write(
            [&](store::Unit& unit) {
                beginErasure(unit, f.random, "a", {"u1", "Ada Admin"}, giveUp, f.clock.now());
            });
        f.clock.advanceMs(30'000); // No unit that began before it is at work any more.
    }
    static bool erasing(CoreFixture& f)
    {
        return f.read([](store::Unit& unit) { return isErasing(unit, "a"); });
    }
    static std::int64_t rowsOf(CoreFixture& f, const std::string& tenant)
    {
        std::int64_t sum = 0;
        for (const auto& table : store::tenantTables())
            if (table.name != "audit" && table.name != "sync_stage" && table.name != "outbox")
                sum += f.read(
                    [&](store::Unit& unit)
                    {
                        return unit
                            .query("SELECT COUNT(*) FROM " + std::string(table.name) +
                                       " WHERE tenant_id = $1",
                                {tenant})
                            .number(0, 0);
                    });
        return sum;
    }
    static std::vector<store::AuditEntry> audit(CoreFixture& f, const std::string& tenant)
    {
        return f.read([&](store::Unit& unit)
            { return store::AuditRepository(unit, tenant).entries(0, 200); });
    }

    static void live(CoreFixture& f, const std::string& tenant, const std::string& id)
    {
        f.addWorkingConnection(tenant, id);
        f.sync(tenant, id);
    }
    static void putRows(CoreFixture& f, int count)
    {
        f.bank.rows.addAccount({"a1"});
        for (int i = 0; i < count; ++i)
            f.bank.rows.put({"t" + std::to_string(i), "a1", 100});
    }

public:
    void everyTableIsErasedOrSaidToBeNobodys()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                const auto tables = tablesOf(f);
                CPPUNIT_ASSERT(tables.size() > 10);
                for (const auto& table : tables)
                {
                    if (isTenantless(table)) continue;
                    f.write([&](store::Unit& unit) { unit.execute("DELETE FROM " + table); });
                    for (int row = 1; row <= 3; ++row)
                    {
                        fill(f, table, "a", row);
                        fill(f, table, "b", row + 10);
                    }
                }
                std::map<std::string, std::int64_t> made; // As many of each tenant.
                for (const auto& table : tables)
                    made[table] = f.count("SELECT COUNT(*) FROM " + table);
                f.write(
                    [&](store::Unit& unit)
                    {
                        while (store::eraseRows(unit, "a", 500).all > 0)
                        {
                        }
                    });
                for (const auto& table : tables)
                    if (!isTenantless(table))
                        CPPUNIT_ASSERT_EQUAL_MESSAGE(
                            table + ": add it to tenantTables() in src/store/TenantTables.cpp",
                            made[table] / 2, f.count("SELECT COUNT(*) FROM " + table));
            });
    }

    void noUnitDeletesMoreThanItMay()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                for (int row = 1; row <= 7; ++row)
                    fill(f, "notice", "a", row);
                for (int row = 1; row <= 4; ++row)
                    fill(f, "ledger_account", "a", row);
                f.write(
                    [&](store::Unit& unit)
                    {
                        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, store::eraseRows(unit, "a", 5).all);
                        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, store::eraseRows(unit, "a", 5).all);
                        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store::eraseRows(unit, "a", 5).all);
                    });
            });
    }

    void connectionsEndAtTheProviderBeforeAnythingGoes()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                putRows(f, 3);
                live(f, "a", "con_1");
                f.bank.removalFails = Error::retry("http.down", "Unreachable.");
                const std::int64_t before = f.count("SELECT COUNT(*) FROM bank_transaction");
                erase(f);
                f.run();
                CPPUNIT_ASSERT_EQUAL(1, f.bank.calls["removeConnection"]);
                CPPUNIT_ASSERT_EQUAL(before, f.count("SELECT COUNT(*) FROM bank_transaction"));
                CPPUNIT_ASSERT(erasing(f));
                CPPUNIT_ASSERT(!f.connection("a", "con_1").accessTokenSealed.empty());
            });
    }

    void oneAuditEntryStaysAndSaysHowMuchWent()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                putRows(f, 1'300);
                live(f, "a", "con_1");
                erase(f);
                f.run();
                CPPUNIT_ASSERT(!erasing(f));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rowsOf(f, "a"));
                const auto entries = audit(f, "a");
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, entries.size());
                CPPUNIT_ASSERT_EQUAL(std::string("tenant.erased"), entries[0].action);
                CPPUNIT_ASSERT_EQUAL(std::string("u1"), entries[0].actor.id);
                const std::string& detail = entries[0].detail;
                CPPUNIT_ASSERT_MESSAGE(
                    detail, detail.find("\"transactions\":1300") != std::string::npos);
                CPPUNIT_ASSERT_MESSAGE(
                    detail, detail.find("\"tokens_ended\":1") != std::string::npos);
                // Nobody's name, no bank's either.
                CPPUNIT_ASSERT_EQUAL(std::string::npos, detail.find("Platypus"));
                CPPUNIT_ASSERT_EQUAL(std::string("u1"), entries[0].actor.name);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
                    f.read([](store::Unit& unit)
                        { return store::AuditRepository(unit, "a").firstBroken(); }));
            });
    }

    void anotherTenantLosesNothing()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                putRows(f, 3);
                live(f, "a", "con_1");
                live(f, "b", "con_2");
                const std::int64_t rows = rowsOf(f, "b");
                const std::size_t entries = audit(f, "b").size();
                const std::string token = f.connection("b", "con_2").accessTokenSealed;
                erase(f);
                f.run();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rowsOf(f, "a"));
                CPPUNIT_ASSERT_EQUAL(rows, rowsOf(f, "b"));
                CPPUNIT_ASSERT_EQUAL(entries, audit(f, "b").size());
                CPPUNIT_ASSERT_EQUAL(token, f.connection("b", "con_2").accessTokenSealed);
            });
    }

    void aCrashAnywhereIsGoneOnFrom()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                putRows(f, 1'300);
                live(f, "a", "con_1");
                erase(f);
                int steps = 0;
                // A new process after each step.
                while (erasing(f))
                {
                    f.begin();
                    f.clock.advanceMs(1);
                    CPPUNIT_ASSERT(f.core->engine().runNext().value());
                    CPPUNIT_ASSERT(++steps < 200);
                }
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rowsOf(f, "a"));
                CPPUNIT_ASSERT_EQUAL(1, f.bank.calls["removeConnection"]);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, audit(f, "a").size());
            });
    }

    void aTokenIsKeptUntilTheProviderEndsIt()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                f.addWorkingConnection("a", "con_1", "stays");
                f.addWorkingConnection("a", "con_2");
                f.bank.tokensThatStay = {"stays"};
                erase(f);
                for (int hours = 0; hours < 24; ++hours)
                {
                    f.run();
                    f.clock.advanceMs(3'600'000);
                }
                // The other one went, this one is tried again, more and more seldom.
                CPPUNIT_ASSERT(f.connection("a", "con_2").removedAt.has_value());
                CPPUNIT_ASSERT(!f.connection("a", "con_1").removedAt.has_value());
                CPPUNIT_ASSERT_EQUAL(
                    std::string("http.down"), f.connection("a", "con_1").errorCode);
                CPPUNIT_ASSERT(f.bank.calls["removeConnection"] > 20);
                CPPUNIT_ASSERT(f.bank.calls["removeConnection"] < 40);
                f.bank.tokensThatStay.clear();
                f.clock.advanceMs(3'600'000);
                f.run();
                CPPUNIT_ASSERT(!erasing(f));
                const std::string detail = audit(f, "a").at(0).detail;
                CPPUNIT_ASSERT_MESSAGE(
                    detail, detail.find("\"tokens_lost\":0") != std::string::npos);
            });
    }

    void aPersonMaySayThatATokenIsLost()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                f.addWorkingConnection("a", "con_1", "stays");
                f.bank.tokensThatStay = {"stays"};
                erase(f);
                f.run();
                CPPUNIT_ASSERT(erasing(f));
                erase(f, true);
                f.clock.advanceMs(60'000);
                f.run();
                CPPUNIT_ASSERT(!erasing(f));
                const std::string detail = audit(f, "a").at(0).detail;
                CPPUNIT_ASSERT_MESSAGE(
                    detail, detail.find("\"tokens_lost\":1") != std::string::npos);
                CPPUNIT_ASSERT_MESSAGE(detail, detail.find("item-con_1") != std::string::npos);
            });
    }

    void nothingIsReadOrRoutedMeanwhile()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                putRows(f, 3);
                live(f, "a", "con_1");
                f.bank.removalFails = Error::retry("http.down", "Unreachable.");
                erase(f);
                f.run();
                const int before = f.bank.calls["transactions"] + f.bank.calls["connection"];
                VerifiedWebhook webhook;
                webhook.id = "w1";
                webhook.event.kind = BankEventKind::TransactionsChanged;
                webhook.event.environment = "sandbox";
                webhook.event.providerConnectionId = "item-con_1";
                f.write([&](store::Unit& unit)
                    { CPPUNIT_ASSERT(store::InboxRepository(unit).add(webhook, f.clock.now())); });
                f.ask("", store::job::inbox, "");
                f.ask("a", store::job::sync, "con_1");
                f.ask("a", store::job::refresh, "con_1");
                f.clock.advanceMs(86'400'000);
                f.run();
                CPPUNIT_ASSERT_EQUAL(
                    before, f.bank.calls["transactions"] + f.bank.calls["connection"]);
                f.bank.removalFails.reset();
                f.clock.advanceMs(86'400'000);
                f.run();
                CPPUNIT_ASSERT(!erasing(f));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, f.count("SELECT COUNT(*) FROM inbox"));
            });
    }

    void theTenantMayBeginAnew()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                putRows(f, 3);
                live(f, "a", "con_1");
                erase(f);
                f.run();
                live(f, "a", "con_1");
                CPPUNIT_ASSERT_EQUAL(
                    std::int64_t{3}, f.count("SELECT COUNT(*) FROM bank_transaction"));
                CPPUNIT_ASSERT(audit(f, "a").size() > 1);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
                    f.read([](store::Unit& unit)
                        { return store::AuditRepository(unit, "a").firstBroken(); }));
                // And be erased again.
                erase(f);
                f.run();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rowsOf(f, "a"));
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, audit(f, "a").size());
            });
    }

    void whatBeganBeforeItLeavesNothingBehindIt()
    {
        withCoreOnBothEngines(
            [](CoreFixture& f)
            {
                live(f, "a", "con_1");
                store::FencedDatabase fenced(*f.database);
                const auto put = [&](const std::string& tenant)
                {
                    return fenced.write(
                        [&](store::Unit& unit) -> Result<void>
                        {
                            store::NoticeRepository(unit, tenant)
                                .open(f.random, store::notice::newAccounts, "con_1", "info", "{}",
                                    f.clock.now());
                            return success();
                        });
                };
                {
                    const store::FencedDatabase::Request request("a", f.clock.now());
                    CPPUNIT_ASSERT(put("a").ok());
                    erase(f);
                    CPPUNIT_ASSERT_EQUAL(std::string("tenant.erasing"), put("a").error().code);
                    f.run();
                    CPPUNIT_ASSERT(!erasing(f));
                    CPPUNIT_ASSERT_EQUAL(std::string("tenant.erasing"), put("a").error().code);
                    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rowsOf(f, "a"));
                }
                f.clock.advanceMs(1);
                {
                    const store::FencedDatabase::Request other("b", f.clock.now());
                    CPPUNIT_ASSERT(put("b").ok());
                }
                const store::FencedDatabase::Request later("a", f.clock.now());
                CPPUNIT_ASSERT(put("a").ok()); // The tenant has begun anew.
            });
    }

    void unitsThatBeganBeforeItHaveTimeToEnd()
    {
        CoreFixture f(store::Engine::Postgresql);
        live(f, "a", "con_1");
        f.write(
            [&](store::Unit& unit) {
                beginErasure(unit, f.random, "a", {"u1", "Ada Admin"}, false, f.clock.now());
            });
        f.run();
        CPPUNIT_ASSERT(erasing(f));
        fill(f, "notice", "a", 1); // One that saw no fence.
        f.clock.advanceMs(30'000);
        f.run();
        CPPUNIT_ASSERT(!erasing(f));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rowsOf(f, "a"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TenantErasureTest);

} // namespace bankfeed::engine
