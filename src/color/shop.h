// Words for the colors of clothes, as shops say them.
#ifndef COLOR_SHOP_H
#define COLOR_SHOP_H

#include <stddef.h>
#include <swatch.h>

#include "color/color.h"

// The shop's word for a color, static: one of the eleven basic terms (color_basic_name), or beige,
// burgundy, cream, denim, gold, khaki, navy or silver.
const char *shop_name(struct rgb c);
// The word for a thing of these colors (count), static: that of most of it by the colors' shares,
// or "multicolor" where no word has as much as SHOP_MAIN and three have SHOP_PART each. NULL for no
// colors.
#define SHOP_MAIN 0.6
#define SHOP_PART 0.12
const char *shop_name_of(const swatch_color *colors, size_t count);

#endif
