// The files of the web client: read once, served from memory.
#pragma once

#include "base/Result.h"
#include "console/ConsoleTypes.h"

#include <map>
#include <string>
#include <string_view>

namespace bankfeed::console
{

/// Serves exactly the files that were in the folder at start. A name that is not among them does
/// not exist, so no path can lead outside. Any thread.
class StaticFiles
{
public:
    static constexpr std::size_t filesMax = 200;
    static constexpr std::size_t fileBytesMax = 4 * 1024 * 1024;
    static constexpr std::size_t depthMax = 4;

    StaticFiles() = default; ///< Serves nothing.

    /// Reads the regular files of known types below `folder`; links are left out. A folder that is
    /// not there gives no files. Errors: Exhausted "console.files"; Retry "console.files" when a
    /// file cannot be read.
    [[nodiscard]] static Result<StaticFiles> read(const std::string& folder);

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
