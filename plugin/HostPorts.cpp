#include "HostPorts.h"

#include "base/Utf8.h"

#include <array>
#include <string>

namespace bankfeed::plugin
{

namespace
{

bool isTokenCharacter(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

} // namespace

std::string withoutTokens(std::string_view text)
{
    static constexpr std::array<std::string_view, 3> kinds{"access-", "public-", "link-"};
    static constexpr std::array<std::string_view, 3> places{
        "sandbox-", "production-", "development-"};
    std::string clean;
    for (std::size_t at = 0; at < text.size();)
    {
        bool token = false;
        for (const auto kind : kinds)
        {
            for (const auto place : places)
            {
                const std::string_view rest = text.substr(at);
                token = token ||
                        (rest.starts_with(kind) && rest.substr(kind.size()).starts_with(place));
            }
        }
        if (!token)
        {
            clean.push_back(text[at++]);
            continue;
        }
        clean.append("[token]");
        while (at < text.size() && isTokenCharacter(text[at]))
            ++at;
    }
    return clean;
}

void HostLog::write(LogLevel level, std::string_view component, std::string_view message) noexcept
{
    try
    {
        const std::string text = safeText(withoutSecrets(withoutTokens(message)), BF_TEXT_MAX);
        const std::string name(component);
        tables_.log->write(
            tables_.host, static_cast<std::uint32_t>(level), name.c_str(), text.c_str());
    }
    catch (...) // Out of memory while logging: the line is lost, the work goes on.
    {
    }
}

void HostLog::hide(const Secret& secret)
{
    if (secret.size() < secretLeast) return;
    const std::lock_guard lock(mutex_);
    for (const Secret& known : secrets_)
        if (known.equals(secret)) return;
    if (secrets_.size() >= secretsMost) secrets_.pop_front();
    secrets_.push_back(secret);
}

std::string HostLog::withoutSecrets(std::string text)
{
    static constexpr std::string_view mark = "[secret]";
    const std::lock_guard lock(mutex_);
    for (const Secret& secret : secrets_)
        for (std::size_t at = 0; (at = text.find(secret.reveal(), at)) != std::string::npos;)
        {
            text.replace(at, secret.size(), mark);
            at += mark.size();
        }
    return text;
}

void HostWake::wake(WakeReason reason) noexcept
{
    try
    {
        switch (reason)
        {
        case WakeReason::Jobs: jobs_(); break;
        case WakeReason::Pump: tables_.wake->wake(tables_.host, BF_WAKE_PUMP); break;
        case WakeReason::Tick: tables_.wake->wake(tables_.host, BF_WAKE_TICK); break;
        }
    }
    catch (...) // A wake is a hint; the five-second rounds find the work.
    {
    }
}

} // namespace bankfeed::plugin
