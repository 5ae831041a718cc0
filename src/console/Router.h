// The table of routes, and everything that is decided before a handler runs.
#pragma once

#include "base/Error.h"
#include "base/Log.h"
#include "base/Result.h"
#include "console/ConsoleTypes.h"
#include "console/Csrf.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::console
{

/// A request that has passed every check of its route.
struct Call
{
    const ConsoleRequest& request;
    const Principal& principal;
    std::map<std::string, std::string> path; ///< The parts in braces, by name: [A-Za-z0-9_], 1..64.
    std::map<std::string, std::string> query; ///< Decoded; the first of each name.
};

struct Answer
{
    int status = 200;
    std::string json;
};

/// An Error becomes the answer that docs/console-api.md says; NotFound always the same one.
using Handler = std::function<Result<Answer>(const Call&)>;

struct Route
{
    std::string method;  ///< "GET", or "POST" for what changes something.
    std::string pattern; ///< "api/connections/{id}/review"
    Capability needs = Capability::View;
    Handler handler;

    /// Changes something: needs the token of this login, and no other site may ask.
    [[nodiscard]] bool mutating() const { return method != "GET"; }
};

/// Denies what the table does not allow. Any thread once built.
class Router
{
public:
    /// `publicUrl` is the console's address from outside; "" when the host has none.
    Router(Csrf& csrf, Log& log, std::string publicUrl)
        : csrf_(csrf), log_(log), publicUrl_(std::move(publicUrl))
    {
    }

    /// Throws BrokenInvariant for a method other than GET and POST, and for a route that is there.
    void add(Route route);

    [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

    /// Answers a request for a path that begins with "api/". Never throws but std::bad_alloc.
    [[nodiscard]] ConsoleResponse handle(const ConsoleRequest& request) const;

private:
    using Parts = std::map<std::string, std::string>;

    [[nodiscard]] ConsoleResponse dispatch(const ConsoleRequest& request) const;
    [[nodiscard]] Result<void> mayCall(const Route& route, const ConsoleRequest& request) const;
    [[nodiscard]] ConsoleResponse run(
        const Route& route, const ConsoleRequest& request, Parts path) const;

    Csrf& csrf_;
    Log& log_;
    std::string publicUrl_;
    std::vector<Route> routes_;
};

/// The headers that every answer of the console carries.
void addSecurityHeaders(ConsoleResponse& response);

/// The answer to an error, with the status that its kind has.
[[nodiscard]] ConsoleResponse errorResponse(const Error& error);

} // namespace bankfeed::console
