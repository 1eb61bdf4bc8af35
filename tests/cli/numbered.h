// Small photos of a person for tests of many photos.
#ifndef TESTS_CLI_NUMBERED_H
#define TESTS_CLI_NUMBERED_H

#include "folder.h"
#include "image/image.h"
#include "tiny_model.h"

#define NUMBERED_WIDTH 60
#define NUMBERED_HEIGHT 80

// Writes a PNG file into the test's folder. Photos with other numbers (0 to 255) have other
// content.
static inline void make_photo(const char *name, unsigned number)
{
    struct image photo;
    if (image_new(&photo, NUMBERED_WIDTH, NUMBERED_HEIGHT, 3, NULL))
        exit(1);
    free(tiny_photo(NUMBERED_WIDTH, NUMBERED_HEIGHT, photo.pixels));
    memset(photo.pixels, (int)number, 3);
    if (image_save_png(&photo, test_path(name), 1, NULL))
        exit(1);
    image_free(&photo);
}

#endif
