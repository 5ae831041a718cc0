#include "store/TokenVault.h"

#include "base/Base64Url.h"
#include "base/Netstring.h"
#include "base/Sha256.h"
#include "store/Database.h"

#include <openssl/evp.h>

#include <mutex>
#include <optional>
#include <utility>

namespace bankfeed::store
{

namespace
{

constexpr std::size_t nonceBytes = 12;
constexpr std::size_t tagBytes = 16;
constexpr std::size_t keyIdDigits = 8;
constexpr std::size_t sealedBytesMax = 64 * 1024;
constexpr std::string_view version = "v1.";
constexpr std::string_view knownText = "bankfeed.token-key-check/1";
constexpr const char* checkName = "token_key_check";

const unsigned char* bytesOf(std::string_view text)
{
    return static_cast<const unsigned char*>(static_cast<const void*>(text.data()));
}

unsigned char* bytesOf(std::string& text)
{
    return static_cast<unsigned char*>(static_cast<void*>(text.data()));
}

struct Sealed
{
    std::string_view keyId;
    std::string nonce;
    std::string body; ///< The ciphertext, then the tag.
};

std::optional<Sealed> parse(std::string_view text)
{
    if (text.size() > sealedBytesMax || !text.starts_with(version)) return std::nullopt;
    text.remove_prefix(version.size());
    const std::size_t dot = text.find('.', keyIdDigits + 1);
    if (dot == std::string_view::npos || text[keyIdDigits] != '.') return std::nullopt;
    auto nonce = fromBase64Url(text.substr(keyIdDigits + 1, dot - keyIdDigits - 1));
    auto body = fromBase64Url(text.substr(dot + 1));
    if (!nonce || nonce->size() != nonceBytes || !body || body->size() < tagBytes)
        return std::nullopt;
    return Sealed{text.substr(0, keyIdDigits), std::move(*nonce), std::move(*body)};
}

std::string placeOf(
    std::string_view tenant, std::string_view row, std::string_view column, std::string_view keyId)
{
    Netstrings parts;
    parts.add(tenant).add(row).add(column).add(keyId);
    return parts.bytes();
}

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Context newContext()
{
    Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    BF_ASSERT(context != nullptr);
    return context;
}

} // namespace

struct TokenVault::Key
{
    std::string id;
    Secret bytes;
};

struct TokenVault::Cipher
{
    std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)> aes{
        EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr), &EVP_CIPHER_free};
};

TokenVault::TokenVault(std::vector<Key> keys, Random& random)
    : keys_(std::make_shared<const std::vector<Key>>(std::move(keys))),
      cipher_(std::make_unique<Cipher>()),
      random_(random)
{
    BF_ASSERT(cipher_->aes != nullptr);
}

TokenVault::~TokenVault() = default;

Result<std::vector<TokenVault::Key>> TokenVault::read(
    const Secret& key, const std::vector<Secret>& older)
{
    std::vector<Secret> all{key};
    all.insert(all.end(), older.begin(), older.end());
    std::vector<Key> keys;
    for (const Secret& one : all)
    {
        if (one.size() != keyBytes)
            return Error::invalid("vault.key", "A token key must have 32 bytes.");
        std::string id = sha256Hex(one.reveal()).substr(0, keyIdDigits);
        if (find(keys, id) != nullptr)
            return Error::invalid("vault.key", "Two token keys have the same id.");
        keys.push_back({std::move(id), one});
    }
    return keys;
}

Result<std::unique_ptr<TokenVault>> TokenVault::make(
    const Secret& key, Random& random, const std::vector<Secret>& older)
{
    BF_LET(keys, read(key, older));
    return std::unique_ptr<TokenVault>(new TokenVault(std::move(keys), random));
}

Result<void> TokenVault::take(const Secret& key, const std::vector<Secret>& older)
{
    BF_LET(keys, read(key, older));
    auto taken = std::make_shared<const std::vector<Key>>(std::move(keys));
    const std::unique_lock lock(mutex_);
    keys_ = std::move(taken);
    return success();
}

std::shared_ptr<const std::vector<TokenVault::Key>> TokenVault::keys() const
{
    const std::shared_lock lock(mutex_);
    return keys_;
}

const TokenVault::Key* TokenVault::find(const std::vector<Key>& keys, std::string_view keyId)
{
    for (const Key& key : keys)
    {
        if (key.id == keyId) return &key;
    }
    return nullptr;
}

std::string TokenVault::seal(
    std::string_view tenant, std::string_view row, std::string_view column, const Secret& secret)
{
    BF_ASSERT(secret.size() <= sealedBytesMax / 2);
    const auto all = keys();
    const Key& key = all->front();
    std::string nonce(nonceBytes, '\0');
    random_.fill(nonce.data(), nonce.size());
    const std::string place = placeOf(tenant, row, column, key.id);
    const std::string_view plain = secret.reveal();
    std::string body(plain.size() + tagBytes, '\0');
    const Context context = newContext();
    int size = 0;
    int rest = 0;
    const bool done = EVP_EncryptInit_ex2(context.get(), cipher_->aes.get(),
                          bytesOf(key.bytes.reveal()), bytesOf(nonce), nullptr) == 1 &&
                      EVP_EncryptUpdate(context.get(), nullptr, &size,
                          bytesOf(std::string_view(place)), static_cast<int>(place.size())) == 1 &&
                      EVP_EncryptUpdate(context.get(), bytesOf(body), &size, bytesOf(plain),
                          static_cast<int>(plain.size())) == 1 &&
                      EVP_EncryptFinal_ex(context.get(), bytesOf(body) + size, &rest) == 1 &&
                      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tagBytes,
                          bytesOf(body) + plain.size()) == 1;
    BF_ASSERT(done && static_cast<std::size_t>(size + rest) == plain.size());
    std::string sealed(version);
    return sealed.append(key.id)
        .append(".")
        .append(toBase64Url(nonce))
        .append(".")
        .append(toBase64Url(body));
}

Result<Secret> TokenVault::open(std::string_view tenant, std::string_view row,
    std::string_view column, std::string_view sealed) const
{
    const Error damaged =
        Error::corrupt("vault.sealed", "A sealed value was changed, or belongs to another place.");
    auto parts = parse(sealed);
    if (!parts) return damaged;
    const auto all = keys();
    const Key* key = find(*all, parts->keyId);
    if (key == nullptr)
    {
        return Error::denied("vault.other_key", "A value is sealed with the token key " +
                                                    std::string(parts->keyId) +
                                                    ", which is not at hand.");
    }
    const std::string place = placeOf(tenant, row, column, key->id);
    const std::size_t plainSize = parts->body.size() - tagBytes;
    std::string plain(plainSize, '\0');
    const Context context = newContext();
    int size = 0;
    int rest = 0;
    // The tag is checked by the last call: before it, nothing of the plaintext may be used.
    const bool done = EVP_DecryptInit_ex2(context.get(), cipher_->aes.get(),
                          bytesOf(key->bytes.reveal()), bytesOf(parts->nonce), nullptr) == 1 &&
                      EVP_DecryptUpdate(context.get(), nullptr, &size,
                          bytesOf(std::string_view(place)), static_cast<int>(place.size())) == 1 &&
                      EVP_DecryptUpdate(context.get(), bytesOf(plain), &size, bytesOf(parts->body),
                          static_cast<int>(plainSize)) == 1 &&
                      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tagBytes,
                          bytesOf(parts->body) + plainSize) == 1 &&
                      EVP_DecryptFinal_ex(context.get(), bytesOf(plain) + size, &rest) == 1;
    Result<Secret> result = damaged;
    if (done) result = Secret(plain);
    wipe(plain);
    return result;
}

bool TokenVault::isOlder(std::string_view sealed) const
{
    const auto parts = parse(sealed);
    const auto all = keys();
    return parts && parts->keyId != all->front().id && find(*all, parts->keyId) != nullptr;
}

std::string TokenVault::keyId() const
{
    return keys()->front().id;
}

std::vector<std::string> TokenVault::keyIds() const
{
    std::vector<std::string> ids;
    const auto all = keys();
    for (const Key& key : *all)
        ids.push_back(key.id);
    return ids;
}

std::string TokenVault::keyIdOf(std::string_view sealed)
{
    const auto parts = parse(sealed);
    return parts ? std::string(parts->keyId) : std::string();
}

Result<bool> TokenVault::isBound(Database& database)
{
    return database.read([](Unit& unit) -> Result<bool>
        { return !unit.query("SELECT 1 FROM meta WHERE name = $1", {checkName}).empty(); });
}

Result<void> TokenVault::bind(Database& database)
{
    const std::string sealed = seal("", "meta", checkName, Secret(knownText));
    return database.write(
        [&](Unit& unit) -> Result<void>
        {
            unit.execute(
                "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
                {checkName, sealed});
            const Rows rows = unit.query("SELECT value FROM meta WHERE name = $1", {checkName});
            const auto opened = open("", "meta", checkName, rows.text(0, 0));
            if (!opened.ok() || !opened->equals(Secret(knownText)))
            {
                return Error::denied("vault.other_key",
                    "The database was sealed with another token key. Give bankfeed the key that "
                    "was "
                    "used before; without it every connection must be linked again.");
            }
            if (isOlder(rows.text(0, 0)))
                unit.execute("UPDATE meta SET value = $1 WHERE name = $2", {sealed, checkName});
            return success();
        });
}

} // namespace bankfeed::store
