#include "base/Secret.h"

#include <openssl/crypto.h>

#include <utility>

namespace bankfeed
{

void wipe(std::string& bytes) noexcept
{
    if (!bytes.empty()) OPENSSL_cleanse(bytes.data(), bytes.size());
    bytes.clear();
}

Secret::Secret(std::string_view bytes) : bytes_(bytes) {}

Secret::Secret(const Secret& other) : bytes_(other.bytes_) {}

// A moved std::string may leave a short text behind in its small buffer, so a move copies and
// wipes.
Secret::Secret(Secret&& other) noexcept : bytes_(other.bytes_)
{
    other.wipe();
}

Secret& Secret::operator=(const Secret& other)
{
    if (this != &other)
    {
        wipe();
        bytes_ = other.bytes_;
    }
    return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept
{
    if (this != &other)
    {
        wipe();
        bytes_ = other.bytes_;
        other.wipe();
    }
    return *this;
}

Secret::~Secret()
{
    wipe();
}

bool Secret::equals(const Secret& other) const noexcept
{
    return bytes_.size() == other.bytes_.size() &&
           CRYPTO_memcmp(bytes_.data(), other.bytes_.data(), bytes_.size()) == 0;
}

void Secret::wipe() noexcept
{
    bankfeed::wipe(bytes_);
}

} // namespace bankfeed
