// The headless twin of the hosted Link pages.
#include "ControlApi.h"

#include "World.h"

#include <algorithm>
#include <stdexcept>

namespace plaidsim
{

namespace
{

LinkToken& tokenOf(World& world, const Json& body)
{
    LinkToken* token = world.links.find(body.value("link_token", ""));
    if (token == nullptr) throw std::invalid_argument("there is no such link token");
    return *token;
}

// Bank account ids, names or masks; a name that several accounts have means all of them.
std::vector<std::string> selection(const std::vector<const BankAccount*>& choices, const Json& body)
{
    std::vector<std::string> ids;
    if (!body.contains("selected"))
    {
        for (const BankAccount* account : choices)
            ids.push_back(account->id);
        return ids;
    }
    for (const auto& wanted : body.at("selected"))
    {
        const std::size_t before = ids.size();
        for (const BankAccount* account : choices)
        {
            const bool match = wanted == account->id || wanted == account->name ||
                               (account->mask && wanted == *account->mask);
            if (match && std::find(ids.begin(), ids.end(), account->id) == ids.end())
                ids.push_back(account->id);
        }
        if (ids.size() == before)
            throw std::invalid_argument(
                "no account to choose from is called " + compactText(wanted) + ", or twice");
    }
    return ids;
}

// The given answers one after another; the right ones when none are given.
void answer(World& world, LinkToken& token, LinkSession& session, const Json& body)
{
    std::vector<std::string> given;
    if (body.contains("mfa")) given = body.at("mfa").get<std::vector<std::string>>();
    std::size_t next = 0;
    while (session.stage == LinkStage::mfa)
    {
        std::vector<std::string> answers;
        for (const MfaQuestion& question : session.mfa.at(session.mfaRound).questions)
        {
            if (!body.contains("mfa"))
                answers.push_back(
                    question.answer.empty() ? question.choices.front() : question.answer);
            else if (next < given.size())
                answers.push_back(given[next++]);
        }
        world.links.answerMfa(token, session, answers);
    }
}

void walk(World& world, LinkToken& token, LinkSession& session, const Json& body)
{
    if (session.stage == LinkStage::institution)
    {
        std::string id = body.value("institution_id", "");
        if (id.empty() && !world.truth.institutions().empty())
            id = world.truth.institutions().begin()->first;
        world.links.chooseInstitution(token, session, id);
    }
    if (session.stage == LinkStage::login)
    {
        const Item* item = world.item(token.itemId);
        std::string username = body.value("username", "");
        const Login* login = nullptr;
        for (const auto& [id, candidate] : world.truth.logins())
        {
            const bool named = username.empty() ? item == nullptr || item->loginId == id
                                                : candidate.username == username;
            if (candidate.institutionId == session.institutionId && named && login == nullptr)
                login = &candidate;
        }
        if (login != nullptr) username = login->username;
        world.links.logIn(token, session, username,
            body.value("password", login == nullptr ? std::string() : login->password));
    }
    if (body.value("stop_after", "") == "login") return;
    answer(world, token, session, body);
    if (session.stage == LinkStage::accounts)
        world.links.chooseAccounts(
            token, session, selection(world.links.choices(token, session), body));
}

Json resultOf(World& world, const LinkSession& session)
{
    Json result = {{"link_session_id", session.id},
        {"status", !session.finished ? "OPEN"
                   : session.exited  ? "EXITED"
                                     : "SUCCESS"},
        {"public_token", session.publicToken.empty() ? Json() : Json(session.publicToken)},
        {"accounts", world.links.metadataAccounts(session)}};
    if (!session.itemId.empty()) result["item_id"] = session.itemId;
    if (session.stage == LinkStage::mfa)
    {
        for (const MfaQuestion& question : session.mfa.at(session.mfaRound).questions)
            result["mfa"].push_back({{"question", question.text}, {"choices", question.choices}});
    }
    return result;
}

Json complete(ControlRoom& room, const HttpRequest&, const Json& body)
{
    World& world = room.world;
    LinkToken& token = tokenOf(world, body);
    LinkSession& session = world.links.open(token);
    if (body.value("exit", false))
    {
        world.links.exit(token, session);
        return resultOf(world, session);
    }
    const std::string stop = body.value("stop_after", "");
    if (!stop.empty() && stop != "login" && stop != "selection")
        throw std::invalid_argument("stop_after must be login or selection");
    walk(world, token, session, body);
    if (stop.empty()) world.links.finish(token, session);
    return resultOf(world, session);
}

} // namespace

void addLinkLevers(Levers& levers)
{
    levers["POST /_sim/link/complete"] = {true, complete};
}

} // namespace plaidsim
