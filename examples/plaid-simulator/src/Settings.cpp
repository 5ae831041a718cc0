#include "Settings.h"

#include <array>
#include <stdexcept>

namespace plaidsim
{

namespace
{

// The one list of names; everything that reads or writes settings goes through it.
template <typename S, typename Visit>
void each(S& settings, Visit&& visit)
{
    visit("page_size_cap", settings.pageSizeCap, 1, 500);
    visit("initial_delay_ms", settings.initialDelayMs, 0, 86'400'000);
    visit("history_delay_ms", settings.historyDelayMs, 0, 86'400'000);
    visit("selection_delay_ms", settings.selectionDelayMs, 0, 86'400'000);
    visit("balance_ahead_ms", settings.balanceAheadMs, 0, 86'400'000);
    visit("rate_limits", settings.rateLimits, 0, 2);
    visit("credits", settings.credits, -1, 1'000'000'000);
    visit("europe_refuses_selection", settings.europeRefusesSelection, 0, 1);
    visit("login_expiry_days", settings.loginExpiryDays, 0, 3650);
    visit("update_mode_public_token", settings.updateModePublicToken, 0, 1);
    visit("update_link_webhook_to_item", settings.updateLinkWebhookToItem, 0, 1);
    visit("single_item_per_login", settings.singleItemPerLogin, 0, 1);
    visit("removed_token_is_unknown", settings.removedTokenIsUnknown, 0, 1);
    visit("deselect_removes_rows", settings.deselectRemovesRows, 0, 1);
    visit("ghost_removals", settings.ghostRemovals, 0, 1);
    visit("legacy_webhooks", settings.legacyWebhooks, 0, 1);
    visit("extra_fields", settings.extraFields, 0, 1);
    visit("accept_unknown_fields", settings.acceptUnknownFields, 0, 1);
    visit("link_token_single_use", settings.linkTokenSingleUse, 0, 1);
}

[[noreturn]] void refuse(const std::string& name, const std::string& wanted)
{
    throw std::invalid_argument("setting " + name + " must be " + wanted);
}

void take(const std::string& name, const Json& value, bool& target)
{
    // The words of the protocol notes are accepted beside true and false.
    if (name == "update_mode_public_token" && (value == "none" || value == "present"))
        target = value == "present";
    else if (value.is_boolean())
        target = value.get<bool>();
    else
        refuse(name, "true or false");
}

const std::array<const char*, 3>& limitTables()
{
    static constexpr std::array<const char*, 3> names{"off", "sandbox", "production"};
    return names;
}

Json shown(bool value)
{
    return value;
}

Json shown(std::int64_t value)
{
    return value;
}

Json shown(LimitTable value)
{
    return limitTables().at(static_cast<std::size_t>(value));
}

void take(const std::string& name, const Json& value, LimitTable& target)
{
    for (std::size_t i = 0; i < limitTables().size(); ++i)
    {
        if (value != limitTables()[i]) continue;
        target = static_cast<LimitTable>(i);
        return;
    }
    refuse(name, "off, sandbox or production");
}

} // namespace

Json Settings::toJson() const
{
    Json json = Json::object();
    each(
        *this, [&](const char* name, const auto& value, long, long) { json[name] = shown(value); });
    return json;
}

void Settings::apply(const Json& changes)
{
    if (!changes.is_object()) throw std::invalid_argument("settings must be an object");
    Settings next = *this;
    std::size_t taken = 0;
    each(next,
        [&]<typename T>(const char* name, T& target, long least, long most)
        {
            if (!changes.contains(name)) return;
            ++taken;
            const Json& value = changes.at(name);
            if constexpr (!std::is_same_v<T, std::int64_t>)
                take(name, value, target);
            else
            {
                if (!value.is_number_integer() || value.get<std::int64_t>() < least ||
                    value.get<std::int64_t>() > most)
                    refuse(name, "a whole number from " + std::to_string(least) + " to " +
                                     std::to_string(most));
                target = value.get<std::int64_t>();
            }
        });
    if (taken != changes.size())
    {
        for (const auto& [name, value] : changes.items())
        {
            if (!toJson().contains(name)) throw std::invalid_argument("unknown setting " + name);
        }
    }
    *this = next;
}

} // namespace plaidsim
