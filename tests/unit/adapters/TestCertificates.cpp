#include "TestCertificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <unistd.h>

#include <cstdio>
#include <stdexcept>

namespace bankfeed::testing
{

namespace
{

void require(bool done)
{
    if (!done) throw std::runtime_error("OpenSSL refused to make a test certificate");
}

void extend(X509* certificate, X509* issuer, int name, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, name, value.c_str());
    require(extension != nullptr);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

X509* makeCertificate(EVP_PKEY* key, const std::string& commonName, long from, long until)
{
    static long serial = 1000;
    X509* const certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), from);
    X509_gmtime_adj(X509_getm_notAfter(certificate), until);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
        reinterpret_cast<const unsigned char*>(commonName.c_str()), -1, -1, 0);
    return certificate;
}

} // namespace

TestAuthority::TestAuthority()
{
    key_ = EVP_EC_gen("P-256");
    certificate_ = makeCertificate(key_, "Test authority", -7200, 7200);
    X509_set_issuer_name(certificate_, X509_get_subject_name(certificate_));
    extend(certificate_, certificate_, NID_basic_constraints, "critical,CA:TRUE");
    extend(certificate_, certificate_, NID_key_usage, "critical,keyCertSign,cRLSign");
    require(X509_sign(certificate_, key_, EVP_sha256()) > 0);

    std::string name = "/tmp/bankfeed-test-ca-XXXXXX";
    const int descriptor = ::mkstemp(name.data());
    require(descriptor >= 0);
    std::FILE* const file = ::fdopen(descriptor, "w");
    require(file != nullptr && PEM_write_X509(file, certificate_) == 1);
    std::fclose(file);
    file_ = name;
}

TestAuthority::~TestAuthority()
{
    std::remove(file_.c_str());
    X509_free(certificate_);
    EVP_PKEY_free(key_);
}

std::shared_ptr<ssl_ctx_st> TestAuthority::server() const
{
    return server(Wanted{});
}

std::shared_ptr<ssl_ctx_st> TestAuthority::server(const Wanted& wanted) const
{
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    X509* const certificate =
        makeCertificate(key, wanted.commonName, wanted.startsInSeconds, wanted.endsInSeconds);
    X509* const issuer = wanted.selfSigned ? certificate : certificate_;
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    if (!wanted.names.empty()) extend(certificate, issuer, NID_subject_alt_name, wanted.names);
    require(X509_sign(certificate, wanted.selfSigned ? key : key_, EVP_sha256()) > 0);

    std::shared_ptr<ssl_ctx_st> context{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
    require(SSL_CTX_use_certificate(context.get(), certificate) == 1);
    require(SSL_CTX_use_PrivateKey(context.get(), key) == 1);
    if (wanted.newestTls != 0)
    {
        SSL_CTX_set_security_level(context.get(), 0);
        SSL_CTX_set_min_proto_version(context.get(), 0);
        SSL_CTX_set_max_proto_version(context.get(), wanted.newestTls);
        SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    return context;
}

} // namespace bankfeed::testing
