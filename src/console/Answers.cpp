#include "console/Answers.h"

#include "base/Date.h"
#include "money/Decimal.h"

#include <algorithm>
#include <array>

namespace bankfeed::console
{

std::string errorJson(std::string_view code, std::string_view params, std::string_view text)
{
    JsonWriter json;
    json.beginObject().key("error").beginObject().member("code", code);
    json.key("params").raw(params).member("text", text).endObject().endObject();
    return std::move(json).text();
}

void writeMoney(JsonWriter& json, std::string_view name, std::int64_t units, std::int64_t exponent,
    std::string_view currency)
{
    json.key(name).beginObject().member("units", units).member("exponent", exponent);
    json.member("currency", currency).endObject();
}

void writeExactMoney(JsonWriter& json, std::string_view name,
    const std::optional<std::string>& exact, std::int64_t exponent, std::string_view currency)
{
    if (exact && !currency.empty())
    {
        const auto decimal = money::Decimal::parse(*exact);
        const auto units = decimal.ok() ? decimal->toUnits(static_cast<int>(exponent))
                                        : Result<money::Decimal::Units>(decimal.error());
        if (units.ok())
        {
            writeMoney(json, name, units->units, exponent, currency);
            return;
        }
    }
    json.nullMember(name);
}

void writeTime(JsonWriter& json, std::string_view name, const std::optional<UtcTime>& time)
{
    if (time)
        json.member(name, rfc3339(*time));
    else
        json.nullMember(name);
}

void writeTextOrNull(JsonWriter& json, std::string_view name, const std::string& text)
{
    if (text.empty())
        json.nullMember(name);
    else
        json.member(name, text);
}

void writeProblem(JsonWriter& json, std::string_view name, const std::string& code,
    const std::string& text, const std::string& requestId)
{
    if (code.empty())
    {
        json.nullMember(name);
        return;
    }
    json.key(name).beginObject().member("code", code).member("text", text);
    json.member("request_id", requestId).endObject();
}

bool isDismissible(const store::Notice& notice, bool fed)
{
    // The others clear with their cause, and not before. What waits in a feed is given up only when
    // nothing more comes to it; should the books take it one day, they get it.
    constexpr std::array byPerson{store::notice::rowsBeforeStart, store::notice::rowsNotShown,
        store::notice::openingMissing, store::notice::endAnnounced, store::notice::balanceDiffers,
        store::notice::mergedAway, store::notice::accountNotShared, store::notice::removalsBack,
        store::notice::mergeForgotten, store::notice::loginDoubled, store::notice::entriesForgotten,
        store::notice::pluginRestored};
    if (notice.kind == store::notice::feedHeld) return !fed;
    return std::find(byPerson.begin(), byPerson.end(), notice.kind) != byPerson.end();
}

void writeNotice(JsonWriter& json, const store::Notice& notice, const std::string& connectionId,
    bool dismissible)
{
    json.beginObject().member("id", notice.id).member("kind", notice.kind);
    json.member("severity", notice.severity).member("subject", notice.subject);
    json.key("params").raw(notice.params.empty() ? "{}" : notice.params);
    writeTime(json, "opened_at", notice.openedAt);
    writeTextOrNull(json, "connection_id", connectionId);
    json.member("dismissible", dismissible).endObject();
}

} // namespace bankfeed::console
