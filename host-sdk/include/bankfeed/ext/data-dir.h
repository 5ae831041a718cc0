/* bankfeed.host.data-dir/1: a private folder for the plugin's database. Required. */
#ifndef BANKFEED_EXT_DATA_DIR_H
#define BANKFEED_EXT_DATA_DIR_H

#include "bankfeed/host.h"

#ifdef __cplusplus
extern "C"
{
#endif

#define BF_EXT_HOST_DATA_DIR "bankfeed.host.data-dir/1"

typedef struct bf_host_data_dir
{
    uint32_t struct_size;
    uint32_t reserved;

    /* Writes the absolute path of a folder that only the host's user can enter (mode 0700), made if need be. [host]
     * UTF-8 without control bytes, beginning with "/".
     * Nothing but the plugin opens files in it: two copies of SQLite in one process would spoil the database.
     * BF_OK; BF_E_INTERNAL it cannot be made. */
    bf_status (*path)(const bf_host *host, const bf_sink *value);
} bf_host_data_dir;

#ifdef __cplusplus
}
#endif

#endif
