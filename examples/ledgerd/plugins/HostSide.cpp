#include "plugins/HostSide.h"

#include "base/Text.h"

#include <cstring>

#ifndef LEDGERD_VERSION
#define LEDGERD_VERSION "0"
#endif

namespace ledgerd
{

namespace
{

const void* getExtension(const bf_host*, const char* id) noexcept
{
    return id == nullptr ? nullptr : hostExtension(id);
}

} // namespace

HostSide::HostSide(Surroundings& surroundings, const PluginSettings& settings,
    std::function<void(std::uint32_t)> wake)
    : surroundings_(surroundings),
      id_(settings.id),
      wake_(std::move(wake)),
      posting_(surroundings.books, settings.id),
      settings_(settings.settings),
      secrets_(makeSecrets(settings))
{
}

std::shared_ptr<SecretStore> HostSide::makeSecrets(const PluginSettings& settings) const
{
    return std::make_shared<SecretStore>(
        settings.secretsFile, surroundings_.secretsDir + "/" + settings.id + ".secrets");
}

void HostSide::adopt(const bf_manifest& manifest, std::string directory)
{
    directory_ = std::move(directory);
    routePrefix_ = manifest.route_prefix == nullptr ? "" : manifest.route_prefix;
    for (std::uint32_t i = 0; i < manifest.secret_count; ++i)
        secretNames_.insert(manifest.secrets[i]);
    host_.struct_size = sizeof host_;
    host_.abi_minor = BF_ABI_MINOR;
    host_.ctx = this;
    host_.name = "ledgerd";
    host_.version = LEDGERD_VERSION;
    host_.host_id = surroundings_.books.hostId().c_str();
    host_.plugin_dir = directory_.c_str();
    host_.get_extension = getExtension;

    std::set<std::string> known;
    for (std::uint32_t i = 0; i < manifest.setting_count; ++i)
        known.insert(manifest.settings[i]);
    const std::lock_guard lock(mutex_);
    for (const auto& [key, value] : settings_)
        if (!known.contains(key))
            surroundings_.log.warning(id_, "the setting plugin." + id_ + ".settings." + key +
                                               " is unknown to the plugin and has no effect");
}

void HostSide::reconfigure(const PluginSettings& settings)
{
    {
        const std::lock_guard lock(mutex_);
        settings_ = settings.settings;
        secrets_ = makeSecrets(settings);
    }
    ++revision_;
    wake(BF_WAKE_TICK);
}

Result<std::string> HostSide::setting(const std::string& key)
{
    const std::lock_guard lock(mutex_);
    const auto found = settings_.find(key);
    if (found == settings_.end()) return notFound("The setting is not set.");
    return found->second;
}

std::shared_ptr<SecretStore> HostSide::secrets()
{
    const std::lock_guard lock(mutex_);
    return secrets_;
}

bool HostSide::insideCall() const
{
    return caller_ == std::this_thread::get_id();
}

void HostSide::misbehaved(const char* what) const
{
    surroundings_.log.error(id_, std::string("the plugin broke a rule of the ABI: ") + what);
}

HostSide::Call::Call(HostSide& side, bool starting) : side_(side)
{
    side_.starting_ = starting;
    side_.caller_ = std::this_thread::get_id();
}

HostSide::Call::~Call()
{
    side_.caller_ = std::thread::id();
    side_.starting_ = false;
}

bf_status answer(bf_error* err, bf_status status, const std::string& text)
{
    if (status < 0 && BF_HAS(err, bf_error, text))
    {
        err->code = 0;
        err->retryable = status == BF_E_RETRY ? 1 : 0;
        err->retry_after_ms = status == BF_E_RETRY ? 500 : 0;
        const std::string cut = cutUtf8(text, BF_ERROR_TEXT_SIZE - 1);
        std::memcpy(err->text, cut.c_str(), cut.size() + 1);
    }
    return status;
}

std::string textOf(const bf_error& err)
{
    return oneLine(std::string_view(err.text, ::strnlen(err.text, sizeof err.text)));
}

} // namespace ledgerd
