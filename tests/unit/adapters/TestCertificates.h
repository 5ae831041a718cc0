// Certificate authorities and server certificates, made when a test needs them.
#pragma once

#include <memory>
#include <string>

struct ssl_ctx_st;
struct evp_pkey_st;
struct x509_st;

namespace bankfeed::testing
{

/// A private authority. Its certificate lies in a file while it lives.
class TestAuthority
{
public:
    TestAuthority();
    ~TestAuthority();
    TestAuthority(const TestAuthority&) = delete;
    TestAuthority& operator=(const TestAuthority&) = delete;

    [[nodiscard]] const std::string& file() const { return file_; }

    struct Wanted
    {
        std::string names = "DNS:localhost,IP:127.0.0.1"; ///< subjectAltName; "" for none.
        std::string commonName = "localhost";
        long startsInSeconds = -3600;
        long endsInSeconds = 3600;
        bool selfSigned = false;
        int newestTls = 0; ///< TLS1_1_VERSION, for example; 0: no limit.
    };

    /// A server's context with a certificate of this authority.
    [[nodiscard]] std::shared_ptr<ssl_ctx_st> server(const Wanted& wanted) const;
    [[nodiscard]] std::shared_ptr<ssl_ctx_st> server() const;

private:
    evp_pkey_st* key_ = nullptr;
    x509_st* certificate_ = nullptr;
    std::string file_;
};

} // namespace bankfeed::testing
