#include "plaid/ErrorCatalogue.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace bankfeed::plaid
{

namespace
{

// --- sentences that several codes share ---------------------------------------------------------
constexpr std::string_view loginFailed =
    "The login at the bank did not succeed; start the bank connection again.";
constexpr std::string_view loginAgain = "The bank asks for a new login; repair the connection.";
constexpr std::string_view notSupported =
    "The bank, or this kind of login, is not supported by Plaid.";
constexpr std::string_view noFittingAccount =
    "No shared account fits; repair the connection and choose the accounts again.";
constexpr std::string_view atTheBank =
    "The bank needs an action on its own website first; after that, repair the connection.";
constexpr std::string_view plaidAccount =
    "The Plaid account is not enabled for this; check its settings in Plaid's dashboard.";
constexpr std::string_view ourRequest =
    "Plaid refused the request as malformed; this is a fault of bankfeed or of its configuration.";
constexpr std::string_view productUnused =
    "Plaid answered for a product that bankfeed does not use; this is a fault of bankfeed.";
constexpr std::string_view tooManyCalls = "Plaid limits the rate of calls; bankfeed waits.";
constexpr std::string_view bankDown =
    "The bank is not available at the moment; bankfeed tries again later.";
constexpr std::string_view linkAgain = "The Link session is no longer valid; start a new one.";
constexpr std::string_view bankSetup =
    "The bank must be enabled or registered in Plaid's dashboard first.";

constexpr std::array entries{
    CatalogueEntry{"ITEM_ERROR", "ITEM_LOGIN_REQUIRED", Remedy::Repair, loginAgain},
    CatalogueEntry{"ITEM_ERROR", "ITEM_NOT_FOUND", Remedy::Relink,
        "The connection was removed at Plaid or by the account holder; connect the bank anew."},
    CatalogueEntry{"ITEM_ERROR", "ITEM_LOCKED", Remedy::Repair,
        "The bank has locked the login; unlock it at the bank, then repair the connection."},
    CatalogueEntry{"ITEM_ERROR", "INVALID_CREDENTIALS", Remedy::Repair, loginFailed},
    CatalogueEntry{"ITEM_ERROR", "INVALID_MFA", Remedy::Repair, loginFailed},
    CatalogueEntry{"ITEM_ERROR", "INSUFFICIENT_CREDENTIALS", Remedy::Repair, loginFailed},
    CatalogueEntry{"ITEM_ERROR", "INVALID_OTP", Remedy::Repair, loginFailed},
    CatalogueEntry{"ITEM_ERROR", "INVALID_SEND_METHOD", Remedy::Repair, loginFailed},
    CatalogueEntry{"ITEM_ERROR", "INVALID_PHONE_NUMBER", Remedy::Repair, loginFailed},
    CatalogueEntry{"ITEM_ERROR", "USER_INPUT_TIMEOUT", Remedy::Repair, loginFailed},
    CatalogueEntry{"ITEM_ERROR", "INVALID_UPDATED_USERNAME", Remedy::Repair,
        "The repair was done with another login; repeat it with the login first used, or connect "
        "the bank anew."},
    CatalogueEntry{"ITEM_ERROR", "ITEM_CONCURRENTLY_DELETED", Remedy::Relink,
        "The connection was removed while it was in use; connect the bank anew."},
    CatalogueEntry{"ITEM_ERROR", "ITEM_NOT_SUPPORTED", Remedy::Stop, notSupported},
    CatalogueEntry{"ITEM_ERROR", "MFA_NOT_SUPPORTED", Remedy::Stop, notSupported},
    CatalogueEntry{"ITEM_ERROR", "NO_ACCOUNTS", Remedy::Repair, noFittingAccount, Concern::Access},
    CatalogueEntry{
        "ITEM_ERROR", "NO_AUTH_ACCOUNTS", Remedy::Repair, noFittingAccount, Concern::Access},
    CatalogueEntry{
        "ITEM_ERROR", "NO_INVESTMENT_ACCOUNTS", Remedy::Repair, noFittingAccount, Concern::Access},
    CatalogueEntry{"ITEM_ERROR", "NO_INVESTMENT_AUTH_ACCOUNTS", Remedy::Repair, noFittingAccount,
        Concern::Access},
    CatalogueEntry{
        "ITEM_ERROR", "NO_LIABILITY_ACCOUNTS", Remedy::Repair, noFittingAccount, Concern::Access},
    CatalogueEntry{"ITEM_ERROR", "ACCESS_NOT_GRANTED", Remedy::Repair,
        "The account holder did not grant access to transactions; repair the connection.",
        Concern::Access},
    CatalogueEntry{"ITEM_ERROR", "PASSWORD_RESET_REQUIRED", Remedy::Repair, atTheBank},
    CatalogueEntry{"ITEM_ERROR", "USER_SETUP_REQUIRED", Remedy::Repair, atTheBank},
    CatalogueEntry{"ITEM_ERROR", "MANUAL_VERIFICATION_REQUIRED", Remedy::Repair, loginAgain},
    CatalogueEntry{"ITEM_ERROR", "INSTANT_MATCH_FAILED", Remedy::Stop, productUnused},
    CatalogueEntry{"ITEM_ERROR", "PRODUCT_NOT_ENABLED", Remedy::Relink,
        "The connection was made without transactions; connect the bank anew.", Concern::Access},
    CatalogueEntry{"ITEM_ERROR", "PRODUCTS_NOT_SUPPORTED", Remedy::Stop,
        "The bank does not offer transactions for this connection."},
    CatalogueEntry{"ITEM_ERROR", "PRODUCT_NOT_READY", Remedy::Wait,
        "Plaid is still fetching the data; bankfeed continues when it is there."},
    // In webhooks and Items this code has the type of an Item's error.
    CatalogueEntry{"ITEM_ERROR", "USER_PERMISSION_REVOKED", Remedy::Relink,
        "The account holder has taken back the permission; connect the bank anew."},

    CatalogueEntry{"TRANSACTIONS_ERROR", "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION",
        Remedy::Restart, "Transactions changed while they were read; bankfeed starts again."},

    CatalogueEntry{"INVALID_INPUT", "INVALID_API_KEYS", Remedy::Stop,
        "Plaid refuses the client id or secret; check them and the environment.", Concern::SetUp},
    CatalogueEntry{
        "INVALID_INPUT", "UNAUTHORIZED_ENVIRONMENT", Remedy::Stop, plaidAccount, Concern::SetUp},
    CatalogueEntry{
        "INVALID_INPUT", "UNAUTHORIZED_ROUTE_ACCESS", Remedy::Stop, plaidAccount, Concern::SetUp},
    CatalogueEntry{"INVALID_INPUT", "INVALID_PRODUCT", Remedy::Stop, plaidAccount},
    CatalogueEntry{"INVALID_INPUT", "DIRECT_INTEGRATION_NOT_ENABLED", Remedy::Stop, plaidAccount,
        Concern::SetUp},
    CatalogueEntry{"INVALID_INPUT", "INVALID_ACCESS_TOKEN", Remedy::Relink,
        "Plaid does not know the connection, or it belongs to another environment; connect the "
        "bank anew."},
    CatalogueEntry{"INVALID_INPUT", "INVALID_PUBLIC_TOKEN", Remedy::Relink,
        "The result of the Link session was used already or is too old; start a new one."},
    CatalogueEntry{"INVALID_INPUT", "INVALID_LINK_TOKEN", Remedy::Relink, linkAgain},
    CatalogueEntry{"INVALID_INPUT", "INVALID_ACCOUNT_ID", Remedy::Refetch,
        "An account was closed or is no longer shared; bankfeed reads the accounts again."},
    CatalogueEntry{"INVALID_INPUT", "INVALID_INSTITUTION", Remedy::Stop, ourRequest},
    CatalogueEntry{"INVALID_INPUT", "INVALID_LINK_CUSTOMIZATION", Remedy::Stop,
        "The Link customization in Plaid's dashboard lacks account selection or a use case."},
    CatalogueEntry{"INVALID_INPUT", "ADDITIONAL_CONSENT_REQUIRED", Remedy::Repair,
        "The account holder must consent to transactions; repair the connection.", Concern::Access},
    CatalogueEntry{"INVALID_INPUT", "USER_PERMISSION_REVOKED", Remedy::Relink,
        "The account holder has taken back the permission; connect the bank anew."},
    CatalogueEntry{"INVALID_INPUT", "INVALID_WEBHOOK_VERIFICATION_KEY_ID", Remedy::Stop,
        "A webhook names a key that Plaid does not know in this environment."},
    CatalogueEntry{"INVALID_INPUT", "INVALID_USER_ID", Remedy::Stop, productUnused},
    CatalogueEntry{"INVALID_INPUT", "INVALID_USER_TOKEN", Remedy::Stop, productUnused},
    CatalogueEntry{"INVALID_INPUT", "INVALID_PROCESSOR_TOKEN", Remedy::Stop, productUnused},
    CatalogueEntry{"INVALID_INPUT", "INCORRECT_DEPOSIT_VERIFICATION", Remedy::Stop, productUnused},
    CatalogueEntry{"INVALID_INPUT", "TOO_MANY_VERIFICATION_ATTEMPTS", Remedy::Stop, productUnused},
    CatalogueEntry{"INVALID_INPUT", "PROFILE_AUTHENTICATION_FAILED", Remedy::Stop, productUnused},

    CatalogueEntry{"INVALID_REQUEST", "MISSING_FIELDS", Remedy::Stop, ourRequest},
    CatalogueEntry{"INVALID_REQUEST", "UNKNOWN_FIELDS", Remedy::Stop, ourRequest},
    CatalogueEntry{"INVALID_REQUEST", "INVALID_FIELD", Remedy::Stop, ourRequest},
    CatalogueEntry{"INVALID_REQUEST", "INVALID_BODY", Remedy::Stop, ourRequest},
    CatalogueEntry{"INVALID_REQUEST", "INVALID_HEADERS", Remedy::Stop, ourRequest},
    CatalogueEntry{"INVALID_REQUEST", "INVALID_CONFIGURATION", Remedy::Stop, ourRequest},
    CatalogueEntry{"INVALID_REQUEST", "INCOMPATIBLE_API_VERSION", Remedy::Stop, ourRequest},
    CatalogueEntry{"INVALID_REQUEST", "SANDBOX_ONLY", Remedy::Stop, ourRequest},
    CatalogueEntry{"INVALID_REQUEST", "INVALID_ACCOUNT_NUMBER", Remedy::Stop, ourRequest},
    CatalogueEntry{"INVALID_REQUEST", "NOT_FOUND", Remedy::Stop, ourRequest},
    CatalogueEntry{"INVALID_REQUEST", "NO_LONGER_AVAILABLE", Remedy::Stop, ourRequest},

    CatalogueEntry{"INVALID_RESULT", "LAST_UPDATED_DATETIME_OUT_OF_RANGE", Remedy::Later,
        "The bank has no newer balance; bankfeed uses the last one."},
    CatalogueEntry{"INVALID_RESULT", "PLAID_DIRECT_ITEM_IMPORT_RETURNED_INVALID_MFA", Remedy::Stop,
        productUnused},

    CatalogueEntry{"RATE_LIMIT_EXCEEDED", "ACCOUNTS_LIMIT", Remedy::Retry, tooManyCalls},
    CatalogueEntry{"RATE_LIMIT_EXCEEDED", "BALANCE_LIMIT", Remedy::Retry, tooManyCalls},
    CatalogueEntry{
        "RATE_LIMIT_EXCEEDED", "ACCOUNTS_BALANCE_GET_LIMIT", Remedy::Retry, tooManyCalls},
    CatalogueEntry{"RATE_LIMIT_EXCEEDED", "ITEM_GET_LIMIT", Remedy::Retry, tooManyCalls},
    CatalogueEntry{"RATE_LIMIT_EXCEEDED", "TRANSACTIONS_SYNC_LIMIT", Remedy::Retry, tooManyCalls},
    CatalogueEntry{
        "RATE_LIMIT_EXCEEDED", "TRANSACTIONS_REFRESH_LIMIT", Remedy::Retry, tooManyCalls},
    CatalogueEntry{"RATE_LIMIT_EXCEEDED", "TRANSACTIONS_LIMIT", Remedy::Retry, tooManyCalls},
    CatalogueEntry{
        "RATE_LIMIT_EXCEEDED", "INSTITUTIONS_GET_BY_ID_LIMIT", Remedy::Retry, tooManyCalls},
    CatalogueEntry{"RATE_LIMIT_EXCEEDED", "INSTITUTIONS_GET_LIMIT", Remedy::Retry, tooManyCalls},
    CatalogueEntry{"RATE_LIMIT_EXCEEDED", "RATE_LIMIT", Remedy::Retry, tooManyCalls},
    CatalogueEntry{"RATE_LIMIT_EXCEEDED", "INSTITUTION_RATE_LIMIT", Remedy::Retry,
        "The bank limits how often Plaid may ask it; bankfeed waits."},
    CatalogueEntry{"RATE_LIMIT_EXCEEDED", "CREDITS_EXHAUSTED", Remedy::Stop,
        "The quota of the Plaid account is used up; see Plaid's dashboard."},
    CatalogueEntry{"RATE_LIMIT_EXCEEDED", "ADDITION_LIMIT", Remedy::Stop,
        "The Plaid account may not have more connections; see Plaid's dashboard."},

    CatalogueEntry{
        "INSTITUTION_ERROR", "INSTITUTION_DOWN", Remedy::Later, bankDown, Concern::Institution},
    CatalogueEntry{"INSTITUTION_ERROR", "INSTITUTION_NOT_RESPONDING", Remedy::Later, bankDown,
        Concern::Institution},
    CatalogueEntry{"INSTITUTION_ERROR", "INSTITUTION_NOT_AVAILABLE", Remedy::Later, bankDown,
        Concern::Institution},
    CatalogueEntry{"INSTITUTION_ERROR", "INSTITUTION_NO_LONGER_SUPPORTED", Remedy::Stop,
        "Plaid no longer supports the bank in this form; ask Plaid's support."},
    CatalogueEntry{"INSTITUTION_ERROR", "UNSUPPORTED_RESPONSE", Remedy::Stop,
        "Plaid cannot read what the bank answers; ask Plaid's support."},
    CatalogueEntry{
        "INSTITUTION_ERROR", "INSTITUTION_NOT_ENABLED_IN_ENVIRONMENT", Remedy::Stop, bankSetup},
    CatalogueEntry{"INSTITUTION_ERROR", "UNAUTHORIZED_INSTITUTION", Remedy::Stop, bankSetup},
    CatalogueEntry{
        "INSTITUTION_ERROR", "INSTITUTION_REGISTRATION_REQUIRED", Remedy::Stop, bankSetup},

    CatalogueEntry{"API_ERROR", "INTERNAL_SERVER_ERROR", Remedy::Retry,
        "Plaid has an internal problem; bankfeed tries again."},
    CatalogueEntry{"API_ERROR", "plaid-internal-error", Remedy::Retry,
        "Plaid has an internal problem; bankfeed tries again."},
    CatalogueEntry{"API_ERROR", "PLANNED_MAINTENANCE", Remedy::Later,
        "Plaid is under maintenance; bankfeed tries again later."},

    CatalogueEntry{"SANDBOX_ERROR", "SANDBOX_PRODUCT_NOT_ENABLED", Remedy::Stop, ourRequest},
    CatalogueEntry{"SANDBOX_ERROR", "SANDBOX_WEBHOOK_INVALID", Remedy::Stop,
        "The connection has no valid webhook address."},

    CatalogueEntry{"OAUTH_ERROR", "INCORRECT_OAUTH_NONCE", Remedy::Relink, linkAgain},
    CatalogueEntry{"OAUTH_ERROR", "INCORRECT_LINK_TOKEN", Remedy::Relink, linkAgain},
    CatalogueEntry{"OAUTH_ERROR", "OAUTH_STATE_ID_ALREADY_PROCESSED", Remedy::Relink, linkAgain},
    CatalogueEntry{"OAUTH_ERROR", "OAUTH_STATE_ID_NOT_FOUND", Remedy::Relink, linkAgain},

    CatalogueEntry{"RECAPTCHA_ERROR", "RECAPTCHA_REQUIRED", Remedy::Relink, linkAgain},
    CatalogueEntry{"RECAPTCHA_ERROR", "RECAPTCHA_BAD", Remedy::Relink, linkAgain},
};

/// Codes are unique but for USER_PERMISSION_REVOKED, whose two entries say the same; a code under
/// another type than the documented one keeps its meaning.
const CatalogueEntry* find(std::string_view type, std::string_view code)
{
    const CatalogueEntry* byCode = nullptr;
    for (const CatalogueEntry& entry : entries)
    {
        if (entry.code != code) continue;
        if (entry.type == type) return &entry;
        if (byCode == nullptr) byCode = &entry;
    }
    return byCode;
}

/// "ITEM_LOGIN_REQUIRED" as "plaid.item_login_required".
std::string stableCode(std::string_view code)
{
    std::string stable = "plaid.";
    for (const char c : code)
    {
        if (c >= 'A' && c <= 'Z')
            stable.push_back(static_cast<char>(c - 'A' + 'a'));
        else
            stable.push_back(c == '-' ? '_' : c);
    }
    return stable;
}

constexpr std::size_t codeMost = 64;
constexpr std::size_t requestIdMost = 32;

bool isCapital(char c)
{
    return c >= 'A' && c <= 'Z';
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// A code that may be stored and shown though nobody listed it: "ITEM_LOGIN_REQUIRED". Tokens and
/// keys are written in small letters.
std::string safeCode(std::string_view code)
{
    const auto allowed = [](char c) { return isCapital(c) || isDigit(c) || c == '_'; };
    if (code.empty() || code.size() > codeMost || !isCapital(code.front()) ||
        !std::all_of(code.begin(), code.end(), allowed))
        return std::string(unreadable);
    return std::string(code);
}

/// Plaid's have 15 letters and digits, and may grow.
std::string safeRequestId(std::string_view id)
{
    const auto allowed = [](char c)
    { return isCapital(c) || isDigit(c) || (c >= 'a' && c <= 'z'); };
    if (id.size() > requestIdMost || !std::all_of(id.begin(), id.end(), allowed))
        return std::string(unreadable);
    return std::string(id);
}

Remedy remedyOfUnlisted(const PlaidError& error)
{
    if (error.type == "RATE_LIMIT_EXCEEDED" || error.status == 429 || error.status >= 500)
        return Remedy::Retry;
    if (error.type == "API_ERROR") return Remedy::Retry;
    if (error.type == "ITEM_ERROR" || error.type == "INSTITUTION_ERROR") return Remedy::Later;
    return Remedy::Stop;
}

/// A stored cursor that Plaid does not accept any more is the one INVALID_FIELD that is not a fault
/// of ours (protocol 1.5).
bool namesCursor(const PlaidError& error)
{
    return error.code == "INVALID_FIELD" && error.message.find("cursor") != std::string::npos;
}

} // namespace

std::span<const CatalogueEntry> errorCatalogue()
{
    return entries;
}

std::string unlistedText(std::string_view providerCode)
{
    return "Plaid answered with an error that bankfeed does not know: " +
           std::string(providerCode) + ".";
}

Error errorOf(const PlaidError& plaid)
{
    Error error;
    error.kind = ErrorKind::Provider;
    const CatalogueEntry* const entry = find(plaid.type, plaid.code);
    error.providerCode = entry != nullptr ? std::string(entry->code) : safeCode(plaid.code);
    error.providerRequestId = safeRequestId(plaid.requestId);
    if (namesCursor(plaid))
    {
        error.code = "plaid.cursor_refused";
        error.remedy = Remedy::Resync;
        error.text = "Plaid no longer accepts the stored position; bankfeed reads everything anew.";
    }
    else if (entry != nullptr)
    {
        error.code = stableCode(entry->code);
        error.remedy = entry->remedy;
        error.concern = entry->concern;
        error.text = entry->sentence;
    }
    else
    {
        error.code = unlistedCode;
        error.remedy = remedyOfUnlisted(plaid);
        error.text = unlistedText(error.providerCode);
    }
    if (error.remedy == Remedy::Retry &&
        (plaid.status == 429 || plaid.type == "RATE_LIMIT_EXCEEDED"))
    {
        error.retryAfter = std::chrono::seconds{30}; // Plaid sends no Retry-After of its own.
    }
    return error;
}

} // namespace bankfeed::plaid
