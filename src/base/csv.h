// Tables as comma-separated values (RFC 4180, UTF-8). Rows end with "\r\n".
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stdio.h>

// Writes text of any bytes as one field, in quotes where it needs them. Bytes that are not UTF-8
// become U+FFFD; control characters other than tabs and line ends become visible (text_show).
//
// Spreadsheets run a cell that begins with =, +, -, @, a tab or a line end as a formula, which
// could do anything. So `guard` is put before a field that begins so: "'", or "./" before a path,
// which then means the same file. Where cells are parted at ";", a field's rest could become such a
// cell, too: there it is "'" that is put between. What goes wrong stands in ferror(to).
void csv_field(FILE *to, const char *text, const char *guard);

#endif
