#include "store/AuditRepository.h"
#include "support/BothEngines.h"

#include <array>
#include <thread>

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::good;
using bankfeed::testing::onBothEngines;
using bankfeed::testing::TestDatabase;

namespace
{

Result<void> append(TestDatabase& database, const std::string& tenant, std::int64_t n)
{
    return database->write(
        [&](Unit& unit) -> Result<void>
        {
            AuditRepository(unit, tenant)
                .append({n}, {"u" + std::to_string(n), "User"}, "account.linked", "a", "{\"n\":1}");
            return success();
        });
}

std::int64_t firstBroken(TestDatabase& database, const std::string& tenant = "t1")
{
    const auto broken = database->read([&](Unit& unit) -> Result<std::int64_t>
        { return AuditRepository(unit, tenant).firstBroken(); });
    return *good(broken);
}

} // namespace

class AuditRepositoryTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AuditRepositoryTest);
    CPPUNIT_TEST(entriesFormAChain);
    CPPUNIT_TEST(aTenantSeesItsOwnEntriesOnly);
    CPPUNIT_TEST(everyChangeShows);
    CPPUNIT_TEST(aLongChainIsCheckedInPages);
    CPPUNIT_TEST(writersAtTheSameTimeFormOneChain);
    CPPUNIT_TEST_SUITE_END();

public:
    void entriesFormAChain()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, firstBroken(database));
                for (std::int64_t n = 1; n <= 5; ++n)
                    good(append(database, "t1", n));
                good(append(database, "t2", 1));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, firstBroken(database));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, firstBroken(database, "t2"));
                const auto entries =
                    database->read([](Unit& unit) -> Result<std::vector<AuditEntry>>
                        { return AuditRepository(unit, "t1").entries(4, 2); });
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, good(entries)->size());
                const AuditEntry& entry = (*entries)[0];
                CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, entry.seq);
                CPPUNIT_ASSERT_EQUAL(std::string("u3"), entry.actor.id);
                CPPUNIT_ASSERT_EQUAL(std::string("{\"n\":1}"), entry.detail);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, (*entries)[1].seq);
            });
    }

    void aTenantSeesItsOwnEntriesOnly()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                good(append(database, "t1", 1));
                good(append(database, "t2", 2));
                for (const auto& [tenant, user] : {std::pair{"t1", "u1"}, std::pair{"t2", "u2"}})
                {
                    const auto entries =
                        database->read([&](Unit& unit) -> Result<std::vector<AuditEntry>>
                            { return AuditRepository(unit, tenant).entries(0, 10); });
                    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, good(entries)->size());
                    CPPUNIT_ASSERT_EQUAL(std::string(user), entries->front().actor.id);
                }
            });
    }

    void everyChangeShows()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                for (std::int64_t n = 1; n <= 5; ++n)
                    good(append(database, "t1", n));
                for (const char* change :
                    {"actor_id = 'x'", "actor_name = 'x'", "action = 'x'", "subject = 'x'",
                        "detail = 'x'", "at = 9", "hash = 'x'", "previous_hash = 'x'", "seq = 9"})
                {
                    const auto tampered = database->write(
                        [&](Unit& unit) -> Result<std::int64_t>
                        {
                            unit.execute(std::string("UPDATE audit SET ") + change +
                                         " WHERE tenant_id = 't1' AND seq = 3");
                            if (AuditRepository(unit, "t1").firstBroken() == 3)
                                return Error::corrupt("test.found", "");
                            return std::int64_t{0};
                        });
                    CPPUNIT_ASSERT_MESSAGE(
                        change, !tampered.ok() && tampered.error().code == "test.found");
                }
                good(database->write(
                    [](Unit& unit) -> Result<void>
                    {
                        unit.execute("DELETE FROM audit WHERE tenant_id = 't1' AND seq = 2");
                        return success();
                    }));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, firstBroken(database));
            });
    }

    void aLongChainIsCheckedInPages()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                for (int page = 0; page < 5; ++page)
                {
                    good(database->write(
                        [&](Unit& unit) -> Result<void>
                        {
                            for (std::int64_t n = 0; n < 410; ++n)
                                AuditRepository(unit, "t1")
                                    .append({n}, Actor::system(), "a", "", "");
                            return success();
                        }));
                }
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, firstBroken(database));
                good(database->write(
                    [](Unit& unit) -> Result<void>
                    {
                        unit.execute("UPDATE audit SET detail = 'x' WHERE seq = 2001");
                        return success();
                    }));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{2001}, firstBroken(database));
            });
    }

    void writersAtTheSameTimeFormOneChain()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                std::vector<std::thread> threads;
                std::array<bool, 6> fine{};
                for (std::size_t i = 0; i < fine.size(); ++i)
                {
                    threads.emplace_back(
                        [&database, &fine, i]
                        {
                            bool all = true;
                            for (std::int64_t n = 0; n < 25; ++n)
                                all = append(database, "t1", n).ok() && all;
                            fine[i] = all;
                        });
                }
                for (std::thread& thread : threads)
                    thread.join();
                for (const bool all : fine)
                    CPPUNIT_ASSERT(all);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, firstBroken(database));
                const auto newest = database->read([](Unit& unit) -> Result<std::int64_t>
                    { return AuditRepository(unit, "t1").entries(0, 1).front().seq; });
                CPPUNIT_ASSERT_EQUAL(std::int64_t{150}, *good(newest));
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AuditRepositoryTest);
