#include "base/Random.h"

#include "base/Text.h"

#include <array>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdexcept>

namespace ledgerd
{

namespace
{

const unsigned char* bytesOf(const std::string& text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

std::string randomHex(std::size_t bytes)
{
    std::array<unsigned char, 64> buffer{};
    if (bytes == 0 || bytes > buffer.size() ||
        RAND_bytes(buffer.data(), static_cast<int>(bytes)) != 1)
        throw std::runtime_error("the system gives no random bytes");
    return toHex(buffer.data(), bytes);
}

std::string sha256Hex(const std::string& data)
{
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    unsigned int size = 0;
    if (EVP_Digest(data.data(), data.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("SHA-256 failed");
    return toHex(digest.data(), digest.size());
}

std::string hmacSha256Hex(const std::string& key, const std::string& data)
{
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    unsigned int size = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytesOf(data), data.size(),
            digest.data(), &size) == nullptr)
        throw std::runtime_error("HMAC failed");
    return toHex(digest.data(), digest.size());
}

bool equalSecrets(const std::string& a, const std::string& b)
{
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace ledgerd
