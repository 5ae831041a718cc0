#include "WebhookForge.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace bankfeed::testing
{

namespace
{

void require(bool done)
{
    if (!done) throw std::runtime_error("OpenSSL refused to make a test key or signature");
}

} // namespace

std::string base64Url(std::string_view bytes)
{
    static constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    std::uint32_t bits = 0;
    unsigned have = 0;
    for (const char c : bytes)
    {
        bits = (bits << 8U) | static_cast<unsigned char>(c);
        have += 8;
        while (have >= 6)
        {
            have -= 6;
            text.push_back(alphabet[(bits >> have) & 0x3FU]);
        }
    }
    if (have > 0) text.push_back(alphabet[(bits << (6U - have)) & 0x3FU]);
    return text;
}

std::string sha256HexOf(std::string_view bytes)
{
    std::array<unsigned char, 32> digest{};
    unsigned size = 0;
    require(
        EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : digest)
    {
        text.push_back(digits[byte >> 4U]);
        text.push_back(digits[byte & 0x0FU]);
    }
    return text;
}

struct SigningKey::Native
{
    EVP_PKEY* key = nullptr;
};

SigningKey::SigningKey() : native_(std::make_unique<Native>())
{
    native_->key = EVP_EC_gen("P-256");
    require(native_->key != nullptr);
}

SigningKey::~SigningKey()
{
    EVP_PKEY_free(native_->key);
}

std::string SigningKey::signDer(std::string_view message) const
{
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    std::array<unsigned char, 80> der{};
    std::size_t size = der.size();
    const bool done =
        EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, native_->key) == 1 &&
        EVP_DigestSign(context, der.data(), &size,
            reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
    EVP_MD_CTX_free(context);
    require(done);
    return {reinterpret_cast<const char*>(der.data()), size};
}

std::string SigningKey::sign(std::string_view message) const
{
    const std::string der = signDer(message);
    const auto* in = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* const pair = d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size()));
    require(pair != nullptr);
    std::array<unsigned char, 64> raw{};
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw.data(), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw.data() + 32, 32);
    ECDSA_SIG_free(pair);
    return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

namespace
{

std::string coordinate(EVP_PKEY* key, const char* name)
{
    BIGNUM* number = nullptr;
    require(EVP_PKEY_get_bn_param(key, name, &number) == 1);
    std::array<unsigned char, 32> bytes{};
    BN_bn2binpad(number, bytes.data(), 32);
    BN_free(number);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

std::string SigningKey::x() const
{
    return coordinate(native_->key, OSSL_PKEY_PARAM_EC_PUB_X);
}

std::string SigningKey::y() const
{
    return coordinate(native_->key, OSSL_PKEY_PARAM_EC_PUB_Y);
}

std::string SigningKey::answer(std::string_view keyId, std::string_view expiredAt) const
{
    return R"({"key":{"alg":"ES256","created_at":1767100000,"crv":"P-256","expired_at":)" +
           std::string(expiredAt) + R"(,"kid":")" + std::string(keyId) +
           R"(","kty":"EC","use":"sig","x":")" + base64Url(x()) + R"(","y":")" + base64Url(y()) +
           R"("},"request_id":"RZ6Omi1bzzwDaLo"})";
}

std::string headerJson(std::string_view keyId)
{
    return R"({"alg":"ES256","kid":")" + std::string(keyId) + R"(","typ":"JWT"})";
}

std::string claimsJson(std::int64_t issuedAt, std::string_view body)
{
    return R"({"iat":)" + std::to_string(issuedAt) + R"(,"request_body_sha256":")" +
           sha256HexOf(body) + R"("})";
}

std::string token(const SigningKey& key, std::string_view header, std::string_view claims)
{
    const std::string signedPart = base64Url(header) + "." + base64Url(claims);
    return signedPart + "." + base64Url(key.sign(signedPart));
}

} // namespace bankfeed::testing
