/* The libraries that this process has loaded. None is ever unloaded, and none is loaded twice. */
#ifndef BANKFEED_LOADER_LIBRARY_H
#define BANKFEED_LOADER_LIBRARY_H

#include "bankfeed/loader.h"

/* Loads the library behind the descriptor and finds its entry. Takes the descriptor over. `sha256`
 * is that of its bytes: the same bytes are loaded once, and give the same entry again. `path` is
 * for the texts. */
bf_status bfl_library_load(int file, const uint8_t sha256[BF_DIGEST_SIZE], const char* path,
    bf_entry_fn* entry, bf_error* err);

#endif
