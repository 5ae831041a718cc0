/* bankfeed.plugin.http/1: one function serves every route of the plugin, webhooks and console alike. */
#ifndef BANKFEED_EXT_HTTP_H
#define BANKFEED_EXT_HTTP_H

#include "bankfeed/plugin.h"

#ifdef __cplusplus
extern "C"
{
#endif

#define BF_EXT_PLUGIN_HTTP "bankfeed.plugin.http/1"
#define BF_HEADERS_MAX 100u

/* What a person may do. The plugin decides per route what it takes; the host decides who has it. */
#define BF_CAN_VIEW 1u    /* see connections, accounts, transactions                     */
#define BF_CAN_LINK 2u    /* connect banks, choose accounts, decide what feeds what      */
#define BF_CAN_OPERATE 4u /* diagnostics and settings of the whole plugin                */

/* Who asks, as the host knows it. Never taken from the request by the plugin. */
typedef struct bf_principal
{
    uint32_t struct_size;
    uint32_t capabilities;                /* BF_CAN_...                                                   */
    const char *tenant_id;                /* the organisation in whose name the person acts               */
    const char *user_id;
    const char *user_name;                /* for audit entries and screens                                */
    const char *session_id;               /* unguessable, ends with the login; CSRF tokens are bound to it */
    int64_t last_strong_login_utc_ns;     /* when password or second factor was last given                */
} bf_principal;

typedef struct bf_header
{
    const char *name;  /* as received */
    const char *value; /* as received: not decoded, not joined; a name may come several times */
} bf_header;

typedef struct bf_http_request
{
    uint32_t struct_size;
    uint32_t route_id;
    const char *method;                   /* "GET", upper case                                               */
    const char *path;                     /* below the route's path, percent-encoding kept; "" for the route */
    const char *query;                    /* without "?", percent-encoding kept; "" when there is none       */
    const bf_header *headers;
    uint32_t header_size;                 /* stride */
    uint32_t header_count;
    bf_bytes body;                        /* exactly the bytes received: signatures are made over them       */
    const char *remote_address;           /* for logs                                                        */
    int64_t received_utc_ns;              /* when the host had the whole request                             */
    const bf_principal *principal;        /* NULL on BF_ROUTE_OPEN                                           */
} bf_http_request;

/* Takes the answer. The host owns it; valid during the call, on the calling thread. Order: set_status, then
 * add_header, then write. The host adds Date, Content-Length and Connection itself. */
typedef struct bf_http_response
{
    uint32_t struct_size;
    uint32_t reserved;
    void *ctx;
    bf_status (*set_status)(void *ctx, uint32_t status);
    bf_status (*add_header)(void *ctx, const char *name, const char *value);
    bf_status (*write)(void *ctx, const void *data, uint64_t size);
} bf_http_response;

typedef struct bf_plugin_http
{
    uint32_t struct_size;
    uint32_t reserved;

    /* Answers one request. [request] Between the end of start() and the beginning of stop().
     * Never calls a host service but log, clock, metrics and wake. A webhook waits at most 2 s for a verification key;
     * nothing else waits for the network. The answer 200 to a webhook means: it is on disk.
     * BF_OK the answer was given through `response`, whatever its HTTP status; anything else: nothing was given,
     * and the host answers 503 for BF_E_STOPPING and BF_E_RETRY, else 500. */
    bf_status (*handle)(bf_plugin *plugin, const bf_http_request *request,
                        const bf_http_response *response, bf_error *err);
} bf_plugin_http;

#ifdef __cplusplus
}
#endif

#endif
