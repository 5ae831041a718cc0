#include "base/Error.h"

#include <utility>

namespace bankfeed
{

namespace
{

Error make(ErrorKind kind, std::string code, std::string text)
{
    Error error;
    error.kind = kind;
    error.code = std::move(code);
    error.text = std::move(text);
    return error;
}

} // namespace

Error Error::invalid(std::string code, std::string text)
{
    return make(ErrorKind::Invalid, std::move(code), std::move(text));
}

Error Error::notFound(std::string code, std::string text)
{
    return make(ErrorKind::NotFound, std::move(code), std::move(text));
}

Error Error::conflict(std::string code, std::string text)
{
    return make(ErrorKind::Conflict, std::move(code), std::move(text));
}

Error Error::denied(std::string code, std::string text)
{
    return make(ErrorKind::Denied, std::move(code), std::move(text));
}

Error Error::retry(std::string code, std::string text, std::chrono::milliseconds after)
{
    Error error = make(ErrorKind::Retry, std::move(code), std::move(text));
    error.retryAfter = after;
    return error;
}

Error Error::unknown(std::string code, std::string text)
{
    return make(ErrorKind::Unknown, std::move(code), std::move(text));
}

Error Error::exhausted(std::string code, std::string text)
{
    return make(ErrorKind::Exhausted, std::move(code), std::move(text));
}

Error Error::corrupt(std::string code, std::string text)
{
    return make(ErrorKind::Corrupt, std::move(code), std::move(text));
}

Error Error::stopping()
{
    return make(
        ErrorKind::Stopping, "stopping", "bankfeed is shutting down; try again when it is back.");
}

Error Error::internal(std::string code, std::string text)
{
    return make(ErrorKind::Internal, std::move(code), std::move(text));
}

} // namespace bankfeed
