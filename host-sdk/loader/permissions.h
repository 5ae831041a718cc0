/* Opens folders and files of a plugin, and refuses those that somebody else could change.
 *
 * Every check is made on the descriptor that is used afterwards, so nothing can be exchanged
 * between check and use. A descriptor is opened relative to its folder's, never by its whole path,
 * and never through a symbolic link. */
#ifndef BANKFEED_LOADER_PERMISSIONS_H
#define BANKFEED_LOADER_PERMISSIONS_H

#include "bankfeed/loader.h"

#include <sys/stat.h>

/* Opens the absolute path of a folder and checks each of its components, "/" included.
 * BF_OK and *fd, which the caller closes; else a refusal. `normal` (PATH_MAX bytes) gets the path
 * without doubled and trailing slashes. */
bf_status bfl_open_path(const char* path, int* fd, char* normal, bf_error* err);

/* Opens and checks the folder `name` below `parent`. `path` is for the texts. */
bf_status bfl_open_folder(int parent, const char* name, const char* path, int* fd, bf_error* err);

/* Opens and checks the regular file `name` below `parent`, for reading. `path` is for the texts,
 * `missing` the BF_LOAD_ number for a file that is not there. `about` gets what fstat says of the
 * open file. */
bf_status bfl_open_file(int parent, const char* name, const char* path, int32_t missing, int* fd,
    struct stat* about, bf_error* err);

#endif
