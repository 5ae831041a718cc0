// One line per message on standard error.
#pragma once

#include "base/Clock.h"

#include <string_view>

namespace ledgerd
{

enum class LogLevel
{
    debug,
    info,
    warning,
    error,
};

class Log
{
public:
    // `clock` outlives the log. Messages below `lowest` are dropped. `fd` is where lines go.
    explicit Log(const Clock& clock, LogLevel lowest = LogLevel::info, int fd = 2);

    // Writes one line with one write(2), control bytes replaced. Any thread; never fails.
    // component: lower-case word, such as "books" or "bankfeed-plaid/sync".
    void write(LogLevel level, std::string_view component, std::string_view message) const;

    void debug(std::string_view component, std::string_view message) const
    {
        write(LogLevel::debug, component, message);
    }
    void info(std::string_view component, std::string_view message) const
    {
        write(LogLevel::info, component, message);
    }
    void warning(std::string_view component, std::string_view message) const
    {
        write(LogLevel::warning, component, message);
    }
    void error(std::string_view component, std::string_view message) const
    {
        write(LogLevel::error, component, message);
    }

private:
    const Clock& clock_;
    LogLevel lowest_;
    int fd_;
};

// "debug", "info", "warning", "error". False when `name` is none of them.
bool parseLogLevel(std::string_view name, LogLevel& out);

} // namespace ledgerd
