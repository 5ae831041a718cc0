#include "base/Log.h"

#include "base/CivilDate.h"
#include "base/Text.h"

#include <array>
#include <string>
#include <unistd.h>

namespace ledgerd
{

namespace
{
constexpr std::array<std::string_view, 4> names{"debug", "info", "warning", "error"};
}

Log::Log(const Clock& clock, LogLevel lowest, int fd) : clock_(clock), lowest_(lowest), fd_(fd) {}

void Log::write(LogLevel level, std::string_view component, std::string_view message) const
{
    if (level < lowest_) return;
    std::string line = timestampOf(clock_.utcNs());
    line += ' ';
    line += names[static_cast<std::size_t>(level)];
    line += ' ';
    line += oneLine(cutUtf8(component, 128));
    line += ": ";
    line += oneLine(cutUtf8(message, 2048));
    line += '\n';
    // A log that cannot be written must not stop the books; there is nobody to tell.
    [[maybe_unused]] const auto written = ::write(fd_, line.data(), line.size());
}

bool parseLogLevel(std::string_view name, LogLevel& out)
{
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name)
        {
            out = static_cast<LogLevel>(i);
            return true;
        }
    return false;
}

} // namespace ledgerd
