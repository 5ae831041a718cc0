/* Made for another major version: the entry has another name. */
#define NO_ENTRY
#include "shell.h"

__attribute__((visibility("default"))) const bf_entry* bankfeed_entry_v9(uint32_t host_abi_minor);

const bf_entry* bankfeed_entry_v9(uint32_t host_abi_minor)
{
    (void)host_abi_minor;
    return the_entry();
}
