// The plugin as one process has it: the rooms of the core over the simulated world, built at its
// start and dropped at its end.
#pragma once

#include "Books.h"
#include "FaultyStore.h"
#include "Plaid.h"

#include "console/Console.h"
#include "delivery/LedgerEvents.h"
#include "delivery/Relay.h"
#include "engine/Core.h"
#include "plaid/PlaidClient.h"
#include "plaid/PlaidWebhookVerifier.h"
#include "plaid/WebhookKeyRing.h"
#include "store/TokenVault.h"
#include "store/WebhookKeys.h"

#include <cstdint>
#include <memory>
#include <string>

namespace bankfeed::simulation
{

/// Keeps lines of the log until the life has looked at them.
class SimulatedLog final : public Log
{
public:
    explicit SimulatedLog(Journal& journal) : journal_(journal) {}
    void write(LogLevel level, std::string_view component, std::string_view line) noexcept override
    {
        lines.emplace_back(std::string(component) + ": " + std::string(line));
        if (level == LogLevel::PluginMisbehaving)
            journal_.broken("the plugin misbehaves: " + std::string(line));
    }
    std::vector<std::string> lines;

private:
    Journal& journal_;
};

class NoWake final : public Wake
{
public:
    void wake(WakeReason /*reason*/) noexcept override {}
};

/// What of the world a process needs; all outlive it.
struct Surroundings
{
    FaultyStore& store;
    Plaid& plaid;
    Ledger& books;
    Times& times;
    Random& random;
    SimulatedLog& log;
    std::int64_t pollIntervalMs;
    bool webhooks;
};

class PluginProcess
{
public:
    explicit PluginProcess(const Surroundings& around);

    engine::Core& core() { return *core_; }
    delivery::Relay& relay() { return *relay_; }
    delivery::LedgerEvents& events() { return *events_; }
    console::Console& console() { return *console_; }

private:
    NoWake wake_;
    std::unique_ptr<store::TokenVault> vault_;
    std::unique_ptr<plaid::PlaidClient> provider_;
    std::unique_ptr<store::WebhookKeys> storedKeys_;
    std::unique_ptr<plaid::WebhookKeyRing> keys_;
    std::unique_ptr<plaid::PlaidWebhookVerifier> verifier_;
    std::unique_ptr<engine::Core> core_;
    std::unique_ptr<delivery::Relay> relay_;
    std::unique_ptr<delivery::LedgerEvents> events_;
    std::unique_ptr<console::Console> console_;
};

/// The value, or an end with the error's words: of what cannot fail here.
template <class T>
T must(Result<T> result)
{
    if (!result.ok()) throw Broken(result.error().code + ": " + result.error().text);
    return std::move(result).value();
}
inline void must(const Result<void>& result)
{
    if (!result.ok()) throw Broken(result.error().code + ": " + result.error().text);
}

} // namespace bankfeed::simulation
