#include "store/AccountLinkRepository.h"
#include "store/LinkSessionRepository.h"
#include "support/BothEngines.h"

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::good;
using bankfeed::testing::onBothEngines;
using bankfeed::testing::TestDatabase;

namespace
{

AccountLink link(const std::string& id, const std::string& bankAccountId,
    const std::optional<std::string>& ledgerAccountId)
{
    AccountLink made;
    made.id = id;
    made.bankAccountId = bankAccountId;
    made.feedId = "feed-" + bankAccountId;
    made.ledgerAccountId = ledgerAccountId;
    return made;
}

LinkSession session(
    const std::string& id, const std::optional<std::string>& connectionId, const std::string& hash)
{
    LinkSession made;
    made.id = id;
    made.connectionId = connectionId;
    made.linkTokenHash = hash;
    return made;
}

template <class Body>
auto write(TestDatabase& database, Body&& body)
{
    using Value = std::invoke_result_t<Body, Unit&>;
    return *good(database->write([&](Unit& unit) -> Result<Value> { return body(unit); }));
}

bool linked(TestDatabase& database, const AccountLink& made, const std::string& tenant = "t1")
{
    return write(
        database, [&](Unit& unit) { return AccountLinkRepository(unit, tenant).insert(made); });
}

bool begun(TestDatabase& database, const LinkSession& made)
{
    return write(
        database, [&](Unit& unit) { return LinkSessionRepository(unit, "t1").insert(made); });
}

} // namespace

/// Two who decide at once: the database is what keeps the second one out.
class UniqueRowsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(UniqueRowsTest);
    CPPUNIT_TEST(aBankAccountHasOneLinkUntilThatEnds);
    CPPUNIT_TEST(aLedgerAccountIsFedByOneLinkUntilThatEnds);
    CPPUNIT_TEST(linksThatWaitForTheirLedgerAccountDoNotExcludeEachOther);
    CPPUNIT_TEST(aWaitingLinkDoesNotGetALedgerAccountThatIsFed);
    CPPUNIT_TEST(aConnectionHasOneOpenLinkSession);
    CPPUNIT_TEST(aLinkTokenBelongsToOneSession);
    CPPUNIT_TEST_SUITE_END();

public:
    void aBankAccountHasOneLinkUntilThatEnds()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                CPPUNIT_ASSERT(linked(database, link("l1", "b1", "g1")));
                CPPUNIT_ASSERT(!linked(database, link("l2", "b1", "g2")));
                CPPUNIT_ASSERT(!linked(database, link("l3", "b1", std::nullopt)));
                CPPUNIT_ASSERT(write(database, [](Unit& unit)
                    { return AccountLinkRepository(unit, "t1").end("l1", UtcTime{1}); }));
                CPPUNIT_ASSERT(linked(database, link("l4", "b1", "g2")));
            });
    }

    void aLedgerAccountIsFedByOneLinkUntilThatEnds()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                CPPUNIT_ASSERT(linked(database, link("l1", "b1", "g1")));
                CPPUNIT_ASSERT(!linked(database, link("l2", "b2", "g1")));
                // Hosts number the accounts of each tenant on their own.
                CPPUNIT_ASSERT(linked(database, link("l3", "b3", "g1"), "t2"));
                CPPUNIT_ASSERT(write(database, [](Unit& unit)
                    { return AccountLinkRepository(unit, "t1").end("l1", UtcTime{1}); }));
                CPPUNIT_ASSERT(linked(database, link("l4", "b2", "g1")));
            });
    }

    void linksThatWaitForTheirLedgerAccountDoNotExcludeEachOther()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                CPPUNIT_ASSERT(linked(database, link("l1", "b1", std::nullopt)));
                CPPUNIT_ASSERT(linked(database, link("l2", "b2", std::nullopt)));
            });
    }

    void aWaitingLinkDoesNotGetALedgerAccountThatIsFed()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                CPPUNIT_ASSERT(linked(database, link("l1", "b1", "g1")));
                CPPUNIT_ASSERT(linked(database, link("l2", "b2", std::nullopt)));
                const auto given = [&](const std::string& id, const std::string& ledgerAccountId)
                {
                    return write(database,
                        [&](Unit& unit) {
                            return AccountLinkRepository(unit, "t1")
                                .setLedgerAccount(id, ledgerAccountId);
                        });
                };
                CPPUNIT_ASSERT(!given("l2", "g1"));
                CPPUNIT_ASSERT(given("l2", "g2"));
                CPPUNIT_ASSERT(!given("l2", "g3"));
            });
    }

    void aConnectionHasOneOpenLinkSession()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                LinkSession finished = session("s0", "c1", "");
                finished.finishedAt = UtcTime{1};
                CPPUNIT_ASSERT(begun(database, finished));
                CPPUNIT_ASSERT(begun(database, session("s1", "c1", "")));
                CPPUNIT_ASSERT(!begun(database, session("s2", "c1", "")));
                CPPUNIT_ASSERT(begun(database, session("s3", "c2", "")));
                CPPUNIT_ASSERT(begun(database, session("s4", std::nullopt, "")));
                CPPUNIT_ASSERT(begun(database, session("s5", std::nullopt, "")));
            });
    }

    void aLinkTokenBelongsToOneSession()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                CPPUNIT_ASSERT(begun(database, session("s1", "c1", "h1")));
                CPPUNIT_ASSERT(!begun(database, session("s2", "c2", "h1")));
                CPPUNIT_ASSERT(begun(database, session("s3", "c2", "h2")));
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UniqueRowsTest);
