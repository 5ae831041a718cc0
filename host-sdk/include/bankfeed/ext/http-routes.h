/* bankfeed.host.http-routes/1: how the plugin becomes reachable over HTTP. Required.
 * Requests come back through bankfeed.plugin.http/1 (http.h). */
#ifndef BANKFEED_EXT_HTTP_ROUTES_H
#define BANKFEED_EXT_HTTP_ROUTES_H

#include "bankfeed/host.h"

#ifdef __cplusplus
extern "C"
{
#endif

#define BF_EXT_HOST_HTTP_ROUTES "bankfeed.host.http-routes/1"
#define BF_ROUTES_MAX 16u

/* The route is open to the whole internet (a webhook): the host sends no principal, keeps its threads apart from
 * those of people, and passes every request on, whatever its headers. */
#define BF_ROUTE_OPEN 1u
/* The route needs somebody who is logged in: the host refuses others (or sends them to its login page), and passes
 * the principal on. */
#define BF_ROUTE_PRINCIPAL 2u

typedef struct bf_route
{
    uint32_t struct_size;
    uint32_t route_id;    /* the plugin's own number, handed back with each request                         */
    const char *path;     /* below the plugin's prefix, "/webhook"; ending in "/" it stands for all below it */
    uint32_t flags;       /* BF_ROUTE_OPEN or BF_ROUTE_PRINCIPAL                                             */
    uint32_t body_max;    /* bytes; the host answers 413 to more, and does not call                          */
} bf_route;

typedef struct bf_host_http_routes
{
    uint32_t struct_size;
    uint32_t reserved;

    /* Opens a route for all methods. [host] Only during start(); the host closes all routes when it calls stop(),
     * and also when start() fails.
     * The prefix is the manifest's permissions.route_prefix.
     * BF_OK; BF_E_CONFLICT path or route_id is taken; BF_E_INVALID; BF_E_EXHAUSTED more than BF_ROUTES_MAX. */
    bf_status (*register_route)(const bf_host *host, const bf_route *route, bf_error *err);

    /* Writes the URL under which the outside world, the provider included, reaches the route. [host]
     * It begins with https:// or http:// and holds bytes from 0x21 to 0x7e only, at most 2048.
     * BF_OK; BF_E_NOT_FOUND the host has no public address: the plugin then lives by polling, and says so in the
     * log. With any other status, or a URL that breaks the rule, start() fails. */
    bf_status (*public_url)(const bf_host *host, uint32_t route_id, const bf_sink *value);
} bf_host_http_routes;

#ifdef __cplusplus
}
#endif

#endif
