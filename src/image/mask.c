// Decodes masks, and decides what their inside is: people keep them as alpha, in grey, as numbers
// of labels, or in a color for each label.

#include <stdlib.h>
#include <string.h>

#include "image/vips.h"

#define COLORED 32 // from this difference of red, green and blue on a mask is one of colors
#define INSIDE 128 // as swatch.h says of masks

static int is_colored(const struct image *rgb)
{
    for (const uint8_t *p = rgb->pixels; p < rgb->pixels + 3 * rgb->width * rgb->height; p += 3) {
        const int low = p[0] < p[1] ? p[0] : p[1], high = p[0] < p[1] ? p[1] : p[0];
        if ((high > p[2] ? high : p[2]) - (low < p[2] ? low : p[2]) >= COLORED)
            return 1;
    }
    return 0;
}

// If the mask is one of colors: what is not black becomes its inside. Masks in grey, which JPEG
// may have tinted a little, are left alone.
static int from_colors(VipsImage *decoded, struct image *mask, const char *name,
                       swatch_error *error)
{
    VipsImage *srgb = NULL, *out = NULL;
    struct image rgb = {0};
    int status = SWATCH_OK;
    if (vips_colourspace(decoded, &srgb, VIPS_INTERPRETATION_sRGB, NULL))
        return image_fault(name, error);
    if (vips_image_get_bands(srgb) == 4 && // opaque
        image_step(&srgb, &out, vips_extract_band(srgb, &out, 0, "n", 3, NULL))) {
        g_object_unref(srgb);
        return image_fault(name, error);
    }
    if (vips_image_get_bands(srgb) == 3 && !(status = image_take(srgb, &rgb, name, error)) &&
        is_colored(&rgb))
        for (size_t i = 0; i < rgb.width * rgb.height; i++) {
            const uint8_t *p = rgb.pixels + 3 * i;
            mask->pixels[i] = p[0] >= COLORED || p[1] >= COLORED || p[2] >= COLORED ? 255 : 0;
        }
    image_free(&rgb);
    g_object_unref(srgb);
    return status;
}

// A mask of 0 and one other value that is too dark for an inside ("1: a person") becomes 0 and 255.
static void from_two_values(struct image *mask)
{
    uint8_t value = 0;
    const size_t count = mask->width * mask->height;
    for (size_t i = 0; i < count; i++) {
        if (mask->pixels[i] && value && mask->pixels[i] != value)
            return;
        value = mask->pixels[i] ? mask->pixels[i] : value;
    }
    for (size_t i = 0; i < count && value < INSIDE; i++)
        mask->pixels[i] = mask->pixels[i] ? 255 : 0;
}

// 16-bit masks are often 8-bit ones in larger numbers: 0 and 1, or 0 to 255.
static int narrow(VipsImage **image)
{
    double most;
    VipsImage *out = NULL;
    if (vips_image_get_format(*image) != VIPS_FORMAT_USHORT || vips_image_get_bands(*image) != 1)
        return 0;
    if (vips_max(*image, &most, NULL))
        return 1;
    return most < 256 &&
           (image_step(image, &out, vips_cast(*image, &out, VIPS_FORMAT_UCHAR, NULL)) ||
            image_step(image, &out,
                       vips_copy(*image, &out, "interpretation", VIPS_INTERPRETATION_B_W, NULL)));
}

static int take(struct picture *p, VipsImage **image, const struct pictures *to,
                swatch_error *error)
{
    struct image *mask = to->image;
    VipsImage *seen = NULL, *grey = NULL, *out = NULL;
    int status = SWATCH_FAILED;
    // What is read more than once has to be in memory.
    if (image_upright(image) || !(out = vips_image_copy_memory(*image)) ||
        image_step(image, &out, 0) || narrow(image) ||
        vips_colourspace(*image, &grey, VIPS_INTERPRETATION_B_W, NULL) ||
        (picture_has_alpha(p, grey) && image_take_alpha(&grey, &seen))) {
        image_fault(p->name, error);
        goto done;
    }
    if (seen) {
        if (image_take(seen, mask, p->name, error))
            goto done;
        if (!image_is_opaque(mask)) {
            status = SWATCH_OK;
            goto done;
        }
        image_free(mask);
    }
    if (image_step(&grey, &out, vips_extract_band(grey, &out, 0, NULL)) ||
        image_step(&grey, &out, vips_cast(grey, &out, VIPS_FORMAT_UCHAR, NULL))) {
        image_fault(p->name, error);
        goto done;
    }
    if (image_take(grey, mask, p->name, error) || from_colors(*image, mask, p->name, error))
        goto done;
    from_two_values(mask);
    status = SWATCH_OK;
done:
    g_clear_object(&grey);
    g_clear_object(&seen);
    if (status)
        image_free(mask);
    return status;
}

int image_load_mask(const char *path, struct image_reading *how, struct image *image,
                    swatch_error *error)
{
    struct picture p = {.limit = how ? how->limit : 0, .how = how};
    char *data = NULL;
    *image = (struct image){0};
    int status = picture_read(path, &p, &data, error);
    status = status ? status : picture_decode(&p, take, image, NULL, error);
    free(data);
    return status;
}
