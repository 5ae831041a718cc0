/* The entry's struct_size leaves out create. */
#define ENTRY_SIZE ((uint32_t)offsetof(bf_entry, create))
#include "shell.h"
