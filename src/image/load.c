// Decodes photos.

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "image/vips.h"

// To 8-bit sRGB of 3 bands. A profile that does not work is passed over, as viewers do. *alpha, if
// asked for, becomes the alpha band, or stays NULL.
static int to_srgb(struct picture *p, VipsImage **image, VipsImage **alpha)
{
    VipsImage *out = NULL;
    if (image_by_profile(p, image) ||
        image_step(image, &out, vips_colourspace(*image, &out, VIPS_INTERPRETATION_sRGB, NULL)))
        return 1;
    if (vips_image_hasalpha(*image) && !picture_has_alpha(p, *image) &&
        image_step(image, &out,
                   vips_extract_band(*image, &out, 0, "n", vips_image_get_bands(*image) - 1, NULL)))
        return 1;
    if (vips_image_hasalpha(*image)) {
        if (alpha && image_take_alpha(image, alpha))
            return 1;
        VipsArrayDouble *white = vips_array_double_newv(1, 255.0);
        const int failed = vips_flatten(*image, &out, "background", white, NULL);
        vips_area_unref(VIPS_AREA(white));
        if (image_step(image, &out, failed))
            return 1;
    }
    return image_step(image, &out, vips_cast(*image, &out, VIPS_FORMAT_UCHAR, NULL)) ||
           (vips_image_get_bands(*image) == 1 &&
            image_step(image, &out,
                       vips_bandjoin((VipsImage *[]){*image, *image, *image}, &out, 3, NULL)));
}

static int take(struct picture *p, VipsImage **decoded, const struct pictures *to,
                swatch_error *error)
{
    VipsImage *seen = NULL;
    int status = SWATCH_FAILED;
    if ((!p->stored && image_upright(decoded)) || to_srgb(p, decoded, to->alpha ? &seen : NULL)) {
        image_fault(p->name, error);
        goto done;
    }
    if (vips_image_get_bands(*decoded) != 3) {
        error_set(error, SWATCH_FAILED, "%s: its %d bands are no color picture", p->name,
                  vips_image_get_bands(*decoded));
        goto done;
    }
    if (seen && image_take(seen, to->alpha, p->name, error))
        goto done;
    status = image_take(*decoded, to->image, p->name, error);
    if (seen && (status || image_is_opaque(to->alpha)))
        image_free(to->alpha);
done:
    g_clear_object(&seen);
    return status;
}

static int load(struct picture *p, int strict, struct image *image, struct image *alpha,
                swatch_error *error)
{
    const int status = picture_decode(p, take, image, alpha, error);
    if (status || !strict || !*p->notice)
        return status;
    image_free(image);
    if (alpha)
        image_free(alpha);
    return error_set(error, SWATCH_BAD_FILE, "%s: %s", p->name, p->notice);
}

static int load_file(const char *path, struct picture *p, int strict, struct image *image,
                     struct image *alpha, swatch_error *error)
{
    char *data = NULL;
    int status = picture_read(path, p, &data, error);
    status = status ? status : load(p, strict, image, alpha, error);
    free(data);
    return status;
}

int image_load(const char *path, size_t limit, struct image *image, swatch_error *error)
{
    struct picture p = {.limit = limit};
    *image = (struct image){0};
    return load_file(path, &p, 0, image, NULL, error);
}

int image_load_stored(const char *path, size_t limit, struct image *image, swatch_error *error)
{
    struct picture p = {.stored = 1, .limit = limit};
    *image = (struct image){0};
    return load_file(path, &p, 0, image, NULL, error);
}

int image_load_memory(const char *name, const void *data, size_t size, size_t limit,
                      struct image *image, swatch_error *error)
{
    struct picture p = {.name = name, .data = data, .size = size, .limit = limit};
    *image = (struct image){0};
    return load(&p, 0, image, NULL, error);
}

int image_load_photo(const char *path, struct image_reading *how, struct image *image,
                     struct image *alpha, swatch_error *error)
{
    struct picture p = {.limit = how->limit, .how = how};
    *image = *alpha = (struct image){0};
    const int status = load_file(path, &p, how->strict, image, alpha, error);
    memcpy(how->notice, p.notice, sizeof how->notice);
    return status;
}

int image_load_photo_memory(const char *name, const void *data, size_t size,
                            struct image_reading *how, struct image *image, struct image *alpha,
                            swatch_error *error)
{
    struct picture p = {.name = name, .data = data, .size = size, .limit = how->limit, .how = how};
    *image = *alpha = (struct image){0};
    const int status = load(&p, how->strict, image, alpha, error);
    memcpy(how->notice, p.notice, sizeof how->notice);
    return status;
}
