#include "plaid/PlaidClient.h"

#include "base/Date.h"
#include "base/Limits.h"
#include "plaid/CallBudget.h"
#include "plaid/PlaidAnswers.h"
#include "plaid/PlaidRequest.h"
#include "plaid/RequestBody.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

namespace bankfeed::plaid
{

namespace
{

/// How long a hosted page can be opened. Plaid's own default; an update token lives no longer.
constexpr std::int64_t hostedUrlSeconds = 30 * 60;
constexpr int statusOk = 200;
constexpr int statusTooMany = 429;
/// Plaid names no time with its own limits, which are by the minute.
constexpr std::chrono::seconds refusalLeast{30};

Error withRemedy(Error error, Remedy remedy)
{
    if (error.remedy == Remedy::None) error.remedy = remedy;
    return error;
}

/// An answer that cannot be read may be read the next time.
template <class T>
Result<T> retryWhenMalformed(Result<T> read)
{
    if (read.ok()) return read;
    return withRemedy(read.error(), Remedy::Retry);
}

bool isGone(const Error& error)
{
    return error.providerCode == "ITEM_NOT_FOUND" || error.providerCode == "INVALID_ACCESS_TOKEN";
}

/// An add-on: the client may not have it, nor the connection, nor the bank.
bool isNotOffered(const Error& error)
{
    constexpr std::array<std::string_view, 5> codes{"PRODUCTS_NOT_SUPPORTED", "PRODUCT_NOT_ENABLED",
        "INVALID_PRODUCT", "UNAUTHORIZED_ROUTE_ACCESS", "ADDITIONAL_CONSENT_REQUIRED"};
    return std::find(codes.begin(), codes.end(), error.providerCode) != codes.end();
}

/// A login alone mends none of these: without a choice of accounts Plaid would show the person
/// none, and the connection would stay as it is (protocol 1.5).
bool lacksAccounts(const std::string& code)
{
    constexpr std::array<std::string_view, 5> codes{"NO_ACCOUNTS", "NO_AUTH_ACCOUNTS",
        "NO_INVESTMENT_ACCOUNTS", "NO_INVESTMENT_AUTH_ACCOUNTS", "NO_LIABILITY_ACCOUNTS"};
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

} // namespace

PlaidClient::PlaidClient(HttpTransport& transport, Clock& clock, Log& log, PlaidSettings settings)
    : transport_(transport), clock_(clock), log_(log), settings_(std::move(settings))
{
    budget_ = std::make_unique<CallBudget>(
        clock, settings_.environment == "production", settings_.keepCallBudget);
}

PlaidClient::~PlaidClient() = default;

std::vector<PlaidClient::CallUse> PlaidClient::callUses() const
{
    std::vector<CallUse> uses;
    for (auto& one : budget_->uses())
        uses.push_back({std::move(one.path), one.used, one.limit, one.waitMs});
    return uses;
}

void PlaidClient::setCredentials(const Secret& clientId, const Secret& secret)
{
    const std::lock_guard lock(credentials_);
    settings_.clientId = clientId;
    settings_.secret = secret;
}

/// Says once, until it is mended, that the two clocks differ by more than genuine webhooks bear.
void PlaidClient::noteTime(const std::string& date)
{
    const auto theirs = parseHttpDate(date);
    if (!theirs) return;
    const std::int64_t ahead = seconds(clock_.now()) - seconds(*theirs);
    const std::int64_t before = clockAhead_.exchange(ahead);
    const auto tooFar = [](std::int64_t by)
    { return by > limits::webhookAgeMaxSeconds / 2 || by < -limits::webhookFutureMaxSeconds / 2; };
    if (tooFar(ahead) && !tooFar(before))
    {
        log_.write(LogLevel::Warning, "plaid",
            "The clock differs from Plaid's by " + std::to_string(ahead) +
                " s; webhooks will be refused when it differs more.");
    }
}

Result<std::string> PlaidClient::call(
    const char* path, RequestBody& body, const Secret& accessToken, std::int64_t deadlineMs)
{
    BF_TRY(budget_->spend(path, accessToken));
    HttpRequest request;
    const SentSecrets secrets = sent(body);
    {
        const std::lock_guard lock(credentials_);
        request =
            plaidRequest(settings_, path, body.finish(), deadlineMs, limits::providerAnswerBytes);
    }
    auto answer = transport_.post(request);
    if (!answer.ok()) return withRemedy(answer.error(), Remedy::Retry);
    noteTime(answer->date);
    if (answer->status == statusOk) return std::move(answer->body);
    Error error = errorOfAnswer(*answer, secrets);
    if (answer->status == statusTooMany)
    {
        error.retryAfter = std::max<std::chrono::milliseconds>(error.retryAfter, refusalLeast);
        budget_->refused(path, accessToken, error.retryAfter.count());
    }
    log_.write(LogLevel::Info, "plaid",
        std::string(path) + " answered " + std::to_string(answer->status) + " " +
            error.providerCode + " request_id=" + error.providerRequestId);
    return error;
}

SentSecrets PlaidClient::sent(const RequestBody& body)
{
    std::vector<Secret> secrets = body.secrets();
    const std::lock_guard lock(credentials_);
    secrets.push_back(settings_.clientId);
    secrets.push_back(settings_.secret);
    return SentSecrets(std::move(secrets));
}

Result<LinkStart> PlaidClient::startLink(const LinkRequest& request)
{
    const bool update = !makesConnection(request.purpose);
    if (update == request.accessToken.empty())
        return Error::invalid("plaid.link_request",
            "A repair needs the connection's token, and a new connection has none.");

    RequestBody body;
    body.text("client_name", settings_.clientName)
        .text("language", request.language.empty() ? settings_.language : request.language)
        .texts("country_codes", settings_.countryCodes);
    body.object("user").text("client_user_id", request.userReference).end();
    if (update)
    {
        // No products and no webhook: in update mode Plaid refuses the one and ignores the other.
        body.secret("access_token", request.accessToken);
        if (request.purpose == LinkPurpose::AddAccounts || lacksAccounts(request.trouble))
            body.object("update").flag("account_selection_enabled", true).end();
    }
    else
    {
        body.texts("products", {"transactions"});
        body.object("transactions").number("days_requested", settings_.daysRequested).end();
        if (!request.webhookUrl.empty()) body.text("webhook", request.webhookUrl);
    }
    body.object("hosted_link").number("url_lifetime_seconds", hostedUrlSeconds);
    if (!request.completionUrl.empty()) body.text("completion_redirect_uri", request.completionUrl);
    body.end();

    BF_LET(answer, call("/link/token/create", body, request.accessToken, limits::callDeadlineMs));
    auto start = readLinkStart(std::move(answer));
    if (start.ok() && !isHostedPage(start->hostedUrl.reveal(), settings_.pagesOnLoopback))
    {
        Error error = Error::corrupt("plaid.hosted_link_address",
            "Plaid's answer names a page that is not Plaid's own; nobody is sent there.");
        error.remedy = Remedy::Stop;
        return error;
    }
    return retryWhenMalformed(std::move(start));
}

Result<LinkOutcome> PlaidClient::linkOutcome(const Secret& linkToken, LinkPurpose purpose)
{
    RequestBody body;
    body.secret("link_token", linkToken);
    BF_LET(answer, call("/link/token/get", body, Secret{}, limits::callDeadlineMs));
    auto outcome = readLinkOutcome(std::move(answer), purpose);
    if (outcome.ok() && outcome->trouble) sent(body).keepOutOf(*outcome->trouble);
    return retryWhenMalformed(std::move(outcome));
}

Result<NewConnection> PlaidClient::exchange(const Secret& publicToken)
{
    RequestBody body;
    body.secret("public_token", publicToken);
    BF_LET(answer, call("/item/public_token/exchange", body, Secret{}, limits::callDeadlineMs));
    auto read = readNewConnection(std::move(answer));
    if (read.ok()) return read;
    Error error = withRemedy(read.error(), Remedy::Retry);
    error.kind = ErrorKind::Unknown;
    return error;
}

Result<ConnectionFacts> PlaidClient::connection(const Secret& accessToken)
{
    RequestBody body;
    body.secret("access_token", accessToken);
    BF_LET(answer, call("/item/get", body, accessToken, limits::callDeadlineMs));
    auto facts = readConnectionFacts(std::move(answer));
    if (facts.ok() && facts->trouble) sent(body).keepOutOf(*facts->trouble);
    return retryWhenMalformed(std::move(facts));
}

Result<void> PlaidClient::removeConnection(const Secret& accessToken)
{
    RequestBody body;
    body.secret("access_token", accessToken);
    auto answer = call("/item/remove", body, accessToken, limits::callDeadlineMs);
    if (answer.ok()) return retryWhenMalformed(readAcknowledgement(std::move(answer).value()));
    if (isGone(answer.error())) return success();
    return answer.error();
}

Result<void> PlaidClient::setWebhookUrl(const Secret& accessToken, const std::string& url)
{
    RequestBody body;
    body.secret("access_token", accessToken);
    if (url.empty())
        body.null("webhook");
    else
        body.text("webhook", url);
    BF_LET(answer, call("/item/webhook/update", body, accessToken, limits::callDeadlineMs));
    return retryWhenMalformed(readAcknowledgement(std::move(answer)));
}

Result<std::vector<ProviderAccount>> PlaidClient::accounts(const Secret& accessToken)
{
    RequestBody body;
    body.secret("access_token", accessToken);
    BF_LET(answer, call("/accounts/get", body, accessToken, limits::callDeadlineMs));
    return retryWhenMalformed(readAccounts(std::move(answer)));
}

Result<void> PlaidClient::lookAtBank(const Secret& accessToken)
{
    RequestBody body;
    body.secret("access_token", accessToken);
    auto answer = call("/transactions/refresh", body, accessToken, limits::slowCallDeadlineMs);
    if (answer.ok()) return retryWhenMalformed(readAcknowledgement(std::move(answer).value()));
    Error error = answer.error();
    if (isNotOffered(error)) error.code = "provider.not_offered";
    return error;
}

Result<std::vector<ProviderAccount>> PlaidClient::balancesNow(const Secret& accessToken)
{
    RequestBody body;
    body.secret("access_token", accessToken);
    auto answer = call("/accounts/balance/get", body, accessToken, limits::slowCallDeadlineMs);
    if (answer.ok()) return retryWhenMalformed(readAccounts(std::move(answer).value()));
    Error error = answer.error();
    if (isNotOffered(error)) error.code = "provider.not_offered";
    return error;
}

Result<InstitutionFacts> PlaidClient::institution(const std::string& institutionId)
{
    RequestBody body;
    body.text("institution_id", institutionId).texts("country_codes", settings_.countryCodes);
    BF_LET(answer, call("/institutions/get_by_id", body, Secret{}, limits::callDeadlineMs));
    return retryWhenMalformed(readInstitution(std::move(answer)));
}

Result<TransactionPage> PlaidClient::transactions(
    const Secret& accessToken, const std::string& cursor)
{
    RequestBody body;
    body.secret("access_token", accessToken);
    if (!cursor.empty()) body.text("cursor", cursor);
    body.number("count", static_cast<std::int64_t>(limits::transactionsPerPage));
    body.object("options")
        .flag("include_original_description", true)
        .number("days_requested", settings_.daysRequested)
        .end();
    BF_LET(answer, call("/transactions/sync", body, accessToken, limits::slowCallDeadlineMs));
    return retryWhenMalformed(readTransactionPage(std::move(answer)));
}

} // namespace bankfeed::plaid
