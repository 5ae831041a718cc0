// The small rules of link sessions.
#pragma once

#include "base/BankProvider.h"
#include "base/Error.h"
#include "base/Limits.h"
#include "base/Time.h"
#include "store/LinkSessionRepository.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bankfeed::link
{

/// Who asks, as the host says.
struct Person
{
    std::string userId;
    std::string userName;
    std::string loginId; ///< Of this login: unguessable, ends with it.
};

struct LinkSettings
{
    std::string language = "en";
    std::string webhookUrl; ///< "" when the host has no public address.

    /// How long to wait between two looks at an open session: in its first minute, in its first
    /// five, and then. A webhook makes the next look at once.
    std::int64_t pollSoonMs = 5'000;
    std::int64_t pollOftenMs = 15'000;
    std::int64_t pollSlowlyMs = 30'000;

    std::int64_t creatingMaxMs = 600'000; ///< The provider has this long to begin it.
    std::int64_t graceMs = 120'000;       ///< After its end a session is looked at this long.
    std::int64_t resultMaxMs = 1'800'000; ///< How long a result can be exchanged.
    std::int64_t unfinishedMax = 50;      ///< Per tenant.
    /// By one person, for one connection or for new ones; those that came to a good end are free.
    std::int64_t begunPerMinute = 10;
    std::int64_t connectionsMax = limits::connectionsPerTenant;   ///< Ended ones count too.
    std::int64_t bankAccountsMax = limits::bankAccountsPerTenant; ///< Of all connections.
};

[[nodiscard]] std::string_view nameOf(LinkPurpose purpose);
[[nodiscard]] std::optional<LinkPurpose> purposeNamed(std::string_view name);

/// Names tenant, person and login without holding the login.
[[nodiscard]] std::string loginHash(const std::string& tenant, const Person& person);

/// Names tenant and person to the provider without naming a person.
[[nodiscard]] std::string userReference(const std::string& tenant, const std::string& userId);

/// When to look at an open session again.
[[nodiscard]] UtcTime nextLook(
    const store::LinkSession& session, UtcTime now, const LinkSettings& settings);

/// True while the session waits for a person's word about a result that is not exchanged.
[[nodiscard]] bool waitsForWord(const store::LinkSession& session);

/// True when the same call may succeed later.
[[nodiscard]] bool mayPass(const Error& error);

/// Ends a session: its tokens are overwritten, its state and time are set.
void finish(store::LinkSession& session, std::string_view state, UtcTime now);
void finish(store::LinkSession& session, std::string_view state, UtcTime now, const Error& why);

} // namespace bankfeed::link
