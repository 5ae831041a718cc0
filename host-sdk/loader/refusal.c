#include "refusal.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct
{
    int32_t code;
    bf_status status;
} statuses[] = {
    {BF_LOAD_NO_DIRECTORY, BF_E_NOT_FOUND},
    {BF_LOAD_NOT_ENABLED, BF_E_DENIED},
    {BF_LOAD_BAD_OWNER, BF_E_DENIED},
    {BF_LOAD_WRITABLE, BF_E_DENIED},
    {BF_LOAD_NOT_A_FILE, BF_E_DENIED},
    {BF_LOAD_NO_MANIFEST, BF_E_NOT_FOUND},
    {BF_LOAD_BAD_MANIFEST, BF_E_INVALID},
    {BF_LOAD_WRONG_ID, BF_E_INVALID},
    {BF_LOAD_UNLISTED_FILE, BF_E_DENIED},
    {BF_LOAD_MISSING_FILE, BF_E_NOT_FOUND},
    {BF_LOAD_CHANGED_FILE, BF_E_CORRUPT},
    {BF_LOAD_TOO_LARGE, BF_E_EXHAUSTED},
    {BF_LOAD_ABI_MAJOR, BF_E_UNSUPPORTED},
    {BF_LOAD_ABI_MINOR, BF_E_UNSUPPORTED},
    {BF_LOAD_DLOPEN, BF_E_INTERNAL},
    {BF_LOAD_NO_ENTRY, BF_E_INVALID},
    {BF_LOAD_ENTRY_REFUSED, BF_E_UNSUPPORTED},
    {BF_LOAD_ENTRY_MISMATCH, BF_E_CORRUPT},
    {BF_LOAD_MISSING_SERVICE, BF_E_UNSUPPORTED},
};

static bf_status status_of(int32_t code)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; ++i)
    {
        if (statuses[i].code == code) return statuses[i].status;
    }
    return BF_E_INTERNAL;
}

/* Bytes of the UTF-8 character at `at`, 0 when there is none. Overlong forms and surrogates are let
 * through: the text is for eyes, and no decision hangs on it. */
static size_t character_size(const char* at)
{
    const unsigned char first = (unsigned char)at[0];
    size_t size = 0;
    if (first >= 0x20 && first < 0x7f) return 1;
    if (first >= 0xc2 && first < 0xe0) size = 2;
    if (first >= 0xe0 && first < 0xf0) size = 3;
    if (first >= 0xf0 && first < 0xf5) size = 4;
    for (size_t i = 1; i < size; ++i)
    {
        if (((unsigned char)at[i] & 0xc0u) != 0x80u) return 0;
    }
    return size;
}

/* File names and the words of dlerror() are arbitrary bytes; an error text is one line of UTF-8. */
static void make_one_line(char* text)
{
    for (char* at = text; *at != '\0';)
    {
        const size_t size = character_size(at);
        if (size == 0) *at = '?';
        at += size == 0 ? 1 : size;
    }
}

/* snprintf may have cut a character in two. */
static void drop_cut_character(char* text)
{
    size_t length = strlen(text);
    size_t back = 0;
    while (back < 4 && back < length)
    {
        ++back;
        if (((unsigned char)text[length - back] & 0xc0u) != 0x80u) break;
    }
    if (back > 0 && (unsigned char)text[length - back] >= 0xc0u &&
        character_size(text + length - back) != back)
    {
        text[length - back] = '\0';
    }
}

bfl_shown bfl_show(const char* path)
{
    bfl_shown shown;
    const size_t room = sizeof shown.text - 1;
    const size_t length = strlen(path);
    if (length <= room)
    {
        memcpy(shown.text, path, length + 1);
        return shown;
    }
    const char* end = path + length - (room - 3);
    while (((unsigned char)*end & 0xc0u) == 0x80u)
        ++end;
    (void)snprintf(shown.text, sizeof shown.text, "...%s", end);
    return shown;
}

bf_status bfl_refuse(bf_error* err, int32_t code, const char* format, ...)
{
    const bf_status status = status_of(code);
    if (BF_HAS(err, bf_error, code)) err->code = code;
    if (BF_HAS(err, bf_error, retryable)) err->retryable = 0;
    if (BF_HAS(err, bf_error, retry_after_ms)) err->retry_after_ms = 0;
    if (BF_HAS(err, bf_error, text))
    {
        va_list arguments;
        va_start(arguments, format);
        const int wanted = vsnprintf(err->text, sizeof err->text, format, arguments);
        va_end(arguments);
        if (wanted < 0) err->text[0] = '\0';
        if (wanted >= (int)sizeof err->text) drop_cut_character(err->text);
        make_one_line(err->text);
    }
    return status;
}

bf_status bfl_misuse(bf_error* err, const char* what)
{
    (void)bfl_refuse(err, 0, "%s", what);
    return BF_E_INVALID;
}

bf_status bfl_out_of_memory(bf_error* err)
{
    return bfl_refuse(err, 0, "The process has no memory left to check the plugin.");
}
