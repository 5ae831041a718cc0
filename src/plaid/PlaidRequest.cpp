#include "plaid/PlaidRequest.h"

#include "plaid/ErrorCatalogue.h"
#include "plaid/PlaidAnswers.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

namespace bankfeed::plaid
{

namespace
{

constexpr const char* apiVersion = "2020-09-14";

/// Calls that may be asked twice: they read, or come to the same the second time. Not among them is
/// what is billed by the call, and what uses a token up.
constexpr std::array<std::string_view, 8> repeatablePaths{"/accounts/get", "/item/get",
    "/item/remove", "/item/webhook/update", "/link/token/create", "/link/token/get",
    "/transactions/sync", "/webhook_verification_key/get"};

Error unreadableStatus(int status)
{
    Error error = Error::unknown("plaid.http_status",
        "Plaid's answer has HTTP status " + std::to_string(status) + " and no readable error.");
    error.remedy = Remedy::Retry;
    return error;
}

} // namespace

HttpRequest plaidRequest(const PlaidSettings& settings, std::string path, Secret body,
    std::int64_t deadlineMs, std::size_t answerBytesMax)
{
    HttpRequest request;
    request.path = std::move(path);
    request.repeatable = std::find(repeatablePaths.begin(), repeatablePaths.end(), request.path) !=
                         repeatablePaths.end();
    request.headers.emplace_back("PLAID-CLIENT-ID", settings.clientId);
    request.headers.emplace_back("PLAID-SECRET", settings.secret);
    request.headers.emplace_back("Plaid-Version", Secret{apiVersion});
    request.body = std::move(body);
    request.deadlineMs = deadlineMs;
    request.answerBytesMax = answerBytesMax;
    return request;
}

Error errorOfAnswer(HttpResponse& answer, const SentSecrets& sent)
{
    Error error = unreadableStatus(answer.status);
    if (const auto envelope = readErrorEnvelope(std::move(answer.body), answer.status))
        error = errorOf(*envelope);
    sent.keepOutOf(error);
    error.retryAfter = std::max(error.retryAfter, std::chrono::milliseconds{answer.retryAfterMs});
    return error;
}

} // namespace bankfeed::plaid
