#include "plaid/PlaidAnswers.h"

#include "base/Limits.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <map>
#include <string>
#include <vector>

using namespace bankfeed;
using namespace bankfeed::plaid;
using namespace std::string_literals;

namespace
{

/// A transaction's members, so that a test can change, drop or add one.
class Row
{
public:
    Row()
        : members_{{"account_id", R"("Acc1")"}, {"amount", "84.20"},
              {"authorized_date", R"("2026-11-19")"}, {"date", R"("2026-11-20")"},
              {"iso_currency_code", R"("USD")"}, {"unofficial_currency_code", "null"},
              {"merchant_name", R"("Acme Paper")"}, {"name", R"("ACME PAPER 0042")"},
              {"original_description", R"("ACME PAPER 0042 BOSTON")"}, {"pending", "false"},
              {"pending_transaction_id", R"("Pend1")"}, {"transaction_id", R"("Tx1")"},
              {"personal_finance_category",
                  R"({"primary":"GENERAL","detailed":"GENERAL_OFFICE","confidence_level":"HIGH"})"},
              {"counterparties", R"([{"name":"Acme","entity_id":null}])"},
              {"location", R"({"lat":null,"lon":-71.06})"}}
    {
    }

    Row& with(const std::string& name, const std::string& json)
    {
        members_[name] = json;
        return *this;
    }
    Row& without(const std::string& name)
    {
        members_.erase(name);
        return *this;
    }

    [[nodiscard]] std::string json() const
    {
        std::string text = "{";
        for (const auto& [name, value] : members_)
            text += (text.size() > 1 ? ",\"" : "\"") + name + "\":" + value;
        return text + "}";
    }

private:
    std::map<std::string, std::string> members_;
};

std::string page(
    const std::string& added, const std::string& modified = "", const std::string& removed = "")
{
    return R"({"accounts":[{"account_id":"Acc1","balances":{"current":1.5}}],"added":[)" + added +
           R"(],"modified":[)" + modified + R"(],"removed":[)" + removed +
           R"(],"has_more":true,"next_cursor":"Q2ljMg==","request_id":"r",)"
           R"("transactions_update_status":"HISTORICAL_UPDATE_COMPLETE"})";
}

ProviderTransaction one(const Row& row)
{
    auto read = readTransactionPage(page(row.json()));
    CPPUNIT_ASSERT_MESSAGE(row.json(), read.ok());
    return read->added.at(0);
}

bool refused(const Row& row)
{
    return !readTransactionPage(page(row.json())).ok();
}

} // namespace

class TransactionPageTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TransactionPageTest);
    CPPUNIT_TEST(readsARowInOurWords);
    CPPUNIT_TEST(turnsEverySignAndKeepsEveryDigit);
    CPPUNIT_TEST(carriesAmountsThatCannotBeKeptExactlyAsTheirText);
    CPPUNIT_TEST(namesACurrencyOnlyWhenExactlyOneIsNamed);
    CPPUNIT_TEST(demandsTheRequiredFields);
    CPPUNIT_TEST(refusesWrongTypes);
    CPPUNIT_TEST(refusesDatesThatDoNotExist);
    CPPUNIT_TEST(toleratesWhatMayBeMissing);
    CPPUNIT_TEST(flagsRepairedTexts);
    CPPUNIT_TEST(keepsTheOrderOfRows);
    CPPUNIT_TEST(readsRemovals);
    CPPUNIT_TEST(demandsEveryPartOfAPage);
    CPPUNIT_TEST(readsTheStateOfTheHistory);
    CPPUNIT_TEST(limitsTheRowsOfAPage);
    CPPUNIT_TEST(refusesEveryCutOfAPage);
    CPPUNIT_TEST(takesUnknownFieldsAnywhere);
    CPPUNIT_TEST_SUITE_END();

public:
    void readsARowInOurWords()
    {
        const auto read = readTransactionPage(page(Row{}.json()));
        CPPUNIT_ASSERT(read.ok());
        CPPUNIT_ASSERT(read->hasMore);
        CPPUNIT_ASSERT_EQUAL("Q2ljMg=="s, read->nextCursor);
        const ProviderTransaction& row = read->added.at(0);
        CPPUNIT_ASSERT_EQUAL("Tx1"s, row.providerTransactionId);
        CPPUNIT_ASSERT_EQUAL("Acc1"s, row.providerAccountId);
        CPPUNIT_ASSERT_EQUAL("Pend1"s, row.pendingTransactionId);
        CPPUNIT_ASSERT_EQUAL("-84.2"s, row.amount.exact);
        CPPUNIT_ASSERT_EQUAL("USD"s, row.amount.currency);
        CPPUNIT_ASSERT_EQUAL("2026-11-20"s, row.date.text());
        CPPUNIT_ASSERT_EQUAL("2026-11-19"s, row.authorizedDate->text());
        CPPUNIT_ASSERT_EQUAL("ACME PAPER 0042"s, row.name);
        CPPUNIT_ASSERT_EQUAL("ACME PAPER 0042 BOSTON"s, row.originalDescription);
        CPPUNIT_ASSERT_EQUAL("Acme Paper"s, row.merchant);
        CPPUNIT_ASSERT_EQUAL("GENERAL_OFFICE"s, row.category);
        CPPUNIT_ASSERT(!row.pending && !row.textRepaired);
    }

    void turnsEverySignAndKeepsEveryDigit()
    {
        const std::vector<std::pair<std::string, std::string>> amounts{{"12", "-12"},
            {"-12.5", "12.5"}, {"0", "0"}, {"-0.0", "0"}, {"1e3", "-1000"}, {"1.5E-3", "-0.0015"},
            {"90071992547409.93", "-90071992547409.93"}, {"-0.1234567", "0.1234567"},
            {"18446744073709551616", "-18446744073709551616"}, {"2835.8", "-2835.8"},
            {"100.10", "-100.1"}};
        for (const auto& [sent, kept] : amounts)
            CPPUNIT_ASSERT_EQUAL(kept, one(Row{}.with("amount", sent)).amount.exact);
    }

    void carriesAmountsThatCannotBeKeptExactlyAsTheirText()
    {
        const std::string nines(37, '9');
        const std::string long70(70, '9');
        const std::vector<std::pair<std::string, std::string>> amounts{{nines, "-" + nines},
            {"-1e400", "1e400"}, {"5.684341886080802e-14", "-5.684341886080802e-14"},
            {"0.1234567890123456789", "-0.1234567890123456789"},
            {long70, "-" + long70.substr(0, 60) + "..."},
            {"-" + long70, long70.substr(0, 61) + "..."}};
        for (const auto& [sent, kept] : amounts)
            CPPUNIT_ASSERT_EQUAL(kept, one(Row{}.with("amount", sent)).amount.exact);
        CPPUNIT_ASSERT(refused(Row{}.with("amount", "null")));
        CPPUNIT_ASSERT(refused(Row{}.with("amount", "01.5")));
        CPPUNIT_ASSERT(refused(Row{}.with("amount", "1.2.3")));
    }

    void namesACurrencyOnlyWhenExactlyOneIsNamed()
    {
        const auto unofficial = one(
            Row{}.with("iso_currency_code", "null").with("unofficial_currency_code", "\"DOGE\""));
        CPPUNIT_ASSERT_EQUAL("DOGE"s, unofficial.amount.currency);
        CPPUNIT_ASSERT(!unofficial.amount.official);
        CPPUNIT_ASSERT_EQUAL(
            ""s, one(Row{}.with("unofficial_currency_code", "\"DOGE\"")).amount.currency);
        CPPUNIT_ASSERT_EQUAL(""s, one(Row{}.without("iso_currency_code")).amount.currency);
    }

    void demandsTheRequiredFields()
    {
        for (const char* const name : {"account_id", "amount", "date", "pending", "transaction_id"})
        {
            CPPUNIT_ASSERT_MESSAGE(name, refused(Row{}.without(name)));
            CPPUNIT_ASSERT_MESSAGE(name, refused(Row{}.with(name, "null")));
        }
        CPPUNIT_ASSERT(refused(Row{}.with("transaction_id", "\"\"")));
        CPPUNIT_ASSERT(refused(Row{}.with("transaction_id", "\"" + std::string(257, 'x') + "\"")));
    }

    void refusesWrongTypes()
    {
        for (const auto& [name, json] : std::map<std::string, std::string>{{"amount", "\"84.20\""},
                 {"pending", "\"false\""}, {"pending", "0"}, {"date", "20261120"}, {"name", "[]"},
                 {"transaction_id", "1"}, {"merchant_name", "{}"}, {"iso_currency_code", "840"},
                 {"personal_finance_category", "\"GENERAL\""}, {"authorized_date", "true"},
                 {"pending_transaction_id", "false"}})
            CPPUNIT_ASSERT_MESSAGE(name, refused(Row{}.with(name, json)));
    }

    void refusesDatesThatDoNotExist()
    {
        for (const char* const date : {"2026-02-29", "2026-13-01", "2026-1-1", "20261120",
                 "2026-11-20T00:00:00Z", "0000-00-00", "yesterday"})
            CPPUNIT_ASSERT_MESSAGE(date, refused(Row{}.with("date", "\""s + date + "\"")));
        CPPUNIT_ASSERT(refused(Row{}.with("authorized_date", "\"2026-02-30\"")));
        CPPUNIT_ASSERT_EQUAL("2028-02-29"s, one(Row{}.with("date", "\"2028-02-29\"")).date.text());
    }

    void toleratesWhatMayBeMissing()
    {
        Row row;
        for (const char* const name : {"authorized_date", "merchant_name", "original_description",
                 "pending_transaction_id", "personal_finance_category", "name"})
        {
            one(Row{}.with(name, "null"));
            row.without(name);
        }
        const ProviderTransaction bare = one(row);
        CPPUNIT_ASSERT(!bare.authorizedDate);
        CPPUNIT_ASSERT_EQUAL(""s, bare.merchant + bare.category + bare.pendingTransactionId);
        CPPUNIT_ASSERT_EQUAL("GENERAL"s,
            one(Row{}.with("personal_finance_category", R"({"primary":"GENERAL"})")).category);
    }

    void flagsRepairedTexts()
    {
        for (const char* const name : {"name", "merchant_name", "original_description"})
        {
            CPPUNIT_ASSERT(one(Row{}.with(name, R"("a\u0000b")")).textRepaired);
            CPPUNIT_ASSERT(one(Row{}.with(name, R"("a\nb")")).textRepaired);
            CPPUNIT_ASSERT(one(Row{}.with(name, R"("a\u202eb")")).textRepaired);
            const std::string longest(limits::textBytes, 'x');
            CPPUNIT_ASSERT(!one(Row{}.with(name, "\"" + longest + "\"")).textRepaired);
            CPPUNIT_ASSERT(one(Row{}.with(name, "\"" + longest + "x\"")).textRepaired);
        }
        const auto umlaut = one(Row{}.with("name", R"("Caf\u00e9 \ud83d\ude00")"));
        CPPUNIT_ASSERT(!umlaut.textRepaired);
        CPPUNIT_ASSERT_EQUAL("Caf\xC3\xA9 \xF0\x9F\x98\x80"s, umlaut.name);
    }

    void keepsTheOrderOfRows()
    {
        std::string rows;
        for (int i = 0; i < 100; ++i)
            rows += (i > 0 ? "," : "") +
                    Row{}.with("transaction_id", "\"T" + std::to_string(i) + "\"").json();
        const auto read = readTransactionPage(page(rows, rows));
        CPPUNIT_ASSERT(read.ok());
        for (std::size_t i = 0; i < 100; ++i)
        {
            const std::string id = "T" + std::to_string(i);
            CPPUNIT_ASSERT_EQUAL(id, read->added.at(i).providerTransactionId);
            CPPUNIT_ASSERT_EQUAL(id, read->modified.at(i).providerTransactionId);
        }
    }

    void readsRemovals()
    {
        const auto read = readTransactionPage(page("", "",
            R"({"transaction_id":"T1","account_id":"A1"},{"transaction_id":"T2"},)"
            R"({"transaction_id":"T3","account_id":null,"new":1})"));
        CPPUNIT_ASSERT(read.ok());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, read->removed.size());
        CPPUNIT_ASSERT_EQUAL("A1"s, read->removed[0].providerAccountId);
        CPPUNIT_ASSERT_EQUAL(""s, read->removed[1].providerAccountId);
        CPPUNIT_ASSERT(!readTransactionPage(page("", "", R"({"account_id":"A1"})")).ok());
        CPPUNIT_ASSERT(!readTransactionPage(page("", "", "\"T1\"")).ok());
    }

    void demandsEveryPartOfAPage()
    {
        const std::vector<std::string> parts{R"("added":[])", R"("modified":[])", R"("removed":[])",
            R"("has_more":false)", R"("next_cursor":"")"};
        for (std::size_t left = 0; left <= parts.size(); ++left)
        {
            std::string body = R"({"request_id":"r")";
            for (std::size_t i = 0; i < parts.size(); ++i)
            {
                if (i != left) body += "," + parts[i];
            }
            CPPUNIT_ASSERT_EQUAL(left == parts.size(), readTransactionPage(body + "}").ok());
        }
        CPPUNIT_ASSERT(!readTransactionPage(
            R"({"added":[],"modified":[],"removed":[],"has_more":false,"next_cursor":null})")
                            .ok());
        CPPUNIT_ASSERT(!readTransactionPage(
            R"({"added":[],"modified":[],"removed":[],"has_more":null,"next_cursor":""})")
                            .ok());
        CPPUNIT_ASSERT(!readTransactionPage(
            R"({"added":null,"modified":[],"removed":[],"has_more":false,"next_cursor":""})")
                            .ok());
    }

    void readsTheStateOfTheHistory()
    {
        const auto stateOf = [](const std::string& word)
        {
            std::string body = page("");
            const std::string now = "HISTORICAL_UPDATE_COMPLETE";
            body.replace(body.find(now), now.size(), word);
            return readTransactionPage(body)->history;
        };
        CPPUNIT_ASSERT(stateOf("NOT_READY") == HistoryState::NotReady);
        CPPUNIT_ASSERT(stateOf("INITIAL_UPDATE_COMPLETE") == HistoryState::RecentReady);
        CPPUNIT_ASSERT(stateOf("HISTORICAL_UPDATE_COMPLETE") == HistoryState::Complete);
        CPPUNIT_ASSERT(stateOf("TRANSACTIONS_UPDATE_STATUS_UNKNOWN") == HistoryState::Unknown);
        CPPUNIT_ASSERT(stateOf("SOMETHING_NEW") == HistoryState::Unknown);
    }

    void limitsTheRowsOfAPage()
    {
        std::string rows = Row{}.json();
        for (std::size_t i = 1; i < limits::transactionsPerPage; ++i)
            rows += "," + Row{}.json();
        CPPUNIT_ASSERT(readTransactionPage(page(rows)).ok());
        CPPUNIT_ASSERT(!readTransactionPage(page(rows + "," + Row{}.json())).ok());
        std::string cursor = page("");
        cursor.replace(cursor.find("Q2ljMg=="), 8, std::string(1025, 'x'));
        CPPUNIT_ASSERT(!readTransactionPage(cursor).ok());
    }

    void refusesEveryCutOfAPage()
    {
        const std::string whole = page(Row{}.json(), "", R"({"transaction_id":"T"})");
        CPPUNIT_ASSERT(readTransactionPage(whole).ok());
        for (std::size_t size = 0; size < whole.size(); ++size)
            CPPUNIT_ASSERT(!readTransactionPage(whole.substr(0, size)).ok());
        CPPUNIT_ASSERT(!readTransactionPage(whole + "{}").ok());
        CPPUNIT_ASSERT(readTransactionPage(whole + "\n").ok());
    }

    void takesUnknownFieldsAnywhere()
    {
        one(Row{}.with("running_balance", "null").with("x", R"({"y":[1,{"z":"\u0041"}]})"));
        std::string body = page(Row{}.json());
        body.insert(1, R"("unheard_of":[{"a":1},[],null,true,"x",1.5e3],)");
        CPPUNIT_ASSERT(readTransactionPage(body).ok());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TransactionPageTest);
