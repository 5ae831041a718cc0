/* Looks at a library before the system's loader does. */
#ifndef BANKFEED_LOADER_ELF_H
#define BANKFEED_LOADER_ELF_H

#include <stdint.h>

/* How many bytes the file lacks for what its own headers promise; 0 when it is whole, or no library
 * of this machine: that, dlopen() says itself.
 *
 * dlopen() maps what the headers promise without looking at the file's size, and a process that
 * touches a page behind the end of a mapped file gets SIGBUS. A library cut short by a full disk or
 * a broken download, with a manifest made afterwards, would end the host. */
uint64_t bfl_elf_missing(int file);

#endif
