/* How the loader says no: a stable number, and a sentence that says what happened, why, and what to
 * do next. */
#ifndef BANKFEED_LOADER_REFUSAL_H
#define BANKFEED_LOADER_REFUSAL_H

#include "bankfeed/loader.h"

/* A path as it is shown in a sentence: its end is kept, because the end tells it apart. */
typedef struct bfl_shown
{
    char text[104];
} bfl_shown;

bfl_shown bfl_show(const char* path);

/* Fills in `err` (when there is one, as far as its struct_size goes) and returns the status that
 * belongs to the BF_LOAD_ number. The text is cut at a character when it is too long, and bytes
 * that are not UTF-8 become "?". */
bf_status bfl_refuse(bf_error* err, int32_t code, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

/* The host broke a rule of the headers: BF_E_INVALID, no BF_LOAD_ number. `what` is a sentence. */
bf_status bfl_misuse(bf_error* err, const char* what);

/* Memory has run out: BF_E_INTERNAL, no BF_LOAD_ number. */
bf_status bfl_out_of_memory(bf_error* err);

#endif
