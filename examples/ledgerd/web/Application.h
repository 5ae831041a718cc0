// Which address means what, who may ask for it, and what a request must prove.
#pragma once

#include "base/LogBudget.h"
#include "books/Books.h"
#include "pages/Page.h"
#include "people/Doorkeeper.h"
#include "people/Sessions.h"
#include "web/HttpServer.h"
#include "web/Plugins.h"

namespace ledgerd
{

constexpr std::uint64_t ownBodyMax = std::uint64_t{64} * 1024; // of ledgerd's own forms and JSON

class Application : public HttpHandler
{
public:
    // All outlive the application. publicUrl decides whether the login's cookie is for HTTPS only.
    Application(Books& books, Plugins& plugins, Doorkeeper& doorkeeper, Sessions& sessions,
        const Log& log, std::string publicUrl);

    std::uint64_t bodyMax(const HttpRequest& request) override;
    HttpResponse handle(const HttpRequest& request) override;

private:
    HttpResponse withoutLogin(const HttpRequest& request, bool& answered);
    HttpResponse login(const HttpRequest& request);
    HttpResponse logout(const HttpRequest& request);
    HttpResponse fromPlugin(const HttpRequest& request, const Plugins::Found& found);
    HttpResponse forPerson(const HttpRequest& request, const Session& session, bool byPassword);
    HttpResponse get(const PageRequest& request);
    HttpResponse post(const PageRequest& request);
    HttpResponse apiCall(const PageRequest& request);

    std::optional<Session> sessionOf(const HttpRequest& request);
    // Name and password in the Authorization header, for programs. Answered: a failed try.
    std::optional<Session> sessionByPassword(
        const HttpRequest& request, std::optional<HttpResponse>& refused);
    bool sameOrigin(const HttpRequest& request) const;
    void logRefusal(const std::string& name, const std::string& address);
    std::string cookieText(const std::string& value, bool end) const;

    Books& books_;
    Plugins& plugins_;
    Doorkeeper& doorkeeper_;
    Sessions& sessions_;
    const Log& log_;
    LogBudget refusals_;
    std::string publicUrl_;
    std::string cookieName_;
};

} // namespace ledgerd
