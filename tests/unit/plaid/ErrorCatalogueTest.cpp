#include "plaid/ErrorCatalogue.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace bankfeed;
using namespace std::string_literals;
using bankfeed::plaid::errorCatalogue;
using bankfeed::plaid::errorOf;
using bankfeed::plaid::PlaidError;

namespace
{

/// The documented codes by type and remedy, written down a second time.
struct Documented
{
    const char* type;
    Remedy remedy;
    const char* codes;
};

const std::vector<Documented> documented{
    {"ITEM_ERROR", Remedy::Repair,
        "ITEM_LOGIN_REQUIRED ITEM_LOCKED INVALID_CREDENTIALS INVALID_MFA INSUFFICIENT_CREDENTIALS "
        "INVALID_OTP INVALID_SEND_METHOD INVALID_PHONE_NUMBER USER_INPUT_TIMEOUT "
        "INVALID_UPDATED_USERNAME NO_ACCOUNTS NO_AUTH_ACCOUNTS NO_INVESTMENT_ACCOUNTS "
        "NO_INVESTMENT_AUTH_ACCOUNTS NO_LIABILITY_ACCOUNTS ACCESS_NOT_GRANTED "
        "PASSWORD_RESET_REQUIRED USER_SETUP_REQUIRED MANUAL_VERIFICATION_REQUIRED"},
    {"ITEM_ERROR", Remedy::Relink,
        "ITEM_NOT_FOUND ITEM_CONCURRENTLY_DELETED PRODUCT_NOT_ENABLED USER_PERMISSION_REVOKED"},
    {"ITEM_ERROR", Remedy::Stop,
        "ITEM_NOT_SUPPORTED MFA_NOT_SUPPORTED INSTANT_MATCH_FAILED PRODUCTS_NOT_SUPPORTED"},
    {"ITEM_ERROR", Remedy::Wait, "PRODUCT_NOT_READY"},
    {"TRANSACTIONS_ERROR", Remedy::Restart, "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"},
    {"INVALID_INPUT", Remedy::Stop,
        "INVALID_API_KEYS UNAUTHORIZED_ENVIRONMENT UNAUTHORIZED_ROUTE_ACCESS INVALID_PRODUCT "
        "DIRECT_INTEGRATION_NOT_ENABLED INVALID_INSTITUTION INVALID_LINK_CUSTOMIZATION "
        "INVALID_WEBHOOK_VERIFICATION_KEY_ID INVALID_USER_ID INVALID_USER_TOKEN "
        "INVALID_PROCESSOR_TOKEN INCORRECT_DEPOSIT_VERIFICATION TOO_MANY_VERIFICATION_ATTEMPTS "
        "PROFILE_AUTHENTICATION_FAILED"},
    {"INVALID_INPUT", Remedy::Relink,
        "INVALID_ACCESS_TOKEN INVALID_PUBLIC_TOKEN INVALID_LINK_TOKEN USER_PERMISSION_REVOKED"},
    {"INVALID_INPUT", Remedy::Refetch, "INVALID_ACCOUNT_ID"},
    {"INVALID_INPUT", Remedy::Repair, "ADDITIONAL_CONSENT_REQUIRED"},
    {"INVALID_REQUEST", Remedy::Stop,
        "MISSING_FIELDS UNKNOWN_FIELDS INVALID_FIELD INVALID_BODY INVALID_HEADERS "
        "INVALID_CONFIGURATION INCOMPATIBLE_API_VERSION SANDBOX_ONLY INVALID_ACCOUNT_NUMBER "
        "NOT_FOUND NO_LONGER_AVAILABLE"},
    {"INVALID_RESULT", Remedy::Later, "LAST_UPDATED_DATETIME_OUT_OF_RANGE"},
    {"INVALID_RESULT", Remedy::Stop, "PLAID_DIRECT_ITEM_IMPORT_RETURNED_INVALID_MFA"},
    {"RATE_LIMIT_EXCEEDED", Remedy::Retry,
        "ACCOUNTS_LIMIT BALANCE_LIMIT ACCOUNTS_BALANCE_GET_LIMIT ITEM_GET_LIMIT "
        "TRANSACTIONS_SYNC_LIMIT TRANSACTIONS_REFRESH_LIMIT TRANSACTIONS_LIMIT "
        "INSTITUTIONS_GET_BY_ID_LIMIT INSTITUTIONS_GET_LIMIT RATE_LIMIT INSTITUTION_RATE_LIMIT"},
    {"RATE_LIMIT_EXCEEDED", Remedy::Stop, "CREDITS_EXHAUSTED ADDITION_LIMIT"},
    {"INSTITUTION_ERROR", Remedy::Later,
        "INSTITUTION_DOWN INSTITUTION_NOT_RESPONDING INSTITUTION_NOT_AVAILABLE"},
    {"INSTITUTION_ERROR", Remedy::Stop,
        "INSTITUTION_NO_LONGER_SUPPORTED UNSUPPORTED_RESPONSE "
        "INSTITUTION_NOT_ENABLED_IN_ENVIRONMENT UNAUTHORIZED_INSTITUTION "
        "INSTITUTION_REGISTRATION_REQUIRED"},
    {"API_ERROR", Remedy::Retry, "INTERNAL_SERVER_ERROR plaid-internal-error"},
    {"API_ERROR", Remedy::Later, "PLANNED_MAINTENANCE"},
    {"SANDBOX_ERROR", Remedy::Stop, "SANDBOX_PRODUCT_NOT_ENABLED SANDBOX_WEBHOOK_INVALID"},
    {"OAUTH_ERROR", Remedy::Relink,
        "INCORRECT_OAUTH_NONCE INCORRECT_LINK_TOKEN OAUTH_STATE_ID_ALREADY_PROCESSED "
        "OAUTH_STATE_ID_NOT_FOUND"},
    {"RECAPTCHA_ERROR", Remedy::Relink, "RECAPTCHA_REQUIRED RECAPTCHA_BAD"},
};

Error errorOfCode(const std::string& type, const std::string& code, int status = 400)
{
    PlaidError plaid;
    plaid.type = type;
    plaid.code = code;
    plaid.status = status;
    return errorOf(plaid);
}

} // namespace

class ErrorCatalogueTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ErrorCatalogueTest);
    CPPUNIT_TEST(givesEveryDocumentedCodeItsRemedy);
    CPPUNIT_TEST(saysWhoFailsWithIt);
    CPPUNIT_TEST(hasNoEntryTwiceAndASentenceForEach);
    CPPUNIT_TEST(keepsACodesMeaningUnderAnotherType);
    CPPUNIT_TEST(judgesUnlistedCodesByRule);
    CPPUNIT_TEST(takesARefusedCursorForAResync);
    CPPUNIT_TEST(neverPassesOnWhatPlaidWrote);
    CPPUNIT_TEST(waitsHalfAMinuteAfterARateLimit);
    CPPUNIT_TEST_SUITE_END();

public:
    void givesEveryDocumentedCodeItsRemedy()
    {
        std::size_t count = 0;
        for (const Documented& group : documented)
        {
            std::istringstream codes{group.codes};
            for (std::string code; codes >> code; ++count)
            {
                const Error error = errorOfCode(group.type, code);
                CPPUNIT_ASSERT_MESSAGE(code, error.kind == ErrorKind::Provider);
                CPPUNIT_ASSERT_MESSAGE(code, error.remedy == group.remedy);
                CPPUNIT_ASSERT_EQUAL(code, error.providerCode);
                CPPUNIT_ASSERT_MESSAGE(code, error.code != "plaid.unlisted");
            }
        }
        CPPUNIT_ASSERT_EQUAL(count, errorCatalogue().size());
    }

    void saysWhoFailsWithIt()
    {
        const std::map<Concern, std::set<std::string>> expected{
            {Concern::Institution,
                {"INSTITUTION_DOWN", "INSTITUTION_NOT_RESPONDING", "INSTITUTION_NOT_AVAILABLE"}},
            {Concern::SetUp, {"INVALID_API_KEYS", "UNAUTHORIZED_ENVIRONMENT",
                                 "UNAUTHORIZED_ROUTE_ACCESS", "DIRECT_INTEGRATION_NOT_ENABLED"}},
            {Concern::Access,
                {"NO_ACCOUNTS", "NO_AUTH_ACCOUNTS", "NO_INVESTMENT_ACCOUNTS",
                    "NO_INVESTMENT_AUTH_ACCOUNTS", "NO_LIABILITY_ACCOUNTS", "ACCESS_NOT_GRANTED",
                    "PRODUCT_NOT_ENABLED", "ADDITIONAL_CONSENT_REQUIRED"}}};
        std::map<Concern, std::set<std::string>> found;
        for (const auto& entry : errorCatalogue())
        {
            const Error error = errorOfCode(std::string(entry.type), std::string(entry.code));
            CPPUNIT_ASSERT(error.concern == entry.concern);
            if (error.concern != Concern::Connection) found[error.concern].emplace(entry.code);
        }
        CPPUNIT_ASSERT(found == expected);
    }

    void hasNoEntryTwiceAndASentenceForEach()
    {
        std::set<std::pair<std::string, std::string>> seen;
        for (const auto& entry : errorCatalogue())
        {
            const std::string code{entry.code};
            CPPUNIT_ASSERT_MESSAGE(code, seen.emplace(entry.type, entry.code).second);
            CPPUNIT_ASSERT_MESSAGE(code, entry.sentence.size() > 20);
            CPPUNIT_ASSERT_MESSAGE(code, entry.sentence.ends_with('.'));
            CPPUNIT_ASSERT_MESSAGE(code, entry.remedy != Remedy::None);
        }
        CPPUNIT_ASSERT_EQUAL(
            "plaid.item_login_required"s, errorOfCode("ITEM_ERROR", "ITEM_LOGIN_REQUIRED").code);
    }

    void keepsACodesMeaningUnderAnotherType()
    {
        CPPUNIT_ASSERT(errorOfCode("NEW_TYPE", "ITEM_LOGIN_REQUIRED").remedy == Remedy::Repair);
    }

    void judgesUnlistedCodesByRule()
    {
        CPPUNIT_ASSERT(errorOfCode("NEW", "NEW_CODE", 429).remedy == Remedy::Retry);
        CPPUNIT_ASSERT(errorOfCode("NEW", "NEW_CODE", 500).remedy == Remedy::Retry);
        CPPUNIT_ASSERT(
            errorOfCode("RATE_LIMIT_EXCEEDED", "NEW_LIMIT", 400).remedy == Remedy::Retry);
        CPPUNIT_ASSERT(errorOfCode("API_ERROR", "NEW_CODE", 400).remedy == Remedy::Retry);
        CPPUNIT_ASSERT(errorOfCode("ITEM_ERROR", "NEW_CODE").remedy == Remedy::Later);
        CPPUNIT_ASSERT(errorOfCode("NEW", "NEW_CODE").remedy == Remedy::Stop);
        CPPUNIT_ASSERT_EQUAL("plaid.unlisted"s, errorOfCode("NEW", "NEW_CODE").code);
    }

    void takesARefusedCursorForAResync()
    {
        PlaidError plaid;
        plaid.type = "INVALID_REQUEST";
        plaid.code = "INVALID_FIELD";
        plaid.message = "cursor not associated with access_token";
        CPPUNIT_ASSERT(errorOf(plaid).remedy == Remedy::Resync);
        plaid.message = "days_requested must be at most 730";
        CPPUNIT_ASSERT(errorOf(plaid).remedy == Remedy::Stop);
    }

    void neverPassesOnWhatPlaidWrote()
    {
        PlaidError plaid;
        plaid.type = "ITEM_ERROR";
        plaid.code = "<script>alert(1)</script>";
        plaid.message = "canary access-sandbox-1";
        plaid.requestId = "a b\r\n";
        const Error error = errorOf(plaid);
        CPPUNIT_ASSERT_EQUAL("UNREADABLE"s, error.providerCode);
        CPPUNIT_ASSERT_EQUAL("UNREADABLE"s, error.providerRequestId);
        CPPUNIT_ASSERT(error.text.find("canary") == std::string::npos);
        for (const std::string& code : {std::string(65, 'A'), "access-sandbox-1"s, "X_access"s,
                 "7f3a9c"s, "X-SECRET"s, "_X"s, ""s, "ITEM_LOGIN_REQUIRED "s})
        {
            plaid.code = code;
            CPPUNIT_ASSERT_EQUAL("UNREADABLE"s, errorOf(plaid).providerCode);
            CPPUNIT_ASSERT(code.empty() || errorOf(plaid).text.find(code) == std::string::npos);
        }
        plaid.code = "NEW_CODE_2";
        CPPUNIT_ASSERT_EQUAL("NEW_CODE_2"s, errorOf(plaid).providerCode);
        for (const std::string& id : {std::string(33, 'a'), "access-sandbox-1"s, "a_b"s})
        {
            plaid.requestId = id;
            CPPUNIT_ASSERT_EQUAL("UNREADABLE"s, errorOf(plaid).providerRequestId);
        }
        for (const std::string& id : {"s8Kq2LmVx0TbWcd"s, std::string(32, 'a'), ""s})
        {
            plaid.requestId = id;
            CPPUNIT_ASSERT_EQUAL(id, errorOf(plaid).providerRequestId);
        }
    }

    void waitsHalfAMinuteAfterARateLimit()
    {
        CPPUNIT_ASSERT(errorOfCode("RATE_LIMIT_EXCEEDED", "RATE_LIMIT", 429).retryAfter ==
                       std::chrono::seconds{30});
        CPPUNIT_ASSERT(errorOfCode("RATE_LIMIT_EXCEEDED", "CREDITS_EXHAUSTED", 429).retryAfter ==
                       std::chrono::seconds{0});
        CPPUNIT_ASSERT(errorOfCode("API_ERROR", "INTERNAL_SERVER_ERROR", 500).retryAfter ==
                       std::chrono::seconds{0});
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ErrorCatalogueTest);
