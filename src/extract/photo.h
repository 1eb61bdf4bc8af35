// A decoded photo.
#ifndef EXTRACT_PHOTO_H
#define EXTRACT_PHOTO_H

#include <swatch.h>

#include "image/image.h"

struct swatch_photo {
    char *name;
    struct image image;        // (H, W, 3)
    struct image alpha;        // (H, W, 1); no pixels when all is opaque
    double seconds;            // decoding took
    char notice[IMAGE_NOTICE]; // what is doubtful of the picture; "": nothing
    char *source;              // what results say of it, a JSON object; or NULL
};

#endif
