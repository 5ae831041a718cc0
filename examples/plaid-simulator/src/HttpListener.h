// An HTTP server on 127.0.0.1.
#pragma once

#include "HttpExchange.h"

#include <cstdint>
#include <functional>
#include <memory>

namespace plaidsim
{

using HttpHandler = std::function<HttpAnswer(const HttpRequest&)>;

class HttpListener
{
public:
    // Binds 127.0.0.1:`port` (0: a free one) and serves at once; `handler` is called from many
    // threads and must not throw. Throws std::runtime_error, with a sentence for a person, when the
    // port is taken.
    HttpListener(std::uint16_t port, HttpHandler handler);

    // Stops accepting, ends the connections and waits for the handlers.
    ~HttpListener();

    std::uint16_t port() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace plaidsim
