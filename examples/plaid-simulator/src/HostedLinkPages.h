// The pages a person walks through to share bank accounts: Plaid's Hosted Link.
#pragma once

#include "HttpExchange.h"

namespace plaidsim
{

class World;

class HostedLinkPages
{
public:
    explicit HostedLinkPages(World& world) : world_(world) {}

    // Answers GET and POST of /hl/<id>. Locks the world. Never throws. Safe from any thread.
    HttpAnswer answer(const HttpRequest& request);

private:
    World& world_;
};

} // namespace plaidsim
