// Text from outside, made safe for a terminal.

#include "show.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_MOST 8 // bytes of a character that is made visible

// Whether a terminal shows the character and does nothing else: it is no control, and does not turn
// the direction of the text.
static int harmless(gunichar c)
{
    return c >= 0x20 && !(c >= 0x7f && c < 0xa0) && !(c >= 0x200e && c <= 0x200f) &&
           !(c >= 0x2028 && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069);
}

void show_safe(const char *text, char *to, size_t room, int columns)
{
    char *const end = to + room - 1;
    while (*text) {
        char shown[SHOWN_MOST];
        const gunichar c = g_utf8_get_char_validated(text, -1);
        const int valid = c < (gunichar)-2;
        int length, width, taken = 1;
        if (valid && harmless(c)) {
            length = taken = g_unichar_to_utf8(c, shown);
            width = g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
        } else if (valid && c > 0x7f) {
            length = width = snprintf(shown, sizeof shown, "\\u%04x", (unsigned)c);
            taken = g_unichar_to_utf8(c, NULL);
        } else {
            length = width = snprintf(shown, sizeof shown, "\\x%02x", (unsigned char)*text);
        }
        columns -= width;
        if (columns < 0 || end - to < length)
            break;
        memcpy(to, shown, (size_t)length);
        to += length;
        text += taken;
    }
    *to = 0;
}
