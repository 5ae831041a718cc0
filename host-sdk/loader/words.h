/* The forms that words of a manifest must have. Each is the pattern of manifest/plugin.schema.json,
 * written by hand so that the loader needs no regular expressions. */
#ifndef BANKFEED_LOADER_WORDS_H
#define BANKFEED_LOADER_WORDS_H

#include <stdbool.h>

bool bfl_is_id(const char* text);
bool bfl_is_version(const char* text);
bool bfl_is_title(const char* text);
bool bfl_is_about(const char* text);
bool bfl_is_library(const char* text);
bool bfl_is_extension(const char* text);
bool bfl_is_route_prefix(const char* text);
bool bfl_is_host_name(const char* text);
bool bfl_is_key(const char* text);
bool bfl_is_file_path(const char* text);
bool bfl_is_sha256(const char* text);

/* Whether the whole text is UTF-8 (RFC 3629): no overlong forms, no surrogates. */
bool bfl_is_utf8(const char* text);

#endif
