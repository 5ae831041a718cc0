// The TLS settings of a transport. Only for the adapters' own source files: it needs Poco's
// headers.
#pragma once

#include "adapters/ProviderAddress.h"

#include <Poco/Net/Context.h>

#include <string>

namespace bankfeed::adapters
{

/// A context of our own for one host: TLS 1.2 or newer, forward secrecy, and the chain and the host
/// name verified by OpenSSL itself during the handshake, before a byte of a request is sent.
/// Throws Poco::Exception when the authorities cannot be loaded.
[[nodiscard]] Poco::Net::Context::Ptr makeTlsContext(
    const ProviderAddress& address, const std::string& caFile);

} // namespace bankfeed::adapters
