#include "PluginProcess.h"

namespace bankfeed::simulation
{

namespace
{

plaid::PlaidSettings plaidSettings(const Plaid& plaid)
{
    plaid::PlaidSettings settings;
    settings.pagesOnLoopback = true;
    settings.clientId = Secret(plaid.world.credentials.clientId);
    settings.secret = Secret(plaid.world.credentials.secret);
    return settings;
}

console::ConsoleSettings consoleSettings()
{
    console::ConsoleSettings settings;
    settings.environment = "sandbox";
    settings.version = "0";
    settings.publicUrl = "https://books.example/console/";
    settings.csrfKey = Secret("0123456789abcdef0123456789abcdef");
    return settings;
}

} // namespace

PluginProcess::PluginProcess(const Surroundings& around)
{
    FaultyStore& store = around.store;
    store.sound = true;
    Clock& clock = around.times.core;
    vault_ = must(store::TokenVault::make(Secret(std::string(32, 'k')), around.random));
    must(vault_->bind(store));
    const auto settings = plaidSettings(around.plaid);
    provider_ = std::make_unique<plaid::PlaidClient>(around.plaid, clock, around.log, settings);
    storedKeys_ = std::make_unique<store::WebhookKeys>(store);
    keys_ = std::make_unique<plaid::WebhookKeyRing>(
        around.plaid, clock, around.log, settings, storedKeys_.get());
    verifier_ = std::make_unique<plaid::PlaidWebhookVerifier>(*keys_);
    engine::CoreSettings coreSettings;
    coreSettings.environment = "sandbox";
    coreSettings.webhookUrl = around.webhooks ? "https://books.example/webhook" : "";
    coreSettings.pollIntervalMs = around.pollIntervalMs;
    core_ = std::make_unique<engine::Core>(engine::CorePorts{store, *vault_, *provider_, *verifier_,
                                               clock, around.random, wake_, around.log},
        coreSettings);
    relay_ =
        std::make_unique<delivery::Relay>(store, around.books, clock, around.random, around.log);
    events_ = std::make_unique<delivery::LedgerEvents>(store, clock, around.random, wake_);
    console_ = std::make_unique<console::Console>(console::ConsolePorts{store, clock, around.random,
                                                      wake_, around.log, core_->linkSessions()},
        consoleSettings(), console::StaticFiles());
    must(core_->begin());
    store.sound = false;
}

} // namespace bankfeed::simulation
