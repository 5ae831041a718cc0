/* Needs a function that nobody has. */
#define NO_ENTRY
#include "shell.h"

extern uint32_t bankfeed_test_function_that_nobody_has(void);

const bf_entry* bankfeed_entry_v1(uint32_t host_abi_minor)
{
    (void)host_abi_minor;
    return bankfeed_test_function_that_nobody_has() != 0 ? the_entry() : NULL;
}
