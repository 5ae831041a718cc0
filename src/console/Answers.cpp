#include "console/Answers.h"

#include "base/Date.h"
#include "money/Decimal.h"

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

void writeNotice(JsonWriter& json, const store::Notice& notice)
{
    json.beginObject().member("id", notice.id).member("kind", notice.kind);
    json.member("severity", notice.severity).member("subject", notice.subject);
    json.key("params").raw(notice.params.empty() ? "{}" : notice.params);
    writeTime(json, "opened_at", notice.openedAt);
    json.endObject();
}

} // namespace bankfeed::console
