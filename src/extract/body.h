// How tall the person is in the photo.
#ifndef EXTRACT_BODY_H
#define EXTRACT_BODY_H

#include "image/image.h"

// Returns the number of rows from the topmost to the lowest pixel that is not background.
size_t person_height(const struct image *labels);

#endif
