// The files of the web client: read once, served from memory.
#pragma once

#include "base/Result.h"
#include "console/ConsoleTypes.h"

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace bankfeed::console
{

/// Serves exactly the files that the build made, as the build made them: browsers of administrators
/// run them, and whoever may write into the folder for a moment must not get anything in between
/// the host's check of the folder and the reading of it. A name that is not among them does not
/// exist, so no path can lead outside. Any thread.
class StaticFiles
{
public:
    static constexpr std::size_t filesMax = 200;
    static constexpr std::size_t fileBytesMax = 4 * 1024 * 1024;

    /// A file as the build made it.
    struct Expected
    {
        std::string_view path;   ///< below the folder
        std::string_view sha256; ///< 64 lower-case hex digits
    };

    StaticFiles() = default; ///< Serves nothing.

    /// Reads the expected files of known types below `folder`, and nothing else there. A folder
    /// that is not there gives no files. Errors: Exhausted "console.files"; Retry "console.files"
    /// when a file cannot be read; Corrupt "console.changed" when one is not a plain file, is
    /// missing, or has other bytes than the build gave it.
    [[nodiscard]] static Result<StaticFiles> read(
        const std::string& folder, std::span<const Expected> expected);

    /// GET or HEAD of a path below the console; "" is index.html.
    [[nodiscard]] ConsoleResponse serve(const ConsoleRequest& request) const;

    [[nodiscard]] std::size_t count() const { return files_.size(); }

private:
    struct File
    {
        std::string content;
        std::string type;
        std::string etag;
    };

    std::map<std::string, File, std::less<>> files_;
};

} // namespace bankfeed::console
