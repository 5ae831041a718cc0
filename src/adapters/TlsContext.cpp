#include "adapters/TlsContext.h"

#include <Poco/Crypto/OpenSSLInitializer.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/Utility.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <mutex>

namespace bankfeed::adapters
{

namespace
{

constexpr const char* cipherList = "ECDHE+AESGCM:ECDHE+CHACHA20";

/// Poco counts its users of OpenSSL and, when the last one leaves, unloads OpenSSL's configuration
/// for the whole process, the host's too. One reference is therefore never given back.
void keepOpenSsl()
{
    static std::once_flag once;
    std::call_once(once, [] { Poco::Crypto::OpenSSLInitializer::initialize(); });
}

bool isNumeric(const std::string& host)
{
    return host.find_first_not_of("0123456789.") == std::string::npos ||
           host.find(':') != std::string::npos;
}

} // namespace

Poco::Net::Context::Ptr makeTlsContext(const ProviderAddress& address, const std::string& caFile)
{
    using Poco::Net::Context;
    keepOpenSsl();
    Context::Params params;
    params.caLocation = caFile;
    params.loadDefaultCAs = caFile.empty();
    params.verificationMode = Context::VERIFY_STRICT;
    params.verificationDepth = 9;
    params.cipherList = cipherList;
    Context::Ptr context = new Context(Context::TLS_CLIENT_USE, params);
    context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
    // Poco's own check of the name happens after the handshake and knows exceptions for loopback;
    // OpenSSL's, below, happens within it and knows none.
    context->enableExtendedCertificateVerification(false);

    SSL_CTX* const ssl = context->sslContext();
    // Poco's callback asks handlers that anybody in the process may have installed whether a bad
    // certificate should pass. Without a callback OpenSSL refuses.
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
    X509_VERIFY_PARAM* const verify = SSL_CTX_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(
        verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    const int named =
        isNumeric(address.host)
            ? X509_VERIFY_PARAM_set1_ip_asc(verify, address.host.c_str())
            : X509_VERIFY_PARAM_set1_host(verify, address.host.c_str(), address.host.size());
    if (named != 1) throw Poco::Net::SSLContextException("The host name cannot be verified");
    return context;
}

} // namespace bankfeed::adapters
