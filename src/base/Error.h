// What went wrong, as a value.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace bankfeed
{

/// What kind of failure it is. The kind decides what the caller does; the text is for people.
enum class ErrorKind : std::uint8_t
{
    Invalid,   ///< The caller, or the person, gave something that cannot be.
    NotFound,  ///< It does not exist, or not for this tenant.
    Conflict,  ///< It contradicts what is stored: the key exists with other content.
    Denied,    ///< Not permitted.
    Retry,     ///< Not now; the same call may succeed later.
    Unknown,   ///< It may have happened or not: ask what is the case before trying again.
    Exhausted, ///< A stated limit is reached.
    Corrupt,   ///< Stored or received data fails its check.
    Stopping,  ///< The plugin is shutting down.
    Provider,  ///< The provider answered with an error of its own; see `providerCode`.
    Internal,  ///< A state that must not exist.
};

/// What a provider's error asks for (protocol section 1.5). `None` for errors that are not a
/// provider's.
enum class Remedy : std::uint8_t
{
    None,
    Retry,   ///< Same request again, with backoff.
    Later,   ///< At the next scheduled run; do not hammer, do not ask the person to log in.
    Repair,  ///< The person must open Link in update mode.
    Relink,  ///< A new connection is needed; the old one is gone.
    Restart, ///< Paging starts again from its first cursor.
    Wait,    ///< Wait for a webhook, or poll slowly.
    Refetch, ///< Read the accounts again.
    Resync,  ///< The stored cursor is of no use: sync from the empty cursor.
    Stop,    ///< Configuration or programming error: tell the operator, do not retry.
};

/// Whose fault an error of the provider's tells of, and so who fails with it.
enum class Concern : std::uint8_t
{
    Connection,  ///< This login, or this call.
    Access,      ///< What may be read through this login: a reading shows it, and not the login.
    Institution, ///< The bank does not answer: every connection of it fails alike.
    SetUp,       ///< Our keys or our account at the provider: every connection fails alike.
};

/// An error. `text` is one English sentence for logs and people; it never holds a secret, token or
/// account number.
struct Error
{
    ErrorKind kind = ErrorKind::Internal;
    std::string code; ///< Stable, for screens and tests: "sync.cursor_repeats".
    std::string text;
    Remedy remedy = Remedy::None;
    Concern concern = Concern::Connection;
    std::string providerCode; ///< The provider's own code; "" when there is none.
    std::string
        providerRequestId; ///< What to quote to the provider's support; "" when there is none.
    std::chrono::milliseconds retryAfter{0}; ///< 0: no advice.

    static Error invalid(std::string code, std::string text);
    static Error notFound(std::string code, std::string text);
    static Error conflict(std::string code, std::string text);
    static Error denied(std::string code, std::string text);
    static Error retry(std::string code, std::string text, std::chrono::milliseconds after = {});
    static Error unknown(std::string code, std::string text);
    static Error exhausted(std::string code, std::string text);
    static Error corrupt(std::string code, std::string text);
    static Error stopping();
    static Error internal(std::string code, std::string text);
};

} // namespace bankfeed
