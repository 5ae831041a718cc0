#include "WebhookSigner.h"

#include "Base64.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace plaidsim
{

namespace
{

template <typename T, void (*release)(T*)>
struct Releaser
{
    void operator()(T* value) const { release(value); }
};

using KeyPtr = std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY, EVP_PKEY_free>>;
using ContextPtr = std::unique_ptr<EVP_MD_CTX, Releaser<EVP_MD_CTX, EVP_MD_CTX_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, Releaser<BIGNUM, BN_free>>;
using SignaturePtr = std::unique_ptr<ECDSA_SIG, Releaser<ECDSA_SIG, ECDSA_SIG_free>>;

void require(bool good)
{
    if (!good) throw std::runtime_error("OpenSSL refused an operation on a P-256 key");
}

std::string coordinate(EVP_PKEY* key, const char* name)
{
    BIGNUM* raw = nullptr;
    require(EVP_PKEY_get_bn_param(key, name, &raw) == 1);
    const NumberPtr number(raw);
    std::array<unsigned char, 32> bytes{};
    require(BN_bn2binpad(number.get(), bytes.data(), 32) == 32);
    return base64Url({bytes.begin(), bytes.end()});
}

std::string derSignature(EVP_PKEY* key, const std::string& text)
{
    const ContextPtr context(EVP_MD_CTX_new());
    require(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1);
    std::array<unsigned char, 80> der{};
    std::size_t length = der.size();
    require(EVP_DigestSign(context.get(), der.data(), &length,
                reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1);
    return {der.begin(), der.begin() + static_cast<std::ptrdiff_t>(length)};
}

// JWS wants r and s as 32 bytes each, OpenSSL speaks ASN.1.
std::string rawSignature(const std::string& der)
{
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const SignaturePtr signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    require(signature != nullptr);
    std::array<unsigned char, 64> raw{};
    require(BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw.data(), 32) == 32);
    require(BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw.data() + 32, 32) == 32);
    return {raw.begin(), raw.end()};
}

std::string spoil(const std::string& der, Forgery forgery)
{
    if (forgery == Forgery::derSignature) return der;
    std::string raw = rawSignature(der);
    if (forgery == Forgery::badSignature) raw[40] = static_cast<char>(raw[40] ^ 1);
    if (forgery == Forgery::swappedHalves) raw = raw.substr(32) + raw.substr(0, 32);
    return raw;
}

} // namespace

struct WebhookSigner::Key
{
    PublicKey open;
    KeyPtr pair;
};

WebhookSigner::WebhookSigner(Nanos now, const std::string& kid)
{
    keys_.push_back(make(now, kid));
}

WebhookSigner::~WebhookSigner() = default;

std::unique_ptr<WebhookSigner::Key> WebhookSigner::make(Nanos now, const std::string& kid) const
{
    auto key = std::make_unique<Key>();
    key->pair.reset(EVP_EC_gen("P-256"));
    require(key->pair != nullptr);
    key->open = {kid, coordinate(key->pair.get(), OSSL_PKEY_PARAM_EC_PUB_X),
        coordinate(key->pair.get(), OSSL_PKEY_PARAM_EC_PUB_Y), now / seconds(1), std::nullopt};
    return key;
}

std::string WebhookSigner::sign(
    const std::string& body, std::int64_t issuedAt, Forgery forgery) const
{
    const std::lock_guard lock(mutex_);
    const Key& key = keyFor(issuedAt);
    const std::string alg = forgery == Forgery::algNone    ? "none"
                            : forgery == Forgery::algHs256 ? "HS256"
                                                           : "ES256";
    std::string kid = key.open.kid;
    if (forgery == Forgery::unknownKid) kid = "00000000-0000-4000-8000-000000000000";
    const std::string hashed = forgery == Forgery::wrongBodyHash ? body + " " : body;
    const std::string text =
        base64Url(R"({"alg":")" + alg + R"(","kid":")" + kid + R"(","typ":"JWT"})") + "." +
        base64Url(R"({"iat":)" + std::to_string(issuedAt) + R"(,"request_body_sha256":")" +
                  hexText(sha256(hashed)) + R"("})");
    if (forgery == Forgery::algNone) return text + ".";
    return text + "." + base64Url(spoil(derSignature(key.pair.get(), text), forgery));
}

const WebhookSigner::Key& WebhookSigner::keyFor(std::int64_t issuedAt) const
{
    if (!overlapping_) return *keys_.back();
    std::vector<const Key*> good;
    for (const auto& key : keys_)
    {
        if (!key->open.expiredAt || *key->open.expiredAt > issuedAt) good.push_back(key.get());
    }
    return *good[turn_++ % good.size()]; // the newest never expires before another comes
}

void WebhookSigner::overlap(Nanos now, const std::string& kid, Nanos oldExpire)
{
    const std::lock_guard lock(mutex_);
    overlapping_ = true;
    for (auto& key : keys_)
    {
        if (!key->open.expiredAt) key->open.expiredAt = oldExpire / seconds(1);
    }
    keys_.push_back(make(now, kid));
}

void WebhookSigner::rotate(Nanos now, const std::string& kid, bool expireOld)
{
    const std::lock_guard lock(mutex_);
    overlapping_ = false;
    for (auto& key : keys_)
    {
        if (expireOld && !key->open.expiredAt) key->open.expiredAt = now / seconds(1);
    }
    keys_.push_back(make(now, kid));
}

std::optional<PublicKey> WebhookSigner::find(const std::string& kid) const
{
    const std::lock_guard lock(mutex_);
    for (const auto& key : keys_)
    {
        if (key->open.kid == kid) return key->open;
    }
    return std::nullopt;
}

std::vector<PublicKey> WebhookSigner::keys() const
{
    const std::lock_guard lock(mutex_);
    std::vector<PublicKey> open;
    for (const auto& key : keys_)
        open.push_back(key->open);
    return open;
}

} // namespace plaidsim
