#include "console/StaticFiles.h"

#include "base/Sha256.h"
#include "console/Router.h"

#include <filesystem>
#include <fstream>
#include <iterator>

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

Result<std::string> contentOf(const fs::path& path)
{
    std::error_code failed;
    const auto size = fs::file_size(path, failed);
    if (failed) return Error::retry("console.files", "A file of the console cannot be read.");
    if (size > StaticFiles::fileBytesMax)
        return Error::exhausted("console.files", "A file of the console is too large.");
    std::ifstream in(path, std::ios::binary);
    std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in.good() && !in.eof())
        return Error::retry("console.files", "A file of the console cannot be read.");
    if (content.size() != size)
        return Error::retry("console.files", "A file of the console changed while it was read.");
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

Result<StaticFiles> StaticFiles::read(const std::string& folder)
{
    StaticFiles found;
    std::error_code failed;
    const fs::path root(folder);
    if (folder.empty() || !fs::is_directory(root, failed)) return found;
    fs::recursive_directory_iterator at(root, fs::directory_options::none, failed);
    for (; !failed && at != fs::recursive_directory_iterator(); at.increment(failed))
    {
        if (static_cast<std::size_t>(at.depth()) >= depthMax) at.disable_recursion_pending();
        std::error_code ignored;
        const std::string type = typeOf(at->path());
        if (type.empty() || at->is_symlink(ignored) || !at->is_regular_file(ignored)) continue;
        if (found.files_.size() >= filesMax)
            return Error::exhausted("console.files", "The console's folder holds too many files.");
        BF_LET(content, contentOf(at->path()));
        const std::string etag = "\"" + sha256Hex(content).substr(0, 32) + "\"";
        found.files_.emplace(at->path().lexically_relative(root).generic_string(),
            File{std::move(content), type, etag});
    }
    if (failed) return Error::retry("console.files", "The console's folder cannot be read.");
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
