// A plugins directory on disk with one plugin in it, to be spoilt by a test and shown to the
// loader.
#pragma once

#include "bankfeed/loader.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace bankfeed::test
{

/// What the loader said.
struct Answer
{
    bf_status status = BF_OK;
    std::int32_t code = 0;
    std::string text;
};

/// An opened plugin, closed by its destructor.
using Loaded = std::unique_ptr<bf_loaded, decltype(&bf_loader_close)>;

class PluginFolder
{
public:
    /// Makes a folder for the id "negative" whose library is a file of text: good for everything
    /// but loading.
    PluginFolder();
    ~PluginFolder();
    PluginFolder(const PluginFolder&) = delete;
    PluginFolder& operator=(const PluginFolder&) = delete;

    /// Takes a library of tests/abi/negative, for example "lying-id". `tail` is appended, to make
    /// its bytes different; the system's loader does not look at it.
    void useLibrary(const std::string& name, const std::string& tail = "");

    /// Writes a file below the plugin's folder and lists it in the manifest.
    void addFile(const std::string& path, const std::string& content);

    /// Writes a file without listing it.
    void writeFile(const std::string& path, const std::string& content) const;

    /// The manifest, to be changed before save().
    nlohmann::json& manifest() { return manifest_; }
    [[nodiscard]] const nlohmann::json& manifest() const { return manifest_; }

    /// Writes the manifest as plugin.json.
    void save() const;

    [[nodiscard]] std::filesystem::path plugins() const { return root_ / "plugins"; }
    [[nodiscard]] std::filesystem::path folder() const { return plugins() / "negative"; }
    [[nodiscard]] std::filesystem::path library() const { return folder() / "library.so"; }
    [[nodiscard]] std::filesystem::path root() const { return root_; }

    [[nodiscard]] Answer verify(const std::vector<const char*>& enabled = {"negative"}) const;
    [[nodiscard]] Answer open(Loaded& out) const;
    [[nodiscard]] Answer open() const;

private:
    std::filesystem::path root_;
    nlohmann::json manifest_;
};

[[nodiscard]] std::string sha256Hex(const std::string& bytes);
[[nodiscard]] std::string readFile(const std::filesystem::path& path);

/// A loaded plugin that is not there yet.
[[nodiscard]] inline Loaded nothingLoaded()
{
    return {nullptr, &bf_loader_close};
}

} // namespace bankfeed::test
