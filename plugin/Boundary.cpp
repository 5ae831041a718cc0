#include "Boundary.h"

#include "HostAnswers.h"

#include "base/Utf8.h"

#include <algorithm>
#include <cstring>

namespace bankfeed::plugin
{

bf_status statusOf(const Error& error) noexcept
{
    switch (error.kind)
    {
    case ErrorKind::Invalid: return BF_E_INVALID;
    case ErrorKind::NotFound: return BF_E_NOT_FOUND;
    case ErrorKind::Conflict: return BF_E_CONFLICT;
    case ErrorKind::Denied: return BF_E_DENIED;
    case ErrorKind::Retry: return BF_E_RETRY;
    case ErrorKind::Unknown: return BF_E_RETRY;
    case ErrorKind::Exhausted: return BF_E_EXHAUSTED;
    case ErrorKind::Corrupt: return BF_E_CORRUPT;
    case ErrorKind::Stopping: return BF_E_STOPPING;
    case ErrorKind::Provider:
    case ErrorKind::Internal: return BF_E_INTERNAL;
    }
    return BF_E_INTERNAL;
}

bf_status report(bf_error* out, bf_status status, std::string_view text, bool retryable) noexcept
{
    if (out == nullptr || out->struct_size < sizeof(bf_error)) return status;
    const std::string_view cut = cutUtf8(text, BF_ERROR_TEXT_SIZE - 1);
    out->code = 0;
    out->retryable = retryable ? 1U : 0U;
    out->retry_after_ms = 0;
    std::memset(out->text, 0, BF_ERROR_TEXT_SIZE);
    std::copy(cut.begin(), cut.end(), out->text);
    return status;
}

bf_status report(bf_error* out, const Error& error) noexcept
{
    const bool retryable = error.kind == ErrorKind::Retry || error.kind == ErrorKind::Unknown ||
                           error.kind == ErrorKind::Stopping;
    const bf_status status = report(out, statusOf(error), error.text, retryable);
    if (out != nullptr && out->struct_size >= sizeof(bf_error))
    {
        const auto after = std::clamp<std::int64_t>(error.retryAfter.count(), 0, 86'400'000);
        out->retry_after_ms = static_cast<std::uint32_t>(after);
    }
    return status;
}

bool isId(const char* id) noexcept
{
    if (id == nullptr) return false;
    const std::string_view text(id, strnlen(id, BF_ID_MAX + 1));
    return !text.empty() && text.size() <= BF_ID_MAX && faultOfText(text) == nullptr;
}

} // namespace bankfeed::plugin
