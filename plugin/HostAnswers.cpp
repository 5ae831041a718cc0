#include "HostAnswers.h"

#include "base/Secret.h"
#include "base/Utf8.h"

#include <cstring>

namespace bankfeed::plugin
{

namespace
{

/// The host's words, made safe for our logs.
std::string wordsOf(const bf_error& error)
{
    const std::size_t size = strnlen(error.text, BF_ERROR_TEXT_SIZE);
    return safeText(std::string_view(error.text, size), BF_ERROR_TEXT_SIZE);
}

} // namespace

HostText::~HostText()
{
    wipe(bytes_);
}

bf_status HostText::write(void* ctx, const void* data, std::uint64_t size) noexcept
{
    auto& text = *static_cast<HostText*>(ctx);
    if (size == 0) return BF_OK;
    if (data == nullptr) return BF_E_INVALID;
    if (text.tooLong_ || size > text.most_ - text.bytes_.size())
    {
        text.tooLong_ = true;
        return BF_E_EXHAUSTED;
    }
    try
    {
        text.bytes_.append(static_cast<const char*>(data), static_cast<std::size_t>(size));
        return BF_OK;
    }
    catch (...)
    {
        text.tooLong_ = true;
        return BF_E_EXHAUSTED;
    }
}

const char* HostText::fault() const
{
    return tooLong_ ? "is too long" : faultOfText(bytes_);
}

const char* faultOfText(std::string_view bytes) noexcept
{
    if (!isUtf8(bytes)) return "is not UTF-8";
    for (std::size_t i = 0; i < bytes.size(); ++i)
    {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        // In valid UTF-8 the controls U+0080..U+009F are 0xC2 and one of 0x80..0x9F.
        const bool second = byte == 0xC2U && static_cast<unsigned char>(bytes[i + 1]) <= 0x9FU;
        if (byte < 0x20U || byte == 0x7FU || second)
            return "holds a control byte, such as a line break or a NUL";
    }
    return nullptr;
}

bf_error newError()
{
    bf_error error{};
    error.struct_size = sizeof error;
    return error;
}

Error hostError(bf_status status, const bf_error& error, const std::string& what)
{
    std::string text = "The host could not " + what + " (status " + std::to_string(status) + ")";
    const std::string words = wordsOf(error);
    text += words.empty() ? std::string(".") : ": " + words;
    Error failure = Error::unknown("host.unknown", text);
    switch (status)
    {
    case BF_E_NOT_FOUND: failure = Error::notFound("host.not_found", text); break;
    case BF_E_INVALID: failure = Error::invalid("host.invalid", text); break;
    case BF_E_CONFLICT: failure = Error::conflict("host.conflict", text); break;
    case BF_E_DENIED: failure = Error::denied("host.denied", text); break;
    case BF_E_CORRUPT: failure = Error::corrupt("host.corrupt", text); break;
    case BF_E_RETRY: failure = Error::retry("host.busy", text); break;
    default: break;
    }
    failure.retryAfter = std::chrono::milliseconds(error.retry_after_ms);
    return failure;
}

} // namespace bankfeed::plugin
