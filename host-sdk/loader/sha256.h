/* SHA-256 over libcrypto, with the algorithm looked up once per process: looking it up each time
 * costs more than hashing a ledger change does. */
#ifndef BANKFEED_LOADER_SHA256_H
#define BANKFEED_LOADER_SHA256_H

#include "bankfeed/abi.h"

#include <stdbool.h>

typedef struct bfl_sha256 bfl_sha256;

/* A hash to begin with; NULL when memory has run out or libcrypto has no SHA-256. */
bfl_sha256* bfl_sha256_new(void);
void bfl_sha256_free(bfl_sha256* hash);

/* begin, add, end, in that order; then begin again. Each returns false when libcrypto fails. */
bool bfl_sha256_begin(bfl_sha256* hash);
bool bfl_sha256_add(bfl_sha256* hash, const void* data, size_t size);
bool bfl_sha256_end(bfl_sha256* hash, uint8_t out[BF_DIGEST_SIZE]);

#endif
