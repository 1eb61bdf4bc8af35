// Numbers as text, and text as numbers, with a decimal point in every locale. printf's %f, %e and
// %g, strtod and scanf follow the locale of the thread, so only number.c uses them. Otherwise a
// program that called setlocale would write files that nobody can read.
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#define NUMBER_TEXT 32 // bytes that a number as text takes at most, with the NUL at its end

// Each writes `value` into `text` and returns `text`. None can fail. Values that are not finite are
// "nan", "inf" and "-inf"; a value that is written as zero has no sign.
//
// With `digits` (0 to 9) digits after the point, as "%.*f" does: "0.5000". From 10^15 on it is
// number_exact's text.
const char *number_fixed(double value, int digits, char text[NUMBER_TEXT]);
// With at most `digits` (1 to 17) significant digits and no zeros at the end, as "%.*g" does:
// "0.25", "1e-05".
const char *number_short(double value, int digits, char text[NUMBER_TEXT]);
// The shortest text that number_read turns into the same value again.
const char *number_exact(double value, char text[NUMBER_TEXT]);

// The same for the arguments of printf and error_set. The text lasts as long as the block around.
#define FIXED(value, digits) number_fixed((value), (digits), (char[NUMBER_TEXT]){0})
#define SHORT(value, digits) number_short((value), (digits), (char[NUMBER_TEXT]){0})

// Reads the number at the start of `text`: a sign, digits, a point with digits, an exponent; all
// but some of the digits may be missing. Returns what stands behind it, or NULL where there is no
// number or one beyond double's range; then *value is untouched. Blanks, "nan", "inf" and
// hexadecimal numbers are no numbers. To read a whole text, check that the rest is "".
const char *number_read(const char *text, double *value);

// A color as "#rrggbb".
void number_hex(const uint8_t rgb[3], char hex[8]);
// Reads such a text of `length` bytes, with digits of either case. Returns 0 if it is one.
int number_read_hex(const char *text, size_t length, uint8_t rgb[3]);

#endif
