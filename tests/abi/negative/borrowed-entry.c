/* Has no entry of its own, and depends on a library that has one. */
#include <bankfeed/abi.h>

__attribute__((visibility("default"))) uint32_t bankfeed_entry_v1_of_another(void);
extern const void* bankfeed_entry_v1(uint32_t host_abi_minor);

uint32_t bankfeed_entry_v1_of_another(void)
{
    return bankfeed_entry_v1(0) != NULL;
}
