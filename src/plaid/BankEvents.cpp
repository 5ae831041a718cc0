#include "plaid/BankEvents.h"

#include "base/Sha256.h"
#include "plaid/AnswerFields.h"

#include <array>
#include <utility>

namespace bankfeed::plaid
{

namespace
{

constexpr std::size_t wordBytes = 64;

using Kind = BankEventKind;
constexpr std::array entries{
    EventEntry{"ITEM", "NEW_ACCOUNTS_AVAILABLE", Kind::NewAccountsAvailable},
    EventEntry{"ITEM", "ERROR", Kind::ConnectionTrouble},
    EventEntry{"ITEM", "LOGIN_REPAIRED", Kind::ConnectionRepaired},
    EventEntry{"ITEM", "PENDING_DISCONNECT", Kind::ConsentEnding},
    EventEntry{"ITEM", "PENDING_EXPIRATION", Kind::ConsentEnding},
    EventEntry{"ITEM", "USER_PERMISSION_REVOKED", Kind::AccessRevoked},
    EventEntry{"ITEM", "USER_ACCOUNT_REVOKED", Kind::AccountRevoked},
    EventEntry{"ITEM", "WEBHOOK_UPDATE_ACKNOWLEDGED", Kind::WebhookUrlChanged},

    // The older three are still sent, and cover a connection whose first sync never ran.
    EventEntry{"TRANSACTIONS", "SYNC_UPDATES_AVAILABLE", Kind::TransactionsChanged},
    EventEntry{"TRANSACTIONS", "INITIAL_UPDATE", Kind::TransactionsChanged},
    EventEntry{"TRANSACTIONS", "HISTORICAL_UPDATE", Kind::TransactionsChanged},
    EventEntry{"TRANSACTIONS", "DEFAULT_UPDATE", Kind::TransactionsChanged},
    EventEntry{"TRANSACTIONS", "TRANSACTIONS_REMOVED", Kind::Ignored},
    EventEntry{"TRANSACTIONS", "RECURRING_TRANSACTIONS_UPDATE", Kind::Ignored},

    EventEntry{"LINK", "SESSION_FINISHED", Kind::LinkFinished},
    EventEntry{"LINK", "ITEM_ADD_RESULT", Kind::LinkResult},
    EventEntry{"LINK", "EVENTS", Kind::Ignored},
    EventEntry{"LINK_DELIVERY", "DELIVERY_STATUS", Kind::Ignored},
    EventEntry{"LINK_DELIVERY", "LINK_CALLBACK", Kind::Ignored},

    EventEntry{"AUTH", "DEFAULT_UPDATE", Kind::Ignored},
    EventEntry{"AUTH", "AUTOMATICALLY_VERIFIED", Kind::Ignored},
    EventEntry{"AUTH", "VERIFICATION_EXPIRED", Kind::Ignored},
    EventEntry{"AUTH", "SMS_MICRODEPOSITS_VERIFICATION", Kind::Ignored},
    EventEntry{"AUTH", "PRODUCT_PERMISSIONS_REQUIRED", Kind::Ignored},
    EventEntry{"HOLDINGS", "DEFAULT_UPDATE", Kind::Ignored},
    EventEntry{"INVESTMENTS_TRANSACTIONS", "DEFAULT_UPDATE", Kind::Ignored},
    EventEntry{"INVESTMENTS_TRANSACTIONS", "HISTORICAL_UPDATE", Kind::Ignored},
    EventEntry{"LIABILITIES", "DEFAULT_UPDATE", Kind::Ignored},
    EventEntry{"DASHBOARD_CONFIGURED_ALERT", "INSTITUTION_STATUS_ALERT_TRIGGERED", Kind::Ignored},
};

Kind kindOf(std::string_view type, std::string_view code)
{
    for (const EventEntry& entry : entries)
    {
        if (entry.type == type && entry.code == code) return entry.kind;
    }
    return Kind::UnknownKind;
}

/// Whether the event names what its kind is about.
bool isComplete(const BankEvent& event)
{
    switch (event.kind)
    {
    case Kind::LinkFinished:
    case Kind::LinkResult: return !event.linkTokenHash.empty();
    case Kind::AccountRevoked:
        return !event.providerConnectionId.empty() && !event.providerAccountId.empty();
    case Kind::Ignored:
    case Kind::UnknownKind: return true;
    default: return !event.providerConnectionId.empty();
    }
}

} // namespace

std::span<const EventEntry> knownEvents()
{
    return entries;
}

Result<BankEvent> readBankEvent(std::string body)
{
    BankEvent event;
    std::string status;
    JsonReader reader{std::move(body)};
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "webhook_type")
            readText(reader, event.providerType, wordBytes);
        else if (key == "webhook_code")
            readText(reader, event.providerCode, wordBytes);
        else if (key == "environment")
            readText(reader, event.environment, wordBytes);
        else if (key == "item_id")
            readNullableId(reader, event.providerConnectionId);
        else if (key == "account_id")
            readNullableId(reader, event.providerAccountId);
        else if (key == "disconnect_time" || key == "consent_expiration_time")
            readTime(reader, event.endsAt);
        else if (key == "status" && reader.peek() == JsonKind::String)
            readText(reader, status, wordBytes);
        else if (key == "link_token")
        {
            Secret token;
            readSecret(reader, token);
            if (!token.empty()) event.linkTokenHash = sha256Hex(token.reveal());
        }
        else
            reader.skip();
    }
    BF_TRY(finishAnswer(reader, !event.providerType.empty() && !event.providerCode.empty()));
    event.kind = kindOf(event.providerType, event.providerCode);
    event.linkSucceeded = event.kind == Kind::LinkFinished && status == "SUCCESS";
    if (event.kind != Kind::AccountRevoked) event.providerAccountId.clear();
    if (event.kind != Kind::ConsentEnding) event.endsAt.reset();
    BF_TRY(finishAnswer(reader, isComplete(event)));
    return event;
}

} // namespace bankfeed::plaid
