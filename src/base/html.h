// What all our HTML pages share. Nothing here can fail by itself; a stream that cannot take more
// says so in ferror(to).
#ifndef BASE_HTML_H
#define BASE_HTML_H

#include <stdio.h>

// Writes text of any bytes into HTML or XML, between tags or between double quotes: as UTF-8, on
// one line (text_line), with <, >, &, " and ' escaped.
void html_text(FILE *to, const char *text);

// Writes a path, of any bytes, as a relative reference for href and src (RFC 3986). Bytes other
// than letters, digits and -._~/ are percent-encoded, so the same bytes are meant.
void html_path(FILE *to, const char *path);

// Writes bytes as an address that holds them (RFC 2397, base64), for src. type: "image/jpeg".
void html_data(FILE *to, const char *type, const void *data, size_t size);

// Writes the start of a page, from the document type to "<body>". `title` is text of any bytes,
// `style` is CSS, `policy` the page's content security policy (CSP 3); NULL: none.
void html_begin(FILE *to, const char *title, const char *policy, const char *style);
void html_end(FILE *to);

#endif
