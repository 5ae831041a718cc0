// Faults from their descriptions.
#include "Faults.h"

#include "FaultRules.h"
#include "KnownNames.h"
#include "PlaidError.h"

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>

namespace plaidsim
{

namespace
{

[[noreturn]] void refuse(const std::string& sentence)
{
    throw std::invalid_argument(sentence);
}

const std::map<std::string, FaultKind>& kinds()
{
    static const std::map<std::string, FaultKind> names{{"error", FaultKind::error},
        {"rate_limit", FaultKind::rateLimit}, {"http_500", FaultKind::http500},
        {"maintenance_503", FaultKind::maintenance503}, {"html_502", FaultKind::html502},
        {"empty_504", FaultKind::empty504}, {"hang", FaultKind::hang}, {"timeout", FaultKind::hang},
        {"refuse", FaultKind::refuse}, {"mutation", FaultKind::mutation},
        {"item_removed", FaultKind::itemRemoved}, {"lost", FaultKind::lost},
        {"reset", FaultKind::resetBody}, {"truncated", FaultKind::truncated},
        {"wrong_length", FaultKind::wrongLength}, {"slow_drip", FaultKind::slowDrip},
        {"late", FaultKind::late}, {"chunked", FaultKind::chunked}, {"gzip", FaultKind::gzip},
        {"bom", FaultKind::byteOrderMark}, {"missing_field", FaultKind::missingField},
        {"wrong_type", FaultKind::wrongType}, {"extra_fields", FaultKind::extraFields},
        {"unknown_enum", FaultKind::unknownEnum}, {"same_cursor", FaultKind::sameCursor},
        {"endless_more", FaultKind::endlessMore}, {"late_change", FaultKind::lateChange},
        {"repeated_row", FaultKind::repeatedRow}, {"unknown_removal", FaultKind::unknownRemoval},
        {"webhook_lost", FaultKind::webhookLost}, {"webhook_doubled", FaultKind::webhookDoubled},
        {"webhook_late", FaultKind::webhookLate}, {"webhook_held", FaultKind::webhookHeld}};
    return names;
}

// Kinds that make sense on a page of /transactions/sync only.
bool needsSync(FaultKind kind)
{
    constexpr std::array kindsOfSync{FaultKind::mutation, FaultKind::sameCursor,
        FaultKind::endlessMore, FaultKind::lateChange, FaultKind::repeatedRow,
        FaultKind::unknownRemoval};
    return std::find(kindsOfSync.begin(), kindsOfSync.end(), kind) != kindsOfSync.end();
}

struct ErrorFamily
{
    int status;
    const char* type;
    std::vector<std::string> codes;
};

// So that "code" alone says everything. A code that is not here can be ordered with a `body`.
const std::vector<ErrorFamily>& errorFamilies()
{
    static const std::vector<ErrorFamily> families{
        {400, "ITEM_ERROR",
            {"ACCESS_NOT_GRANTED", "INSUFFICIENT_CREDENTIALS", "INVALID_CREDENTIALS", "INVALID_MFA",
                "INVALID_OTP", "INVALID_PHONE_NUMBER", "INVALID_SEND_METHOD",
                "COUNTRY_NOT_SUPPORTED", "INVALID_UPDATED_USERNAME", "ITEM_CONCURRENTLY_DELETED",
                "ITEM_LOCKED", "ITEM_LOGIN_REQUIRED", "ITEM_NOT_FOUND", "ITEM_NOT_SUPPORTED",
                "MFA_NOT_SUPPORTED", "MANUAL_VERIFICATION_REQUIRED", "NO_ACCOUNTS",
                "PASSWORD_RESET_REQUIRED", "PRODUCTS_NOT_SUPPORTED", "PRODUCT_NOT_ENABLED",
                "PRODUCT_NOT_READY", "USER_INPUT_TIMEOUT", "USER_SETUP_REQUIRED"}},
        {400, "INVALID_INPUT",
            {"ADDITIONAL_CONSENT_REQUIRED", "DIRECT_INTEGRATION_NOT_ENABLED",
                "INVALID_ACCESS_TOKEN", "INVALID_ACCOUNT_ID", "INVALID_API_KEYS",
                "INVALID_INSTITUTION", "INVALID_LINK_CUSTOMIZATION", "INVALID_LINK_TOKEN",
                "INVALID_PRODUCT", "INVALID_PUBLIC_TOKEN", "INVALID_WEBHOOK_VERIFICATION_KEY_ID",
                "UNAUTHORIZED_ENVIRONMENT", "UNAUTHORIZED_ROUTE_ACCESS",
                "USER_PERMISSION_REVOKED"}},
        {400, "INVALID_REQUEST",
            {"INCOMPATIBLE_API_VERSION", "INVALID_BODY", "INVALID_CONFIGURATION", "INVALID_FIELD",
                "INVALID_HEADERS", "MISSING_FIELDS", "SANDBOX_ONLY", "UNKNOWN_FIELDS"}},
        {404, "INVALID_REQUEST", {"NOT_FOUND", "NO_LONGER_AVAILABLE"}},
        {400, "RECAPTCHA_ERROR", {"RECAPTCHA_BAD", "RECAPTCHA_REQUIRED"}},
        {400, "INVALID_RESULT", {"LAST_UPDATED_DATETIME_OUT_OF_RANGE"}},
        {400, "INSTITUTION_ERROR",
            {"INSTITUTION_DOWN", "INSTITUTION_NOT_AVAILABLE",
                "INSTITUTION_NOT_ENABLED_IN_ENVIRONMENT", "INSTITUTION_NOT_RESPONDING",
                "INSTITUTION_NO_LONGER_SUPPORTED", "INSTITUTION_REGISTRATION_REQUIRED",
                "UNAUTHORIZED_INSTITUTION", "UNSUPPORTED_RESPONSE"}},
        {429, "RATE_LIMIT_EXCEEDED",
            {"ACCOUNTS_BALANCE_GET_LIMIT", "ACCOUNTS_LIMIT", "ADDITION_LIMIT", "BALANCE_LIMIT",
                "CREDITS_EXHAUSTED", "INSTITUTIONS_GET_BY_ID_LIMIT", "INSTITUTIONS_GET_LIMIT",
                "INSTITUTION_RATE_LIMIT", "ITEM_GET_LIMIT", "RATE_LIMIT", "TRANSACTIONS_LIMIT",
                "TRANSACTIONS_REFRESH_LIMIT", "TRANSACTIONS_SYNC_LIMIT"}},
        {400, "TRANSACTIONS_ERROR", {"TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"}},
        {500, "API_ERROR", {"INTERNAL_SERVER_ERROR"}}, {503, "API_ERROR", {"PLANNED_MAINTENANCE"}},
        {400, "SANDBOX_ERROR", {"SANDBOX_PRODUCT_NOT_ENABLED", "SANDBOX_WEBHOOK_INVALID"}}};
    return families;
}

} // namespace

bool isErrorCode(const std::string& code)
{
    const auto& families = errorFamilies();
    return std::any_of(families.begin(), families.end(),
        [&](const ErrorFamily& family) {
            return std::find(family.codes.begin(), family.codes.end(), code) != family.codes.end();
        });
}

PlaidError errorOf(const std::string& code, const char* message)
{
    for (const auto& family : errorFamilies())
    {
        if (std::find(family.codes.begin(), family.codes.end(), code) != family.codes.end())
            return {family.status, family.type, code, message};
    }
    NameList known;
    for (const auto& family : errorFamilies())
        known.insert(known.end(), family.codes.begin(), family.codes.end());
    refuse("no error code \"" + code + "\" is known, only " + listed(known) +
           "; a fault can give any other with status and body");
}

namespace
{

// The codes of all families of this type.
NameList codesOf(const std::string& type)
{
    NameList codes;
    for (const auto& family : errorFamilies())
    {
        if (family.type == type)
            codes.insert(codes.end(), family.codes.begin(), family.codes.end());
    }
    return codes;
}

double numberIn(const Json& spec, const char* name, double fallback, double most)
{
    if (!spec.contains(name)) return fallback;
    const Json& given = spec.at(name);
    const auto decimal = decimalIn(given);
    const double value = given.is_number() ? given.get<double>()
                         : decimal         ? std::stod(decimal->text())
                                           : -1;
    if (!(value >= 0 && value <= most))
        refuse(std::string(name) + " must be a number from 0 to " +
               std::to_string(static_cast<std::int64_t>(most)));
    return value;
}

std::int64_t wholeIn(const Json& spec, const char* name, std::int64_t fallback, std::int64_t least,
    std::int64_t most)
{
    if (!spec.contains(name)) return fallback;
    const Json& value = spec.at(name);
    const bool huge = value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX;
    if (!value.is_number_integer() || huge || value.get<std::int64_t>() < least ||
        value.get<std::int64_t>() > most)
        refuse(std::string(name) + " must be a whole number from " + std::to_string(least) +
               " to " + std::to_string(most));
    return value.get<std::int64_t>();
}

void takeError(Fault& fault, const PlaidError& error)
{
    fault.status = error.status;
    fault.body = error.answerBody();
}

void fillBody(Fault& fault, const Json& spec)
{
    switch (fault.kind)
    {
    case FaultKind::error:
        takeError(fault, errorOf(spec.value("code", "INTERNAL_SERVER_ERROR"), "an ordered error"));
        if (spec.contains("body")) fault.body.update(spec.at("body"));
        fault.status = static_cast<int>(wholeIn(spec, "status", fault.status, 200, 599));
        break;
    case FaultKind::rateLimit:
        fault.status = 429;
        if (!spec.contains("code")) break; // the endpoint that is struck says which
        requireAmong("code of rate_limit", spec.at("code"), codesOf("RATE_LIMIT_EXCEEDED"));
        fault.body = rateLimitBody("", spec.at("code").get<std::string>());
        break;
    case FaultKind::maintenance503:
        takeError(
            fault, errorOf("PLANNED_MAINTENANCE",
                       "the Plaid API is temporarily unavailable due to planned maintenance"));
        break;
    case FaultKind::mutation:
        takeError(fault,
            errorOf("TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION",
                "Underlying transaction data changed since last page was fetched. Please restart "
                "pagination from last update."));
        break;
    case FaultKind::itemRemoved:
        takeError(fault,
            errorOf("ITEM_CONCURRENTLY_DELETED", "this item was deleted while it was being used"));
        break;
    case FaultKind::http500:
        takeError(fault, errorOf("INTERNAL_SERVER_ERROR", "an unexpected error occurred"));
        break;
    default: break;
    }
}

FaultCall scopeOf(const Fault& fault, const Json& spec)
{
    FaultCall scope;
    scope.endpoint = spec.value("endpoint", "");
    scope.webhookType = spec.value("webhook_type", "");
    scope.webhookCode = spec.value("webhook_code", "");
    scope.itemId = spec.value("item_id", "");
    scope.loginId = spec.value("login_id", "");
    scope.institutionId = spec.value("institution_id", "");
    const bool pages = fault.kind == FaultKind::mutation || fault.kind == FaultKind::lateChange;
    scope.page = static_cast<std::uint32_t>(wholeIn(spec, "page", pages ? 1 : 0, 0, 1'000'000));
    const bool sync = needsSync(fault.kind) || scope.page != 0;
    if (sync && scope.endpoint.empty()) scope.endpoint = "/transactions/sync";
    if (sync && scope.endpoint != "/transactions/sync") refuse("only /transactions/sync has pages");
    return scope;
}

Nanos nanosOf(double seconds)
{
    return static_cast<Nanos>(seconds * 1e9);
}

} // namespace

Json rateLimitBody(const std::string& endpoint, const std::string& code)
{
    static const std::map<std::string, std::string> codes{{"/accounts/get", "ACCOUNTS_LIMIT"},
        {"/accounts/balance/get", "BALANCE_LIMIT"}, {"/item/get", "ITEM_GET_LIMIT"},
        {"/transactions/sync", "TRANSACTIONS_SYNC_LIMIT"},
        {"/transactions/refresh", "TRANSACTIONS_REFRESH_LIMIT"},
        {"/institutions/get_by_id", "INSTITUTIONS_GET_BY_ID_LIMIT"}};
    const auto found = codes.find(endpoint);
    const bool quota = code == "CREDITS_EXHAUSTED";
    Json body = errorOf(found == codes.end() ? "RATE_LIMIT" : found->second,
        quota ? "the credits of this client are used up"
              : "rate limit exceeded for attempts to access this item. please try again later")
                    .answerBody();
    if (!code.empty()) body["error_code"] = code;
    return body;
}

Fault readFault(const Json& spec, Nanos now, std::uint64_t seed)
{
    constexpr double longest = 3.2e8; // ten years, in seconds
    if (!spec.is_object()) refuse("a fault must be an object");
    const Json named = spec.value("kind", Json(""));
    const auto kind =
        kinds().find(named.is_string() ? named.get<std::string>() : compactText(named));
    if (kind == kinds().end())
    {
        NameList known;
        for (const auto& [name, one] : kinds())
            known.push_back(name);
        requireAmong(
            "kind", named.is_string() ? named.get<std::string>() : compactText(named), known);
    }
    checkFaultFields(spec, kind->second, kind->first);
    Fault fault;
    fault.kind = kind->second;
    fault.kindName = kind->first;
    fault.scope = scopeOf(fault, spec);
    fault.field = spec.value("field", "");
    fault.seconds =
        numberIn(spec, "seconds", fault.kind == FaultKind::webhookLate ? 3600 : 60, longest);
    fault.times = wholeIn(spec, "times", 2, 2, 100);
    fault.after = wholeIn(spec, "after", 0, 0, INT64_MAX);
    fault.probability = numberIn(spec, "probability", 1, 1);
    if (fault.probability == 0) refuse("probability must be above 0: this fault never strikes");
    const bool always = spec.contains("probability") || spec.contains("for_seconds");
    fault.remaining = wholeIn(spec, "count", always ? -1 : 1, INT64_MIN, INT64_MAX);
    if (fault.remaining == 0) refuse("count must not be 0; a negative one means always");
    fault.random =
        SeededRandom(seed ^ static_cast<std::uint64_t>(wholeIn(spec, "seed", 0, 0, INT64_MAX)));
    fault.from = now + nanosOf(numberIn(spec, "in_seconds", 0, longest));
    if (spec.contains("for_seconds"))
        fault.until = fault.from + nanosOf(numberIn(spec, "for_seconds", 0, longest));
    if (fault.until == fault.from) refuse("for_seconds must be above 0: this fault never strikes");
    if (spec.contains("retry_after"))
    {
        const Json& after = spec.at("retry_after");
        if (!after.is_string() && !after.is_number())
            refuse("retry_after must be a text or a number");
        fault.retryAfter = after.is_string() ? after.get<std::string>() : compactText(after);
    }
    fillBody(fault, spec);
    return fault;
}

} // namespace plaidsim
