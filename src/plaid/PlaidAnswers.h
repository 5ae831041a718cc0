// Plaid's answers, read into the words of the port. Every function takes the complete body of an
// answer with status 200; the error is Corrupt with code "plaid.answer_malformed" when a required
// field is missing, has another type, or the JSON is malformed. Unknown fields and unknown values
// of enumerations pass.
#pragma once

#include "base/BankProvider.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::plaid
{

struct PlaidError;

[[nodiscard]] Result<LinkStart> readLinkStart(std::string body);

/// Whether people may be sent to this address: https at plaid.com or a host below it, as Hosted
/// Link's pages have it ("https://secure.plaid.com/hl/..."), of at most 2048 visible ASCII
/// characters. With `onLoopback` also a simulator's: http or https on loopback, with a port.
[[nodiscard]] bool isHostedPage(std::string_view url, bool onLoopback);

[[nodiscard]] Result<LinkOutcome> readLinkOutcome(std::string body, LinkPurpose purpose);
[[nodiscard]] Result<NewConnection> readNewConnection(std::string body);
[[nodiscard]] Result<ConnectionFacts> readConnectionFacts(std::string body);
[[nodiscard]] Result<std::vector<ProviderAccount>> readAccounts(std::string body);

/// Names and countries that go beyond their limits are cut.
[[nodiscard]] Result<InstitutionFacts> readInstitution(std::string body);

/// Reads a page of /transactions/sync. Amounts are negated: Plaid counts money that leaves the
/// account as positive, we count it as negative.
[[nodiscard]] Result<TransactionPage> readTransactionPage(std::string body);

/// Only checks that the answer is a JSON object.
[[nodiscard]] Result<void> readAcknowledgement(std::string body);

/// The error envelope of an answer with another status; nothing when the body is not one.
[[nodiscard]] std::optional<PlaidError> readErrorEnvelope(std::string body, int status);

} // namespace bankfeed::plaid
