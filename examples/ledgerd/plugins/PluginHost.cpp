#include "plugins/PluginHost.h"

#include "base/Text.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace ledgerd
{

namespace
{

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr milliseconds betweenRounds{5000};
constexpr milliseconds requestPatience{2000};
constexpr milliseconds oneStop{10'000};
constexpr std::uint32_t tickBudgetMs = 500;
constexpr std::uint32_t pumpBudgetMs = 500;
constexpr std::uint32_t pumpBatches = 16;

bf_error freshError()
{
    bf_error err{};
    err.struct_size = sizeof err;
    return err;
}

template <class Table>
const Table* tableOf(const bf_plugin* plugin, const char* id)
{
    const auto* table = static_cast<const Table*>(plugin->get_extension(plugin, id));
    return table != nullptr && table->struct_size >= sizeof(Table) ? table : nullptr;
}

} // namespace

PluginHost::PluginHost(Surroundings& surroundings, const PluginSettings& settings)
    : surroundings_(surroundings),
      id_(settings.id),
      side_(surroundings, settings, [this](std::uint32_t reasons) { wake(reasons); }),
      teller_(surroundings.books)
{
    view_.id = id_;
    view_.title = id_;
}

PluginHost::~PluginHost()
{
    if (thread_.joinable()) thread_.join();
    bf_loader_close(loaded_);
}

void PluginHost::start()
{
    thread_ = std::thread([this] { run(); });
}

bool PluginHost::waitStarted(milliseconds patience)
{
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return view_.state != PluginState::starting; });
}

void PluginHost::setState(PluginState state)
{
    {
        const std::lock_guard lock(mutex_);
        view_.state = state;
    }
    changed_.notify_all();
}

void PluginHost::wake(std::uint32_t reasons)
{
    {
        const std::lock_guard lock(mutex_);
        reasons_ |= reasons;
    }
    changed_.notify_all();
}

void PluginHost::refuse(const char* step, bf_status status, const bf_error& err)
{
    const std::string text = textOf(err).empty()
                                 ? "It gave no reason (status " + std::to_string(status) + ")."
                                 : textOf(err);
    const std::string code = err.code == 0 ? "" : ", code " + std::to_string(err.code);
    surroundings_.log.error(id_, std::string(step) + " was refused" + code + ": " + text);
    const std::lock_guard lock(mutex_);
    view_.refusalCode = err.code;
    view_.refusal = text;
}

bool PluginHost::load()
{
    std::vector<const char*> enabled;
    for (const std::string& id : surroundings_.enabledPlugins)
        enabled.push_back(id.c_str());
    bf_error err = freshError();
    bf_status status = bf_loader_open(surroundings_.pluginsDir.c_str(), id_.c_str(), enabled.data(),
        static_cast<std::uint32_t>(enabled.size()), &loaded_, &err);
    if (status == BF_OK)
    {
        const bf_manifest& manifest = *bf_loader_manifest(loaded_);
        side_.adopt(manifest, bf_loader_directory(loaded_));
        {
            const std::lock_guard lock(mutex_);
            view_.title = oneLine(manifest.title);
            view_.version = oneLine(manifest.version);
            view_.routePrefix = side_.routePrefix();
        }
        if (!surroundings_.claimPrefix(side_.routePrefix()))
        {
            answer(&err, BF_E_CONFLICT,
                "Another enabled plugin has the same route prefix. Enable only one of the two.");
            refuse("loading", BF_E_CONFLICT, err);
            return false;
        }
        const HostSide::Call call(side_);
        status = bf_loader_create(loaded_, side_.host(), &plugin_, &err);
    }
    if (status == BF_OK) return true;
    refuse("loading", status, err);
    return false;
}

bool PluginHost::migrate()
{
    const auto* migrations = tableOf<bf_plugin_migrations>(plugin_, BF_EXT_PLUGIN_MIGRATIONS);
    if (migrations == nullptr) return true;
    bf_error err = freshError();
    const HostSide::Call call(side_);
    const bf_status status = migrations->apply(plugin_, &err);
    if (status == BF_OK || status == BF_ALREADY) return true;
    refuse("the migration of its data", status, err);
    return false;
}

bool PluginHost::open()
{
    if (!load()) return false;
    if (migrate())
    {
        bf_error err = freshError();
        bf_status status = BF_OK;
        {
            const HostSide::Call call(side_, true);
            status = plugin_->start(plugin_, &err);
        }
        if (status == BF_OK)
        {
            openGates();
            return true;
        }
        refuse("the start", status, err);
        side_.routes().clear();
    }
    plugin_->destroy(plugin_);
    plugin_ = nullptr;
    return false;
}

void PluginHost::openGates()
{
    http_ = tableOf<bf_plugin_http>(plugin_, BF_EXT_PLUGIN_HTTP);
    delivery_ = tableOf<bf_plugin_delivery>(plugin_, BF_EXT_PLUGIN_DELIVERY);
    sync_ = tableOf<bf_plugin_account_sync>(plugin_, BF_EXT_PLUGIN_ACCOUNT_SYNC);
    events_ = tableOf<bf_plugin_ledger_events>(plugin_, BF_EXT_PLUGIN_LEDGER_EVENTS);
    health_ = tableOf<bf_plugin_health>(plugin_, BF_EXT_PLUGIN_HEALTH);
    // Webhooks and people share what the manifest grants, so that neither can starve the other.
    const std::uint32_t places = std::max(2u, bf_loader_manifest(loaded_)->request_concurrency);
    const std::uint32_t forPeople = std::max(1u, places / 4);
    webhooks_.open(places - forPeople);
    people_.open(forPeople);

    const std::lock_guard lock(mutex_);
    for (const Route& route : side_.routes().all())
        if (!route.open && route.path.ends_with('/') && view_.consolePath.empty())
            view_.consolePath = "/plugins" + side_.routePrefix() + route.path;
}

void PluginHost::run()
{
    try
    {
        if (!open())
        {
            setState(PluginState::refused);
            return;
        }
        surroundings_.log.info(id_, "the plugin runs");
        setState(PluginState::running);
        work();
    }
    catch (const std::exception& e)
    {
        surroundings_.log.error(id_, std::string("the plugin's thread failed: ") + e.what());
    }
    setState(PluginState::stopping);
    if (plugin_ == nullptr || shutDown()) setState(PluginState::stopped);
    // Else it stays "stopping": stop() reads that.
}

// Notes a failed round once per cause, so that a lasting fault does not flood the log.
bool PluginHost::reported(const char* what, bf_status status, const bf_error& err)
{
    if (status >= 0) return true;
    const std::string fault =
        std::string(what) + " failed, status " + std::to_string(status) + ": " + textOf(err);
    if (status != BF_E_RETRY && fault != lastFault_) surroundings_.log.warning(id_, fault);
    lastFault_ = fault;
    return false;
}

bool PluginHost::round(bool tick, bool pump)
{
    bool remaining = false;
    bool good = true;
    if (tick && sync_ != nullptr)
    {
        bf_tick_result result{};
        result.struct_size = sizeof result;
        bf_error err = freshError();
        const HostSide::Call call(side_);
        good = reported("tick", sync_->tick(plugin_, tickBudgetMs, &result, &err), err);
        remaining = good && result.remaining != 0;
        if (remaining) wake(BF_WAKE_TICK);
    }
    // Before the pump, so that nothing is sent that people have just ruled out.
    if (pump && events_ != nullptr)
    {
        bf_error err = freshError();
        const HostSide::Call call(side_);
        good = reported("telling of events", teller_.tell(plugin_, *events_, err), err) && good;
    }
    if (pump && delivery_ != nullptr)
    {
        bf_pump_result result{};
        result.struct_size = sizeof result;
        bf_error err = freshError();
        bf_status status = BF_OK;
        {
            const HostSide::Call call(side_);
            status = delivery_->pump(plugin_, pumpBatches, pumpBudgetMs, &result, &err);
        }
        const bool pumped = reported("pump", status, err);
        if (pumped)
        {
            const std::lock_guard lock(mutex_);
            view_.feedsHeld = result.feeds_held;
            view_.delivered += result.delivered;
        }
        if (pumped && result.remaining != 0) wake(BF_WAKE_PUMP);
        good = good && pumped;
    }
    if (good) lastFault_.clear();
    return good;
}

void PluginHost::work()
{
    auto next = SteadyClock::now();
    while (true)
    {
        std::uint32_t reasons = 0;
        {
            std::unique_lock lock(mutex_);
            changed_.wait_until(lock, next, [&] { return stopping_ || reasons_ != 0; });
            if (stopping_) return;
            reasons = std::exchange(reasons_, 0);
        }
        const bool due = SteadyClock::now() >= next;
        const bool good =
            round(due || (reasons & BF_WAKE_TICK) != 0, due || (reasons & BF_WAKE_PUMP) != 0);
        if (due) next = SteadyClock::now() + betweenRounds;
        if (!good) next = std::min(next, SteadyClock::now() + milliseconds(500));
    }
}

bool PluginHost::shutDown()
{
    webhooks_.close();
    people_.close();
    side_.routes().clear();
    SteadyClock::time_point by;
    {
        const std::lock_guard lock(mutex_);
        by = stopping_ ? stopBy_ : SteadyClock::now() + oneStop;
    }
    do
    {
        bf_error err = freshError();
        const std::int64_t deadline =
            surroundings_.clock.monoNs() + std::chrono::nanoseconds(oneStop).count();
        bf_status status = BF_OK;
        {
            const HostSide::Call call(side_);
            status = plugin_->stop(plugin_, deadline, &err);
        }
        if (status == BF_OK && webhooks_.waitEmpty(oneStop) && people_.waitEmpty(oneStop))
        {
            plugin_->destroy(plugin_);
            plugin_ = nullptr;
            surroundings_.log.info(id_, "the plugin has stopped");
            return true;
        }
        surroundings_.log.warning(id_, "the plugin has not stopped yet: " + textOf(err));
    } while (SteadyClock::now() < by);
    surroundings_.log.error(id_, "the plugin did not stop in time");
    return false;
}

bool PluginHost::stop(milliseconds patience)
{
    if (!thread_.joinable()) return true;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        stopBy_ = SteadyClock::now() + patience;
    }
    changed_.notify_all();
    thread_.join();
    const std::lock_guard lock(mutex_);
    return view_.state == PluginState::stopped || view_.state == PluginState::refused;
}

PluginView PluginHost::view() const
{
    const std::lock_guard lock(mutex_);
    return view_;
}

std::optional<RouteMatch> PluginHost::match(std::string_view pathBelowPlugins) const
{
    std::string prefix;
    {
        const std::lock_guard lock(mutex_);
        if (view_.state != PluginState::running) return std::nullopt;
        prefix = view_.routePrefix;
    }
    if (prefix.empty() || !pathBelowPlugins.starts_with(prefix)) return std::nullopt;
    pathBelowPlugins.remove_prefix(prefix.size());
    if (!pathBelowPlugins.starts_with('/')) return std::nullopt;
    return side_.routes().match(pathBelowPlugins);
}

bf_status PluginHost::handle(
    const bf_http_request& request, bool openRoute, const bf_http_response& response, bf_error& err)
{
    const RequestGate::Pass pass = (openRoute ? webhooks_ : people_).enter(requestPatience);
    if (!pass) return view().state == PluginState::running ? BF_E_EXHAUSTED : BF_E_STOPPING;
    if (http_ == nullptr) return BF_E_UNSUPPORTED;
    return http_->handle(plugin_, &request, &response, &err);
}

std::optional<FeedStatus> PluginHost::feedStatus(const std::string& tenant, std::int64_t account)
{
    const RequestGate::Pass pass = people_.enter(requestPatience);
    if (!pass || sync_ == nullptr) return std::nullopt;
    bf_feed_status out{};
    out.struct_size = sizeof out;
    bf_error err = freshError();
    const bf_status status =
        sync_->feed_status(plugin_, tenant.c_str(), accountText(account).c_str(), &out, &err);
    if (status != BF_OK || out.state == BF_FEED_NONE) return std::nullopt;
    const auto text = [](const char* field, std::size_t size)
    { return oneLine(std::string_view(field, ::strnlen(field, size))); };
    FeedStatus feed;
    feed.state = out.state;
    feed.institution = text(out.institution, sizeof out.institution);
    feed.bankAccount = text(out.bank_account, sizeof out.bank_account);
    feed.balanceKnown = out.balance_as_of_utc_ns != 0 && out.bank_balance.exponent <= exponentMax;
    feed.balanceUnits = out.bank_balance.units;
    feed.balanceAsOf = out.balance_as_of_utc_ns;
    feed.currency = {text(out.bank_balance.currency, sizeof out.bank_balance.currency),
        out.bank_balance.exponent};
    const PluginView about = view();
    feed.pluginId = about.id;
    feed.consolePath = about.consolePath;
    return feed;
}

bf_status PluginHost::syncNow(const std::string& tenant, std::int64_t account)
{
    const RequestGate::Pass pass = people_.enter(requestPatience);
    if (!pass) return BF_E_RETRY;
    if (sync_ == nullptr) return BF_E_NOT_FOUND;
    bf_error err = freshError();
    return sync_->sync_now(plugin_, tenant.c_str(), accountText(account).c_str(), &err);
}

std::uint32_t PluginHost::health()
{
    const RequestGate::Pass pass = people_.enter(requestPatience);
    if (!pass) return BF_HEALTH_FAILED;
    std::uint32_t state = BF_HEALTH_OK;
    bf_error err = freshError();
    if (health_ != nullptr && health_->live(plugin_, &state, &err) != BF_OK)
        return BF_HEALTH_FAILED;
    return state;
}

} // namespace ledgerd
