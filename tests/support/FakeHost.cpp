#include "support/FakeHost.h"

#include "base/Hex.h"
#include "support/FakeHostServices.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace bankfeed::testing
{

namespace
{

/// What the calling thread is doing, for whom, and how deep in the host's own services.
struct Doing
{
    const FakeHost* host = nullptr;
    HostCall call = HostCall::None;
    int services = 0;
};
thread_local Doing doing;

std::string base64(std::string_view bytes)
{
    std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(size));
    return out.substr(0, out.find('=')); // Without padding it is found with padding too.
}

std::string urlSafe(std::string text)
{
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

std::string upper(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
        [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c; });
    return text;
}

/// A port of the loopback interface that refuses connections for as long as the socket lives.
int refusingPort(std::uint16_t& port)
{
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (descriptor < 0 ||
        ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("no port on the loopback interface");
    port = ntohs(address.sin_port);
    return descriptor;
}

const void* extensionOf(const bf_host* host, const char* id) noexcept
{
    FakeHost& fake = FakeHostServices::of(host);
    if (id == nullptr || fake.withheld.contains(id)) return nullptr;
    const FakeHost::Tables& tables = fake.tables;
    const std::array<std::pair<std::string_view, const void*>, 9> offered{{
        {BF_EXT_HOST_LOG, &tables.log},
        {BF_EXT_HOST_CLOCK, &tables.clock},
        {BF_EXT_HOST_WAKE, &tables.wake},
        {BF_EXT_HOST_CONFIG, &tables.config},
        {BF_EXT_HOST_SECRETS, &tables.secrets},
        {BF_EXT_HOST_DATA_DIR, &tables.dataDir},
        {BF_EXT_HOST_LEDGER_ACCOUNTS, &tables.accounts},
        {BF_EXT_HOST_LEDGER_POST, &tables.post},
        {BF_EXT_HOST_HTTP_ROUTES, &tables.routes},
    }};
    for (const auto& [name, table] : offered)
    {
        if (name == id) return table;
    }
    return nullptr;
}

} // namespace

bool knownSetting(std::string_view key)
{
    static constexpr std::array<std::string_view, 14> keys{"environment", "base_url",
        "allow_development_endpoint", "database_url", "client_name", "language", "country_codes",
        "days_requested", "poll_interval_seconds", "live_balances", "refresh_on_sync_now",
        "worker_threads", "over_precise_amounts", "webhooks"};
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

bool knownSecret(std::string_view name)
{
    return name == "plaid.client_id" || name == "plaid.secret" || name == "bankfeed.token_key" ||
           name == "bankfeed.token_key_other";
}

FakeHost::Calling::Calling(FakeHost& host, HostCall call)
{
    if (doing.services > 0) host.broke("the test called the plugin from inside a host service");
    doing = {&host, call, 0};
}

FakeHost::Calling::~Calling()
{
    doing = {};
}

FakeHost::FakeHost(std::string hostId)
    : hostId_(std::move(hostId)), pluginFolder_(folder_.path() + "/bankfeed-plaid")
{
    namespace fs = std::filesystem;
    fs::create_directory(dataFolder());
    fs::permissions(dataFolder(), fs::perms::owner_all);
    fs::create_directory(pluginFolder_);
#ifdef BANKFEED_CONSOLE_FILES
    // The plugin serves the files that the build made, and no others.
    fs::copy(BANKFEED_CONSOLE_FILES, pluginFolder_ + "/console");
#endif

    std::uint16_t port = 0;
    closedPort_ = refusingPort(port);
    settings = {{"environment", "sandbox"},
        {"base_url", "http://127.0.0.1:" + std::to_string(port)},
        {"allow_development_endpoint", "on"}};
    secrets = {
        {"plaid.client_id", "canary-client-id-5d1f"}, {"plaid.secret", "canary-secret-93ac7701"}};
    accounts = {{"a1", "Assets:checking", LedgerAccountType::Asset, true, true, "USD", 2, 100,
                    std::nullopt},
        {"a2", "Assets:savings", LedgerAccountType::Asset, true, true, "USD", 2, 0, std::nullopt}};
    for (const auto& [name, value] : secrets)
        everSecret_.insert(value);

    host_.struct_size = sizeof host_;
    host_.abi_minor = BF_ABI_MINOR;
    host_.ctx = this;
    host_.name = "fake-host";
    host_.version = "1.0";
    host_.host_id = hostId_.c_str();
    host_.plugin_dir = pluginFolder_.c_str();
    host_.get_extension = extensionOf;
    makeTables();
}

FakeHost::~FakeHost()
{
    ::close(closedPort_);
}

void FakeHost::makeTables()
{
    tables = {};
    FakeHostServices::fillPlain(tables);
    FakeHostServices::fillLedger(tables);
}

void FakeHost::capture(std::string_view text)
{
    const std::lock_guard lock(mutex_);
    captured_.emplace_back(text);
}

void FakeHost::broke(const std::string& rule)
{
    const std::lock_guard lock(mutex_);
    broken_.push_back(rule);
}

std::vector<std::string> FakeHost::brokenRules() const
{
    const std::lock_guard lock(mutex_);
    return broken_;
}

std::size_t FakeHost::linesWith(std::string_view text) const
{
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count_if(logged_.begin(), logged_.end(),
        [&](const std::string& line) { return line.find(text) != std::string::npos; }));
}

std::size_t FakeHost::callsOf(const std::string& service) const
{
    const std::lock_guard lock(mutex_);
    const auto found = calls_.find(service);
    return found == calls_.end() ? 0 : found->second;
}

std::uint32_t FakeHost::wakes() const
{
    const std::lock_guard lock(mutex_);
    return wakes_;
}

std::vector<std::string> FakeHost::leaks() const
{
    const std::lock_guard lock(mutex_);
    std::vector<std::string> forms;
    for (const std::string& secret : everSecret_)
    {
        if (secret.size() < 8) continue; // Any text may hold a few letters.
        // A text of base64 begins at any of three places of the bytes before it.
        for (std::size_t skip = 0; skip < 3 && skip + 12 < secret.size(); ++skip)
        {
            const std::string_view whole = std::string_view(secret).substr(skip);
            const std::string coded = base64(whole.substr(0, whole.size() / 3 * 3));
            forms.insert(forms.end(), {coded, urlSafe(coded)});
        }
        forms.insert(forms.end(), {secret, toHex(secret), upper(toHex(secret))});
    }
    std::vector<std::string> found;
    for (const std::string& text : captured_)
    {
        for (const std::string& form : forms)
        {
            if (text.find(form) != std::string::npos) found.push_back(text);
        }
    }
    return found;
}

// --- the rules of services ---

FakeHostServices::At::At(
    FakeHost& host, const char* service, std::initializer_list<HostCall> places)
{
    count(host, service);
    const std::string name(service);
    if (doing.host != &host)
        host.broke(name + " was called outside of a call of its host, or on a foreign thread");
    else if (std::find(places.begin(), places.end(), doing.call) == places.end())
        host.broke(name + " has no place in call " + std::to_string(static_cast<int>(doing.call)));
    if (doing.services > 0) host.broke(name + " was called from inside another service");
    ++doing.services;
}

FakeHostServices::At::~At()
{
    --doing.services;
}

void FakeHostServices::count(FakeHost& host, const char* service)
{
    const std::lock_guard lock(host.mutex_);
    ++host.calls_[service];
}

bf_status FakeHostServices::give(FakeHost& host, const bf_sink* sink, std::string_view value)
{
    if (sink == nullptr || sink->write == nullptr)
    {
        host.broke("a sink without write()");
        return BF_E_INVALID;
    }
    return sink->write(sink->ctx, value.data(), value.size());
}

bf_status FakeHostServices::fail(const FakeHost& host, bf_error* err, bf_status status)
{
    if (err == nullptr || err->struct_size < sizeof(bf_error)) return status;
    err->retryable = status == BF_E_RETRY ? 1 : 0;
    err->retry_after_ms = host.faults.retryAfterMs;
    std::memset(err->text, 0, sizeof err->text);
    std::copy_n(host.faults.words.begin(), std::min(host.faults.words.size(), sizeof err->text - 1),
        err->text);
    return status;
}

void FakeHostServices::remember(FakeHost& host, const std::string& secret)
{
    const std::lock_guard lock(host.mutex_);
    host.everSecret_.insert(secret);
}

void FakeHostServices::wake(FakeHost& host, std::uint32_t reasons)
{
    const std::lock_guard lock(host.mutex_);
    host.wakes_ |= reasons;
}

void FakeHostServices::logged(FakeHost& host, const std::string& line)
{
    const std::lock_guard lock(host.mutex_);
    host.logged_.push_back(line);
    host.captured_.push_back(line);
}

} // namespace bankfeed::testing
