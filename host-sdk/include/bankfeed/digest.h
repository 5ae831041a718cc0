/* bankfeed/digest.h: the digests of ledger changes, for hosts that do not want to write SHA-256 themselves.
 * Part of the loader library (link bankfeed-host). The forms are specified in ext/ledger-post.h. */
#ifndef BANKFEED_DIGEST_H
#define BANKFEED_DIGEST_H

#include "bankfeed/ext/ledger-post.h"

#ifdef __cplusplus
extern "C"
{
#endif

/* Computes the content digest of a change from its fields; the digest members are not read. [any]
 * BF_OK; BF_E_INVALID a pointer or a text is NULL, a text is too long, or the kind is unknown; BF_E_INTERNAL memory has run out. */
bf_status bf_change_content_digest(const bf_change *change, uint8_t out[BF_DIGEST_SIZE]);

/* Computes the chain digest that follows `previous`. [any] `previous` is 32 zero bytes at the start of an epoch.
 * `out` is all zero when memory has run out: no chain contains that digest. */
void bf_chain_next(const uint8_t previous[BF_DIGEST_SIZE], uint64_t seq,
                   const uint8_t content_digest[BF_DIGEST_SIZE], uint8_t out[BF_DIGEST_SIZE]);

/* Checks every digest of a batch, that its sequence numbers have no gap, and the rules of ext/ledger-post.h that need no
 * look into the books. [any]
 * BF_OK; BF_E_CORRUPT a digest is wrong; BF_E_INVALID the batch breaks a rule; BF_E_INTERNAL memory has run out.
 * *bad_index gets the first bad change, 0 when it is the batch itself; bad_index may be NULL. */
bf_status bf_batch_check(const bf_batch *batch, uint32_t *bad_index);

#ifdef __cplusplus
}
#endif

#endif
