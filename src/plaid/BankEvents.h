// Plaid's webhooks in our own words.
#pragma once

#include "base/WebhookVerifier.h"

#include <span>
#include <string>
#include <string_view>

namespace bankfeed::plaid
{

struct EventEntry
{
    std::string_view type;
    std::string_view code;
    BankEventKind kind = BankEventKind::UnknownKind;
};

/// Every pair of type and code that Plaid documents. The code alone says nothing: DEFAULT_UPDATE
/// exists under five types.
[[nodiscard]] std::span<const EventEntry> knownEvents();

/// Reads the body of a genuine webhook. Error Corrupt when it is not a JSON object with a type and
/// a code, or lacks the id that its kind is about.
[[nodiscard]] Result<BankEvent> readBankEvent(std::string body);

} // namespace bankfeed::plaid
