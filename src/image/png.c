// Reads and writes PNG by libpng. libvips makes palettes by quantizing colors, which changes the
// indices, but labels must come back as they were. Pictures are encoded in memory and then written
// whole. Filters and speed: docs/decisions.md, "PNG".

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "base/file.h"
#include "image/image.h"

#define INPUT_LIMIT ((size_t)1 << 30) // bytes of a file of indices

// What libpng writes to, or reads from.
struct bytes {
    unsigned char *data;
    size_t size, room;
    size_t at; // reading
};

// Keeps libpng's message while longjmp leaves the library.
struct fault {
    char text[160];
};

static void on_error(png_structp png, png_const_charp message)
{
    struct fault *fault = png_get_error_ptr(png);
    snprintf(fault->text, sizeof fault->text, "%s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png, (void)message;
}

static void on_write(png_structp png, png_bytep data, size_t size)
{
    struct bytes *out = png_get_io_ptr(png);
    if (size > out->room - out->size) {
        const size_t room = 2 * out->room + size;
        unsigned char *larger = realloc(out->data, room);
        if (!larger)
            png_error(png, "out of memory");
        out->data = larger;
        out->room = room;
    }
    memcpy(out->data + out->size, data, size);
    out->size += size;
}

static void on_flush(png_structp png)
{
    (void)png;
}

static void on_read(png_structp png, png_bytep data, size_t size)
{
    struct bytes *in = png_get_io_ptr(png);
    if (size > in->size - in->at)
        png_error(png, "the file is truncated");
    memcpy(data, in->data + in->at, size);
    in->at += size;
}

// With a palette, the picture's one band holds indices; without, its bands tell the type.
static int encode(const struct image *image, const uint8_t *palette, size_t colors, int compression,
                  struct bytes *out, struct fault *fault)
{
    png_color entries[256];
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, fault, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info || setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return 1;
    }
    const int type = palette             ? PNG_COLOR_TYPE_PALETTE
                     : image->bands == 1 ? PNG_COLOR_TYPE_GRAY
                     : image->bands == 3 ? PNG_COLOR_TYPE_RGB
                                         : PNG_COLOR_TYPE_RGB_ALPHA;
    png_set_write_fn(png, out, on_write, on_flush);
    png_set_compression_level(png, compression);
    // Choosing a filter for each row, and looking for what came before, pay only where time does
    // not count.
    if (!palette && compression < 4)
        png_set_compression_strategy(png, Z_RLE);
    png_set_filter(png, PNG_FILTER_TYPE_BASE,
                   palette           ? PNG_FILTER_NONE
                   : compression < 4 ? PNG_FILTER_UP
                                     : PNG_ALL_FILTERS);
    png_set_IHDR(png, info, (png_uint_32)image->width, (png_uint_32)image->height, 8, type,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    for (size_t i = 0; palette && i < colors; i++)
        entries[i] = (png_color){palette[3 * i], palette[3 * i + 1], palette[3 * i + 2]};
    if (palette)
        png_set_PLTE(png, info, entries, (int)colors);
    else if (image->bands >= 3)
        png_set_sRGB(png, info, PNG_sRGB_INTENT_RELATIVE);
    png_write_info(png, info);
    for (size_t y = 0; y < image->height; y++)
        png_write_row(png, image->pixels + y * image->width * image->bands);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return 0;
}

static int encode_bytes(const struct image *image, const uint8_t *palette, size_t colors,
                        int compression, void **data, size_t *size, swatch_error *error)
{
    struct bytes out = {0};
    struct fault fault = {"out of memory"};
    if (encode(image, palette, colors, compression, &out, &fault)) {
        free(out.data);
        return error_set(error, SWATCH_FAILED, "PNG: %s", fault.text);
    }
    *data = out.data;
    *size = out.size;
    return SWATCH_OK;
}

int image_encode_png(const struct image *image, int compression, void **data, size_t *size,
                     swatch_error *error)
{
    if ((image->bands != 1 && image->bands != 3 && image->bands != 4) || compression < 0 ||
        compression > 9)
        return error_set(error, SWATCH_USAGE, "no PNG of %zu bands at compression %d", image->bands,
                         compression);
    return encode_bytes(image, NULL, 0, compression, data, size, error);
}

int image_encode_palette(const struct image *image, const uint8_t *palette, size_t colors,
                         void **data, size_t *size, swatch_error *error)
{
    if (image->bands != 1 || colors == 0 || colors > 256)
        return error_set(error, SWATCH_USAGE, "%zu colors for %zu bands make no palette", colors,
                         image->bands);
    for (size_t i = 0; i < image->width * image->height; i++)
        if (image->pixels[i] >= colors)
            return error_set(error, SWATCH_USAGE, "index %d in a palette of %zu colors",
                             image->pixels[i], colors);
    return encode_bytes(image, palette, colors, 3, data, size, error);
}

// Writes what an encoder made; its message is about a picture without a name.
static int save(int failed, const swatch_error *wrong, void *data, size_t size, const char *path,
                swatch_error *error)
{
    const int status = failed ? error_set(error, wrong->status, "%s: %s", path, wrong->message)
                              : file_write_quick(path, data, size, error);
    free(data);
    return status;
}

int image_save_png(const struct image *image, const char *path, int compression,
                   swatch_error *error)
{
    swatch_error wrong;
    void *data = NULL;
    size_t size = 0;
    const int failed = image_encode_png(image, compression, &data, &size, &wrong);
    return save(failed, &wrong, data, size, path, error);
}

int image_save_palette(const struct image *image, const uint8_t *palette, size_t colors,
                       const char *path, swatch_error *error)
{
    swatch_error wrong;
    void *data = NULL;
    size_t size = 0;
    const int failed = image_encode_palette(image, palette, colors, &data, &size, &wrong);
    return save(failed, &wrong, data, size, path, error);
}

static int decode(struct bytes *in, size_t limit, struct image *image, struct fault *fault)
{
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, fault, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info || setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &info, NULL);
        return 1;
    }
    png_set_read_fn(png, in, on_read);
    png_read_info(png, info);
    const size_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    const int type = png_get_color_type(png, info);
    if (type != PNG_COLOR_TYPE_PALETTE && type != PNG_COLOR_TYPE_GRAY)
        png_error(png, "a palette or greyscale PNG is wanted here");
    if (png_get_bit_depth(png, info) > 8)
        png_error(png, "more than 8 bits a pixel");
    if (width > limit / height)
        png_error(png, "more pixels than the limit");
    png_set_packing(png);
    const int passes = png_set_interlace_handling(png);
    if (image_new(image, width, height, 1, NULL))
        png_error(png, "out of memory");
    for (int pass = 0; pass < passes; pass++)
        for (size_t y = 0; y < height; y++)
            png_read_row(png, image->pixels + y * width, NULL);
    png_read_end(png, NULL);
    png_destroy_read_struct(&png, &info, NULL);
    return 0;
}

int image_load_index(const char *path, size_t limit, struct image *image, swatch_error *error)
{
    struct bytes in = {0};
    struct fault fault = {"out of memory"};
    *image = (struct image){0};
    if (file_read(path, INPUT_LIMIT, (char **)&in.data, &in.size, error))
        return SWATCH_FAILED;
    const int failed = in.size < 8 || png_sig_cmp(in.data, 0, 8)
                           ? !!snprintf(fault.text, sizeof fault.text, "not a PNG")
                           : decode(&in, limit ? limit : IMAGE_DEFAULT_LIMIT, image, &fault);
    free(in.data);
    if (!failed)
        return SWATCH_OK;
    image_free(image);
    return error_set(error, SWATCH_FAILED, "%s: %s", path, fault.text);
}
