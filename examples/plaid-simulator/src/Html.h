// The little HTML that the pages share.
#pragma once

#include "HttpExchange.h"

#include <string>

namespace plaidsim
{

// Text made safe for element content and for attribute values in double quotes.
std::string escaped(const std::string& text);

// A whole page: no script, no outside resource, and a policy that says so. `content` is HTML.
// Forms may only be sent back to this server, and their redirects may go to `formTarget` too, the
// origin of a completion address ("" for none).
HttpAnswer htmlPage(int status, const std::string& title, const std::string& content,
    const std::string& formTarget = "");

// 303 See Other.
HttpAnswer redirectTo(const std::string& address);

} // namespace plaidsim
