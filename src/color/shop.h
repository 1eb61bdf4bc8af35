// Words for the colors of clothes, as shops say them.
#ifndef COLOR_SHOP_H
#define COLOR_SHOP_H

#include <stddef.h>
#include <swatch.h>

#include "color/color.h"

// The shop's word for a color, static: one of the eleven basic terms (color_basic_name), or beige,
// burgundy, cream, denim, gold, khaki, navy or silver.
const char *shop_name(struct rgb c);
// Returns the word (static) for a thing of these colors (count): the word with the largest share of
// it, or "multicolor" if no word has the share SHOP_MAIN and at least three have SHOP_PART each.
// NULL for no colors.
#define SHOP_MAIN 0.6
#define SHOP_PART 0.12
const char *shop_name_of(const swatch_color *colors, size_t count);

#endif
