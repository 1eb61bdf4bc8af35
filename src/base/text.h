// Text from outside (file names, mostly) on its way into files of ours and onto terminals. A file's
// name may hold any byte but NUL and '/'; what reads our files expects UTF-8 (RFC 3629), and a
// terminal obeys control characters.
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define TEXT_BYTES 4  // of a character in UTF-8, at most
#define TEXT_SHOWN 12 // bytes of a character that is made visible, at most

// Returns the next character of *text and moves *text behind it; 0 at the end. A byte that is not
// part of UTF-8 counts as U+FFFD by itself.
uint32_t text_next(const char **text);
// Writes a character in UTF-8, without a NUL. Returns the number of bytes.
size_t text_put(char to[TEXT_BYTES], uint32_t code);
// Whether a character is a control, a line or paragraph separator, or one of the two that XML
// forbids.
int text_breaks_line(uint32_t code);

// Returns a copy in UTF-8: every byte that is not UTF-8 becomes U+FFFD. The caller frees it; NULL
// without memory.
char *text_utf8(const char *text);
// The same on one line: each character of text_breaks_line becomes a blank.
char *text_line(const char *text);

// Makes text of any bytes safe to print on a terminal and to read: characters that a terminal would
// obey, that cannot be seen or that turn the direction of writing become visible. Bytes that are
// controls or not UTF-8 become "\x1b", other characters "\u202e". Doing it again changes nothing.
//
// Writes at most `room` bytes (at least 1) with the NUL; cuts what does not fit, between
// characters. Returns the length written.
size_t text_show(const char *text, char *to, size_t room);
// The same as a copy. The caller frees it; NULL without memory.
char *text_shown(const char *text);
// The same for the next character of *text, without a NUL. Returns the number of bytes, 0 at the
// end.
size_t text_show_next(const char **text, char to[TEXT_SHOWN]);

// The part of a path behind its last slash; the whole path where nothing is behind it.
const char *text_file_name(const char *path);

#endif
