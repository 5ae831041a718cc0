// The simulator's own P-256 keys and the JSON web tokens made with them.
#pragma once

#include "VirtualClock.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace plaidsim
{

struct PublicKey
{
    std::string kid; // a UUID
    std::string x;   // base64url of 32 bytes, big endian
    std::string y;
    std::int64_t createdAt = 0; // Unix seconds
    std::optional<std::int64_t> expiredAt;
};

// How a token is to be wrong; `none` is a good one.
enum class Forgery
{
    none,
    badSignature,  // one bit of the signature flipped
    swappedHalves, // s before r
    derSignature,  // ASN.1 instead of 64 raw bytes
    wrongBodyHash,
    unknownKid,
    algNone,
    algHs256
};

// Safe from any thread. Keys live as long as the process.
class WebhookSigner
{
public:
    // Makes the first key, created at `now`. `kid` names it.
    WebhookSigner(Nanos now, const std::string& kid);
    ~WebhookSigner();
    WebhookSigner(const WebhookSigner&) = delete;
    WebhookSigner& operator=(const WebhookSigner&) = delete;

    // Signs the exact bytes of a webhook's body with the newest key, or during an overlap with one
    // after the other of those that have not expired at `issuedAt`.
    std::string sign(
        const std::string& body, std::int64_t issuedAt, Forgery forgery = Forgery::none) const;

    // Makes a new key that signs from now on; the others expire at `now` if `expireOld`.
    void rotate(Nanos now, const std::string& kid, bool expireOld);

    // Makes a new key that signs beside the others, which all expire at `oldExpire`.
    void overlap(Nanos now, const std::string& kid, Nanos oldExpire);

    std::optional<PublicKey> find(const std::string& kid) const;
    std::vector<PublicKey> keys() const;

private:
    struct Key;
    std::unique_ptr<Key> make(Nanos now, const std::string& kid) const;

    const Key& keyFor(std::int64_t issuedAt) const;

    mutable std::mutex mutex_;
    mutable std::size_t turn_ = 0;
    bool overlapping_ = false;
    std::vector<std::unique_ptr<Key>> keys_;
};

} // namespace plaidsim
