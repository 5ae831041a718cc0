#include "unit/console/ConsoleWorld.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

class ReviewApiTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ReviewApiTest);
    CPPUNIT_TEST(theReviewHasTheShapeOfTheDocument);
    CPPUNIT_TEST(whoOpensTheReviewHasTheBooksAskedForTheirAccounts);
    CPPUNIT_TEST(theStartDateOfAnActiveLinkIsChanged);
    CPPUNIT_TEST(decisionsAreApplied);
    CPPUNIT_TEST(conflictsAreToldWithTheirChoices);
    CPPUNIT_TEST(aSecondApplyIsToldThatItWasDecidedMeanwhile);
    CPPUNIT_TEST(aStaleDraftIsToldWhoDecidedWhatMeanwhile);
    CPPUNIT_TEST(aFeedIsStoppedByItsLink);
    CPPUNIT_TEST(malformedDecisionsAreRefused);
    CPPUNIT_TEST_SUITE_END();

    struct Ready
    {
        explicit Ready(World& world) : w(world)
        {
            auto savings = booksAccount("l1", "Assets:Bank:Savings");
            savings.lastEntryOn = Date::parse("2026-08-31");
            savings.balanceUnits = 1234;
            world.ledgerAccounts({savings, booksAccount("l2", "Assets:Taken")});
            connection = world.connect();
            world.look(connection,
                {shownAccount("a1", "Checking", "0000"), shownAccount("a2", "Savings", "1111")});
            world.apply(connection, {decideExisting(world.account(connection, "Checking"), "l2")});
            path = "api/connections/" + connection + "/review";
        }
        [[nodiscard]] std::string id(const std::string& name)
        {
            return w.world.account(connection, name).id;
        }
        ConsoleWorld w;
        std::string connection;
        std::string path;
    };

public:
    void whoOpensTheReviewHasTheBooksAskedForTheirAccounts()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect("ins-1");
                CPPUNIT_ASSERT(w.booksLookedAt.empty());
                w.get("api/connections/" + connection + "/review");
                CPPUNIT_ASSERT(w.booksLookedAt == std::vector<std::string>{World::tenant});
            });
    }

    void theStartDateOfAnActiveLinkIsChanged()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                world.ledgerAccounts({booksAccount("l1", "Assets:Bank")});
                const auto link = *world.linkOf(world.linkedChecking().id);
                const auto path = "api/links/" + link.id + "/start-date";
                world.write([](store::Unit& unit)
                    { unit.execute("UPDATE account_link SET state = 'checking_books'"); });
                const std::string later = R"({"start_date":"2025-12-01"})";
                CPPUNIT_ASSERT_EQUAL(
                    std::string("link.not_active"), at(w.post(path, later, 409), "error.code"));
                world.write([](store::Unit& unit)
                    { unit.execute("UPDATE account_link SET state = 'active'"); });
                CPPUNIT_ASSERT_EQUAL(std::string("link.start_in_future"),
                    at(w.post(path, R"({"start_date":"2199-01-01"})", 409), "error.code"));
                const auto moved = w.post(path, later, 202);
                CPPUNIT_ASSERT_EQUAL(link.id, at(moved, "id"));
                CPPUNIT_ASSERT_EQUAL(std::string("false"), at(moved, "releasing"));
                CPPUNIT_ASSERT_EQUAL(std::string("0"), at(moved, "stay"));
                const auto back = w.post(path, R"({"start_date":null})", 202);
                CPPUNIT_ASSERT_EQUAL(std::string("true"), at(back, "releasing"));
            });
    }

    void theReviewHasTheShapeOfTheDocument()
    {
        inBothWorlds(
            [](World& world)
            {
                Ready ready(world);
                const auto review = ready.w.get(ready.path);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("accounts,connection,ledger_accounts"), keysAt(review));
                CPPUNIT_ASSERT(keysAt(review, "connection").find("accounts,") != 0);
                CPPUNIT_ASSERT_EQUAL(
                    std::string(
                        "account,conflicts,decided_at,decided_by,failure,feed_before,is_new,"
                        "name_default,proposal,relation,start_date_default,successor,version"),
                    keysAt(review, "accounts.0"));
                CPPUNIT_ASSERT_EQUAL(std::string("false"), at(review, "accounts.0.is_new"));
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(review, "accounts.0.proposal"));
                CPPUNIT_ASSERT_EQUAL(std::string("true"), at(review, "accounts.1.is_new"));
                CPPUNIT_ASSERT_EQUAL(std::string("automatic,choice,evidence,ledger_account_id"),
                    keysAt(review, "accounts.1.proposal"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("same_name"), at(review, "accounts.1.proposal.evidence.0"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("2026-09-01"), at(review, "accounts.1.start_date_default"));
                CPPUNIT_ASSERT_EQUAL(std::string("balance,currency,exponent,fed_by,id,"
                                                 "last_entry_on,name,open,type"),
                    keysAt(review, "ledger_accounts.0"));
                CPPUNIT_ASSERT_EQUAL(std::string("asset"), at(review, "ledger_accounts.0.type"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("1234"), at(review, "ledger_accounts.0.balance.units"));
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(review, "ledger_accounts.0.fed_by"));
                CPPUNIT_ASSERT_EQUAL(std::string("bank_account_id,institution,mask,name"),
                    keysAt(review, "ledger_accounts.1.fed_by"));
                CPPUNIT_ASSERT_EQUAL(
                    ready.id("Checking"), at(review, "ledger_accounts.1.fed_by.bank_account_id"));
            });
    }

    void decisionsAreApplied()
    {
        inBothWorlds(
            [](World& world)
            {
                Ready ready(world);
                const auto body = ready.w.post(ready.path,
                    R"({"decisions":[{"bank_account_id":")" + ready.id("Savings") +
                        R"(","choice":"existing","ledger_account_id":"l1","start_date":"2026-09-01"}]})",
                    202);
                CPPUNIT_ASSERT_EQUAL(std::string(R"({"linked":1,"aside":0,"later":0})"), body);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("2026-09-01"), world.linkOf(ready.id("Savings"))->startDate);
            });
    }

    void conflictsAreToldWithTheirChoices()
    {
        inBothWorlds(
            [](World& world)
            {
                Ready ready(world);
                const auto body = ready.w.post(ready.path,
                    R"({"decisions":[{"bank_account_id":")" + ready.id("Savings") +
                        R"(","choice":"existing","ledger_account_id":"l2","start_date":null}]})",
                    409);
                CPPUNIT_ASSERT_EQUAL(std::string("review.conflict"), at(body, "error.code"));
                const std::string first = "error.params.conflicts.0";
                CPPUNIT_ASSERT_EQUAL(
                    std::string("bank_account_id,choices,code,params"), keysAt(body, first));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("ledger_account_taken"), at(body, first + ".code"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("Assets:Taken"), at(body, first + ".params.ledger_account"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("Checking \u2022\u20220000"), at(body, first + ".params.fed_by"));
                CPPUNIT_ASSERT_EQUAL(std::string("choose_another"), at(body, first + ".choices.0"));
                CPPUNIT_ASSERT(!world.linkOf(ready.id("Savings")));
            });
    }

    void aSecondApplyIsToldThatItWasDecidedMeanwhile()
    {
        inBothWorlds(
            [](World& world)
            {
                Ready ready(world);
                const std::string savings =
                    R"({"bank_account_id":")" + ready.id("Savings") + R"(","choice":"new",)";
                const std::string body = R"({"decisions":[)" + savings + R"("name":"Reserve"}]})";
                ready.w.post(ready.path, body, 202);
                const auto again = ready.w.post(ready.path, body, 409);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("review.decided_meanwhile"), at(again, "error.code"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("already_linked"), at(again, "error.params.conflicts.0.code"));
            });
    }

    void aStaleDraftIsToldWhoDecidedWhatMeanwhile()
    {
        inBothWorlds(
            [](World& world)
            {
                Ready ready(world);
                const auto decisions = [&](const std::string& choice, const std::string& version)
                {
                    return R"({"decisions":[{"bank_account_id":")" + ready.id("Savings") +
                           R"(","choice":")" + choice + R"(","version":")" + version + R"("}]})";
                };
                const auto seen = ready.w.get(ready.path);
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(seen, "accounts.1.decided_by"));
                const auto version = at(seen, "accounts.1.version");
                ready.w.post(ready.path, decisions("none", version), 202);
                const auto stale = ready.w.post(ready.path, decisions("later", version), 409);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("review.decided_meanwhile"), at(stale, "error.code"));
                const std::string first = "error.params.conflicts.0";
                CPPUNIT_ASSERT_EQUAL(std::string("decided_meanwhile"), at(stale, first + ".code"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("at,by,decision,version"), keysAt(stale, first + ".params"));
                CPPUNIT_ASSERT_EQUAL(std::string("Ada Admin"), at(stale, first + ".params.by"));
                const auto now = ready.w.get(ready.path);
                CPPUNIT_ASSERT_EQUAL(std::string("Ada Admin"), at(now, "accounts.1.decided_by"));
                ready.w.post(ready.path, decisions("later", at(now, "accounts.1.version")), 202);
            });
    }

    void aFeedIsStoppedByItsLink()
    {
        inBothWorlds(
            [](World& world)
            {
                Ready ready(world);
                const std::string id = ready.id("Checking");
                const std::string target = "api/links/" + world.linkOf(id)->id + "/end";
                const auto ended = ready.w.post(target, "{}", 202);
                CPPUNIT_ASSERT_EQUAL(std::string("bank_account_id,id"), keysAt(ended));
                CPPUNIT_ASSERT_EQUAL(id, at(ended, "bank_account_id"));
                const auto again = ready.w.post(target, "{}", 409);
                CPPUNIT_ASSERT_EQUAL(std::string("link.not_active"), at(again, "error.code"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("null"), at(ready.w.get(ready.path), "accounts.0.account.link"));
            });
    }

    void malformedDecisionsAreRefused()
    {
        inBothWorlds(
            [](World& world)
            {
                Ready ready(world);
                const std::string id = ready.id("Savings");
                const std::vector<std::string> bodies{"", "{}", "[]", "null", "{\"decisions\":{}}",
                    R"({"decisions":[]})", R"({"decisions":[{}]})",
                    R"({"decisions":[{"bank_account_id":")" + id + R"("}]})",
                    R"({"decisions":[{"bank_account_id":")" + id + R"(","choice":"steal"}]})",
                    R"({"decisions":[{"bank_account_id":")" + id + R"(","choice":1}]})",
                    R"({"decisions":[{"bank_account_id":")" + id +
                        R"(","choice":"none","start_date":"2026-02-30"}]})",
                    R"({"decisions":[{"bank_account_id":")" + id +
                        R"(","choice":"none","tenant":"other"}]})",
                    R"({"decisions":[{"bank_account_id":")" + id +
                        R"(","choice":"none","choice":"new"}]})",
                    R"({"decisions":[{"bank_account_id":")" + id + R"(","choice":"none"}]} x)",
                    R"({"decisions":[{"bank_account_id":")" + id +
                        R"(","choice":"new","name":"a\u0000b"}]})"};
                for (const std::string& body : bodies)
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(
                        body, 400, ready.w.ask("POST", ready.path, body).status);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("open"), world.account(ready.connection, "Savings").decision);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReviewApiTest);

} // namespace bankfeed::testing
