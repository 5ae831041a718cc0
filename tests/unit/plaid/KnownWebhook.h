// A webhook with a fixed key and signature, checked once with an unrelated implementation of P-256:
// an error in our own signing and verifying that cancels out cannot pass it.
#pragma once

#include <cstdint>
#include <string_view>

namespace bankfeed::testing::known
{

inline constexpr std::int64_t issuedAt = 1'767'225'600;
inline constexpr std::string_view keyId = "0f6c2b1e-7a54-4d0c-9b38-5e2f1c7d9a60";
inline constexpr std::string_view body = R"({
  "environment": "sandbox",
  "error": null,
  "item_id": "Zk3mQ8vRxWtL5pYn2bHdS7cJfE4gUaKw9NqBo",
  "webhook_code": "NEW_ACCOUNTS_AVAILABLE",
  "webhook_type": "ITEM"
})";
inline constexpr std::string_view token =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6IjBmNmMyYjFlLTdhNTQtNGQwYy05YjM4LTVlMmYxYzdkOWE2MCIsInR5cCI6Ikp"
    "XVCJ9.eyJpYXQiOjE3NjcyMjU2MDAsInJlcXVlc3RfYm9keV9zaGEyNTYiOiIxZWUxM2ZjYWYxMjYyYmM4NzQ1NWUxO"
    "TY3NWRmN2NhNGZiZDNjMzc0YWI1YjM0ZDViY2I2NjI3ZDMzYTE5YjliIn0.yKqCYJfZnU0cSbHFK1mUUEz4SgwH9uqA"
    "WJGAaFtaN0QXMwYLfd5DJIp0BSGg5J8pGb27IpfhmRA66WG4zTsY8Q";
inline constexpr std::string_view keyAnswer = R"({
  "key": {
    "alg": "ES256", "created_at": 1767100000, "crv": "P-256", "expired_at": null,
    "kid": "0f6c2b1e-7a54-4d0c-9b38-5e2f1c7d9a60", "kty": "EC", "use": "sig",
    "x": "DxaRl0WVQlorVln8cRxz7wfSrEaEyC2pP3Ca2z2TwVM",
    "y": "Sreu_3OuAmEg64KRvVowehMr2hW0Bd03D_q2fMe-B1Y"
  },
  "request_id": "RZ6Omi1bzzwDaLo"
})";

} // namespace bankfeed::testing::known
