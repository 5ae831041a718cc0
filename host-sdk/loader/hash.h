/* Compares a plugin's folder with its manifest. */
#ifndef BANKFEED_LOADER_HASH_H
#define BANKFEED_LOADER_HASH_H

#include "manifest.h"

/* Walks through the open folder, below it too, and checks owner, mode, type and SHA-256 of every
 * file, that each is listed, and that each listed one is there. Stops at the first refusal, in the
 * order of names.
 *
 * library: NULL when only the check is wanted. Otherwise *library gets a descriptor that the caller
 * closes, to load from: a sealed copy in memory of the very bytes that were hashed, or, where the
 * system gives no such memory, the file itself. */
bf_status bfl_check_folder(
    int folder, const char* folder_path, bfl_manifest* manifest, int* library, bf_error* err);

#endif
