// Decodes pictures. Every file is read into memory and recognized by its content. So names with
// brackets, which libvips takes for options, and wrong endings do no harm, and a failing disk is an
// error, where a mapped file would give SIGBUS. The header is read first, and a picture that is too
// large is refused before a pixel is decoded.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "image/vips.h"

#define INPUT_LIMIT ((size_t)1 << 30) // bytes of a file
#define NO_PICTURE "not a picture in a format that can be read"

// Replaces *image by the result of an operation on it; 0 if that worked.
static int step(VipsImage **image, VipsImage **result, int failed)
{
    if (failed)
        return 1;
    g_object_unref(*image);
    *image = *result;
    return 0;
}

// Whether the bytes begin like a picture of a format that libvips has a trusted loader for (it does
// not trust those for SVG, PDF and whatever else ImageMagick knows).
static int known_format(const void *data, size_t size)
{
    const char *loader = vips_foreign_find_load_buffer(data, size);
    const void *class = loader ? vips_class_find("VipsOperation", loader) : NULL;
    vips_error_clear();
    return class && !(VIPS_OPERATION_CLASS(class)->flags & VIPS_OPERATION_UNTRUSTED);
}

// Opens the header and refuses what is not a picture or too large.
static VipsImage *open_header(const char *name, const void *data, size_t size, size_t limit,
                              swatch_error *error)
{
    if (image_start()) {
        image_fault("libvips", error);
        return NULL;
    }
    if (size == 0) {
        error_set(error, SWATCH_BAD_FILE, "%s: the file is empty", name);
        return NULL;
    }
    if (!known_format(data, size)) {
        error_set(error, SWATCH_BAD_FILE, "%s: " NO_PICTURE, name);
        return NULL;
    }
    VipsImage *image = vips_image_new_from_buffer(data, size, "", "access", VIPS_ACCESS_SEQUENTIAL,
                                                  "fail_on", VIPS_FAIL_ON_ERROR, NULL);
    if (!image) {
        image_fault(name, error);
        return NULL;
    }
    const size_t width = (size_t)vips_image_get_width(image);
    const size_t height = (size_t)vips_image_get_height(image);
    if (limit == 0)
        limit = IMAGE_DEFAULT_LIMIT;
    if (width > limit / height) {
        error_set(error, SWATCH_TOO_LARGE, "%s: %zu x %zu pixels are more than the limit of %zu",
                  name, width, height, limit);
        g_object_unref(image);
        return NULL;
    }
    return image;
}

// Upright; only the header decides, but turning needs the whole picture in memory.
static int upright(VipsImage **image)
{
    VipsImage *out = NULL;
    if (vips_image_get_orientation(*image) < 2)
        return 0;
    out = vips_image_copy_memory(*image);
    return step(image, &out, !out) || step(image, &out, vips_autorot(*image, &out, NULL));
}

// Converts by the embedded profile, if there is one and it works, to sRGB of as many bits. The
// intent is perceptual: every profile of tables has it, and for other profiles all intents are the
// same. For an intent that the profile lacks, libvips would silently use a profile of its own.
// Black point compensation makes ink's black the screen's black in every version of libvips.
static void by_profile(VipsImage **image)
{
    const int depth = vips_image_get_format(*image) == VIPS_FORMAT_USHORT ? 16 : 8;
    VipsImage *out = NULL;
    if (vips_image_get_typeof(*image, VIPS_META_ICC_NAME))
        step(image, &out,
             vips_icc_transform(*image, &out, "srgb", "embedded", TRUE, "intent",
                                VIPS_INTENT_PERCEPTUAL, "black_point_compensation", TRUE, "depth",
                                depth, NULL));
    vips_error_clear();
}

// *alpha becomes the alpha band of an image that has one. What is read twice has to be in memory.
static int take_alpha(VipsImage **image, VipsImage **alpha)
{
    VipsImage *out = vips_image_copy_memory(*image);
    return step(image, &out, !out) ||
           vips_extract_band(*image, alpha, vips_image_get_bands(*image) - 1, NULL) ||
           step(alpha, &out, vips_cast(*alpha, &out, VIPS_FORMAT_UCHAR, NULL));
}

// To 8-bit sRGB of 3 bands. A profile that does not work is passed over, as viewers do. *alpha, if
// asked for, becomes the alpha band, or stays NULL.
static int to_srgb(VipsImage **image, VipsImage **alpha)
{
    VipsImage *out = NULL;
    by_profile(image);
    if (step(image, &out, vips_colourspace(*image, &out, VIPS_INTERPRETATION_sRGB, NULL)))
        return 1;
    if (vips_image_hasalpha(*image)) {
        if (alpha && take_alpha(image, alpha))
            return 1;
        VipsArrayDouble *white = vips_array_double_newv(1, 255.0);
        const int failed = vips_flatten(*image, &out, "background", white, NULL);
        vips_area_unref(VIPS_AREA(white));
        if (step(image, &out, failed))
            return 1;
    }
    return step(image, &out, vips_cast(*image, &out, VIPS_FORMAT_UCHAR, NULL)) ||
           (vips_image_get_bands(*image) == 1 &&
            step(image, &out,
                 vips_bandjoin((VipsImage *[]){*image, *image, *image}, &out, 3, NULL)));
}

static int is_opaque(const struct image *alpha)
{
    for (size_t i = 0; i < alpha->width * alpha->height; i++)
        if (alpha->pixels[i] != 255)
            return 0;
    return 1;
}

// alpha may be NULL: not asked for.
static int load(const char *name, const void *data, size_t size, size_t limit, struct image *image,
                struct image *alpha, swatch_error *error)
{
    int status = SWATCH_FAILED;
    VipsImage *decoded = open_header(name, data, size, limit, error), *seen = NULL;
    if (!decoded)
        return SWATCH_FAILED;
    if (upright(&decoded) || to_srgb(&decoded, alpha ? &seen : NULL)) {
        image_fault(name, error);
        goto done;
    }
    if (vips_image_get_bands(decoded) != 3) {
        error_set(error, SWATCH_FAILED, "%s: its %d bands are no color picture", name,
                  vips_image_get_bands(decoded));
        goto done;
    }
    if (seen && image_take(seen, alpha, name, error))
        goto done;
    status = image_take(decoded, image, name, error);
    if (seen && (status || is_opaque(alpha)))
        image_free(alpha);
done:
    if (seen)
        g_object_unref(seen);
    g_object_unref(decoded);
    return status;
}

int image_load_memory(const char *name, const void *data, size_t size, size_t limit,
                      struct image *image, swatch_error *error)
{
    *image = (struct image){0};
    return load(name, data, size, limit, image, NULL, error);
}

int image_load_alpha_memory(const char *name, const void *data, size_t size, size_t limit,
                            struct image *image, struct image *alpha, swatch_error *error)
{
    *image = *alpha = (struct image){0};
    return load(name, data, size, limit, image, alpha, error);
}

// Looks at a file's first bytes, which tell its format, so that a folder's films are not read whole
// only to be refused. Where that fails, file_read will report the fault.
static int begins_like_picture(const char *path)
{
    unsigned char head[4096];
    struct stat info;
    if (strcmp(path, "-") == 0 || stat(path, &info) || !S_ISREG(info.st_mode) || image_start())
        return 1;
    FILE *file = fopen(path, "rbe");
    if (!file)
        return 1;
    const size_t got = fread(head, 1, sizeof head, file);
    fclose(file);
    return got == 0 || known_format(head, got);
}

// Reads a file, or standard input, for one of the decoders below; `name` is what messages call it.
static int read_picture(const char *path, const char **name, char **data, size_t *size,
                        swatch_error *error)
{
    *name = strcmp(path, "-") == 0 ? "standard input" : path;
    if (!begins_like_picture(path))
        return error_set(error, SWATCH_BAD_FILE, "%s: " NO_PICTURE, path);
    return file_read(path, INPUT_LIMIT, data, size, error);
}

static int load_file(const char *path, size_t limit, struct image *image, struct image *alpha,
                     swatch_error *error)
{
    const char *name;
    char *data;
    size_t size;
    if (read_picture(path, &name, &data, &size, error))
        return SWATCH_FAILED;
    const int status = load(name, data, size, limit, image, alpha, error);
    free(data);
    return status;
}

int image_load(const char *path, size_t limit, struct image *image, swatch_error *error)
{
    *image = (struct image){0};
    return load_file(path, limit, image, NULL, error);
}

int image_load_alpha(const char *path, size_t limit, struct image *image, struct image *alpha,
                     swatch_error *error)
{
    *image = *alpha = (struct image){0};
    return load_file(path, limit, image, alpha, error);
}

int image_load_mask(const char *path, size_t limit, struct image *image, swatch_error *error)
{
    const char *name;
    char *data;
    size_t size;
    VipsImage *decoded = NULL, *out = NULL, *seen = NULL;
    int status = SWATCH_FAILED;
    *image = (struct image){0};
    if (read_picture(path, &name, &data, &size, error))
        return SWATCH_FAILED;
    decoded = open_header(name, data, size, limit, error);
    if (!decoded)
        goto done;
    if (upright(&decoded) ||
        step(&decoded, &out, vips_colourspace(decoded, &out, VIPS_INTERPRETATION_B_W, NULL)) ||
        (vips_image_hasalpha(decoded) && take_alpha(&decoded, &seen))) {
        image_fault(name, error);
        goto done;
    }
    if (seen) {
        if (image_take(seen, image, name, error))
            goto done;
        if (!is_opaque(image)) {
            status = SWATCH_OK;
            goto done;
        }
        image_free(image);
    }
    if (step(&decoded, &out, vips_extract_band(decoded, &out, 0, NULL)) ||
        step(&decoded, &out, vips_cast(decoded, &out, VIPS_FORMAT_UCHAR, NULL))) {
        image_fault(name, error);
        goto done;
    }
    status = image_take(decoded, image, name, error);
done:
    if (decoded)
        g_object_unref(decoded);
    if (seen)
        g_object_unref(seen);
    free(data);
    return status;
}
