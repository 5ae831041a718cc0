#include "Administrator.h"

#include <algorithm>
#include <set>
#include <utility>

namespace bankfeed::simulation
{

namespace
{

using plaidsim::Json;

console::Principal ada(const std::string& tenant)
{
    console::Principal who;
    who.tenant = tenant;
    who.userId = "u1";
    who.userName = "Ada Admin";
    who.sessionId = "login-1";
    who.capabilities = 7;
    return who;
}

constexpr std::size_t connectionsMax = 4;

std::string dayBack(UtcTime now, std::int64_t days)
{
    return Date::ofUtc(now).plusDays(static_cast<int>(-days)).text();
}

bool live(const Json& connection)
{
    const std::string state = connection.at("state");
    return state == "healthy" || state == "expiring" || state == "needs_user";
}

} // namespace

Json Administrator::ask(
    PluginProcess& process, const std::string& method, const std::string& target, const Json& body)
{
    const std::string text = body.is_null() ? std::string() : plaidsim::compactText(body);
    const auto who = ada(tenant_);
    console::ConsoleRequest request;
    request.method = method;
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string::npos) request.query = target.substr(question + 1);
    request.headers.emplace_back("Host", "books.example");
    if (!body.is_null()) request.headers.emplace_back("Content-Type", "application/json");
    if (method == "POST")
        request.headers.emplace_back("X-Bankfeed-Csrf", process.console().csrf().token(who));
    request.body = text;
    request.principal = who;
    const auto response = process.console().handle(request);
    if (method == "POST")
        journal_.tell(plaid_.times.now(), "console: POST " + target + " " + text + " -> " +
                                              std::to_string(response.status) + " " +
                                              (response.status >= 300 ? response.body : ""));
    if (response.status >= 500 && response.status != 503)
        journal_.broken(
            "the console answers " + std::to_string(response.status) + ": " + response.body);
    if (response.status >= 300) return nullptr;
    auto parsed = plaidsim::parseExact(response.body);
    if (!parsed) throw Broken("the console answers no JSON: " + response.body);
    return *parsed;
}

void Administrator::begin(
    PluginProcess& process, const std::string& purpose, const std::string& connectionId)
{
    Json body{{"purpose", purpose}};
    if (!connectionId.empty()) body["connection_id"] = connectionId;
    const Json made = ask(process, "POST", "api/link-sessions", body);
    if (made.is_null()) return;
    const std::string id = made.at("id");
    if (std::find(sessions_.begin(), sessions_.end(), id) == sessions_.end())
        sessions_.push_back(id);
}

std::vector<std::string> Administrator::ticks(
    const plaidsim::LinkToken& token, const plaidsim::LinkSession& session, bool toTheEnd)
{
    std::vector<std::string> ids;
    const auto choices = plaid_.world.links.choices(token, session);
    for (const auto* account : choices)
        if (toTheEnd || !fate_.oneIn(4)) ids.push_back(account->id);
    if (ids.empty() && !choices.empty()) ids.push_back(choices.front()->id);
    return ids;
}

void Administrator::walkPages(
    plaidsim::LinkToken& token, plaidsim::LinkSession& session, bool toTheEnd)
{
    auto& links = plaid_.world.links;
    using plaidsim::LinkStage;
    for (int i = 0; i < 4; ++i)
    {
        if (!toTheEnd && fate_.oneIn(12)) return; // Leaves the page open.
        if (!toTheEnd && fate_.oneIn(20)) return links.exit(token, session);
        if (session.stage == LinkStage::institution)
        {
            std::vector<std::string> banks;
            for (const auto& [id, bank] : plaid_.world.truth.institutions())
                banks.push_back(id);
            links.chooseInstitution(token, session, fate_.pick(banks));
        }
        else if (session.stage == LinkStage::login)
        {
            for (const auto& [id, login] : plaid_.world.truth.logins())
                if (login.institutionId == session.institutionId)
                    return links.logIn(token, session, login.username, login.password),
                           walkPages(token, session, toTheEnd);
        }
        else if (session.stage == LinkStage::accounts)
            links.chooseAccounts(token, session, ticks(token, session, toTheEnd));
        else if (session.stage == LinkStage::confirm)
            return links.finish(token, session);
        else
            return;
    }
}

bool Administrator::walk(PluginProcess& process, const std::string& sessionId, bool toTheEnd)
{
    const Json shown = ask(process, "GET", "api/link-sessions/" + sessionId);
    if (shown.is_null()) return false;
    const std::string state = shown.at("state");
    if (state == "duplicate")
    {
        if (toTheEnd || fate_.oneIn(2))
            std::erase(sessions_, sessionId);
        else
            ask(process, "POST", "api/link-sessions/" + sessionId + "/connect-anyway");
        return true;
    }
    if (state != "open")
    {
        const std::set<std::string> over{"done", "exited", "expired", "failed"};
        if (over.count(state) != 0) std::erase(sessions_, sessionId);
        return state == "creating" || state == "finishing";
    }
    if (shown.at("hosted_url").is_null()) return false;
    const std::string url = shown.at("hosted_url");
    auto* token = plaid_.world.links.findHosted(url.substr(url.rfind('/') + 1));
    if (token == nullptr) throw Broken("the hosted address leads nowhere");
    if (!token->sessions.empty() && token->sessions.back().finished) return false;
    try
    {
        walkPages(*token, plaid_.world.links.open(*token), toTheEnd);
    }
    catch (const plaidsim::PlaidError& error)
    {
        journal_.tell(plaid_.times.now(), "the bank's page says " + error.code);
        if (!token->sessions.empty() && !token->sessions.back().finished)
            plaid_.world.links.exit(*token, token->sessions.back());
    }
    journal_.tell(
        plaid_.times.now(), "walked through Link for " + shown.at("purpose").get<std::string>());
    return true;
}

Json Administrator::decide(const Json& row, const Json& review, bool toTheEnd)
{
    const std::string id = row.at("account").at("id");
    // Its bank accounts are told apart by the oracle, wherever their entries are.
    Json decision{{"bank_account_id", id}, {"accept_elsewhere", true}};
    const auto& conflicts = row.at("conflicts");
    if (!conflicts.empty() || row.at("proposal").is_null())
    {
        const bool duplicate = std::any_of(conflicts.begin(), conflicts.end(),
            [](const Json& one) { return one.at("code") == "looks_already_linked"; });
        decision["choice"] = duplicate || toTheEnd ? "none" : "later";
        return decision;
    }
    const Json& proposal = row.at("proposal");
    const std::int64_t dice = toTheEnd ? 0 : fate_.between(0, 9);
    if (dice == 9) return decision["choice"] = "none", decision;
    if (dice == 8) return decision["choice"] = "later", decision;
    const bool again = !row.at("relation").is_null();
    if (!again && dice == 7)
    {
        // Some ledger account that is free and fits.
        for (const Json& one : review.at("ledger_accounts"))
        {
            if (!one.at("fed_by").is_null() || !one.at("open").get<bool>()) continue;
            if (one.at("currency") != row.at("account").at("currency")) continue;
            decision["choice"] = "existing";
            decision["ledger_account_id"] = one.at("id");
            if (fate_.oneIn(2)) return decision;
            decision["start_date"] = dayBack(plaid_.times.now(), fate_.between(0, 50));
            decision["accept_overlap"] = true;
            return decision;
        }
    }
    decision["choice"] = proposal.at("choice");
    if (proposal.at("choice") == "existing")
    {
        decision["ledger_account_id"] = proposal.at("ledger_account_id");
        decision["start_date"] = row.at("start_date_default");
        return decision;
    }
    decision["name"] = "Assets:Fed " + std::to_string(++named_);
    decision["start_date"] =
        fate_.oneIn(2) ? Json() : Json(dayBack(plaid_.times.now(), fate_.between(0, 50)));
    decision["opening_balance"] = !fate_.oneIn(4);
    return decision;
}

bool Administrator::review(PluginProcess& process, const std::string& connectionId, bool toTheEnd)
{
    const std::string target = "api/connections/" + connectionId + "/review";
    const Json review = ask(process, "GET", target);
    if (review.is_null()) return false;
    Json decisions = Json::array();
    std::set<std::string> ledgerAccounts;
    for (const Json& row : review.at("accounts"))
    {
        if (!row.at("is_new").get<bool>()) continue;
        Json decision = decide(row, review, toTheEnd);
        if (decision.contains("ledger_account_id") &&
            !ledgerAccounts.insert(decision.at("ledger_account_id")).second)
            continue;
        decisions.push_back(std::move(decision));
    }
    if (decisions.empty()) return false;
    return !ask(process, "POST", target, {{"decisions", decisions}}).is_null();
}

bool Administrator::decideHeld(PluginProcess& process, const std::string& bankAccountId)
{
    const Json held = ask(process, "GET", "api/held?bank_account=" + bankAccountId);
    if (held.is_null()) return false;
    for (const Json& row : held.at("transactions"))
    {
        if (row.at("reason") != "overlap") continue;
        const std::string id = row.at("id");
        const Json shown = ask(process, "GET",
            "api/held/entries?bank_account=" + bankAccountId + "&transaction=" + id);
        if (shown.is_null()) return false;
        std::vector<std::string> entries;
        for (const Json& entry : shown.at("entries"))
            entries.push_back(entry.at("id"));
        const std::string entry = entryOf(id, entries);
        Json body{{"bank_account", bankAccountId}, {"transactions", Json::array({id})},
            {"choice", entry.empty() ? "book" : "same_as"}};
        if (!entry.empty()) body["entry"] = entry;
        return !ask(process, "POST", "api/held/decide", body).is_null();
    }
    return false;
}

bool Administrator::actOn(PluginProcess& process, const Json& connection, bool toTheEnd)
{
    const std::string id = connection.at("id");
    const std::string state = connection.at("state");
    for (const Json& account : connection.at("accounts"))
    {
        const bool linked = !account.at("link").is_null();
        if (linked && account.at("held") != 0 && (toTheEnd || fate_.oneIn(3)) &&
            decideHeld(process, account.at("id")))
            return true;
        if (linked && reconsiders_ && toTheEnd && wantBack(process, account.at("id"))) return true;
    }
    if (connection.at("to_decide") != 0 && (toTheEnd || fate_.oneIn(2)) &&
        review(process, id, toTheEnd))
        return true;
    if (!live(connection)) return false;
    if (state == "needs_user" && (toTheEnd || fate_.oneIn(2)))
    {
        // Where all accounts were closed no login helps: then the connection is of no use.
        if (toTheEnd && ++repairs_[id] > 12)
            ask(process, "POST", "api/connections/" + id + "/disconnect");
        else
            begin(
                process, connection.at("reason") == "NO_ACCOUNTS" ? "add_accounts" : "repair", id);
        return true;
    }
    // What a clock that was ahead put off comes a day later, however often a person tries.
    if (connection.at("new_accounts").get<bool>() &&
        (toTheEnd ? ++additions_[id] <= 12 : fate_.oneIn(2)))
        return begin(process, "add_accounts", id), true;
    return false;
}

void Administrator::dismiss(PluginProcess& process, const Json& overview)
{
    static const std::set<std::string> kinds{
        "rows_before_start", "opening_missing", "end_announced", "rows_not_shown"};
    for (const Json& notice : overview.at("notices"))
        if (kinds.count(notice.at("kind")) != 0)
        {
            ask(process, "POST", "api/notices/" + notice.at("id").get<std::string>() + "/dismiss");
            return;
        }
}

void Administrator::act(PluginProcess& process)
{
    if (!sessions_.empty() && !fate_.oneIn(4))
    {
        const std::string session = fate_.pick(sessions_);
        if (walk(process, session, false)) return;
    }
    const Json overview = ask(process, "GET", "api/overview");
    if (overview.is_null()) return;
    std::vector<Json> all = overview.at("connections");
    std::vector<Json> alive;
    std::copy_if(all.begin(), all.end(), std::back_inserter(alive), live);
    if (alive.empty() || (alive.size() < connectionsMax && all.size() < 8 && fate_.oneIn(12)))
        return begin(process, "connect", "");
    const Json& one = fate_.pick(all);
    if (actOn(process, one, false) || !live(one)) return;
    if (reconsiders_ && fate_.oneIn(3) && reconsider(process, one)) return;
    const std::string id = one.at("id");
    switch (fate_.below(10))
    {
    case 0: return begin(process, "add_accounts", id);
    case 1: return begin(process, "repair", id);
    case 2:
        if (disconnects_ < 2 && fate_.oneIn(3))
        {
            ++disconnects_;
            ask(process, "POST", "api/connections/" + id + "/disconnect");
        }
        return;
    case 3: return dismiss(process, overview);
    default: ask(process, "POST", "api/connections/" + id + "/sync");
    }
}

bool Administrator::tidyUp(PluginProcess& process)
{
    bool busy = false;
    for (const auto& session : std::vector<std::string>(sessions_))
        busy = walk(process, session, true) || busy;
    const Json overview = ask(process, "GET", "api/overview");
    if (overview.is_null()) return true;
    const auto& all = overview.at("connections");
    for (const Json& connection : all)
        busy = actOn(process, connection, true) || busy;
    if (std::none_of(all.begin(), all.end(), live) && sessions_.empty() && ++lastTries_ <= 3)
    {
        begin(process, "connect", "");
        return true;
    }
    return busy;
}

} // namespace bankfeed::simulation
