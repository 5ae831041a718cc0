// A person who thinks again: takes imports out of the books, and wants back what was taken out.
#include "Administrator.h"

namespace bankfeed::simulation
{

using plaidsim::Json;

bool Administrator::reconsider(PluginProcess& process, const Json& connection)
{
    if (fate_.oneIn(2)) return undoOrRedo(process);
    const auto& accounts = connection.at("accounts");
    std::vector<Json> linked;
    for (const Json& account : accounts)
        if (!account.at("link").is_null()) linked.push_back(account);
    if (linked.empty()) return false;
    const Json& one = fate_.pick(linked);
    if (one.at("link").at("continues").get<bool>() && fate_.oneIn(2))
        return takeBack(process, one.at("link").at("id"));
    return fate_.oneIn(2) ? moveStart(process, one) : wantBack(process, one.at("id"));
}

bool Administrator::undoOrRedo(PluginProcess& process)
{
    const Json list = ask(process, "GET", "api/imports");
    if (list.is_null() || list.at("imports").empty()) return false;
    const std::vector<Json> imports = list.at("imports");
    const std::string target = "api/imports/" + fate_.pick(imports).at("id").get<std::string>();
    const Json shown = ask(process, "GET", target);
    if (shown.is_null()) return false;
    const bool redo = shown.at("undone") != 0 && !fate_.oneIn(3);
    ask(process, "POST", target + (redo ? "/redo" : "/undo"));
    return true;
}

bool Administrator::takeBack(PluginProcess& process, const std::string& linkId)
{
    const std::string target = "api/links/" + linkId + "/take-back";
    if (ask(process, "GET", target).is_null()) return false;
    startMoves(); // What the link wanted may stay where people keep it.
    return !ask(process, "POST", target).is_null();
}

bool Administrator::moveStart(PluginProcess& process, const Json& account)
{
    const std::string day =
        Date::ofUtc(plaid_.times.now()).plusDays(-static_cast<int>(fate_.between(0, 50))).text();
    startMoves();
    ask(process, "POST",
        "api/links/" + account.at("link").at("id").get<std::string>() + "/start-date",
        {{"start_date", fate_.oneIn(5) ? Json() : Json(day)}, {"accept_overlap", true}});
    return true;
}

bool Administrator::wantBack(PluginProcess& process, const std::string& bankAccountId)
{
    const Json held = ask(process, "GET", "api/held?bank_account=" + bankAccountId);
    if (held.is_null()) return false;
    bool any = false;
    for (const Json& row : held.at("transactions"))
    {
        const std::string reason = row.at("reason");
        if ((reason != "undone" && reason != "removed") || row.at("pending").get<bool>()) continue;
        const std::string id = row.at("id");
        if (reason == "removed") wantedBack(id);
        const Json done = ask(process, "POST", "api/held/decide",
            {{"bank_account", bankAccountId}, {"transactions", Json::array({id})},
                {"choice", reason == "removed" ? "import_again" : "book"}});
        any = any || !done.is_null();
        if (!fate_.calm()) return any;
    }
    return any;
}

} // namespace bankfeed::simulation
