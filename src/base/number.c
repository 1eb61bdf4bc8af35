// The C library rounds correctly, so its printf and strtod do the work. What they write or expect
// for the decimal point is exchanged: it is all in a number that is no digit, sign or 'e', and may
// have several bytes. Switching the thread's locale instead could fail.

#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIXED_LIMIT 1e15
#define READ_MOST 512 // bytes of a number's text

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// Puts '.' in place of the locale's decimal point, and takes the sign away from a zero.
static void make_plain(char *text)
{
    const size_t whole = strspn(text, "+-0123456789");
    const size_t point = strcspn(text + whole, "+-e0123456789");
    if (point) {
        text[whole] = '.';
        memmove(text + whole + 1, text + whole + point, strlen(text + whole + point) + 1);
    }
    if (text[0] == '-' && text[1 + strspn(text + 1, "0.")] == 0)
        memmove(text, text + 1, strlen(text));
}

static const char *not_finite(double value, char text[NUMBER_TEXT])
{
    return strcpy(text, isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
}

const char *number_fixed(double value, int digits, char text[NUMBER_TEXT])
{
    if (!isfinite(value) || fabs(value) >= FIXED_LIMIT)
        return number_exact(value, text);
    // Room for a decimal point of some bytes.
    char wide[NUMBER_TEXT + 16];
    snprintf(wide, sizeof wide, "%.*f", digits < 0 ? 0 : digits > 9 ? 9 : digits, value);
    make_plain(wide);
    return memcpy(text, wide, strlen(wide) + 1);
}

const char *number_short(double value, int digits, char text[NUMBER_TEXT])
{
    if (!isfinite(value))
        return not_finite(value, text);
    char wide[NUMBER_TEXT + 16];
    snprintf(wide, sizeof wide, "%.*g", digits < 1 ? 1 : digits > 17 ? 17 : digits, value);
    make_plain(wide);
    return memcpy(text, wide, strlen(wide) + 1);
}

const char *number_exact(double value, char text[NUMBER_TEXT])
{
    if (!isfinite(value))
        return not_finite(value, text);
    for (int digits = 1; digits <= 17; digits++) {
        double same;
        if (number_read(number_short(value, digits, text), &same) && same == value)
            break;
    }
    return text;
}

// What stands behind the number at the start of `text`, NULL where there is none. *point: its
// decimal point, or NULL.
static const char *number_end(const char *text, const char **point)
{
    size_t digits = 0;
    *point = NULL;
    if (*text == '+' || *text == '-')
        text++;
    for (; is_digit(*text); text++)
        digits++;
    if (*text == '.' && (digits || is_digit(text[1])))
        for (*point = text++; is_digit(*text); text++)
            digits++;
    if (!digits)
        return NULL;
    if (*text == 'e' || *text == 'E') {
        const char *power = text + 1;
        if (*power == '+' || *power == '-')
            power++;
        if (is_digit(*power))
            for (text = power; is_digit(*text);)
                text++;
    }
    return text;
}

const char *number_read(const char *text, double *value)
{
    const char *point, *end = number_end(text, &point);
    char local[READ_MOST + 32], own[32];
    if (!end || end - text >= READ_MOST)
        return NULL;
    memcpy(local, text, (size_t)(end - text));
    local[end - text] = 0;
    if (point) {
        // The locale's point is what it puts between the digits of 0.5.
        const size_t before = (size_t)(point - text);
        const int length = snprintf(own, sizeof own, "%.1f", 0.5) - 2;
        snprintf(local + before, sizeof local - before, "%.*s%.*s", length, own + 1,
                 (int)(end - point - 1), point + 1);
    }
    const double number = strtod(local, NULL);
    if (!isfinite(number))
        return NULL;
    *value = number;
    return end;
}

void number_hex(const uint8_t rgb[3], char hex[8])
{
    static const char digits[] = "0123456789abcdef";
    hex[0] = '#';
    for (int i = 0; i < 3; i++) {
        hex[1 + 2 * i] = digits[rgb[i] >> 4];
        hex[2 + 2 * i] = digits[rgb[i] & 15];
    }
    hex[7] = 0;
}

int number_read_hex(const char *text, size_t length, uint8_t rgb[3])
{
    if (length != 7 || text[0] != '#')
        return -1;
    memset(rgb, 0, 3);
    for (size_t i = 0; i < 6; i++) {
        const char c = text[1 + i];
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0)
            return -1;
        rgb[i / 2] = (uint8_t)(rgb[i / 2] << 4 | digit);
    }
    return 0;
}
