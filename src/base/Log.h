// Port: the log. Lines are for operators; they hold no secrets, and texts of banks only when
// needed.
#pragma once

#include <cstdint>
#include <string_view>

namespace bankfeed
{

enum class LogLevel : std::uint8_t
{
    Debug,
    Info,
    Warning,
    Error,
    HostMisbehaving,
    PluginMisbehaving,
};

class Log
{
public:
    virtual ~Log() = default;

    /// Any thread. Never throws. `component` is the name of a room.
    virtual void write(
        LogLevel level, std::string_view component, std::string_view message) noexcept = 0;
};

} // namespace bankfeed
