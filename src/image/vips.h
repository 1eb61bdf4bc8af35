// What the files of this folder share of libvips. Included by src/image alone.
#ifndef IMAGE_VIPS_H
#define IMAGE_VIPS_H

#include <vips/vips.h>

#include "image/image.h"

// Starts libvips once: without a cache of operations, so that a server's memory does not grow; with
// one thread a picture, unless it is resized, because photos are done side by side; without the
// loaders that libvips calls untrusted; and silent. Returns 0 if libvips runs.
int image_start(void);
// Loads libvips' modules (HEIC, AVIF, JPEG XL and those it does not trust) if image_start has not
// done so. It has not if VIPSHOME names no folder, as the command sets it: docs/decisions.md ("What
// libvips loads").
void image_load_modules(void);
// Sets `error` to "name: what libvips said" (its first line) and clears libvips' own message. All
// threads share that message, so of two failures at the same moment one may get the other's reason,
// or none. SWATCH_NO_MEMORY if it speaks of memory, else SWATCH_FAILED.
int image_fault(const char *name, swatch_error *error);
// A libvips picture over the same pixels, or NULL.
VipsImage *image_view(const struct image *image);
// Computes an 8-bit libvips picture into memory of ours.
int image_take(VipsImage *from, struct image *image, const char *name, swatch_error *error);

// The bytes of a picture's file.
struct picture {
    const char *name; // what messages call it
    const void *data;
    size_t size;
    int stored;                // 1: it is not turned as its EXIF says
    size_t limit;              // pixels; 0: IMAGE_DEFAULT_LIMIT
    struct image_reading *how; // or NULL
    int admitted;              // how->admit was asked
    char notice[IMAGE_NOTICE]; // what is doubtful of what was decoded; "" at first
};

// Reads a file, or standard input for "-". The caller frees *data, which the picture lends.
int picture_read(const char *path, struct picture *picture, char **data, swatch_error *error);

struct pictures {
    struct image *image, *alpha; // alpha may be NULL: not asked for
};

// Makes of *image, which it may replace, the pictures `to`. After a failure they hold nothing.
typedef int picture_use(struct picture *picture, VipsImage **image, const struct pictures *to,
                        swatch_error *error);
// Opens the picture, whose pixels can be read once from the top, and calls `use`: again if that
// found damage which may be only at the file's end.
int picture_decode(struct picture *picture, picture_use *use, struct image *image,
                   struct image *alpha, swatch_error *error);

// The last warning of libvips on this thread, its first line.
extern _Thread_local char image_warned[IMAGE_NOTICE];

// Replaces *image by the result of an operation on it; 0 if that worked.
int image_step(VipsImage **image, VipsImage **result, int failed);
// Turns a picture as its EXIF says; what is to be turned is taken into memory. 0 if that worked.
int image_upright(VipsImage **image);
// *alpha becomes the last band, of 8 bits. What is read twice has to be in memory.
int image_take_alpha(VipsImage **image, VipsImage **alpha);
// Whether its last band is alpha.
int picture_has_alpha(const struct picture *picture, VipsImage *image);
int image_is_opaque(const struct image *alpha);
// Converts to sRGB of the same number of bits, by what the file says about its colors. Returns 0,
// also if the file says nothing that works.
int image_by_profile(struct picture *picture, VipsImage **image);

#endif
