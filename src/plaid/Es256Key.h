// A public key of ECDSA on P-256 with SHA-256, ready to verify.
#pragma once

#include "base/Sha256.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

namespace bankfeed::plaid
{

/// r and s, big endian, 32 bytes each: the form of a JWS (RFC 7518, 3.4).
using Es256Signature = std::array<std::uint8_t, 64>;

/// Any thread. Building a key costs a good part of a verification, so keys are kept.
class Es256Key
{
public:
    /// The key of a point; null when the coordinates are not 32 bytes each or not on the curve.
    [[nodiscard]] static std::shared_ptr<const Es256Key> ofPoint(
        std::string_view x, std::string_view y);

    ~Es256Key();
    Es256Key(const Es256Key&) = delete;
    Es256Key& operator=(const Es256Key&) = delete;

    /// `digest` is the SHA-256 of the message.
    [[nodiscard]] bool verifies(const Digest& digest, const Es256Signature& signature) const;

private:
    class Contexts;
    explicit Es256Key(std::unique_ptr<Contexts> contexts);

    std::unique_ptr<Contexts> contexts_;
};

} // namespace bankfeed::plaid
