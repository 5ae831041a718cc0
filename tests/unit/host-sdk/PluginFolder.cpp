#include "PluginFolder.h"

#include <openssl/sha.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <sys/stat.h>

namespace bankfeed::test
{

std::string sha256Hex(const std::string& bytes)
{
    static const char* const digits = "0123456789abcdef";
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
    std::string hex;
    for (const unsigned char byte : digest)
    {
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return hex;
}

std::string readFile(const std::filesystem::path& path)
{
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + path.string());
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

PluginFolder::PluginFolder()
{
    ::umask(022);
    std::string name = (std::filesystem::temp_directory_path() / "bankfeed-sdk-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    root_ = name;
    std::filesystem::create_directories(folder());
    manifest_ = {{"schema", 1}, {"id", "negative"}, {"title", "A plugin for tests"},
        {"version", "1.0.0"}, {"abi", {{"major", 1}, {"minor_min", 0}}}, {"library", "library.so"},
        {"requires", {"bankfeed.host.log/1"}}, {"provides", nlohmann::json::array()},
        {"permissions", {{"route_prefix", "/negative"}, {"outbound", {"bank.example"}},
                            {"secrets", {"negative.key"}}}},
        {"settings", {{"colour", "What colour."}}},
        {"limits", {{"request_concurrency", 4}, {"body_max", 1024}}}, {"unload", "never"},
        {"files", nlohmann::json::object()}};
    addFile("library.so", "not a library, but what the loader hashes all the same");
    save();
}

PluginFolder::~PluginFolder()
{
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
}

void PluginFolder::useLibrary(const std::string& name, const std::string& tail)
{
    addFile(
        "library.so", readFile(std::filesystem::path(NEGATIVE_PLUGINS) / (name + ".so")) + tail);
    save();
}

void PluginFolder::addFile(const std::string& path, const std::string& content)
{
    writeFile(path, content);
    manifest_["files"][path] = sha256Hex(content);
}

void PluginFolder::writeFile(const std::string& path, const std::string& content) const
{
    const auto where = folder() / path;
    std::filesystem::create_directories(where.parent_path());
    std::ofstream out(where, std::ios::binary | std::ios::trunc);
    out << content;
    if (!out.flush()) throw std::runtime_error("cannot write " + where.string());
}

void PluginFolder::save() const
{
    writeFile("plugin.json", manifest_.dump(4));
}

Answer PluginFolder::verify(const std::vector<const char*>& enabled) const
{
    bf_error error{};
    error.struct_size = sizeof error;
    const bf_status status = bf_loader_verify(plugins().c_str(), "negative", enabled.data(),
        static_cast<std::uint32_t>(enabled.size()), &error);
    return {status, error.code, error.text};
}

Answer PluginFolder::open(Loaded& out) const
{
    const char* const enabled = "negative";
    bf_loaded* loaded = nullptr;
    bf_error error{};
    error.struct_size = sizeof error;
    const bf_status status =
        bf_loader_open(plugins().c_str(), "negative", &enabled, 1, &loaded, &error);
    out.reset(loaded);
    return {status, error.code, error.text};
}

Answer PluginFolder::open() const
{
    auto loaded = nothingLoaded();
    return open(loaded);
}

} // namespace bankfeed::test
