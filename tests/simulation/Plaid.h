// The simulator of Plaid in this process: no sockets, no threads.
#pragma once

#include "Fate.h"
#include "Journal.h"
#include "Times.h"

#include "Api.h"
#include "RequestLog.h"
#include "WebhookSigner.h"
#include "World.h"

#include "base/HttpTransport.h"
#include "store/Database.h"

#include <deque>
#include <set>
#include <string>
#include <vector>

namespace bankfeed::simulation
{

/// Where the simulator leaves its webhooks; the mail takes them from here.
class Outlet final : public plaidsim::WebhookOutlet
{
public:
    void send(plaidsim::Webhook webhook) override { sent.push_back(std::move(webhook)); }

    std::deque<plaidsim::Webhook> sent;
};

/// The simulated Plaid and the network to it.
class Plaid final : public HttpTransport
{
public:
    Plaid(std::uint64_t seed, Times& times, Fate& fate, Mortality& mortality, Journal& journal);

    [[nodiscard]] Result<HttpResponse> post(const HttpRequest& request) override;
    void abort() override {}

    /// Orders one of the simulator's faults, of those that end by themselves.
    void orderFault();

    /// Every secret that this Plaid ever gave away or knows.
    [[nodiscard]] std::vector<std::string> secrets() const;

    Times& times;
    plaidsim::WebhookSigner signer;
    Outlet outlet;
    plaidsim::World world;
    plaidsim::RequestLog log;
    plaidsim::Api api;
    std::uint64_t calls = 0;
    std::set<std::string> readAnew; ///< Access tokens with which a stream was begun again.

private:
    void noteStream(const plaidsim::Json& request);
    /// One field of the answer is not as it should be.
    void spoil(const std::string& path, plaidsim::HttpAnswer& answer);
    [[nodiscard]] Result<HttpResponse> deliver(
        plaidsim::HttpAnswer answer, const HttpRequest& request);

    Fate& fate_;
    Mortality& mortality_;
    Journal& journal_;
    std::set<std::string> streams_; ///< Access tokens whose first page was answered.
};

} // namespace bankfeed::simulation
