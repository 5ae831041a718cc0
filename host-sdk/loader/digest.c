#include "bankfeed/digest.h"

#include "sha256.h"
#include "words.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_SIZE 24 /* the longest 64-bit number, its sign and the NUL */

/* --- netstrings --- */

static bool add_bytes(bfl_sha256* hash, const void* data, size_t size)
{
    char head[NUMBER_SIZE];
    const int head_size = snprintf(head, sizeof head, "%zu:", size);
    return bfl_sha256_add(hash, head, (size_t)head_size) && bfl_sha256_add(hash, data, size) &&
           bfl_sha256_add(hash, ",", 1);
}

static bool add_text(bfl_sha256* hash, const char* text)
{
    return add_bytes(hash, text, strlen(text));
}

static bool add_unsigned(bfl_sha256* hash, uint64_t number)
{
    char text[NUMBER_SIZE];
    (void)snprintf(text, sizeof text, "%" PRIu64, number);
    return add_text(hash, text);
}

static bool add_signed(bfl_sha256* hash, int64_t number)
{
    char text[NUMBER_SIZE];
    (void)snprintf(text, sizeof text, "%" PRId64, number);
    return add_text(hash, text);
}

/* --- digests --- */

static bool is_text(const char* text)
{
    return text != NULL && strnlen(text, BF_TEXT_MAX + 1) <= BF_TEXT_MAX;
}

static bool is_ended(const char* text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static bool can_be_hashed(const bf_change* change)
{
    return change->kind >= BF_CHANGE_POST && change->kind <= BF_CHANGE_NOOP &&
           is_text(change->root_key) && is_text(change->account_id) &&
           is_text(change->counter_account) && is_text(change->description) &&
           is_text(change->original_description) && is_text(change->merchant) &&
           is_text(change->category) &&
           is_ended(change->amount.currency, sizeof change->amount.currency) &&
           is_ended(change->booked_on.text, sizeof change->booked_on.text) &&
           is_ended(change->authorized_on.text, sizeof change->authorized_on.text);
}

static bool hash_content(bfl_sha256* hash, const bf_change* change, uint8_t out[BF_DIGEST_SIZE])
{
    return bfl_sha256_begin(hash) && add_text(hash, "bankfeed.change/1") &&
           add_unsigned(hash, change->kind) && add_text(hash, change->root_key) &&
           add_unsigned(hash, change->revision) && add_text(hash, change->account_id) &&
           add_text(hash, change->counter_account) && add_signed(hash, change->amount.units) &&
           add_unsigned(hash, change->amount.exponent) && add_text(hash, change->amount.currency) &&
           add_text(hash, change->booked_on.text) && add_text(hash, change->authorized_on.text) &&
           add_text(hash, change->description) && add_text(hash, change->original_description) &&
           add_text(hash, change->merchant) && add_text(hash, change->category) &&
           bfl_sha256_end(hash, out);
}

static bool hash_chain(bfl_sha256* hash, const uint8_t previous[BF_DIGEST_SIZE], uint64_t seq,
    const uint8_t content_digest[BF_DIGEST_SIZE], uint8_t out[BF_DIGEST_SIZE])
{
    return bfl_sha256_begin(hash) && add_bytes(hash, previous, BF_DIGEST_SIZE) &&
           add_unsigned(hash, seq) && add_bytes(hash, content_digest, BF_DIGEST_SIZE) &&
           bfl_sha256_end(hash, out);
}

bf_status bf_change_content_digest(const bf_change* change, uint8_t out[BF_DIGEST_SIZE])
{
    if (out == NULL || !BF_HAS(change, bf_change, category) || !can_be_hashed(change))
        return BF_E_INVALID;
    bfl_sha256* hash = bfl_sha256_new();
    const bool done = hash != NULL && hash_content(hash, change, out);
    bfl_sha256_free(hash);
    return done ? BF_OK : BF_E_INTERNAL;
}

void bf_chain_next(const uint8_t previous[BF_DIGEST_SIZE], uint64_t seq,
    const uint8_t content_digest[BF_DIGEST_SIZE], uint8_t out[BF_DIGEST_SIZE])
{
    if (out == NULL) return;
    bfl_sha256* hash = bfl_sha256_new();
    if (hash == NULL || previous == NULL || content_digest == NULL ||
        !hash_chain(hash, previous, seq, content_digest, out))
    {
        memset(out, 0, BF_DIGEST_SIZE);
    }
    bfl_sha256_free(hash);
}

/* --- batches --- */

static bool is_id(const char* text)
{
    return text != NULL && text[0] != '\0' && strnlen(text, BF_ID_MAX + 1) <= BF_ID_MAX &&
           bfl_is_utf8(text);
}

static bool is_role(const char* text)
{
    return strcmp(text, "role:suspense") == 0 || strcmp(text, "role:opening-balances") == 0;
}

/* ISO 4217 codes, and what providers call the others. */
static bool is_currency(const char* code)
{
    return code[0] != '\0' &&
           code[strspn(
               code, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")] == '\0';
}

static int number_at(const char* digits, int count)
{
    int number = 0;
    for (int i = 0; i < count; ++i)
        number = 10 * number + (digits[i] - '0');
    return number;
}

/* `text` has the form YYYY-MM-DD. */
static bool is_day_of_calendar(const char* text)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int year = number_at(text, 4);
    const int month = number_at(text + 5, 2);
    const int day = number_at(text + 8, 2);
    if (year < 1 || month < 1 || month > 12 || day < 1) return false;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= days[month - 1] + (leap && month == 2 ? 1 : 0);
}

static bool is_date(const bf_date* date)
{
    for (int i = 0; i < 10; ++i)
    {
        const char at = date->text[i];
        if (i == 4 || i == 7 ? at != '-' : at < '0' || at > '9') return false;
    }
    return date->text[10] == '\0' && is_day_of_calendar(date->text);
}

static bool is_all_zero(const uint8_t digest[BF_DIGEST_SIZE])
{
    uint8_t bits = 0;
    for (size_t i = 0; i < BF_DIGEST_SIZE; ++i)
        bits = (uint8_t)(bits | digest[i]);
    return bits == 0;
}

static bool is_empty_noop(const bf_change* change)
{
    return change->root_key[0] == '\0' && change->account_id[0] == '\0' &&
           change->counter_account[0] == '\0' && change->description[0] == '\0' &&
           change->original_description[0] == '\0' && change->merchant[0] == '\0' &&
           change->category[0] == '\0' && change->revision == 0 && change->amount.units == 0 &&
           change->booked_on.text[0] == '\0' && change->authorized_on.text[0] == '\0';
}

static bool has_utf8_texts(const bf_change* change)
{
    return bfl_is_utf8(change->description) && bfl_is_utf8(change->original_description) &&
           bfl_is_utf8(change->merchant) && bfl_is_utf8(change->category);
}

/* The rules of one change that need no books to look into. */
static bool keeps_rules(const bf_change* change)
{
    if (!can_be_hashed(change)) return false;
    if (change->kind == BF_CHANGE_NOOP) return is_empty_noop(change);
    if (!is_id(change->root_key) || !is_id(change->account_id)) return false;
    if (!is_role(change->counter_account) || !has_utf8_texts(change)) return false;
    if (change->amount.exponent > 18 || !is_currency(change->amount.currency)) return false;
    if (!is_date(&change->booked_on)) return false;
    if (change->authorized_on.text[0] != '\0' && !is_date(&change->authorized_on)) return false;
    if (change->kind == BF_CHANGE_POST) return change->revision >= 1;
    if (change->kind == BF_CHANGE_VOID && change->amount.units != 0) return false;
    return change->revision > 1;
}

static bool batch_keeps_rules(const bf_batch* batch)
{
    if (!BF_HAS(batch, bf_batch, change_count) || batch->changes == NULL) return false;
    if ((batch->flags & ~BF_BATCH_EPOCH_START) != 0) return false;
    if (!is_id(batch->tenant_id) || !is_id(batch->feed_id)) return false;
    if (batch->epoch == 0) return false; /* the watermark's word for "none" */
    if (batch->change_count == 0 || batch->change_count > BF_CHANGES_PER_BATCH_MAX) return false;
    if (batch->change_size < sizeof(bf_change) || batch->change_size % 8 != 0) return false;
    return (batch->flags & BF_BATCH_EPOCH_START) == 0 || is_all_zero(batch->prev_digest);
}

static bf_status check_change(
    bfl_sha256* hash, const bf_change* change, const uint8_t previous[BF_DIGEST_SIZE], uint64_t seq)
{
    uint8_t content[BF_DIGEST_SIZE];
    uint8_t chain[BF_DIGEST_SIZE];
    if (!BF_HAS(change, bf_change, chain_digest)) return BF_E_INVALID;
    if (change->seq == 0 || change->seq != seq || !keeps_rules(change)) return BF_E_INVALID;
    if (!hash_content(hash, change, content) || !hash_chain(hash, previous, seq, content, chain))
    {
        return BF_E_INTERNAL;
    }
    if (memcmp(content, change->content_digest, BF_DIGEST_SIZE) != 0 ||
        memcmp(chain, change->chain_digest, BF_DIGEST_SIZE) != 0)
    {
        return BF_E_CORRUPT;
    }
    return BF_OK;
}

bf_status bf_batch_check(const bf_batch* batch, uint32_t* bad_index)
{
    uint32_t unwanted = 0;
    if (bad_index == NULL) bad_index = &unwanted;
    *bad_index = 0;
    if (!batch_keeps_rules(batch)) return BF_E_INVALID;
    bfl_sha256* hash = bfl_sha256_new();
    if (hash == NULL) return BF_E_INTERNAL;
    const unsigned char* at = (const unsigned char*)batch->changes;
    const uint8_t* previous = batch->prev_digest;
    const uint64_t first = batch->changes->seq;
    bf_status status = BF_OK;
    for (uint32_t i = 0; status == BF_OK && i < batch->change_count; ++i)
    {
        const bf_change* change = (const bf_change*)(const void*)at;
        *bad_index = i;
        status = check_change(hash, change, previous, first + i);
        previous = change->chain_digest;
        at += batch->change_size;
    }
    bfl_sha256_free(hash);
    return status;
}
