// Pictures in memory, and their way in and out. The only user of libvips.
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

// 8-bit samples, rows from the top, no padding between rows. bands: 1 grey or index, 3 sRGB,
// 4 sRGB with straight alpha. Owns its pixels.
struct image {
    size_t width, height, bands;
    uint8_t *pixels; // (height, width, bands)
};

// A part of a picture, in pixels.
struct rect {
    size_t left, top, width, height;
};

#define IMAGE_DEFAULT_LIMIT ((size_t)178956970)

// Takes uninitialized memory for a picture; refuses sizes of 0 and products that overflow.
int image_new(struct image *image, size_t width, size_t height, size_t bands, swatch_error *error);
// Frees the pixels and zeroes the struct; a zeroed struct is fine.
void image_free(struct image *image);

// Decodes a file ("-" is standard input) to upright 8-bit sRGB with 3 bands: EXIF orientation
// applied, ICC profile converted, 16-bit, greyscale and CMYK converted, alpha flattened on white.
// Formats: whatever the installed libvips reads (JPEG, PNG, WebP, TIFF, HEIC, AVIF, ...), found by
// content. More than `limit` pixels (0: IMAGE_DEFAULT_LIMIT), or than half of memory_share()
// holds, are refused from the header, before decoding. A truncated or damaged file is an error. The
// caller frees `image`.
int image_load(const char *path, size_t limit, struct image *image, swatch_error *error);
// The same without turning the picture as its EXIF says.
int image_load_stored(const char *path, size_t limit, struct image *image, swatch_error *error);
// image_load from memory; `name` is what messages call it.
int image_load_memory(const char *name, const void *data, size_t size, size_t limit,
                      struct image *image, swatch_error *error);
#define IMAGE_NOTICE 200 // bytes of a notice with its final NUL

struct image_reading {
    size_t limit;  // pixels; 0: IMAGE_DEFAULT_LIMIT
    size_t memory; // bytes that the way to its colors may take; 0: half of memory_share()
    // Called between header and decoding with the bytes that this will take; NULL: nobody. Returns
    // 0, or another number for SWATCH_CANCELLED.
    int (*admit)(void *user, size_t bytes);
    void *user;
    int strict;                // 1: what would be a notice is an error
    char notice[IMAGE_NOTICE]; // out: what is doubtful of the picture, one line; "": nothing
};

// The same two, which also give the picture's alpha (H, W, 1), or no pixels when all is opaque, and
// a notice. The caller frees both pictures.
int image_load_photo(const char *path, struct image_reading *how, struct image *image,
                     struct image *alpha, swatch_error *error);
int image_load_photo_memory(const char *name, const void *data, size_t size,
                            struct image_reading *how, struct image *image, struct image *alpha,
                            swatch_error *error);
// Decodes a mask to one 8-bit band, 0-255. Only the limits in `how` (NULL: all defaults) are used.
// The mask is
// - its alpha if anything in it is transparent, as in a cut-out;
// - of a mask in colors (somewhere red, green and blue lie 32 or more apart) 255 for what is not
//   black (one of them is 32 or more);
// - of a mask of 0 and one other value below 128 ("1: a person") 255 for that;
// - else its luminance. 16 bits of which no value is above 255 are read as 8.
int image_load_mask(const char *path, struct image_reading *how, struct image *image,
                    swatch_error *error);
// Whether a file's content begins like a picture that image_load reads. Does not read it whole.
// Also 1 if that cannot be told yet; opening the file will tell. If 0, `error` says what it is.
int image_is_picture(const char *path, swatch_error *error);
// Decodes a palette or greyscale PNG of at most 8 bits and `limit` pixels to its raw indices,
// without applying the palette. Indices may lie beyond the palette.
int image_load_index(const char *path, size_t limit, struct image *image, swatch_error *error);

// Encodes a PNG of 1, 3 or 4 bands in memory. The caller frees *data.
int image_encode_png(const struct image *image, int compression, void **data, size_t *size,
                     swatch_error *error);
// The same for a 1-band picture as an 8-bit palette PNG, see image_save_palette.
int image_encode_palette(const struct image *image, const uint8_t *palette, size_t colors,
                         void **data, size_t *size, swatch_error *error);
// Encodes 1, 3 or 4 bands as WebP. quality: 1-99, libwebp's scale, where alpha is kept as it is;
// 100: lossless. A side above 16383 is SWATCH_USAGE: WebP has no more. The caller frees *data.
int image_encode_webp(const struct image *image, int quality, void **data, size_t *size,
                      swatch_error *error);
// Encodes 1, 3 or 4 bands as AVIF. quality: 1-100, libheif's scale. SWATCH_USAGE where the
// installed libvips cannot. The caller frees *data.
int image_encode_avif(const struct image *image, int quality, void **data, size_t *size,
                      swatch_error *error);
// Encodes 1 or 3 bands as baseline JPEG. quality: 1-100, libjpeg's scale. The caller frees *data.
int image_encode_jpeg(const struct image *image, int quality, void **data, size_t *size,
                      swatch_error *error);

// Writes a PNG of 1, 3 or 4 bands, whole or not at all (file_write_quick). compression: zlib level
// 0-9. Below 4 it is quick and looks for runs alone; 6 takes several times as long for fewer bytes
// (docs/decisions.md, "PNG").
int image_save_png(const struct image *image, const char *path, int compression,
                   swatch_error *error);
// Writes a 1-band picture as an 8-bit palette PNG whose index i shows palette[3*i .. 3*i+2].
// Every pixel must be below `colors` (at most 256).
int image_save_palette(const struct image *image, const uint8_t *palette, size_t colors,
                       const char *path, swatch_error *error);

// Resizes to width x height, a new picture: cubic (Catmull-Rom) interpolation, its kernel widened
// over the area that a pixel covers when shrinking, after whole-number means where it shrinks more
// than twice that. With 4 bands alpha weighs the colors.
int image_resize(const struct image *image, size_t width, size_t height, struct image *resized,
                 swatch_error *error);

// Renders one line of text (UTF-8; what is not shows as U+FFFD, control characters as blanks) in
// DejaVu Sans to a 1-band coverage mask of `size` pixels height, baselines always at the same one.
// bold: 0 or 1.
int image_text(const char *text, size_t size, int bold, struct image *mask, swatch_error *error);

#endif
