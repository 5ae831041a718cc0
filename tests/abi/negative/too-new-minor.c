/* Its manifest says minor 0, but the library wants a host with minor 7. */
#define NO_ENTRY
#include "shell.h"

const bf_entry* bankfeed_entry_v1(uint32_t host_abi_minor)
{
    return host_abi_minor >= 7 ? the_entry() : NULL;
}
