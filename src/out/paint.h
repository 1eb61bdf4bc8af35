// Drawing on a picture of three bands: rectangles, text, and a result's photo with its regions.
#ifndef OUT_PAINT_H
#define OUT_PAINT_H

#include "extract/result.h"

struct rect {
    size_t left, top, width, height;
};

// A color of text or of lines.
struct paint {
    uint8_t rgb[3];
};

// What lies beyond the picture is left out.
void paint_rect(struct image *to, struct rect where, struct paint color);

// Draws a line of text, `size` pixels high, with its top left corner there. A text wider than
// `room` pixels is cut at its end and gets an ellipsis; control characters are blanks.
int paint_text(struct image *to, const char *text, size_t size, int bold, struct paint color,
               size_t left, size_t top, size_t room, swatch_error *error);

// Draws the part `from` of the result's photo into `where`: all of it, or with region <
// SWATCH_REGIONS only this region's pixels. Each pixel drawn is the mean of those of the photo that
// it covers, or the nearest one where it enlarges.
void paint_photo(struct image *to, const swatch_result *result, size_t region, struct rect from,
                 struct rect where);

// Draws the outlines of all regions over the photo that paint_photo drew whole into `where`: a line
// of the region's color along its inner side, on a darker one, so that it shows on light and dark.
extern const struct paint paint_of_region[SWATCH_REGIONS];
int paint_outlines(struct image *to, const swatch_result *result, struct rect where,
                   swatch_error *error);

#endif
