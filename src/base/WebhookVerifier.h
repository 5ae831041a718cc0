// Port: tells a genuine webhook from a forged one, and says what it is about in our own words.
#pragma once

#include "base/Result.h"
#include "base/Time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed
{

/// What a webhook rings the bell for. The provider's answers are the truth; a webhook only says
/// where to look.
enum class BankEventKind : std::uint8_t
{
    NewAccountsAvailable, ///< The bank has an account that is not shared yet.
    TransactionsChanged,  ///< There is something to sync.
    ConnectionTrouble,    ///< The connection reports an error.
    ConnectionRepaired,
    ConsentEnding,  ///< Consent or connection ends at a date.
    AccessRevoked,  ///< The person took back the whole consent.
    AccountRevoked, ///< The person took back one account.
    WebhookUrlChanged,
    LinkFinished, ///< A link session ended; `linkToken` names it.
    LinkResult,   ///< A link session has added a connection; it may still be open.
    Ignored,      ///< Known, and of no use to us.
    UnknownKind,  ///< Not known: kept and counted.
};

struct BankEvent
{
    BankEventKind kind = BankEventKind::UnknownKind;
    std::string providerType; ///< As sent, for the record: "ITEM".
    std::string providerCode; ///< As sent: "NEW_ACCOUNTS_AVAILABLE".
    std::string environment;
    std::string providerConnectionId; ///< "" for events of link sessions.
    std::string providerAccountId;    ///< Only for AccountRevoked.
    std::string linkTokenHash;  ///< SHA-256 hex of the Link token; the token itself is not kept. ""
                                ///< when none.
    bool linkSucceeded = false; ///< For LinkFinished.
    std::optional<UtcTime> endsAt; ///< Only for ConsentEnding, if it names a date.
};

/// A webhook that passed every check.
struct VerifiedWebhook
{
    std::string id; ///< SHA-256 hex of the signed token: the same request again has the same id.
    UtcTime signedAt;
    BankEvent event;
    bool understood = true; ///< False: genuine, but the body is not what the protocol says. Counted
                            ///< and acknowledged.
};

struct WebhookHeader
{
    std::string_view name;
    std::string_view value;
};

/// The code of a refusal whose token has the right form: somebody tries to pass for the provider,
/// or something is wrong with our keys or our clock. What merely strays to a public address has no
/// such token.
inline constexpr std::string_view wellFormedRefused = "webhook.refused";

class WebhookVerifier
{
public:
    virtual ~WebhookVerifier() = default;

    /// Checks one request: structure, algorithm, age, key, signature, body hash, in this order. Any
    /// thread.
    ///
    /// `body` is the bytes as received. Waits at most limits::keyFetchWaitMs for an unknown key.
    /// Errors: Denied for a forgery (the answer is 401; the text is for the log and the same for
    /// all to the outside), with the code wellFormedRefused where the token has the right form;
    /// Retry when it cannot be known now (the answer is 503, and the provider
    /// sends again).
    [[nodiscard]] virtual Result<VerifiedWebhook> verify(
        const std::vector<WebhookHeader>& headers, std::string_view body, UtcTime receivedAt) = 0;
};

} // namespace bankfeed
