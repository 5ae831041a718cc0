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

/// An answer is as large as what the host takes, which is as large as what crosses the C ABI.
inline constexpr std::size_t answerBytesMost = std::size_t{1024} * 1024;

struct Answer
{
    int status = 200;
    std::string json;
};

/// An Error becomes the answer that docs/console-api.md says; NotFound always the same one.
using Handler = std::function<Result<Answer>(const Call&)>;

/// What a request of a route is about: all of the tenant of who asks, or one thing of that tenant,
/// named by "{id}" in the path, or in the query or body. What is another tenant's is not there. The
/// access matrix of the tests is made from it: a new kind of thing needs a line there.
enum class Within
{
    Tenant,
    Connection,
    BankAccount,
    AccountLink,
    Import,
    LinkSession,
    Notice,
};

[[nodiscard]] std::string_view nameOf(Capability capability); ///< "view"; "" for none of them.
[[nodiscard]] std::string_view nameOf(Within within);         ///< "tenant"; "" for none of them.

/// There is none without a declared capability and tenancy.
struct Route
{
    Route(std::string method_, std::string pattern_, Capability needs_, Within within_,
        Handler handler_)
        : method(std::move(method_)),
          pattern(std::move(pattern_)),
          needs(needs_),
          within(within_),
          handler(std::move(handler_))
    {
    }

    std::string method;  ///< "GET", or "POST" for what changes something.
    std::string pattern; ///< "api/connections/{id}/review"
    Capability needs;
    Within within;
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

    /// Throws BrokenInvariant for a method other than GET and POST, for a route that is there, for
    /// a capability or tenancy that is none, for braces other than one "{id}", and for "{id}" in a
    /// route of the whole tenant.
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
