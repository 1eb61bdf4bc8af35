// PNGs of indices. libvips makes palettes by quantizing colors, which shuffles the indices; labels
// must come back as they went, so these two go to libpng directly.

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "image/image.h"

struct bytes {
    unsigned char *data;
    size_t size, room;
    size_t at; // reading
};

// libpng reports through these: the message is kept, and longjmp leaves the library.
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

static int encode(const struct image *image, const uint8_t *palette, size_t colors,
                  struct bytes *out, struct fault *fault)
{
    png_color entries[256];
    png_infop info = NULL;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, fault, on_error, on_warning);
    if (!png)
        return 1;
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return 1;
    }
    info = png_create_info_struct(png);
    if (!info)
        png_error(png, "out of memory");
    for (size_t i = 0; i < colors; i++)
        entries[i] = (png_color){palette[3 * i], palette[3 * i + 1], palette[3 * i + 2]};
    png_set_write_fn(png, out, on_write, on_flush);
    png_set_compression_level(png, 3);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
    png_set_IHDR(png, info, (png_uint_32)image->width, (png_uint_32)image->height, 8,
                 PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_PLTE(png, info, entries, (int)colors);
    png_write_info(png, info);
    for (size_t y = 0; y < image->height; y++)
        png_write_row(png, image->pixels + y * image->width);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return 0;
}

int image_save_palette(const struct image *image, const uint8_t *palette, size_t colors,
                       const char *path, swatch_error *error)
{
    struct bytes out = {0};
    struct fault fault = {"out of memory"};
    int status = SWATCH_FAILED;
    if (image->bands != 1 || colors == 0 || colors > 256)
        return error_set(error, SWATCH_FAILED, "%s: %zu colors for %zu bands make no palette", path,
                         colors, image->bands);
    for (size_t i = 0; i < image->width * image->height; i++)
        if (image->pixels[i] >= colors)
            return error_set(error, SWATCH_FAILED, "%s: index %d in a palette of %zu colors", path,
                             image->pixels[i], colors);
    if (encode(image, palette, colors, &out, &fault))
        error_set(error, SWATCH_FAILED, "%s: %s", path, fault.text);
    else
        status = file_write(path, out.data, out.size, error);
    free(out.data);
    return status;
}

static int decode(struct bytes *in, size_t limit, struct image *image, struct fault *fault)
{
    png_infop info = NULL;
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, fault, on_error, on_warning);
    if (!png)
        return 1;
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &info, NULL);
        return 1;
    }
    info = png_create_info_struct(png);
    if (!info)
        png_error(png, "out of memory");
    png_set_read_fn(png, in, on_read);
    png_read_info(png, info);
    const size_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    const int type = png_get_color_type(png, info);
    if (type != PNG_COLOR_TYPE_PALETTE && type != PNG_COLOR_TYPE_GRAY)
        png_error(png, "not a palette or greyscale PNG");
    if (png_get_bit_depth(png, info) > 8)
        png_error(png, "more than 8 bits a pixel");
    if (png_get_interlace_type(png, info) != PNG_INTERLACE_NONE)
        png_error(png, "interlaced");
    if (width > limit / height)
        png_error(png, "more pixels than the limit");
    png_set_packing(png);
    if (image_new(image, width, height, 1, NULL))
        png_error(png, "out of memory");
    for (size_t y = 0; y < height; y++)
        png_read_row(png, image->pixels + y * width, NULL);
    png_destroy_read_struct(&png, &info, NULL);
    return 0;
}

int image_load_index(const char *path, size_t limit, struct image *image, swatch_error *error)
{
    struct file_map map;
    struct fault fault = {"out of memory"};
    *image = (struct image){0};
    if (file_map_open(path, &map, error))
        return SWATCH_FAILED;
    struct bytes in = {.data = (unsigned char *)map.data, .size = map.size};
    const int failed = decode(&in, limit ? limit : IMAGE_DEFAULT_LIMIT, image, &fault);
    file_map_close(&map);
    if (!failed)
        return SWATCH_OK;
    image_free(image);
    return error_set(error, SWATCH_FAILED, "%s: %s", path, fault.text);
}
