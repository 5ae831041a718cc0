#include "LinkSessions.h"

#include "PlaidError.h"
#include "Scenario.h"
#include "World.h"

#include <algorithm>
#include <stdexcept>

namespace plaidsim
{

namespace
{

constexpr std::size_t mostTokens = 100'000;
constexpr std::size_t mostSessionsPerToken = 50;

const char* mfaStatus(const MfaRound& round)
{
    if (round.kind == "device") return "choose_device";
    if (round.kind == "code") return "requires_code";
    return round.kind == "questions" ? "requires_questions" : "requires_selections";
}

const char* stageStatus(const LinkSession& session)
{
    switch (session.stage)
    {
    case LinkStage::mfa: return mfaStatus(session.mfa.at(session.mfaRound));
    case LinkStage::institution: return "requires_institution";
    case LinkStage::login: return "requires_credentials";
    default: return "requires_account_selection";
    }
}

void require(bool ready, const char* sentence)
{
    if (!ready) throw PlaidError::invalidRequest("INVALID_FIELD", sentence);
}

bool filterAllows(const Json& filters, const BankAccount& account)
{
    if (filters.is_null()) return true;
    if (!filters.contains(account.type)) return false;
    const Json& type = filters.at(account.type);
    if (!type.is_object() || !type.contains("account_subtypes")) return true;
    for (const auto& subtype : type.at("account_subtypes"))
    {
        if (subtype == "all" || subtype == account.subtype) return true;
    }
    return false;
}

Json accountMetadata(const std::string& accountId, const BankAccount& account)
{
    return {{"id", accountId}, {"name", account.name},
        {"mask", account.mask ? Json(*account.mask) : Json()}, {"type", account.type},
        {"subtype", account.subtype}, {"verification_status", nullptr}, {"class_type", nullptr}};
}

} // namespace

Json eventJson(const LinkEvent& event)
{
    return {{"event_id", event.id}, {"event_name", event.name}, {"event_metadata", event.metadata},
        {"timestamp", timestamp(event.at)}};
}

LinkToken& LinkSessions::create(LinkToken token, bool hosted, Nanos lifetime)
{
    if (tokens_.size() >= mostTokens) throw std::length_error("too many link tokens");
    if (lifetime == 0) lifetime = hosted || token.updateMode() ? minutes(30) : hours(4);
    token.token = "link-" + world_.environment + "-" + world_.random.uuid();
    if (hosted) token.hostedId = world_.random.hex(10);
    token.createdAt = world_.clock.now();
    token.expires = token.createdAt + lifetime;
    auto kept = std::make_unique<LinkToken>(std::move(token));
    LinkToken& made = *kept;
    tokens_[made.token] = std::move(kept);
    return made;
}

LinkToken* LinkSessions::find(const std::string& token)
{
    const auto found = tokens_.find(token);
    return found == tokens_.end() ? nullptr : found->second.get();
}

LinkToken* LinkSessions::findHosted(const std::string& hostedId)
{
    if (hostedId.empty()) return nullptr;
    for (auto& [text, token] : tokens_)
    {
        if (token->hostedId == hostedId) return token.get();
    }
    return nullptr;
}

Item* LinkSessions::updatedItem(const LinkToken& token)
{
    return world_.item(token.itemId);
}

LinkSession& LinkSessions::open(LinkToken& token)
{
    const bool used = !token.sessions.empty() && token.sessions.back().finished.has_value();
    if (token.expires <= world_.clock.now() || (used && world_.settings.linkTokenSingleUse))
        throw PlaidError::invalidInput(
            "INVALID_LINK_TOKEN", "the link token has expired or was used; make a new one");
    if (!token.sessions.empty() && !used) return token.sessions.back();
    require(token.sessions.size() < mostSessionsPerToken, "this link was opened too often");
    LinkSession& session = token.sessions.emplace_back();
    session.id = world_.random.uuid();
    session.started = world_.clock.now();
    record(session, "OPEN", {{"view_name", "CONSENT"}});
    if (token.updateMode())
    {
        session.institutionId = updatedItem(token)->institutionId;
        session.stage = LinkStage::login;
    }
    else if (!token.presetInstitutionId.empty())
        chooseInstitution(token, session, token.presetInstitutionId);
    return session;
}

void LinkSessions::record(LinkSession& session, const std::string& name, Json metadata)
{
    metadata["request_id"] = world_.requestRandom.alphanumeric(15);
    session.events.push_back({world_.random.uuid(), name, std::move(metadata), world_.clock.now()});
}

void LinkSessions::chooseInstitution(LinkToken& token, LinkSession& session, const std::string& id)
{
    require(!session.finished && !token.updateMode(), "the bank cannot be chosen here");
    const Institution* bank = world_.truth.institution(id);
    if (bank == nullptr)
        throw PlaidError::invalidInput("INVALID_INSTITUTION", "there is no institution " + id);
    session.institutionId = id;
    session.stage = LinkStage::login;
    record(
        session, "SELECT_INSTITUTION", {{"institution_id", id}, {"institution_name", bank->name}});
}

void LinkSessions::fail(LinkSession& session, const PlaidError& error)
{
    Json metadata = metadataInstitution(session);
    metadata["error_type"] = error.type;
    metadata["error_code"] = error.code;
    metadata["error_message"] = error.message;
    record(session, "ERROR", std::move(metadata));
    throw PlaidError(error);
}

const Login* LinkSessions::checkPassword(const LinkToken& token, LinkSession& session,
    const std::string& username, const std::string& password)
{
    const Login* login = world_.truth.login(session.institutionId, username);
    if (username == "user_custom" && !token.updateMode())
    {
        try
        {
            login = &addCustomLogin(world_, session.institutionId, password);
        }
        catch (const std::invalid_argument& problem)
        {
            fail(session, PlaidError::invalidRequest("INVALID_FIELD", problem.what()));
        }
        return login;
    }
    const SpecialPassword special = specialPassword(password);
    const bool errorKnown = isErrorCode(special.errorCode);
    if (login != nullptr && errorKnown)
        fail(session, errorOf(special.errorCode, "This password asks for this error."));
    if (login == nullptr ||
        (login->password != password && !login->dynamic && special.rounds.empty()))
        fail(session, PlaidError::item("INVALID_CREDENTIALS",
                          "The provided credentials were not correct. Please try again."));
    session.mfa = special.rounds;
    session.mfaRound = 0;
    return login;
}

void LinkSessions::logIn(LinkToken& token, LinkSession& session, const std::string& username,
    const std::string& password)
{
    require(!session.finished && session.stage == LinkStage::login, "choose the bank first");
    record(session, "SUBMIT_CREDENTIALS", metadataInstitution(session));
    session.mfa.clear();
    const Login* login = checkPassword(token, session, username, password);
    if (token.updateMode() && login->id != updatedItem(token)->loginId)
        throw PlaidError::item("INVALID_UPDATED_USERNAME",
            "The username is not the one that was linked. Please log in with that one.");
    session.loginId = login->id;
    if (session.mfa.empty()) return loggedIn(token, session);
    session.stage = LinkStage::mfa;
    record(session, "TRANSITION_VIEW", {{"view_name", "MFA"}});
}

void LinkSessions::answerMfa(
    LinkToken& token, LinkSession& session, const std::vector<std::string>& answers)
{
    require(!session.finished && session.stage == LinkStage::mfa, "log in first");
    const MfaRound& round = session.mfa.at(session.mfaRound);
    Json submitted = metadataInstitution(session);
    submitted["mfa_type"] = round.kind;
    record(session, "SUBMIT_MFA", std::move(submitted));
    bool good = answers.size() == round.questions.size();
    for (std::size_t i = 0; good && i < answers.size(); ++i)
    {
        const MfaQuestion& question = round.questions[i];
        const bool offered =
            question.choices.empty() || std::find(question.choices.begin(), question.choices.end(),
                                            answers[i]) != question.choices.end();
        good = offered && (question.answer.empty() || question.answer == answers[i]);
    }
    if (!good)
        fail(session, PlaidError::item(
                          "INVALID_MFA", "The provided answer was not correct. Please try again."));
    if (++session.mfaRound == session.mfa.size()) loggedIn(token, session);
}

void LinkSessions::loggedIn(LinkToken& token, LinkSession& session)
{
    session.stage = asksForAccounts(token, session) ? LinkStage::accounts : LinkStage::confirm;
    if (session.stage != LinkStage::confirm) return;
    session.itemId = token.itemId;
    session.selected = updatedItem(token)->sharedOrder;
    session.before = session.selected;
}

bool LinkSessions::asksForAccounts(const LinkToken& token, const LinkSession& session)
{
    if (!token.updateMode()) return true;
    const Institution* bank = world_.truth.institution(session.institutionId);
    return bank != nullptr && isAmerican(*bank) && (token.accountSelection || bank->oauth);
}

std::vector<const BankAccount*> LinkSessions::choices(
    const LinkToken& token, const LinkSession& session)
{
    std::vector<const BankAccount*> accounts;
    const Login* login = world_.truth.login(session.loginId);
    if (login == nullptr) return accounts;
    for (const auto& id : login->accountIds)
    {
        const BankAccount* account = world_.truth.account(id);
        if (!account->closed && filterAllows(token.accountFilters, *account))
            accounts.push_back(account);
    }
    return accounts;
}

void LinkSessions::chooseAccounts(
    LinkToken& token, LinkSession& session, std::vector<std::string> ids)
{
    require(!session.finished && session.stage == LinkStage::accounts, "log in first");
    const auto offered = choices(token, session);
    for (const auto& id : ids)
    {
        const bool known = std::any_of(offered.begin(), offered.end(),
            [&](const BankAccount* account) { return account->id == id; });
        require(known, "that account is not among those to choose from");
    }
    if (ids.empty()) throw PlaidError::item("NO_ACCOUNTS", "Choose at least one account to share.");
    record(session, "TRANSITION_VIEW", {{"view_name", "DATA_TRANSPARENCY_CONSENT"}});
    session.selected = std::move(ids);
    session.stage = LinkStage::confirm;
    // A person who came back changes the Item that the first choice made.
    const bool again = !session.itemId.empty();
    if (token.updateMode() || again)
    {
        Item& item = *world_.item(again ? session.itemId : token.itemId);
        if (item.removed) throw PlaidError::item("ITEM_NOT_FOUND", "This Item was removed.");
        if (!again) session.before = item.sharedOrder;
        session.itemId = item.id;
        // What is ticked is fetched at once; what is unticked is taken away at the end, because an
        // account that is taken away and shared again is another one for the client.
        std::vector<std::string> meanwhile = session.before;
        meanwhile.insert(meanwhile.end(), session.selected.begin(), session.selected.end());
        world_.select(item, meanwhile);
        session.selected = world_.remaining(item, session.selected);
        return;
    }
    session.itemId =
        world_
            .createItem({session.institutionId, session.loginId, session.selected, token.products,
                token.webhook, token.daysRequested, token.clientUserId})
            .id;
}

void LinkSessions::goBack(LinkToken& token, LinkSession& session)
{
    require(
        !session.finished && session.stage == LinkStage::confirm && asksForAccounts(token, session),
        "there is nothing to go back to");
    record(session, "TRANSITION_VIEW", {{"view_name", "SELECT_ACCOUNT"}});
    session.stage = LinkStage::accounts;
}

void LinkSessions::finish(LinkToken& token, LinkSession& session)
{
    require(!session.finished && session.stage == LinkStage::confirm, "nothing is chosen yet");
    Item& item = *world_.item(session.itemId);
    if (!item.removed && asksForAccounts(token, session) &&
        world_.remaining(item, session.selected) != item.sharedOrder)
        world_.select(item, session.selected);
    if (token.updateMode() && !item.removed)
    {
        world_.renewConsent(item);
        world_.repair(item);
    }
    if (!token.updateMode() || world_.settings.updateModePublicToken)
        session.publicToken = world_.issuePublicToken(item);
    record(session, "HANDOFF", metadataInstitution(session));
    session.finished = world_.clock.now();
    session.stage = LinkStage::done;
    sendResult(token, session);
}

void LinkSessions::exit(LinkToken& token, LinkSession& session)
{
    require(!session.finished, "the session is over");
    session.exited = true;
    session.exitStatus = stageStatus(session);
    session.exitRequestId = world_.requestRandom.alphanumeric(15);
    Json metadata = metadataInstitution(session);
    metadata["exit_status"] = session.exitStatus;
    record(session, "EXIT", std::move(metadata));
    session.finished = world_.clock.now();
    session.stage = LinkStage::done;
    sendResult(token, session);
}

void LinkSessions::sendResult(LinkToken& token, LinkSession& session)
{
    if (token.hostedId.empty()) return; // plain Link has no webhooks of its own
    std::optional<std::string> url = token.webhook;
    if (token.updateMode() && (!url || world_.settings.updateLinkWebhookToItem))
        url = updatedItem(token)->webhook;
    if (!url) return;
    const auto send = [&](const char* code, Json fields)
    {
        fields["webhook_type"] = "LINK";
        fields["webhook_code"] = code;
        fields["environment"] = world_.environment;
        fields["link_token"] = token.token;
        fields["link_session_id"] = session.id;
        world_.sendWebhook(*url, fields, "");
    };
    Json events = Json::array();
    for (auto it = session.events.rbegin(); it != session.events.rend(); ++it)
        events.push_back(eventJson(*it));
    send("EVENTS", {{"events", std::move(events)}});
    Json publicTokens = Json::array();
    if (!session.publicToken.empty())
    {
        publicTokens.push_back(session.publicToken);
        send("ITEM_ADD_RESULT", {{"public_token", session.publicToken}});
    }
    Json finished = {{"status", session.exited ? "EXITED" : "SUCCESS"},
        {"public_tokens", std::move(publicTokens)}};
    if (!session.publicToken.empty()) finished["public_token"] = session.publicToken;
    send("SESSION_FINISHED", std::move(finished));
}

Json LinkSessions::metadataAccounts(const LinkSession& session)
{
    Json accounts = Json::array();
    const Item* item = world_.item(session.itemId);
    if (item == nullptr) return accounts;
    for (const auto& bankAccountId : session.selected)
    {
        const auto shared = item->shared.find(bankAccountId);
        if (shared == item->shared.end()) continue;
        accounts.push_back(
            accountMetadata(shared->second.accountId, *world_.truth.account(bankAccountId)));
    }
    return accounts;
}

Json LinkSessions::metadataInstitution(const LinkSession& session)
{
    Json json = Json::object();
    const Institution* bank = world_.truth.institution(session.institutionId);
    if (bank == nullptr) return json;
    json["institution_id"] = bank->id;
    json["institution_name"] = bank->name;
    return json;
}

} // namespace plaidsim
