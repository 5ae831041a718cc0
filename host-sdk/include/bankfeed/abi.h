/* bankfeed/abi.h: the words that both sides of the boundary share.
 *
 * The headers of this folder are the specification. They are plain C99, compile as C11 and C++20 without a
 * warning, and need nothing but <stdint.h> and <stddef.h>.
 *
 * How the boundary works
 * ----------------------
 * A small frozen core (plugin.h, host.h) finds everything else as tables by string id (ext/). Each side gives
 * tables and asks for tables. An id ends in a revision ("bankfeed.host.clock/1"); a change that breaks gets a new
 * revision, a change that adds appends members. So an old host loads a new plugin, and the other way round.
 *
 * Growth. Every struct begins with `struct_size`, written by the side that filled it in. Read a member only
 * when BF_HAS says that it is there. Arrays of such structs carry their stride: step by `item_size`,
 * never by sizeof. Members are never removed, moved or given another meaning. One that is named reserved fills a
 * gap: write 0, and do not read it.
 *
 * Memory never changes owner. What a function receives is borrowed until it returns. What it gives goes into
 * memory of the caller, or through a bf_sink or a visitor while the call lasts. Tables, and the strings of descriptors,
 * live until the plugin's destroy() has returned. Nobody frees what the other side allocated.
 *
 * Threads. Each function carries one of three tags.
 *   [host]     the host calls one at a time per plugin instance, from any thread. A second one meanwhile gets
 *              BF_E_INVALID and does nothing. Host services tagged [host] are called by the plugin only from inside
 *              such a call, on the same thread.
 *   [request]  may run at the same time as anything else, up to the limits of the manifest. Never blocks on
 *              the network, except as stated at the function.
 *   [any]      may be called from any thread at any time between create() and the end of destroy().
 * The host never calls into the plugin from inside a host service. No call waits for a callback that another
 * thread would have to make. So no foreign thread ever enters the host, and no lock order can close a circle.
 *
 * Errors. Functions that can fail return a bf_status and fill in a bf_error when one is given. Texts are for people,
 * in English, and hold no secret, no token and no account number. A status that is not documented at the function
 * means "outcome unknown": ask again what is the case, never assume.
 *
 * Nothing crosses. No exception, longjmp, signal or exit() crosses the boundary in either direction.
 *
 * Text is UTF-8, ends in NUL, and is never NULL unless the member says so. Ids are 1 to BF_ID_MAX bytes without
 * control bytes.
 * Money is an integer with an exponent; floating point appears nowhere. Times are nanoseconds since
 * 1970-01-01T00:00:00Z; days are civil dates, so that no time zone moves a booking.
 *
 * Until version 1.0 of the project the ABI may change; host-sdk/docs/abi-changes.md has a line for each change.
 */
#ifndef BANKFEED_ABI_H
#define BANKFEED_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C"
{
#endif

/* The major number is part of the entry's name (bankfeed_entry_v1); the minor grows with each addition. */
#define BF_ABI_MAJOR 1u
#define BF_ABI_MINOR 0u

/* True when `table` (a pointer to a struct of this ABI) is large enough to hold `member`. Function pointers must
 * also be compared with NULL: a side may leave out what is marked optional. */
#define BF_HAS(table, type, member)                                                                \
    ((table) != NULL &&                                                                            \
     (table)->struct_size >= (uint32_t)(offsetof(type, member) + sizeof((table)->member)))

/* --- limits -----------------------------------------------------------------------------------------------
 * A side that receives more answers BF_E_INVALID and does nothing. */
#define BF_ID_MAX 63u                /* bytes of an id, without the NUL                            */
#define BF_TEXT_MAX 1024u            /* bytes of a description, name or other text, without the NUL */
#define BF_ERROR_TEXT_SIZE 240u      /* bytes of bf_error.text, with the NUL                       */
#define BF_CHANGES_PER_BATCH_MAX 512u
#define BF_REVISION_MAX 2000000000u  /* of a head or an event that a host tells; no feed comes near it */
#define BF_BODY_MAX (1024u * 1024u)  /* bytes of any HTTP body that crosses                        */
#define BF_DIGEST_SIZE 32u           /* SHA-256                                                    */

/* --- status ----------------------------------------------------------------------------------------------- */
typedef int32_t bf_status;
#define BF_OK 0             /* done                                                                */
#define BF_ALREADY 1        /* it was done before; nothing changed now                             */
#define BF_E_INVALID (-1)   /* the caller broke a rule of this specification                       */
#define BF_E_UNSUPPORTED (-2)
#define BF_E_NOT_FOUND (-3)
#define BF_E_CONFLICT (-4)  /* the same key exists with other content                              */
#define BF_E_RETRY (-5)     /* not now; see bf_error.retry_after_ms                                */
#define BF_E_REJECTED (-6)  /* understood and refused for good; the reason is in the result        */
#define BF_E_DENIED (-7)    /* not permitted: rights, manifest, tenant                             */
#define BF_E_EXHAUSTED (-8) /* a limit is reached                                                  */
#define BF_E_CORRUPT (-9)   /* stored data does not pass its check                                 */
#define BF_E_STOPPING (-10)
#define BF_E_INTERNAL (-11)

/* What happened, for people and for logs. The caller owns it and sets struct_size; NULL means "do not tell me". */
typedef struct bf_error
{
    uint32_t struct_size;
    int32_t code;            /* stable number of the cause, 0 when there is none                       */
    uint32_t retryable;      /* 1: the same call may succeed later                                     */
    uint32_t retry_after_ms; /* 0: no advice                                                           */
    char text[BF_ERROR_TEXT_SIZE];
} bf_error;

/* --- small types ------------------------------------------------------------------------------------------ */

/* Bytes that are not text. `data` may be NULL when `size` is 0. */
typedef struct bf_bytes
{
    const void *data;
    uint64_t size;
} bf_bytes;

/* Where the callee writes an answer of any length. May be called several times; the parts follow one another.
 * A status other than BF_OK ends the answer, and the callee returns that status. */
typedef struct bf_sink
{
    void *ctx;
    bf_status (*write)(void *ctx, const void *data, uint64_t size);
} bf_sink;

/* An exact amount: units * 10^-exponent of `currency`. 12.34 USD is {1234, 2, "USD"}.
 * exponent is 0..18. currency is an ISO 4217 code, or the provider's code of an unofficial currency (then exponent
 * is 8). */
typedef struct bf_money
{
    int64_t units;
    uint32_t exponent;
    char currency[12];
} bf_money;

/* A civil date "YYYY-MM-DD"; all NUL means "none". */
typedef struct bf_date
{
    char text[12];
} bf_date;

#ifdef __cplusplus
}
#endif

#endif
