// A request to the console and its answer, as plain structs. The host's HTTP types stay outside.
#pragma once

#include "base/Time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bankfeed::console
{

/// What a person may do. Numbers as in the ABI (BF_CAN_...).
enum class Capability : std::uint32_t
{
    View = 1,
    Link = 2,
    Operate = 4,
};

/// Who asks, as the host says. Nothing in a request changes that.
struct Principal
{
    std::string tenant;
    std::string userId;
    std::string userName;
    std::string sessionId; ///< Of the login.
    std::uint32_t capabilities = 0;
    UtcTime lastStrongLogin;

    [[nodiscard]] bool can(Capability capability) const
    {
        return (capabilities & static_cast<std::uint32_t>(capability)) != 0;
    }
};

using Header = std::pair<std::string, std::string>;

struct ConsoleRequest
{
    std::string method;          ///< Upper case.
    std::string path;            ///< Below the console's route, percent-encoding kept.
    std::string query;           ///< Without "?", percent-encoding kept.
    std::vector<Header> headers; ///< As received.
    std::string_view body;       ///< Valid during the call.
    std::optional<Principal> principal;

    /// The value of a header that occurs exactly once; nothing when it is missing or repeated.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
    [[nodiscard]] bool hasHeader(std::string_view name) const;
};

struct ConsoleResponse
{
    int status = 200;
    std::vector<Header> headers;
    std::string body;
};

} // namespace bankfeed::console
