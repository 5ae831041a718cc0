#include "plaid/Es256Key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace bankfeed::plaid
{

namespace
{

constexpr std::size_t coordinateBytes = 32;
constexpr std::size_t contextsKept = 64; ///< As many as threads verify at once.
constexpr std::size_t derBytesMax = 72;

struct Free
{
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
    void operator()(BIGNUM* number) const { BN_free(number); }
};
using PkeyPtr = std::unique_ptr<EVP_PKEY, Free>;
using ContextPtr = std::unique_ptr<EVP_PKEY_CTX, Free>;

PkeyPtr makeKey(std::string_view x, std::string_view y)
{
    std::string point;
    point.reserve(1 + 2 * coordinateBytes);
    point.push_back('\x04'); // Uncompressed.
    point.append(x).append(y);
    std::string group = "P-256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
        OSSL_PARAM_construct_end()};

    const ContextPtr builder{EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr)};
    EVP_PKEY* made = nullptr;
    if (!builder || EVP_PKEY_fromdata_init(builder.get()) != 1 ||
        EVP_PKEY_fromdata(
            builder.get(), &made, EVP_PKEY_PUBLIC_KEY, const_cast<OSSL_PARAM*>(params)) != 1)
    {
        return nullptr;
    }
    PkeyPtr key{made};
    const ContextPtr checker{EVP_PKEY_CTX_new(key.get(), nullptr)};
    if (!checker || EVP_PKEY_public_check(checker.get()) != 1) return nullptr;
    return key;
}

/// The signature as OpenSSL takes it. Zero as r or s is refused by the verification itself.
std::size_t toDer(const Es256Signature& signature, std::array<unsigned char, derBytesMax>& der)
{
    const std::unique_ptr<ECDSA_SIG, Free> pair{ECDSA_SIG_new()};
    std::unique_ptr<BIGNUM, Free> r{BN_bin2bn(signature.data(), coordinateBytes, nullptr)};
    std::unique_ptr<BIGNUM, Free> s{
        BN_bin2bn(signature.data() + coordinateBytes, coordinateBytes, nullptr)};
    if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return 0;
    static_cast<void>(r.release());
    static_cast<void>(s.release());
    unsigned char* end = der.data();
    const int size = i2d_ECDSA_SIG(pair.get(), &end);
    return size > 0 ? static_cast<std::size_t>(size) : 0;
}

} // namespace

/// Verification contexts bound to the key. One is in use by one thread at a time; setting one up
/// for every signature would cost an eighth of the speed on one core and more on two.
class Es256Key::Contexts
{
public:
    explicit Contexts(PkeyPtr key) : key_(std::move(key)) {}

    ContextPtr take()
    {
        {
            const std::lock_guard lock(mutex_);
            if (!spare_.empty())
            {
                ContextPtr context = std::move(spare_.back());
                spare_.pop_back();
                return context;
            }
        }
        ContextPtr context{EVP_PKEY_CTX_new(key_.get(), nullptr)};
        if (!context || EVP_PKEY_verify_init(context.get()) != 1) return nullptr;
        return context;
    }

    void giveBack(ContextPtr context)
    {
        const std::lock_guard lock(mutex_);
        if (spare_.size() < contextsKept) spare_.push_back(std::move(context));
    }

private:
    PkeyPtr key_;
    std::mutex mutex_;
    std::vector<ContextPtr> spare_;
};

Es256Key::Es256Key(std::unique_ptr<Contexts> contexts) : contexts_(std::move(contexts)) {}

Es256Key::~Es256Key() = default;

std::shared_ptr<const Es256Key> Es256Key::ofPoint(std::string_view x, std::string_view y)
{
    if (x.size() != coordinateBytes || y.size() != coordinateBytes) return nullptr;
    PkeyPtr key = makeKey(x, y);
    if (!key) return nullptr;
    return std::shared_ptr<const Es256Key>(
        new Es256Key(std::make_unique<Contexts>(std::move(key))));
}

bool Es256Key::verifies(const Digest& digest, const Es256Signature& signature) const
{
    std::array<unsigned char, derBytesMax> der{};
    const std::size_t size = toDer(signature, der);
    ContextPtr context = contexts_->take();
    if (size == 0 || !context) return false;
    const int verdict =
        EVP_PKEY_verify(context.get(), der.data(), size, digest.data(), digest.size());
    contexts_->giveBack(std::move(context));
    return verdict == 1;
}

} // namespace bankfeed::plaid
