// The small shapes of the API: errors, money, times.
#pragma once

#include "base/JsonWriter.h"
#include "base/Time.h"
#include "store/NoticeRepository.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bankfeed::console
{

/// {"error": {"code", "params", "text"}}; `params` is JSON already.
[[nodiscard]] std::string errorJson(
    std::string_view code, std::string_view params, std::string_view text);

/// {"units", "exponent", "currency"}
void writeMoney(JsonWriter& json, std::string_view name, std::int64_t units, std::int64_t exponent,
    std::string_view currency);

/// An exact amount of a bank as money; null when there is none, or it does not fit.
void writeExactMoney(JsonWriter& json, std::string_view name,
    const std::optional<std::string>& exact, std::int64_t exponent, std::string_view currency);

/// RFC 3339, or null.
void writeTime(JsonWriter& json, std::string_view name, const std::optional<UtcTime>& time);

/// The text, or null when it is empty.
void writeTextOrNull(JsonWriter& json, std::string_view name, const std::string& text);

/// null, or {"code", "text", "request_id"} when there is a code.
void writeProblem(JsonWriter& json, std::string_view name, const std::string& code,
    const std::string& text, const std::string& requestId);

/// Whether a person may clear a notice. `fed`: for feed_held, whether a connection that has not
/// been ended may still bring something to the feed.
[[nodiscard]] bool isDismissible(const store::Notice& notice, bool fed);

/// `connectionId`: of the connection that it is about; "" for none.
void writeNotice(JsonWriter& json, const store::Notice& notice, const std::string& connectionId,
    bool dismissible);

} // namespace bankfeed::console
