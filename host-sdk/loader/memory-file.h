/* A copy of a library in memory that nobody can change any more. Hashing a file and then loading it
 * leaves its owner the time to rewrite it in place; what is hashed while it is copied, and sealed,
 * stays what was hashed. */
#ifndef BANKFEED_LOADER_MEMORY_FILE_H
#define BANKFEED_LOADER_MEMORY_FILE_H

#include <stddef.h>

/* A new, empty one; -1 when the system has none to give. `name` shows in /proc/PID/maps and in
 * debuggers. */
int bfl_memory_file_new(const char* name);

/* Appends. On a failure closes *file and makes it -1; does nothing when it is -1. */
void bfl_memory_file_add(int* file, const void* data, size_t size);

/* Forbids all changes, for ever. Closes *file and makes it -1 when that fails, or when the system
 * would not run code from it. */
void bfl_memory_file_seal(int* file);

#endif
