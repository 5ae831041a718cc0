#include "web/Application.h"

#include "base/Address.h"
#include "base/Random.h"
#include "base/Text.h"
#include "pages/Api.h"
#include "pages/Pages.h"
#include "web/PluginRoutes.h"

namespace ledgerd
{

namespace
{

HttpResponse plain(unsigned status, const std::string& text)
{
    HttpResponse response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
    addSafetyHeaders(response);
    response.body = text + "\n";
    return response;
}

// Where a login may lead: an address of ours, and nothing that a browser could take for another
// host.
std::string safeNext(const std::string& next)
{
    const bool ours = next.starts_with('/') && !next.starts_with("//") && next.size() <= 1000 &&
                      next.find('\\') == std::string::npos && oneLine(next) == next &&
                      next.find(' ') == std::string::npos;
    return ours ? next : "/";
}

bool isRead(const HttpRequest& request)
{
    return request.method == "GET" || request.method == "HEAD";
}

// "/accounts/acc-17/sync" with prefix "/accounts/" and suffix "/sync" gives 17; 0 when it is
// something else.
std::int64_t accountIn(std::string_view path, std::string_view prefix, std::string_view suffix)
{
    if (!path.starts_with(prefix) || !path.ends_with(suffix) ||
        path.size() <= prefix.size() + suffix.size())
        return 0;
    return parseAccountText(
        path.substr(prefix.size(), path.size() - prefix.size() - suffix.size()));
}

HttpResponse toLogin(const HttpRequest& request)
{
    const auto accept = request.header("accept");
    const bool browser =
        isRead(request) && accept && accept->find("text/html") != std::string_view::npos;
    if (!browser) return plain(401, "Log in first.");
    const std::string here = request.path + (request.query.empty() ? "" : "?" + request.query);
    return redirect("/login?next=" + percentEncode(here));
}

} // namespace

Application::Application(Books& books, Plugins& plugins, Doorkeeper& doorkeeper, Sessions& sessions,
    const Log& log, std::string publicUrl)
    : books_(books),
      plugins_(plugins),
      doorkeeper_(doorkeeper),
      sessions_(sessions),
      log_(log),
      refusals_(books.clock()),
      publicUrl_(std::move(publicUrl)),
      // The prefix makes browsers take the cookie from nobody but us: not from another name of the
      // same domain, and not over plain HTTP.
      cookieName_(publicUrl_.starts_with("https:") ? "__Host-ledgerd_session" : "ledgerd_session")
{
}

std::uint64_t Application::bodyMax(const HttpRequest& request)
{
    const auto found = plugins_.route(request.path);
    return found ? found->match.route.bodyMax : ownBodyMax;
}

std::string Application::cookieText(const std::string& value, bool end) const
{
    // Lax, not Strict: a person comes back from the bank's page by a link, and must still be logged
    // in.
    std::string text = cookieName_ + "=" + value + "; Path=/; HttpOnly; SameSite=Lax";
    if (publicUrl_.starts_with("https:")) text += "; Secure";
    if (end) text += "; Max-Age=0";
    return text;
}

std::optional<Session> Application::sessionOf(const HttpRequest& request)
{
    const auto cookie = request.cookie(cookieName_);
    if (!cookie || cookie->size() != 32) return std::nullopt;
    return sessions_.find(*cookie);
}

std::optional<Session> Application::sessionByPassword(
    const HttpRequest& request, std::optional<HttpResponse>& refused)
{
    const auto header = request.header("authorization");
    if (!header || !header->starts_with("Basic ")) return std::nullopt;
    std::string pair;
    const bool decoded = fromBase64(header->substr(6), pair);
    const std::size_t colon = pair.find(':');
    if (!decoded || colon == std::string::npos)
    {
        refused = api::problem(401, "Name and password cannot be read.");
        return std::nullopt;
    }
    const auto user = doorkeeper_.admitAgain(
        pair.substr(0, colon), pair.substr(colon + 1), request.remoteAddress);
    if (!user)
    {
        if (user.failure().kind != Failure::Kind::invalid)
            logRefusal(pair.substr(0, colon), request.remoteAddress);
        refused = api::problem(
            user.failure().kind == Failure::Kind::busy ? 429 : 401, user.failure().text);
        return std::nullopt;
    }
    Session session;
    session.user = *user;
    session.loginUtcNs = request.receivedUtcNs;
    return session;
}

// Browsers say where a form comes from; others cannot be tricked into sending one.
bool Application::sameOrigin(const HttpRequest& request) const
{
    const auto site = request.header("sec-fetch-site");
    if (site && *site != "same-origin" && *site != "none") return false;
    const auto origin = request.header("origin");
    if (!origin) return true;
    if (!publicUrl_.empty() && *origin == publicUrl_) return true;
    const auto host = request.header("host");
    return host && (*origin == "http://" + std::string(*host) ||
                       *origin == "https://" + std::string(*host));
}

void Application::logRefusal(const std::string& name, const std::string& address)
{
    if (const auto keptBack = refusals_.line(networkOf(address)))
        log_.warning(
            "login", "refused for " + name + " from " + address + moreInTheMeantime(*keptBack));
}

HttpResponse Application::login(const HttpRequest& request)
{
    Fields form;
    if (!sameOrigin(request) || !parseFields(request.body, form))
        return plain(403, "This form is not from here.");
    const auto user =
        doorkeeper_.admit(field(form, "name"), field(form, "password"), request.remoteAddress);
    const std::string next = safeNext(field(form, "next"));
    if (!user)
    {
        if (user.failure().kind != Failure::Kind::invalid)
            logRefusal(field(form, "name"), request.remoteAddress);
        HttpResponse response = pages::login(next, user.failure().text);
        if (user.failure().kind == Failure::Kind::busy) response.status = 429;
        return response;
    }
    // A login that was there before ends: nobody can plant a session and wait for its owner to use
    // it.
    if (const auto old = request.cookie(cookieName_)) sessions_.end(*old);
    log_.info("login", user->name + " from " + request.remoteAddress);
    HttpResponse response = redirect(next);
    response.headers.emplace_back("Set-Cookie", cookieText(sessions_.begin(*user), false));
    return response;
}

HttpResponse Application::logout(const HttpRequest& request)
{
    const auto session = sessionOf(request);
    Fields form;
    if (!session) return redirect("/login");
    if (!sameOrigin(request) || !parseFields(request.body, form) ||
        !equalSecrets(field(form, "token"), session->csrf))
        return plain(403, "This form is not from here.");
    sessions_.end(*request.cookie(cookieName_));
    HttpResponse response = redirect("/login");
    response.headers.emplace_back("Set-Cookie", cookieText("", true));
    return response;
}

HttpResponse Application::withoutLogin(const HttpRequest& request, bool& answered)
{
    answered = true;
    const std::string& path = request.path;
    if (path == "/static/ledgerd.css" && isRead(request)) return pages::stylesheet();
    if (path == "/static/ledgerd.svg" && isRead(request)) return pages::icon();
    if (path == "/api/health" && isRead(request)) return api::health(books_, plugins_);
    if (path == "/login")
    {
        Fields query;
        if (request.method == "POST") return login(request);
        if (!isRead(request) || !parseFields(request.query, query))
            return plain(405, "Not this way.");
        return pages::login(safeNext(field(query, "next")), "");
    }
    if (path == "/logout" && request.method == "POST") return logout(request);
    answered = false;
    return {};
}

HttpResponse Application::fromPlugin(const HttpRequest& request, const Plugins::Found& found)
{
    if (found.match.route.open) return answerFromPlugin(found, request, std::nullopt, log_);
    const auto session = sessionOf(request);
    if (!session) return toLogin(request);
    if (found.match.slashMissing)
    {
        HttpResponse response =
            redirect(request.path + "/" + (request.query.empty() ? "" : "?" + request.query));
        response.status = 308;
        return response;
    }
    return answerFromPlugin(found, request, session, log_);
}

HttpResponse Application::handle(const HttpRequest& request)
{
    if (const auto found = plugins_.route(request.path)) return fromPlugin(request, *found);
    bool answered = false;
    HttpResponse response = withoutLogin(request, answered);
    if (answered) return response;
    if (request.path.starts_with("/plugins/")) return plain(404, "There is nothing here.");

    std::optional<HttpResponse> refused;
    if (request.path.starts_with("/api/"))
        if (const auto program = sessionByPassword(request, refused); program || refused)
            return refused ? *refused : forPerson(request, *program, true);
    const auto session = sessionOf(request);
    return session ? forPerson(request, *session, false) : toLogin(request);
}

HttpResponse Application::forPerson(
    const HttpRequest& request, const Session& session, bool byPassword)
{
    PageRequest asked{books_, plugins_, request, session, {}, {}};
    if (!parseFields(request.query, asked.query)) return plain(400, "The address is broken.");
    const bool isApi = request.path.starts_with("/api/");
    if (isRead(request)) return isApi ? apiCall(asked) : get(asked);
    if (request.method != "POST") return plain(405, "Not this way.");

    const auto type = request.header("content-type").value_or("");
    if (isApi && !type.starts_with("application/json")) return api::problem(415, "Send JSON.");
    if (!isApi && !parseFields(request.body, asked.form)) return plain(400, "The form is broken.");
    if (!byPassword)
    {
        const std::string token = isApi ? std::string(request.header("x-csrf-token").value_or(""))
                                        : field(asked.form, "token");
        if (!sameOrigin(request) || !equalSecrets(token, session.csrf))
            return plain(
                403, "This form is not from here, or too old. Go back and load the page again.");
    }
    if (!asked.mayWrite()) return plain(403, "Your role may look, but not change anything.");
    return isApi ? apiCall(asked) : post(asked);
}

HttpResponse Application::get(const PageRequest& request)
{
    const std::string& path = request.http.path;
    if (path == "/") return pages::accounts(request);
    if (path == "/journal") return pages::journal(request);
    if (path == "/trial-balance") return pages::trialBalance(request);
    if (path == "/feeds") return pages::feeds(request);
    if (path == "/export.journal") return pages::exportHledger(request);
    if (path == "/entries/new" && request.mayWrite()) return pages::entryForm(request);
    if (path == "/accounts/new" && request.mayWrite()) return pages::accountForm(request);
    if (const std::int64_t account = accountIn(path, "/accounts/", ""))
        return pages::accountRegister(request, account);
    return problemPage(request, notFound("There is nothing at this address."));
}

HttpResponse Application::post(const PageRequest& request)
{
    const std::string& path = request.http.path;
    if (path == "/entries") return pages::addEntry(request);
    if (path == "/accounts") return pages::addAccount(request);
    if (path == "/period") return pages::setPeriod(request);
    if (path.starts_with("/transactions/"))
        return pages::correctTransaction(request, std::string_view(path).substr(14));
    if (const std::int64_t account = accountIn(path, "/accounts/", "/merge"))
        return pages::mergeAccount(request, account);
    if (const std::int64_t account = accountIn(path, "/accounts/", "/sync"))
        return pages::syncNow(request, account);
    for (const bool open : {true, false})
        if (const std::int64_t account = accountIn(path, "/accounts/", open ? "/open" : "/close"))
            return request.session.user.role == UserRole::admin
                       ? pages::setAccountOpen(request, account, open)
                       : problemPage(
                             request, denied("Only an administrator opens and closes accounts."));
    return problemPage(request, notFound("There is nothing at this address."));
}

HttpResponse Application::apiCall(const PageRequest& request)
{
    const std::string& path = request.http.path;
    if (isRead(request.http))
    {
        if (path == "/api/accounts") return api::accounts(request);
        if (path == "/api/journal") return api::journal(request);
        if (path == "/api/trial-balance") return api::trialBalance(request);
        if (path == "/api/me") return api::me(request);
        if (path == "/api/plugins") return api::plugins(request);
    }
    else
    {
        if (path == "/api/entries") return api::addEntry(request);
        if (path == "/api/accounts") return api::addAccount(request);
        if (path == "/api/period") return api::setPeriod(request);
        if (path.starts_with("/api/transactions/"))
            return api::correctTransaction(request, std::string_view(path).substr(18));
        for (const char* action : {"/merge", "/open", "/close"})
            if (const std::int64_t account = accountIn(path, "/api/accounts/", action))
                return api::changeAccount(request, account, action + 1);
        if (const std::int64_t account = accountIn(path, "/api/accounts/", "/sync"))
            return api::syncNow(request, account);
    }
    return api::problem(404, "There is nothing at this address.");
}

} // namespace ledgerd
