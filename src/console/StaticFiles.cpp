#include "console/StaticFiles.h"

#include "base/Sha256.h"
#include "console/Router.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace bankfeed::console
{

namespace
{

namespace fs = std::filesystem;

/// The types that the client consists of. Others are not served.
std::string typeOf(const fs::path& path)
{
    static const std::map<std::string, std::string> types{
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".json", "application/json; charset=utf-8"},
        {".webmanifest", "application/manifest+json"},
        {".txt", "text/plain; charset=utf-8"},
        {".woff2", "font/woff2"},
    };
    const auto found = types.find(path.extension().string());
    return found == types.end() ? std::string() : found->second;
}

/// Closes what it was given.
class Descriptor
{
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor()
    {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] int number() const { return number_; }

private:
    int number_;
};

Error changed(std::string_view path)
{
    return Error::corrupt("console.changed", "The console's file " + std::string(path) +
                                                 " is not the one that belongs to this plugin. "
                                                 "Install the plugin again.");
}

Result<std::string> contentOf(const fs::path& file, std::string_view path)
{
    // Whatever has taken the file's place: no link is followed, and no pipe is waited for.
    const Descriptor in(
        ::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat about = {};
    if (in.number() < 0) return changed(path);
    if (::fstat(in.number(), &about) != 0 || !S_ISREG(about.st_mode)) return changed(path);
    if (about.st_size > static_cast<off_t>(StaticFiles::fileBytesMax))
        return Error::exhausted("console.files", "A file of the console is too large.");
    std::string content(static_cast<std::size_t>(about.st_size), '\0');
    for (std::size_t at = 0; at < content.size();)
    {
        const ssize_t count = ::read(in.number(), content.data() + at, content.size() - at);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0)
            return Error::retry("console.files", "A file of the console cannot be read.");
        if (count == 0) return changed(path);
        at += static_cast<std::size_t>(count);
    }
    return content;
}

ConsoleResponse notHere()
{
    ConsoleResponse response;
    response.status = 404;
    response.headers = {
        {"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}};
    response.body = "Not found\n";
    addSecurityHeaders(response);
    return response;
}

} // namespace

Result<StaticFiles> StaticFiles::read(const std::string& folder, std::span<const Expected> expected)
{
    StaticFiles found;
    std::error_code failed;
    const fs::path root(folder);
    if (folder.empty() || !fs::is_directory(root, failed)) return found;
    if (expected.size() > filesMax)
        return Error::exhausted("console.files", "The console has too many files.");
    for (const Expected& one : expected)
    {
        const fs::path path(one.path);
        const std::string type = typeOf(path);
        if (type.empty()) continue;
        BF_LET(content, contentOf(root / path, one.path));
        // Of the very bytes that will be served.
        const std::string hash = sha256Hex(content);
        if (hash != one.sha256) return changed(one.path);
        const std::string etag = "\"" + hash.substr(0, 32) + "\"";
        found.files_.emplace(std::string(one.path), File{std::move(content), type, etag});
    }
    return found;
}

ConsoleResponse StaticFiles::serve(const ConsoleRequest& request) const
{
    if (request.method != "GET" && request.method != "HEAD")
    {
        ConsoleResponse response = notHere();
        response.status = 405;
        response.headers.emplace_back("Allow", "GET, HEAD");
        return response;
    }
    const auto file =
        files_.find(request.path.empty() ? std::string_view("index.html") : request.path);
    if (file == files_.end()) return notHere();
    ConsoleResponse response;
    // The browser asks each time, and is told in one line when nothing changed.
    response.headers = {{"Content-Type", file->second.type}, {"ETag", file->second.etag},
        {"Cache-Control", "no-cache, private"}};
    addSecurityHeaders(response);
    const auto known = request.header("If-None-Match");
    if (known && *known == file->second.etag)
        response.status = 304;
    else if (request.method == "GET")
        response.body = file->second.content;
    return response;
}

} // namespace bankfeed::console
