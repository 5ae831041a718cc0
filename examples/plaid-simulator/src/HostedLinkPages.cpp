#include "HostedLinkPages.h"

#include "Html.h"
#include "World.h"

#include <algorithm>

namespace plaidsim
{

namespace
{

bool contains(const std::vector<std::string>& list, const std::string& text)
{
    return std::find(list.begin(), list.end(), text) != list.end();
}

// "https://ledger.example" of a longer address, for the page's policy; empty when it is odd.
std::string originOf(const std::string& address)
{
    const std::size_t start = address.find("://");
    if (start == std::string::npos) return {};
    const std::string origin = address.substr(0, address.find_first_of("/?#", start + 3));
    const bool plain = std::all_of(origin.begin(), origin.end(),
        [](unsigned char c)
        {
            return std::isalnum(c) != 0 || c == '.' || c == '-' || c == ':' || c == '/' ||
                   c == '[' || c == ']';
        });
    return plain ? origin : std::string();
}

std::string accountLine(const BankAccount& account)
{
    return "<span class=\"grow\"><strong>" + escaped(account.name) + "</strong><br><small>" +
           escaped(account.subtype) +
           (account.mask ? " ending in " + escaped(*account.mask) : std::string()) +
           "</small></span>";
}

// One walk through the pages, for one request, with the world locked.
class Walk
{
public:
    Walk(World& world, LinkToken& token) : world_(world), token_(token) {}

    HttpAnswer show(LinkSession& session, const std::string& problem) const
    {
        std::string content = "<main><p class=\"quiet\">" + escaped(token_.clientName) +
                              " wants to read your bank accounts</p>";
        if (!problem.empty())
            content += "<p class=\"problem\" role=\"alert\">" + escaped(problem) + "</p>";
        switch (session.stage)
        {
        case LinkStage::institution: content += banks(); break;
        case LinkStage::login: content += login(session); break;
        case LinkStage::mfa: content += questions(session); break;
        case LinkStage::accounts: content += accounts(session); break;
        default: content += confirmation(session); break;
        }
        content += "<form method=\"post\" class=\"actions\"><button class=\"plain\" name=\"step\" "
                   "value=\"exit\">Leave without finishing</button></form></main>";
        return htmlPage(problem.empty() ? 200 : 422, "Link your bank", content,
            originOf(token_.completionRedirectUri));
    }

    // What the form asks for. Throws a PlaidError that is meant for the person.
    void act(LinkSession& session, const std::vector<std::pair<std::string, std::string>>& form)
    {
        std::string step;
        std::string institution;
        std::string username;
        std::string password;
        std::vector<std::string> chosen;
        std::vector<std::string> answers;
        for (const auto& [name, value] : form)
        {
            if (name == "step") step = value;
            if (name == "institution_id") institution = value;
            if (name == "username") username = value;
            if (name == "password") password = value;
            if (name == "account") chosen.push_back(value);
            if (name.rfind("answer_", 0) == 0) answers.push_back(value);
        }
        if (step == "exit")
            world_.links.exit(token_, session);
        else if (step == "back")
            world_.links.goBack(token_, session);
        else if (step == "finish")
            world_.links.finish(token_, session);
        else if (step == "login")
            world_.links.logIn(token_, session, username, password);
        else if (step == "mfa")
            world_.links.answerMfa(token_, session, answers);
        else if (step == "accounts")
            world_.links.chooseAccounts(token_, session, chosen);
        else
            world_.links.chooseInstitution(token_, session, institution);
    }

private:
    std::string banks() const
    {
        std::string content = "<h1>Choose your bank</h1><form method=\"post\">";
        for (const auto& [id, bank] : world_.truth.institutions())
        {
            content += "<button class=\"row\" name=\"institution_id\" value=\"" + escaped(id) +
                       "\"><span class=\"grow\">" + escaped(bank.name) + "</span><small>" +
                       escaped(id) + "</small></button>";
        }
        return content + "</form>";
    }

    std::string login(const LinkSession& session) const
    {
        const Institution* bank = world_.truth.institution(session.institutionId);
        std::string username;
        std::string hint;
        for (const auto& [id, candidate] : world_.truth.logins())
        {
            if (candidate.institutionId != session.institutionId) continue;
            hint += (hint.empty() ? "" : ", ") + candidate.username + " / " + candidate.password;
            if (token_.updateMode() && world_.item(token_.itemId)->loginId == id)
                username = candidate.username;
        }
        return "<h1>Log in at " + escaped(bank->name) +
               "</h1><form method=\"post\">"
               "<label class=\"field\">Username<input type=\"text\" name=\"username\" "
               "autocomplete=\"off\" required value=\"" +
               escaped(username) +
               "\"></label><label class=\"field\">Password<input type=\"password\" "
               "name=\"password\" autocomplete=\"off\" required></label>"
               "<p class=\"quiet\">This bank is simulated. It knows: " +
               escaped(hint) +
               "</p><div class=\"actions\"><button class=\"main\" name=\"step\" value=\"login\">"
               "Log in</button></div></form>";
    }

    std::string questions(const LinkSession& session) const
    {
        const MfaRound& round = session.mfa.at(session.mfaRound);
        std::string content =
            "<h1>The bank wants to know that it is you</h1><form method=\"post\">";
        for (std::size_t i = 0; i < round.questions.size(); ++i)
        {
            const MfaQuestion& question = round.questions[i];
            const std::string name = "name=\"answer_" + std::to_string(i) + "\" required";
            content += "<label class=\"field\">" + escaped(question.text);
            if (question.choices.empty())
                content += "<input type=\"text\" autocomplete=\"off\" " + name + ">";
            else
            {
                content += "<select " + name + ">";
                for (const auto& choice : question.choices)
                    content += "<option>" + escaped(choice) + "</option>";
                content += "</select>";
            }
            content += "</label>";
            if (!question.answer.empty())
                content += "<p class=\"quiet\">This bank is simulated. The right answer is " +
                           escaped(question.answer) + ".</p>";
        }
        return content +
               "<div class=\"actions\"><button class=\"main\" name=\"step\" value=\"mfa\">"
               "Continue</button></div></form>";
    }

    std::string accounts(const LinkSession& session) const
    {
        const Item* item = world_.item(token_.itemId);
        const bool update = token_.updateMode();
        std::string content = "<h1>Choose accounts to share</h1>";
        content += update ? "<p>What is ticked stays shared. Tick a new account to add it; untick "
                            "one to stop sharing it.</p>"
                          : "<p>Only the accounts that you tick are shared.</p>";
        content += "<form method=\"post\"><fieldset style=\"border:0;padding:0;margin:0\">"
                   "<legend class=\"quiet\">Your accounts at " +
                   escaped(world_.truth.institution(session.institutionId)->name) + "</legend>";
        for (const BankAccount* account : world_.links.choices(token_, session))
        {
            // Somebody who came back sees the ticks as they were left.
            const bool again = !session.itemId.empty();
            const bool shared = again ? contains(session.before, account->id)
                                      : item != nullptr && item->shared.count(account->id) != 0;
            const bool ticked = again ? contains(session.selected, account->id) : shared || !update;
            content += "<label class=\"row\"><input type=\"checkbox\" name=\"account\" value=\"" +
                       escaped(account->id) + "\"" + (ticked ? " checked" : "") + ">" +
                       accountLine(*account);
            if (update)
                content += shared ? "<span class=\"tag kept\">shared now</span>"
                                  : "<span class=\"tag new\">new</span>";
            content += "</label>";
        }
        return content + "</fieldset><div class=\"actions\"><button class=\"main\" name=\"step\" "
                         "value=\"accounts\">Continue</button></div></form>";
    }

    std::string group(const std::string& title, const char* tag, const char* word,
        const std::vector<std::string>& ids) const
    {
        if (ids.empty()) return {};
        std::string content = "<h2>" + title + "</h2>";
        for (const auto& id : ids)
        {
            content += "<div class=\"row\">" + accountLine(*world_.truth.account(id)) +
                       "<span class=\"" + tag + "\">" + word + "</span></div>";
        }
        return content;
    }

    std::string confirmation(const LinkSession& session) const
    {
        std::vector<std::string> kept;
        std::vector<std::string> added;
        std::vector<std::string> removed;
        for (const auto& id : session.selected)
            (contains(session.before, id) ? kept : added).push_back(id);
        for (const auto& id : session.before)
        {
            if (!contains(session.selected, id)) removed.push_back(id);
        }
        std::string content = "<h1>Is this right?</h1>";
        if (token_.updateMode())
            content += group("Kept", "tag kept", "kept", kept) +
                       group("Added", "tag new", "new", added) +
                       group("No longer shared", "tag", "removed", removed);
        else
            content += group("Shared from now on", "tag new", "new", added);
        content += "<form method=\"post\" class=\"actions\"><button class=\"main\" name=\"step\" "
                   "value=\"finish\">Finish</button>";
        if (world_.links.asksForAccounts(token_, session))
            content += "<button class=\"plain\" name=\"step\" value=\"back\">Back</button>";
        return content + "</form>";
    }

    World& world_;
    LinkToken& token_;
};

HttpAnswer message(int status, const std::string& title, const std::string& sentence)
{
    return htmlPage(status, title,
        "<main><h1>" + escaped(title) + "</h1><p>" + escaped(sentence) + "</p></main>");
}

HttpAnswer afterSession(const LinkToken& token, const LinkSession& session)
{
    // Plaid opens the completion address on success and on exit alike.
    if (!token.completionRedirectUri.empty()) return redirectTo(token.completionRedirectUri);
    return redirectTo("/hl/" + token.hostedId + "?over=" + (session.exited ? "exit" : "success"));
}

HttpAnswer walk(World& world, LinkToken& token, const HttpRequest& request)
{
    LinkSession& session = world.links.open(token);
    Walk pages(world, token);
    if (request.method == "GET") return pages.show(session, "");
    if (request.method != "POST")
        return message(405, "Not this way", "Only GET and POST are known here.");
    try
    {
        pages.act(session, formFields(request.body));
    }
    catch (const PlaidError& refusal)
    {
        return pages.show(session, refusal.message);
    }
    if (session.finished) return afterSession(token, session);
    return redirectTo("/hl/" + token.hostedId);
}

} // namespace

HttpAnswer HostedLinkPages::answer(const HttpRequest& request)
{
    const std::lock_guard lock(world_.mutex);
    LinkToken* token = world_.links.findHosted(request.path.substr(4));
    if (token == nullptr)
        return message(404, "No such link", "This Link address was never given out.");
    const std::string over = request.parameter("over");
    if (over == "success") return message(200, "Done", "You can close this window.");
    if (over == "exit") return message(200, "You left", "The session ended before its last step.");
    try
    {
        return walk(world_, *token, request);
    }
    catch (const PlaidError& expired)
    {
        return message(410, "This link has expired",
            "Go back to " + token->clientName + " and ask for a new one.");
    }
    catch (const std::exception& problem)
    {
        return message(500, "Something went wrong", problem.what());
    }
}

} // namespace plaidsim
