#include "words.h"

#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define NAME_FIRST LOWER UPPER DIGITS "_@+-"
#define NAME_REST NAME_FIRST "."

/* A character of `first`, then up to `rest_max` of `rest`. Returns the number of bytes matched, 0
 * for none. */
static size_t span(const char* text, const char* first, const char* rest, size_t rest_max)
{
    if (text[0] == '\0' || strchr(first, text[0]) == NULL) return 0;
    const size_t more = strspn(text + 1, rest);
    return 1 + (more < rest_max ? more : rest_max);
}

static bool is_whole(const char* text, const char* first, const char* rest, size_t rest_max)
{
    const size_t matched = span(text, first, rest, rest_max);
    return matched != 0 && text[matched] == '\0';
}

/* A line of text without control characters. The size counts characters, as JSON schema does. */
static bool is_line(const char* text, size_t size_max)
{
    size_t characters = 0;
    for (const char* at = text; *at != '\0'; ++at)
    {
        const unsigned char byte = (unsigned char)*at;
        if (byte < 0x20 || byte == 0x7f) return false;
        if ((byte & 0xc0u) != 0x80u) ++characters;
    }
    return characters >= 1 && characters <= size_max;
}

bool bfl_is_id(const char* text)
{
    return is_whole(text, LOWER DIGITS, LOWER DIGITS "._-", 62);
}

bool bfl_is_version(const char* text)
{
    for (int part = 0; part < 3; ++part)
    {
        const size_t matched = span(text, DIGITS, DIGITS, 8);
        if (matched == 0) return false;
        text += matched;
        if (part < 2 && *text++ != '.') return false;
    }
    if (*text == '\0') return true;
    return *text == '-' && is_whole(text + 1, LOWER UPPER DIGITS ".-", LOWER UPPER DIGITS ".-", 29);
}

bool bfl_is_title(const char* text)
{
    return is_line(text, 80);
}

bool bfl_is_about(const char* text)
{
    return is_line(text, 200);
}

bool bfl_is_library(const char* text)
{
    const size_t length = strlen(text);
    return length > 3 && strcmp(text + length - 3, ".so") == 0 &&
           is_whole(text, LOWER UPPER DIGITS "_", LOWER UPPER DIGITS "._+-", 125);
}

bool bfl_is_extension(const char* text)
{
    if (strlen(text) > 63) return false;
    size_t matched = span(text, LOWER, LOWER DIGITS "-", 62);
    if (matched == 0 || text[matched] != '.') return false;
    while (text[matched] == '.')
    {
        text += matched + 1;
        matched = span(text, LOWER DIGITS "-", LOWER DIGITS "-", 62);
        if (matched == 0) return false;
    }
    return text[matched] == '/' && is_whole(text + matched + 1, "123456789", DIGITS, 3);
}

bool bfl_is_route_prefix(const char* text)
{
    int parts = 0;
    while (*text == '/' && ++parts <= 2)
    {
        const size_t matched = span(text + 1, LOWER DIGITS, LOWER DIGITS "._-", 30);
        if (matched == 0) return false;
        text += 1 + matched;
    }
    return *text == '\0';
}

bool bfl_is_host_name(const char* text)
{
    int labels = 0;
    if (strlen(text) > 253) return false;
    for (;;)
    {
        const size_t matched = span(text, LOWER DIGITS, LOWER DIGITS "-", 62);
        if (matched == 0 || text[matched - 1] == '-') return false;
        ++labels;
        text += matched;
        if (*text == '\0') return labels > 1;
        if (*text++ != '.') return false;
    }
}

bool bfl_is_key(const char* text)
{
    return is_whole(text, LOWER, LOWER DIGITS "._-", 62);
}

bool bfl_is_file_path(const char* text)
{
    if (strlen(text) > 255 || strcmp(text, "plugin.json") == 0) return false;
    for (int names = 0; names < 8; ++names)
    {
        const size_t matched = span(text, NAME_FIRST, NAME_REST, 254);
        if (matched == 0) return false;
        text += matched;
        if (*text == '\0') return true;
        if (*text++ != '/') return false;
    }
    return false;
}

bool bfl_is_sha256(const char* text)
{
    return strlen(text) == 64 && strspn(text, DIGITS "abcdef") == 64;
}

bool bfl_is_utf8(const char* text)
{
    const unsigned char* at = (const unsigned char*)text;
    while (*at != 0)
    {
        const unsigned first = *at++;
        /* The range of the second byte leaves out what would be too short, too high or half a
         * surrogate pair. */
        unsigned char low = 0x80;
        unsigned char high = 0xbf;
        if (first < 0x80) continue;
        if (first < 0xc2 || first > 0xf4) return false;
        unsigned more = 1;
        if (first >= 0xe0) more = 2;
        if (first >= 0xf0) more = 3;
        if (first == 0xe0) low = 0xa0;
        if (first == 0xed) high = 0x9f;
        if (first == 0xf0) low = 0x90;
        if (first == 0xf4) high = 0x8f;
        for (; more > 0; --more)
        {
            if (*at < low || *at > high) return false; /* the NUL at the end is below */
            ++at;
            low = 0x80;
            high = 0xbf;
        }
    }
    return true;
}
