// Requests for routes of plugins: /plugins/<prefix><path>.
#pragma once

#include "people/Sessions.h"
#include "web/HttpMessage.h"
#include "web/Plugins.h"

#include <optional>

namespace ledgerd
{

std::uint32_t capabilitiesOf(UserRole role); // BF_CAN_...

// Answers a request for `found`, whose route is open or whose `session` is there.
HttpResponse answerFromPlugin(const Plugins::Found& found, const HttpRequest& request,
    const std::optional<Session>& session, const Log& log);

} // namespace ledgerd
