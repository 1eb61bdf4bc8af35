// A page of photos and their colors, for a browser. It works offline, names no other host, and
// shows the photos from where they lie.
#ifndef CATALOG_PAGE_H
#define CATALOG_PAGE_H

#include <jansson.h>
#include <stdio.h>

// How a photo of a search was found; NULL for a list.
struct page_hit {
    double distance;
    const char *hex; // the color that was found
};

void page_begin(FILE *to, const char *title);
void page_photo(FILE *to, const json_t *record, const struct page_hit *hit);
// photos: how many were written.
void page_end(FILE *to, size_t photos);

#endif
