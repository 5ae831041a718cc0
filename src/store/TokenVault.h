// Seals access tokens and other secrets before they are stored.
#pragma once

#include "base/Random.h"
#include "base/Result.h"
#include "base/Secret.h"

#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

class Database;

/// AES-256-GCM. What is sealed for one tenant, row and column opens for no other. Any thread.
///
/// A sealed text is "v1.<key id>.<nonce>.<ciphertext and tag>", the last two in base64url; the key
/// id is the first 8 hexadecimal digits of the key's SHA-256. The tag is also over the netstrings
/// of tenant, row, column and key id.
class TokenVault
{
public:
    static constexpr std::size_t keyBytes = 32;

    /// New texts are sealed with `key`; those sealed with one of `older` still open. Error Invalid
    /// "vault.key" when a key is not 32 bytes, or two have the same id.
    [[nodiscard]] static Result<std::unique_ptr<TokenVault>> make(
        const Secret& key, Random& random, const std::vector<Secret>& older = {});
    ~TokenVault();
    TokenVault(const TokenVault&) = delete;
    TokenVault& operator=(const TokenVault&) = delete;

    /// Takes other keys from now on, for all threads. Errors as make; the old keys stay then. Bind
    /// and look at what is sealed (SealedColumns) first, with a vault of the new keys.
    [[nodiscard]] Result<void> take(const Secret& key, const std::vector<Secret>& older);

    /// True when the database has been bound to a key. A new key is made only when it has not.
    [[nodiscard]] static Result<bool> isBound(Database& database);

    /// Binds the database to the key, or checks that it is bound to it. Once bound to an older key
    /// of this vault, it is bound to the new one. Errors: Denied "vault.other_key"; those of
    /// Database.
    [[nodiscard]] Result<void> bind(Database& database);

    /// `row` is the id of the row, `column` the name of its column.
    [[nodiscard]] std::string seal(std::string_view tenant, std::string_view row,
        std::string_view column, const Secret& secret);

    /// Errors: Corrupt "vault.sealed" when the text was changed, or sealed for another place;
    /// Denied "vault.other_key" when it was sealed with a key that is not at hand.
    [[nodiscard]] Result<Secret> open(std::string_view tenant, std::string_view row,
        std::string_view column, std::string_view sealed) const;

    /// True when the text was sealed with an older key: seal it anew when there is an occasion.
    [[nodiscard]] bool isOlder(std::string_view sealed) const;

    /// The id of the key that seals.
    [[nodiscard]] std::string keyId() const;

    /// The ids of all keys at hand, that which seals first.
    [[nodiscard]] std::vector<std::string> keyIds() const;

    /// The id of the key that a text is sealed with; "" when it is no sealed text.
    [[nodiscard]] static std::string keyIdOf(std::string_view sealed);

private:
    struct Key;
    struct Cipher;
    TokenVault(std::vector<Key> keys, Random& random);
    [[nodiscard]] static Result<std::vector<Key>> read(
        const Secret& key, const std::vector<Secret>& older);
    [[nodiscard]] std::shared_ptr<const std::vector<Key>> keys() const;
    [[nodiscard]] static const Key* find(const std::vector<Key>& keys, std::string_view keyId);

    mutable std::shared_mutex mutex_;              ///< Of keys_.
    std::shared_ptr<const std::vector<Key>> keys_; ///< The one that seals, then the older ones.
    std::unique_ptr<Cipher> cipher_;
    Random& random_;
};

} // namespace bankfeed::store
