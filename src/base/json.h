// JSON as we write it, over jansson. Functions that make a value return a new reference, or NULL
// without memory; jansson takes NULL as a value and fails, so it is enough to check the whole.
// Keys stand in the order in which they are put in, so the same values give the same bytes.
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

// A number rounded to four decimals, which is the same text on every machine; null where it is not
// finite.
json_t *json_rounded(double value);
// An array of them.
json_t *json_rounded_array(const double *values, size_t count);
// Text of any bytes, like a file's name: every byte that is not UTF-8 becomes U+FFFD.
json_t *json_text(const char *text);
// The same, or null for NULL.
json_t *json_text_or_null(const char *text);
// A color as "#rrggbb".
json_t *json_hex(const uint8_t rgb[3]);
// Returns `json`. If `failed`, releases it and returns NULL.
json_t *json_unless(int failed, json_t *json);

// The JSON as one line of ASCII without a line end, numbers with the decimals of json_rounded. The
// caller frees it; NULL without memory or for NULL. Does not release `json`.
char *json_line(const json_t *json);

#endif
