/* bankfeed.host.secrets/1: values that must not be seen. Required.
 *
 * The plugin asks for the names that its manifest lists under permissions.secrets, and for no others. It keeps the key
 * of its encrypted columns here, never beside its database. */
#ifndef BANKFEED_EXT_SECRETS_H
#define BANKFEED_EXT_SECRETS_H

#include "bankfeed/host.h"

#ifdef __cplusplus
extern "C"
{
#endif

#define BF_EXT_HOST_SECRETS "bankfeed.host.secrets/1"
#define BF_SECRET_SIZE_MAX 4096u

typedef struct bf_host_secrets
{
    uint32_t struct_size;
    uint32_t reserved;

    /* Writes the secret in one piece. [host] Only during start() and tick(). The host wipes its own copy afterwards.
     * The bytes are what the operator gave, without the line break at the end of the file that holds them.
     * BF_OK; BF_E_NOT_FOUND; BF_E_DENIED the manifest does not list the name. */
    bf_status (*get)(const bf_host *host, const char *name, const bf_sink *value);

    /* Stores a secret so that it survives a restart, readable by the host's own user only. [host]
     * BF_OK only when it is on disk. BF_E_UNSUPPORTED the host's store cannot be written. */
    bf_status (*put)(const bf_host *host, const char *name, bf_bytes value);
} bf_host_secrets;

#ifdef __cplusplus
}
#endif

#endif
