// Port: the provider of bank data, in our own words. Plaid is one; another would be another room
// beside it.
#pragma once

#include "base/Date.h"
#include "base/Institution.h"
#include "base/Result.h"
#include "base/Secret.h"
#include "base/Time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed
{

/// Why a link session is run.
enum class LinkPurpose : std::uint8_t
{
    Connect,     ///< A new connection.
    Repair,      ///< The person logs in again.
    AddAccounts, ///< The person chooses accounts anew; old ones can be taken away there too.
    Relink,      ///< A new connection that takes the place of one that we have.
};

/// True when the result is a connection of its own, to be exchanged; false for an update of the one
/// that there is.
[[nodiscard]] constexpr bool makesConnection(LinkPurpose purpose)
{
    return purpose == LinkPurpose::Connect || purpose == LinkPurpose::Relink;
}

struct LinkRequest
{
    LinkPurpose purpose = LinkPurpose::Connect;
    std::string userReference; ///< Names tenant and user to the provider without naming a person.
    Secret accessToken;        ///< Empty when it makes a connection of its own.
    std::string trouble; ///< Of a repair: the provider's own code for what is wrong; "" when none.
    std::string
        completionUrl;      ///< Where the browser goes afterwards; "" when the host has no address.
    std::string webhookUrl; ///< "" when the host has no public address.
    std::string language;   ///< "en"; the provider's list.
};

struct LinkStart
{
    Secret linkToken;
    Secret hostedUrl; ///< Whoever has it can walk through the session: as secret as a token.
    UtcTime expiresAt;
};

/// An account as a link session names it: a hint, for the duplicate check. The truth is accounts().
struct LinkAccount
{
    std::string providerAccountId;
    std::string name;
    std::string mask; ///< "" when the bank does not say.
    std::string type;
    std::string subtype;
};

enum class LinkState : std::uint8_t
{
    Open, ///< Nobody opened it yet, or it is still open.
    Succeeded,
    Exited, ///< The person left.
};

struct LinkOutcome
{
    LinkState state = LinkState::Open;
    Secret publicToken; ///< Only when Succeeded makes a connection of its own. Never exchanged
                        ///< after an update.
    std::optional<Error> trouble; ///< Of Exited: what the person met there, if anything.
    std::string institutionId;    ///< "" when not known
    std::string institutionName;
    std::vector<LinkAccount> accounts;
};

struct NewConnection
{
    Secret accessToken;
    std::string providerConnectionId;
};

/// What the provider says of a connection.
struct ConnectionFacts
{
    std::string providerConnectionId;
    std::string institutionId;
    std::string institutionName;
    std::optional<Error> trouble; ///< The connection's own error: it needs a person, or time.
    std::optional<UtcTime> consentEndsAt;
    std::optional<UtcTime> lastGoodUpdateAt; ///< When the provider last reached the bank.
    std::optional<UtcTime> lastWebhookAt;    ///< When the provider sent its last one.
    /// Where it sends them: "" nowhere. Nothing when it does not say.
    std::optional<std::string> webhookUrl;
    /// When the provider said that there are accounts not shared, if that is the last it said.
    std::optional<UtcTime> newAccountsSaidAt;
};

/// Exact text, debit positive: an asset's worth is positive, a debt negative.
struct ProviderAmount
{
    std::string exact; ///< Decimal text without exponent; of a number that cannot be kept exactly
                       ///< the provider's own text, of at most 64 bytes.
    std::string currency; ///< "" when the provider names none.
    bool official = true; ///< ISO 4217.
};

struct ProviderAccount
{
    std::string providerAccountId;
    std::string persistentId; ///< "" except at banks that have one.
    std::string name;
    std::string officialName; ///< "" when none.
    std::string mask;         ///< "" when none.
    std::string type;         ///< "depository", "credit", "loan", "investment", "other"
    std::string subtype;      ///< "" when none.
    std::optional<ProviderAmount> current; ///< Balance of what is posted.
    std::optional<ProviderAmount> available;
    std::string currency; ///< "" when the provider names none.
    bool currencyOfficial = true;
};

struct ProviderTransaction
{
    std::string providerTransactionId;
    std::string providerAccountId;
    std::string pendingTransactionId; ///< The pending row that this one replaces; "" when none.
    ProviderAmount amount; ///< Money into the account is positive, whatever the account's type.
    Date date = Date::ofUtc({});
    std::optional<Date> authorizedDate;
    bool pending = false;
    std::string name;
    std::string originalDescription;
    std::string merchant;
    std::string category;
    bool textRepaired = false; ///< A text held NUL, controls or was too long.
};

struct RemovedTransaction
{
    std::string providerTransactionId;
    std::string providerAccountId; ///< May be "".
};

/// How much of the history is there.
enum class HistoryState : std::uint8_t
{
    NotReady,
    RecentReady, ///< About 30 days.
    Complete,
    Unknown,
};

/// One page of a sync loop. Rows are in the order received.
struct TransactionPage
{
    std::vector<ProviderTransaction> added;
    std::vector<ProviderTransaction> modified;
    std::vector<RemovedTransaction> removed;
    std::string nextCursor; ///< "" when nothing is ready.
    bool hasMore = false;
    HistoryState history = HistoryState::Unknown;
};

/// The code of an Error Retry: a call was not made, because it would exceed what the provider
/// allows us in a minute. `retryAfter` says when it fits. Nobody's failure.
inline constexpr std::string_view callBudgetCode = "provider.budget";

/// Calls block until an answer or a deadline. Any thread, outside of any unit of work. Errors carry
/// a Remedy.
class BankProvider
{
public:
    virtual ~BankProvider() = default;

    /// Begins a link session. Safe to repeat: an unused session costs nothing.
    [[nodiscard]] virtual Result<LinkStart> startLink(const LinkRequest& request) = 0;

    /// How far a link session is. Readable for six hours after its end.
    [[nodiscard]] virtual Result<LinkOutcome> linkOutcome(
        const Secret& linkToken, LinkPurpose purpose) = 0;

    /// Turns the result of a Connect session into a connection. Single use: after an Unknown
    /// outcome one repeat may tell.
    [[nodiscard]] virtual Result<NewConnection> exchange(const Secret& publicToken) = 0;

    [[nodiscard]] virtual Result<ConnectionFacts> connection(const Secret& accessToken) = 0;

    /// Ends a connection at the provider. Success too when it was gone already.
    [[nodiscard]] virtual Result<void> removeConnection(const Secret& accessToken) = 0;

    /// Tells the provider where to send the webhooks of a connection; "" is nowhere. Safe to
    /// repeat. Error Denied "provider.no_webhooks" when the provider has none.
    [[nodiscard]] virtual Result<void> setWebhookUrl(const Secret&, const std::string&)
    {
        return Error::denied("provider.no_webhooks", "The provider sends no webhooks.");
    }

    /// The shared accounts. An account that is not there was closed, unticked or revoked.
    [[nodiscard]] virtual Result<std::vector<ProviderAccount>> accounts(
        const Secret& accessToken) = 0;

    /// Asks the provider to look at the bank now, instead of at its own time. It costs money and is
    /// limited, so it is a person's wish and hardly repeated. Success says that it was taken up:
    /// what it brings is read as always, and nothing may come of it. Error "provider.not_offered"
    /// when it cannot be had for this connection.
    [[nodiscard]] virtual Result<void> lookAtBank(const Secret& accessToken)
    {
        static_cast<void>(accessToken);
        return Error::invalid(
            "provider.not_offered", "The provider looks at the bank at its own time only.");
    }

    /// The shared accounts with the balances that the bank has at this moment, instead of those of
    /// the provider's last visit. Slow, billed and tightly limited, so it is a person's wish and
    /// hardly repeated. Errors as lookAtBank.
    [[nodiscard]] virtual Result<std::vector<ProviderAccount>> balancesNow(
        const Secret& accessToken)
    {
        static_cast<void>(accessToken);
        return Error::invalid(
            "provider.not_offered", "The provider shows the balances of its last visit only.");
    }

    /// What is known of the bank behind a connection: of no person, and needed for no reading.
    /// Error "provider.no_institutions" when the provider has nothing to say.
    [[nodiscard]] virtual Result<InstitutionFacts> institution(const std::string& institutionId)
    {
        static_cast<void>(institutionId);
        return Error::invalid(
            "provider.no_institutions", "The provider says nothing more about its banks.");
    }

    /// One page. `cursor` "" is the beginning. The same cursor gives the same page while nothing
    /// changed.
    [[nodiscard]] virtual Result<TransactionPage> transactions(
        const Secret& accessToken, const std::string& cursor) = 0;
};

} // namespace bankfeed
