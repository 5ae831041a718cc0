#include "TestWorld.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <set>

using namespace plaidsim;

class ItemFeedTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ItemFeedTest);
    CPPUNIT_TEST(theFirstCallIsEmptyAndArmsTheWebhook);
    CPPUNIT_TEST(historyComesInTwoParts);
    CPPUNIT_TEST(withoutASyncCallOnlyLegacyWebhooksAreSent);
    CPPUNIT_TEST(rowsOlderThanAskedForAreInTheBalanceOnly);
    CPPUNIT_TEST(theBalanceIsTheSumOfPostedRows);
    CPPUNIT_TEST(aPendingRowPostsUnderANewId);
    CPPUNIT_TEST(anUnmatchedPostingPointsNowhere);
    CPPUNIT_TEST(aNewAccountIsAnnouncedButNotShown);
    CPPUNIT_TEST(anOptedOutLoginAnnouncesNothing);
    CPPUNIT_TEST(aBrokenItemCatchesUpWhenItIsRepaired);
    CPPUNIT_TEST(aCursorOfAnotherItemIsRefused);
    CPPUNIT_TEST(twoItemsOfOneLoginShareNoId);
    CPPUNIT_TEST(aSecondItemCanBreakTheFirst);
    CPPUNIT_TEST(aRemovedItemIsNotFound);
    CPPUNIT_TEST(aMutationFaultStrikesAtItsPage);
    CPPUNIT_TEST(anAccountThatIsTickedAgainHasANewId);
    CPPUNIT_TEST_SUITE_END();

    // A row `age` days old.
    static Json row(const std::string& amount, int age, const std::string& name = "Row")
    {
        return {{"amount", amount}, {"day", -age}, {"name", name}};
    }

    static Json accountsOf(TestWorld& test)
    {
        return test.call("/accounts/get", {{"access_token", test.token}}).at("accounts");
    }

public:
    void theFirstCallIsEmptyAndArmsTheWebhook()
    {
        TestWorld test;
        test.post("checking", row("1", 1));
        const Json made = test.call("/sandbox/public_token/create",
            {{"institution_id", "ins_1"}, {"initial_products", Json::array({"transactions"})},
                {"options", {{"webhook", "http://127.0.0.1:1/w"}}}});
        test.token =
            test.call("/item/public_token/exchange", {{"public_token", made.at("public_token")}})
                .at("access_token");
        const Json first = test.sync();
        CPPUNIT_ASSERT(first.at("added").empty());
        CPPUNIT_ASSERT_EQUAL(Json("NOT_READY"), first.at("transactions_update_status"));
        CPPUNIT_ASSERT_EQUAL(Json(""), first.at("next_cursor"));
        test.step(milliseconds(200));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, test.outlet.count("SYNC_UPDATES_AVAILABLE"));
        const Json half = test.outlet.last("SYNC_UPDATES_AVAILABLE");
        CPPUNIT_ASSERT_EQUAL(Json(true), half.at("initial_update_complete"));
        CPPUNIT_ASSERT_EQUAL(Json(false), half.at("historical_update_complete"));
        test.step(milliseconds(400));
        const Json full = test.outlet.last("SYNC_UPDATES_AVAILABLE");
        CPPUNIT_ASSERT_EQUAL(Json(true), full.at("historical_update_complete"));
    }

    void historyComesInTwoParts()
    {
        TestWorld test;
        test.post("checking", row("1", 29));
        test.post("checking", row("2", 31));
        const Json made = test.call("/sandbox/public_token/create",
            {{"institution_id", "ins_1"}, {"initial_products", Json::array({"transactions"})}});
        test.token =
            test.call("/item/public_token/exchange", {{"public_token", made.at("public_token")}})
                .at("access_token");
        test.step(milliseconds(200));
        const Json recent = test.sync();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, recent.at("added").size());
        CPPUNIT_ASSERT_EQUAL(
            Json("INITIAL_UPDATE_COMPLETE"), recent.at("transactions_update_status"));
        test.step(milliseconds(400));
        const Json rest = test.sync(recent.at("next_cursor"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, rest.at("added").size());
        CPPUNIT_ASSERT_EQUAL(
            Json("HISTORICAL_UPDATE_COMPLETE"), rest.at("transactions_update_status"));
    }

    void withoutASyncCallOnlyLegacyWebhooksAreSent()
    {
        TestWorld test;
        test.linkEverything();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, test.outlet.count("SYNC_UPDATES_AVAILABLE"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, test.outlet.count("INITIAL_UPDATE"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, test.outlet.count("HISTORICAL_UPDATE"));
    }

    void rowsOlderThanAskedForAreInTheBalanceOnly()
    {
        TestWorld test;
        test.post("checking", row("10.00", 30));
        test.post("checking", row("20.00", 31));
        test.linkEverything({{"days_requested", 30}});
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, test.sync().at("added").size());
        CPPUNIT_ASSERT_EQUAL(
            std::string("70.00"), compactText(accountsOf(test)[0].at("balances").at("current")));
    }

    void theBalanceIsTheSumOfPostedRows()
    {
        TestWorld test;
        test.linkEverything();
        Decimal expected = *Decimal::parse("100.00");
        SeededRandom random(20'260'331);
        BankAccount& account = *test.world.truth.account("checking");
        std::vector<std::string> ids;
        for (int i = 0; i < 300; ++i)
        {
            const auto units = static_cast<std::int64_t>(random.below(2'000'001)) - 1'000'000;
            const Decimal amount = Decimal::of(units, static_cast<int>(random.below(5)));
            ids.push_back(test.post("checking", row(amount.text(), 0)));
            expected = expected - amount;
            if (random.below(4) != 0) continue;
            const std::string& id = ids[random.below(ids.size())];
            const BankTransaction* old = test.world.truth.transaction(account, id);
            if (old == nullptr) continue;
            expected = expected + old->amount;
            test.world.truth.removeTransaction(account, id);
        }
        CPPUNIT_ASSERT(expected == account.currentBalance());
        Decimal fromWire = *Decimal::parse("100.00");
        test.world.accountChanged("checking");
        const Json rows = test.sync();
        for (const auto& entry : rows.at("added"))
            fromWire = fromWire - *decimalIn(entry.at("amount"));
        CPPUNIT_ASSERT(expected == fromWire);
    }

    void aPendingRowPostsUnderANewId()
    {
        TestWorld test;
        test.linkEverything();
        Json pending = row("30", 2);
        pending["pending"] = true;
        const std::string id = test.post("checking", pending);
        const Json before = test.sync();
        const std::string current = compactText(accountsOf(test)[0].at("balances").at("current"));
        CPPUNIT_ASSERT_EQUAL(std::string("100.00"), current);
        CPPUNIT_ASSERT_EQUAL(
            std::string("70.00"), compactText(accountsOf(test)[0].at("balances").at("available")));
        postIt(test, id, true);
        const Json after = test.sync(before.at("next_cursor"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, after.at("removed").size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, after.at("added").size());
        const Json& was = before.at("added")[0].at("transaction_id");
        CPPUNIT_ASSERT_EQUAL(was, after.at("removed")[0].at("transaction_id"));
        CPPUNIT_ASSERT_EQUAL(was, after.at("added")[0].at("pending_transaction_id"));
        CPPUNIT_ASSERT(was != after.at("added")[0].at("transaction_id"));
    }

    void anUnmatchedPostingPointsNowhere()
    {
        TestWorld test;
        test.linkEverything();
        Json pending = row("30", 2);
        pending["pending"] = true;
        const std::string id = test.post("checking", pending);
        const Json before = test.sync();
        postIt(test, id, false);
        const Json after = test.sync(before.at("next_cursor"));
        CPPUNIT_ASSERT(after.at("added")[0].at("pending_transaction_id").is_null());
    }

    void aNewAccountIsAnnouncedButNotShown()
    {
        TestWorld test;
        test.linkEverything();
        const Json before = accountsOf(test);
        open(test, "third");
        const Json notice = test.outlet.last("NEW_ACCOUNTS_AVAILABLE");
        CPPUNIT_ASSERT_EQUAL(Json(test.itemId), notice.at("item_id"));
        CPPUNIT_ASSERT_EQUAL(before, accountsOf(test));
    }

    void anOptedOutLoginAnnouncesNothing()
    {
        TestWorld test;
        test.linkEverything();
        test.world.truth.login("login")->notifiesNewAccounts = false;
        open(test, "third");
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, test.outlet.count("NEW_ACCOUNTS_AVAILABLE"));
    }

    void aBrokenItemCatchesUpWhenItIsRepaired()
    {
        TestWorld test;
        test.linkEverything();
        const Json start = test.sync();
        Item& item = *test.world.item(test.itemId);
        test.world.breakItem(item, PlaidError::loginRequired());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, test.outlet.count("ERROR"));
        test.post("checking", row("5", 0));
        CPPUNIT_ASSERT_EQUAL(Json("ITEM_LOGIN_REQUIRED"), test.sync().at("error_code"));
        CPPUNIT_ASSERT_EQUAL(
            Json("ITEM_LOGIN_REQUIRED"), test.call("/item/get", {{"access_token", test.token}})
                                             .at("item")
                                             .at("error")
                                             .at("error_code"));
        CPPUNIT_ASSERT_EQUAL(200, test.status);
        test.world.repair(item);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, test.sync(start.at("next_cursor")).at("added").size());
    }

    void aCursorOfAnotherItemIsRefused()
    {
        TestWorld test;
        test.linkEverything();
        const Json cursor = test.sync().at("next_cursor");
        test.linkEverything();
        const Json answer =
            test.call("/transactions/sync", {{"access_token", test.token}, {"cursor", cursor}});
        CPPUNIT_ASSERT_EQUAL(400, test.status);
        CPPUNIT_ASSERT_EQUAL(Json("INVALID_FIELD"), answer.at("error_code"));
    }

    void twoItemsOfOneLoginShareNoId()
    {
        TestWorld test;
        test.post("checking", row("1", 1));
        std::set<std::string> ids;
        for (int i = 0; i < 2; ++i)
        {
            test.linkEverything();
            ids.insert(test.itemId);
            for (const auto& account : accountsOf(test))
                ids.insert(account.at("account_id").get<std::string>());
            ids.insert(test.sync().at("added")[0].at("transaction_id").get<std::string>());
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{8}, ids.size());
        for (const auto& id : ids)
            CPPUNIT_ASSERT_EQUAL(std::size_t{37}, id.size());
    }

    void aSecondItemCanBreakTheFirst()
    {
        TestWorld test;
        test.world.settings.singleItemPerLogin = true;
        test.linkEverything();
        const std::string first = test.itemId;
        test.linkEverything();
        CPPUNIT_ASSERT(test.world.item(first)->error.has_value());
        CPPUNIT_ASSERT(!test.world.item(test.itemId)->error.has_value());
    }

    void aRemovedItemIsNotFound()
    {
        TestWorld test;
        test.linkEverything();
        test.call("/item/remove", {{"access_token", test.token}});
        CPPUNIT_ASSERT_EQUAL(200, test.status);
        CPPUNIT_ASSERT_EQUAL(Json("ITEM_NOT_FOUND"),
            test.call("/item/get", {{"access_token", test.token}}).at("error_code"));
        test.world.settings.removedTokenIsUnknown = true;
        CPPUNIT_ASSERT_EQUAL(Json("INVALID_ACCESS_TOKEN"),
            test.call("/item/remove", {{"access_token", test.token}}).at("error_code"));
        const std::size_t sent = test.outlet.sent.size();
        open(test, "third");
        CPPUNIT_ASSERT_EQUAL(sent, test.outlet.sent.size());
    }

    void aMutationFaultStrikesAtItsPage()
    {
        TestWorld test;
        for (int i = 0; i < 9; ++i)
            test.post("checking", row("1", 1));
        test.linkEverything();
        test.world.faults.add({{"kind", "mutation"}, {"page", 3}, {"count", 1}}, 0);
        CPPUNIT_ASSERT_EQUAL(Json("TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"),
            test.sync("", 2).at("error_code"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{9}, test.sync("", 2).at("added").size());
    }

    void anAccountThatIsTickedAgainHasANewId()
    {
        TestWorld test;
        test.linkEverything();
        Item& item = *test.world.item(test.itemId);
        const std::string was = item.shared.at("savings").accountId;
        test.world.select(item, {"checking"});
        const Json gone = test.call("/accounts/get",
            {{"access_token", test.token}, {"options", {{"account_ids", Json::array({was})}}}});
        CPPUNIT_ASSERT_EQUAL(Json("INVALID_ACCOUNT_ID"), gone.at("error_code"));
        test.world.select(item, {"checking", "savings"});
        CPPUNIT_ASSERT(was != item.shared.at("savings").accountId);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, item.retiredAccountIds.count(was));
    }

private:
    static void postIt(TestWorld& test, const std::string& id, bool matched)
    {
        BankAccount& account = *test.world.truth.account("checking");
        BankTransaction posted = *test.world.truth.transaction(account, id);
        test.world.truth.removeTransaction(account, id);
        posted.id.clear();
        posted.pending = false;
        posted.replacesPending = id;
        posted.matchedToPending = matched;
        test.world.truth.addTransaction(account, posted);
        test.world.accountChanged("checking");
    }

    static void open(TestWorld& test, const std::string& id)
    {
        BankAccount account;
        account.id = id;
        account.loginId = "login";
        account.name = "Third";
        test.world.accountOpened(test.world.truth.addAccount(account));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ItemFeedTest);
