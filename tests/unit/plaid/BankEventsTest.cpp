#include "plaid/BankEvents.h"

#include "WebhookForge.h"
#include "base/Date.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <set>
#include <string>
#include <vector>

using namespace bankfeed;
using namespace std::string_literals;
using Kind = BankEventKind;
using bankfeed::plaid::readBankEvent;

namespace
{

struct Expected
{
    std::string type;
    std::string code;
    Kind kind;
};

std::string webhook(const std::string& type, const std::string& code, const std::string& more = "")
{
    return R"({"environment":"sandbox","webhook_type":")" + type + R"(","webhook_code":")" + code +
           "\"" + more + "}";
}

const std::string ids = R"(,"item_id":"Item1","account_id":"Acc1","link_token":"link-sandbox-1")";

} // namespace

class BankEventsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BankEventsTest);
    CPPUNIT_TEST(knowsEveryDocumentedPair);
    CPPUNIT_TEST(keepsUnknownPairsAsUnknown);
    CPPUNIT_TEST(dispatchesOnThePairNotTheCode);
    CPPUNIT_TEST(demandsTheIdThatTheKindIsAbout);
    CPPUNIT_TEST(keepsOnlyTheHashOfALinkToken);
    CPPUNIT_TEST(tellsASuccessfulSessionFromALeftOne);
    CPPUNIT_TEST(keepsIdsInTheirCase);
    CPPUNIT_TEST(refusesWrongTypes);
    CPPUNIT_TEST(toleratesUnknownFields);
    CPPUNIT_TEST(readsTheDayOnWhichAConnectionEnds);
    CPPUNIT_TEST_SUITE_END();

public:
    void readsTheDayOnWhichAConnectionEnds()
    {
        const std::string day = "2026-11-29T10:00:00Z";
        const auto disconnect = readBankEvent(webhook("ITEM", "PENDING_DISCONNECT",
            ids + R"(,"reason":"INSTITUTION_MIGRATION","disconnect_time":")" + day + "\""));
        CPPUNIT_ASSERT_EQUAL(day, rfc3339(disconnect->endsAt.value()));
        const auto expiration = readBankEvent(webhook(
            "ITEM", "PENDING_EXPIRATION", ids + R"(,"consent_expiration_time":")" + day + "\""));
        CPPUNIT_ASSERT_EQUAL(day, rfc3339(expiration->endsAt.value()));
        CPPUNIT_ASSERT(!readBankEvent(webhook("ITEM", "PENDING_DISCONNECT", ids))->endsAt);
        const auto odd = readBankEvent(
            webhook("ITEM", "PENDING_DISCONNECT", ids + R"(,"disconnect_time":"soon")"));
        CPPUNIT_ASSERT(odd.ok() && !odd->endsAt);
        const auto other = readBankEvent(
            webhook("ITEM", "LOGIN_REPAIRED", ids + R"(,"disconnect_time":")" + day + "\""));
        CPPUNIT_ASSERT(!other->endsAt);
    }

    void knowsEveryDocumentedPair()
    {
        const std::vector<Expected> pairs{
            {"ITEM", "NEW_ACCOUNTS_AVAILABLE", Kind::NewAccountsAvailable},
            {"ITEM", "ERROR", Kind::ConnectionTrouble},
            {"ITEM", "LOGIN_REPAIRED", Kind::ConnectionRepaired},
            {"ITEM", "PENDING_DISCONNECT", Kind::ConsentEnding},
            {"ITEM", "PENDING_EXPIRATION", Kind::ConsentEnding},
            {"ITEM", "USER_PERMISSION_REVOKED", Kind::AccessRevoked},
            {"ITEM", "USER_ACCOUNT_REVOKED", Kind::AccountRevoked},
            {"ITEM", "WEBHOOK_UPDATE_ACKNOWLEDGED", Kind::WebhookUrlChanged},
            {"TRANSACTIONS", "SYNC_UPDATES_AVAILABLE", Kind::TransactionsChanged},
            {"TRANSACTIONS", "INITIAL_UPDATE", Kind::TransactionsChanged},
            {"TRANSACTIONS", "HISTORICAL_UPDATE", Kind::TransactionsChanged},
            {"TRANSACTIONS", "DEFAULT_UPDATE", Kind::TransactionsChanged},
            {"TRANSACTIONS", "TRANSACTIONS_REMOVED", Kind::Ignored},
            {"TRANSACTIONS", "RECURRING_TRANSACTIONS_UPDATE", Kind::Ignored},
            {"LINK", "SESSION_FINISHED", Kind::LinkFinished},
            {"LINK", "ITEM_ADD_RESULT", Kind::LinkResult}, {"LINK", "EVENTS", Kind::Ignored},
            {"LINK_DELIVERY", "DELIVERY_STATUS", Kind::Ignored},
            {"LINK_DELIVERY", "LINK_CALLBACK", Kind::Ignored},
            {"AUTH", "DEFAULT_UPDATE", Kind::Ignored},
            {"AUTH", "AUTOMATICALLY_VERIFIED", Kind::Ignored},
            {"AUTH", "VERIFICATION_EXPIRED", Kind::Ignored},
            {"AUTH", "SMS_MICRODEPOSITS_VERIFICATION", Kind::Ignored},
            {"AUTH", "PRODUCT_PERMISSIONS_REQUIRED", Kind::Ignored},
            {"HOLDINGS", "DEFAULT_UPDATE", Kind::Ignored},
            {"INVESTMENTS_TRANSACTIONS", "DEFAULT_UPDATE", Kind::Ignored},
            {"INVESTMENTS_TRANSACTIONS", "HISTORICAL_UPDATE", Kind::Ignored},
            {"LIABILITIES", "DEFAULT_UPDATE", Kind::Ignored},
            {"DASHBOARD_CONFIGURED_ALERT", "INSTITUTION_STATUS_ALERT_TRIGGERED", Kind::Ignored}};
        for (const Expected& pair : pairs)
        {
            const auto event = readBankEvent(webhook(pair.type, pair.code, ids));
            CPPUNIT_ASSERT_MESSAGE(pair.code, event.ok());
            CPPUNIT_ASSERT_MESSAGE(pair.type + "/" + pair.code, event->kind == pair.kind);
        }
        CPPUNIT_ASSERT_EQUAL(pairs.size(), plaid::knownEvents().size());
    }

    void keepsUnknownPairsAsUnknown()
    {
        for (const char* const code : {"SOMETHING_NEW", "new_accounts_available", "ERROR "})
        {
            const auto event = readBankEvent(webhook("ITEM", code));
            CPPUNIT_ASSERT(event.ok());
            CPPUNIT_ASSERT(event->kind == Kind::UnknownKind);
            CPPUNIT_ASSERT_EQUAL(std::string(code), event->providerCode);
        }
    }

    void dispatchesOnThePairNotTheCode()
    {
        const auto event = readBankEvent(webhook("TRANSFER", "DEFAULT_UPDATE", ids));
        CPPUNIT_ASSERT(event.ok() && event->kind == Kind::UnknownKind);
    }

    void demandsTheIdThatTheKindIsAbout()
    {
        CPPUNIT_ASSERT(!readBankEvent(webhook("ITEM", "ERROR")).ok());
        CPPUNIT_ASSERT(!readBankEvent(webhook("ITEM", "ERROR", R"(,"item_id":null)")).ok());
        CPPUNIT_ASSERT(!readBankEvent(webhook("ITEM", "ERROR", R"(,"item_id":"")")).ok());
        CPPUNIT_ASSERT(
            !readBankEvent(webhook("ITEM", "USER_ACCOUNT_REVOKED", R"(,"item_id":"I")")).ok());
        CPPUNIT_ASSERT(!readBankEvent(webhook("LINK", "SESSION_FINISHED")).ok());
        CPPUNIT_ASSERT(readBankEvent(webhook("LINK", "EVENTS")).ok());
    }

    void keepsOnlyTheHashOfALinkToken()
    {
        const auto event = readBankEvent(webhook("LINK", "ITEM_ADD_RESULT",
            R"(,"link_token":"link-sandbox-1","public_token":"public-sandbox-1")"));
        CPPUNIT_ASSERT(event.ok());
        CPPUNIT_ASSERT_EQUAL(testing::sha256HexOf("link-sandbox-1"), event->linkTokenHash);
        CPPUNIT_ASSERT_EQUAL(""s, event->providerConnectionId);
    }

    void tellsASuccessfulSessionFromALeftOne()
    {
        const auto finished = [](const std::string& status)
        {
            return readBankEvent(webhook("LINK", "SESSION_FINISHED", ids + ",\"status\":" + status))
                ->linkSucceeded;
        };
        CPPUNIT_ASSERT(finished("\"SUCCESS\""));
        CPPUNIT_ASSERT(!finished("\"EXITED\""));
        CPPUNIT_ASSERT(!finished("\"success\""));
        CPPUNIT_ASSERT(!finished("1"));
        const auto other = readBankEvent(webhook("ITEM", "ERROR", ids + R"(,"status":"SUCCESS")"));
        CPPUNIT_ASSERT(!other->linkSucceeded);
    }

    void keepsIdsInTheirCase()
    {
        const auto event = readBankEvent(
            webhook("ITEM", "USER_ACCOUNT_REVOKED", R"(,"item_id":"aBcD","account_id":"AbCd")"));
        CPPUNIT_ASSERT_EQUAL("aBcD"s, event->providerConnectionId);
        CPPUNIT_ASSERT_EQUAL("AbCd"s, event->providerAccountId);
    }

    void refusesWrongTypes()
    {
        CPPUNIT_ASSERT(!readBankEvent(R"({"webhook_type":1,"webhook_code":"ERROR"})").ok());
        CPPUNIT_ASSERT(!readBankEvent(R"({"webhook_type":"ITEM","webhook_code":null})").ok());
        CPPUNIT_ASSERT(!readBankEvent(webhook("ITEM", "ERROR", R"(,"item_id":7)")).ok());
        CPPUNIT_ASSERT(!readBankEvent(
            webhook("ITEM", "ERROR", ",\"item_id\":\"" + std::string(257, 'x') + "\""))
                            .ok());
        CPPUNIT_ASSERT(!readBankEvent(webhook("ITEM", "ERROR", R"(,"item_id":"a\u0000b")")).ok());
    }

    void toleratesUnknownFields()
    {
        CPPUNIT_ASSERT(
            readBankEvent(webhook("ITEM", "ERROR", ids + R"(,"error":{"a":[1]},"new":{"b":[]})"))
                .ok());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BankEventsTest);
