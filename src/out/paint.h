// Drawing on a picture of three bands: rectangles, text, and a result's photo with its regions.
#ifndef OUT_PAINT_H
#define OUT_PAINT_H

#include "extract/result.h"

// A color of text or of lines.
struct paint {
    uint8_t rgb[3];
};

// What lies beyond the picture is left out.
void paint_rect(struct image *to, struct rect where, struct paint color);

// Makes the corners of a rectangle round, which must lie within the picture and be at least twice
// the radius wide and high: paints the color over what lies outside the arcs.
void paint_corners(struct image *to, struct rect where, size_t radius, struct paint color);

// Draws a line of text, `size` pixels high, with its top left corner there. A text wider than
// `room` pixels is cut at its end and gets an ellipsis; control characters are blanks.
int paint_text(struct image *to, const char *text, size_t size, int bold, struct paint color,
               size_t left, size_t top, size_t room, swatch_error *error);

// Draws the part `from` of a picture of 3 bands, or of 4 with its alpha, into `where`, as
// image_resize scales it. Both rectangles must lie within their pictures.
int paint_picture(struct image *to, const struct image *picture, struct rect from,
                  struct rect where, swatch_error *error);

// Draws the outlines of all regions over the photo that paint_picture drew into `where`: a line
// of the region's color along its inner side, on a darker one, so that it shows on light and dark.
extern const struct paint paint_of_region[SWATCH_REGIONS];
int paint_outlines(struct image *to, const swatch_result *result, struct rect where,
                   swatch_error *error);

#endif
