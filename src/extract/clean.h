// Labels without specks.
#ifndef EXTRACT_CLEAN_H
#define EXTRACT_CLEAN_H

#include <swatch.h>

#include "image/image.h"

// Gives pieces too small to be real to the class that surrounds them the most. A piece is
// 4-connected and too small below 0.02 % of the photo or, unless it is background, below 0.1 % of
// the largest piece of its class.
int clean_labels(struct image *labels, size_t classes, swatch_error *error);

#endif
