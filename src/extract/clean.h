// Removes specks from a label map.
#ifndef EXTRACT_CLEAN_H
#define EXTRACT_CLEAN_H

#include <swatch.h>

#include "image/image.h"

// Gives each piece that is too small to be real the class with which it shares the longest border.
// A piece is a 4-connected part of one class. It is too small below 0.02 % of the photo and, unless
// it is background, below 0.1 % of the largest piece of its class.
int clean_labels(struct image *labels, size_t classes, swatch_error *error);

#endif
