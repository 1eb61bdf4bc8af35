// What the files of this folder share of libvips. Included by src/image alone.
#ifndef IMAGE_VIPS_H
#define IMAGE_VIPS_H

#include <vips/vips.h>

#include "image/image.h"

// Starts libvips once: without a cache of operations, so that a server's memory does not grow; with
// one thread a picture, because photos are done side by side; without the loaders that libvips
// calls untrusted; and silent. Returns 0 if libvips runs.
int image_start(void);
// Sets `error` to "name: what libvips said" (its first line) and clears libvips' own message, of
// which there is one for all threads: with two failures at the same moment the reason of one may
// stand by the name of the other.
int image_fault(const char *name, swatch_error *error);
// A libvips picture over the same pixels, or NULL.
VipsImage *image_view(const struct image *image);
// Computes an 8-bit libvips picture into memory of ours.
int image_take(VipsImage *from, struct image *image, const char *name, swatch_error *error);

#endif
