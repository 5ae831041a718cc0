// A world without a network: what it would send is kept.
#pragma once

#include "Api.h"
#include "RequestLog.h"
#include "World.h"

#include <string>
#include <vector>

namespace plaidsim
{

class KeptWebhooks : public WebhookOutlet
{
public:
    void send(Webhook webhook) override { sent.push_back(std::move(webhook)); }

    std::vector<std::string> codes() const;
    std::size_t count(const std::string& code) const;

    // The body of the last webhook with this code; null when there is none.
    Json last(const std::string& code) const;

    std::vector<Webhook> sent;
};

// One bank, one login (user_good / pass_good) with "Checking" and "Savings", without rows.
// The clock stands at 2026-03-31T12:00:00Z until stepped.
class TestWorld
{
public:
    TestWorld();

    // One API call with good credentials. Answers the body; `status` of the last call is kept.
    Json call(const std::string& path, const Json& body);

    // Links both accounts and waits until all of the history is there.
    void linkEverything(const Json& transactions = {{"days_requested", 90}});

    // Posts rows: {{"amount", "1.00"}, {"name", "x"}, ...} each.
    std::string post(const std::string& accountId, const Json& row);

    // Moves the clock and does what is due, at the moment it is due.
    void step(Nanos by);

    // A whole loop from `cursor`.
    Json sync(const std::string& cursor = "", int count = 500);

    VirtualClock clock;
    WebhookSigner signer;
    KeptWebhooks outlet;
    World world;
    RequestLog log;
    Api api;
    std::string token;  // of the Item that linkEverything made
    std::string itemId; // of the same
    int status = 0;
};

} // namespace plaidsim
