// Tables as comma-separated values (RFC 4180, UTF-8). Rows end with "\r\n".
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stdio.h>

// Writes text of any bytes as one field, in quotes where it needs them. Bytes that are not UTF-8
// become U+FFFD; control characters other than tabs and line ends become visible (text_show).
//
// A spreadsheet takes a cell that begins with =, +, -, @, a tab or a line end for a formula, which
// could do anything. So `guard` goes before such a field: "'", or for a path "./", which does not
// change its meaning. Some spreadsheets start a cell at each ";", so within a field "'" goes before
// =, +, - and @ that follow a ";", a tab or a line end. ferror(to) says whether writing failed.
void csv_field(FILE *to, const char *text, const char *guard);

#endif
