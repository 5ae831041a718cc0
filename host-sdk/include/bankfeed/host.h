/* bankfeed/host.h: the core that a host gives. Frozen: it never grows except at the end. */
#ifndef BANKFEED_HOST_H
#define BANKFEED_HOST_H

#include "bankfeed/abi.h"

#ifdef __cplusplus
extern "C"
{
#endif

/* The host, as one plugin instance sees it. Valid from create() until destroy() has returned. */
typedef struct bf_host
{
    uint32_t struct_size;
    uint32_t abi_minor;
    void *ctx; /* the host's own; the plugin hands it back by passing `host` */

    const char *name;       /* "ledgerd"; people see its first 30 characters where the operator set no name    */
    const char *version;    /* of the host application                                                */
    const char *host_id;    /* names this set of books for ever, the same in each of its processes; 1..63 bytes of
                               [A-Za-z0-9._-]. The plugin refuses a database that another host_id made. */
    const char *plugin_dir; /* absolute path of the folder that the plugin was loaded from            */

    /* The host's table for an extension id, or NULL. [any] The same pointer each time. */
    const void *(*get_extension)(const struct bf_host *host, const char *id);
} bf_host;

#ifdef __cplusplus
}
#endif

#endif
