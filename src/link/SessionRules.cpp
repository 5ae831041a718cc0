#include "link/SessionRules.h"

#include "base/Netstring.h"
#include "base/Sha256.h"

namespace bankfeed::link
{

std::string_view nameOf(LinkPurpose purpose)
{
    switch (purpose)
    {
    case LinkPurpose::Connect: return "connect";
    case LinkPurpose::Repair: return "repair";
    case LinkPurpose::AddAccounts: return "add_accounts";
    case LinkPurpose::Relink: return "relink";
    }
    return "";
}

std::optional<LinkPurpose> purposeNamed(std::string_view name)
{
    if (name == "connect") return LinkPurpose::Connect;
    if (name == "repair") return LinkPurpose::Repair;
    if (name == "add_accounts") return LinkPurpose::AddAccounts;
    if (name == "relink") return LinkPurpose::Relink;
    return std::nullopt;
}

std::string loginHash(const std::string& tenant, const Person& person)
{
    Netstrings parts;
    parts.add("bankfeed.login/1").add(tenant).add(person.userId).add(person.loginId);
    return sha256Hex(parts.bytes());
}

std::string userReference(const std::string& tenant, const std::string& userId)
{
    Netstrings parts;
    parts.add("bankfeed.user/1").add(tenant).add(userId);
    return "u-" + sha256Hex(parts.bytes()).substr(0, 32);
}

UtcTime nextLook(const store::LinkSession& session, UtcTime now, const LinkSettings& settings)
{
    const std::int64_t age = (now.ns - session.createdAt.ns) / nsPerMs;
    if (age < 60'000) return plusMs(now, settings.pollSoonMs);
    if (age < 300'000) return plusMs(now, settings.pollOftenMs);
    return plusMs(now, settings.pollSlowlyMs);
}

bool waitsForWord(const store::LinkSession& session)
{
    return session.state == store::sessionState::duplicate ||
           session.state == store::sessionState::otherLogin;
}

bool mayPass(const Error& error)
{
    switch (error.remedy)
    {
    case Remedy::Retry:
    case Remedy::Later:
    case Remedy::Wait: return true;
    case Remedy::None: return error.kind == ErrorKind::Retry || error.kind == ErrorKind::Unknown;
    default: return false;
    }
}

void finish(store::LinkSession& session, std::string_view state, UtcTime now)
{
    session.state = std::string(state);
    session.linkTokenSealed.clear();
    session.hostedUrlSealed.clear();
    session.publicTokenSealed.clear();
    session.finishedAt = now;
}

void finish(store::LinkSession& session, std::string_view state, UtcTime now, const Error& why)
{
    finish(session, state, now);
    session.errorCode = why.providerCode.empty() ? why.code : why.providerCode;
    session.errorText = why.text;
    session.errorRequestId = why.providerRequestId;
}

} // namespace bankfeed::link
