#include "Simulator.h"

#include "Api.h"
#include "BankPage.h"
#include "ControlApi.h"
#include "HostedLinkPages.h"
#include "HttpListener.h"
#include "RequestLog.h"
#include "Scenario.h"
#include "Timeline.h"
#include "World.h"

#include <optional>
#include <stdexcept>

namespace plaidsim
{

namespace
{

HttpAnswer foreign()
{
    HttpAnswer answer;
    answer.status = 403;
    answer.contentType = "text/plain; charset=utf-8";
    answer.body = "This page is only for programs and people on this machine.\n";
    return answer;
}

std::string firstKid(std::uint64_t seed)
{
    return SeededRandom(seed ^ 0x4B1DULL).uuid();
}

} // namespace

// Members are destroyed in reverse: servers first, then the threads, the world last.
struct Simulator::Impl
{
    explicit Impl(const SimulatorOptions& options)
        : clock(options.clock),
          signer(clock.now(), firstKid(options.seed)),
          sender(clock, signer),
          world(clock, signer, sender, options.seed),
          timeline(world, sender),
          api(world, requests),
          hosted(world),
          control({world, sender, timeline, requests}),
          bank(world)
    {
        {
            const std::lock_guard lock(world.mutex);
            world.credentials = {options.clientId, options.secret};
            load(options);
        }
        apiServer.emplace(
            options.port, [this](const HttpRequest& request) { return serve(request); });
        {
            const std::lock_guard lock(world.mutex);
            world.linkBase = "http://127.0.0.1:" + std::to_string(apiServer->port());
        }
        controlServer.emplace(
            options.controlPort, [this](const HttpRequest& request) { return steer(request); });
    }

    void load(const SimulatorOptions& options)
    {
        try
        {
            control.schedule(loadScenario(
                world, options.scenario.empty() ? defaultScenario() : options.scenario.c_str()));
        }
        catch (const std::exception& problem)
        {
            throw std::invalid_argument(
                (options.scenarioFile.empty() ? "" : options.scenarioFile + ": ") + problem.what());
        }
    }

    HttpAnswer serve(const HttpRequest& request)
    {
        const bool page = request.path.rfind("/hl/", 0) == 0;
        if (page && !fromThisMachine(request)) return foreign();
        HttpAnswer answer = page ? hosted.answer(request) : api.answer(request);
        timeline.wake();
        return answer;
    }

    HttpAnswer steer(const HttpRequest& request)
    {
        if (!fromThisMachine(request)) return foreign();
        if (request.path.rfind("/_sim/", 0) == 0) return control.answer(request);
        HttpAnswer answer = bank.answer(request);
        timeline.wake();
        return answer;
    }

    VirtualClock clock;
    WebhookSigner signer;
    WebhookSender sender;
    World world;
    RequestLog requests;
    Timeline timeline;
    Api api;
    HostedLinkPages hosted;
    ControlApi control;
    BankPage bank;
    std::optional<HttpListener> apiServer;
    std::optional<HttpListener> controlServer;
};

Simulator::Simulator(const SimulatorOptions& options) : impl_(std::make_unique<Impl>(options)) {}

Simulator::~Simulator() = default;

std::uint16_t Simulator::port() const
{
    return impl_->apiServer->port();
}

std::uint16_t Simulator::controlPort() const
{
    return impl_->controlServer->port();
}

} // namespace plaidsim
