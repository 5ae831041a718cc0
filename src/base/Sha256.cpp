#include "base/Sha256.h"

#include "base/Hex.h"
#include "base/Result.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace bankfeed
{

namespace
{

/// EVP_sha256() is looked up anew, under a lock, at every use; this is looked up once. Never freed:
/// the library must not run code of ours at the end of the process.
const EVP_MD* fetchedSha256()
{
    static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    BF_ASSERT(fetched != nullptr);
    return fetched;
}

} // namespace

Digest sha256(std::string_view bytes)
{
    Digest digest{};
    unsigned int size = 0;
    const int done =
        EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, fetchedSha256(), nullptr);
    BF_ASSERT(done == 1 && size == digest.size());
    return digest;
}

std::string sha256Hex(std::string_view bytes)
{
    return toHex(asBytes(sha256(bytes)));
}

Digest hmacSha256(std::string_view key, std::string_view bytes)
{
    Digest digest{};
    unsigned int size = 0;
    BF_ASSERT(key.size() <= 4096);
    const auto* const done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
        reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data(), &size);
    BF_ASSERT(done != nullptr && size == digest.size());
    return digest;
}

std::string_view asBytes(const Digest& digest)
{
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

} // namespace bankfeed
