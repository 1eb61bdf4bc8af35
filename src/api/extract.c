// swatch_extract and what a result answers.

#include "extract/extract.h"
#include "base/error.h"
#include "extract/cutout.h"
#include "extract/garments.h"
#include "out/result_json.h"
#include "out/save.h"

int swatch_extract(swatch_session *session, const swatch_photo *photo,
                   const swatch_extract_options *options, swatch_result **result,
                   swatch_error *error)
{
    *result = NULL;
    swatch_result *r = NULL;
    int status = extract_photo(session, photo, options, &r, error);
    status = status ? status : result_json(r, error);
    if (status)
        result_free(r);
    else
        *result = r;
    return status;
}

void swatch_result_free(swatch_result *result)
{
    result_free(result);
}

void swatch_result_cutout(const swatch_result *r, swatch_region region, uint8_t *rgba)
{
    cutout_region(r, region, rgba);
}

void swatch_result_garment_cutout(const swatch_result *r, size_t index, uint8_t *rgba)
{
    if (index < r->garment_count)
        cutout_garment(r, index, rgba);
}

size_t swatch_result_width(const swatch_result *r)
{
    return r->photo.width;
}

size_t swatch_result_height(const swatch_result *r)
{
    return r->photo.height;
}

const uint8_t *swatch_result_labels(const swatch_result *r)
{
    return r->labels.pixels;
}

size_t swatch_result_pixels(const swatch_result *r, swatch_region region)
{
    return region < SWATCH_REGIONS ? r->pixels[region] : 0;
}

const swatch_color *swatch_result_colors(const swatch_result *r, swatch_region region,
                                         size_t *count)
{
    *count = region < SWATCH_REGIONS ? r->color_count[region] : 0;
    return region < SWATCH_REGIONS ? r->colors[region] : NULL;
}

const char *swatch_result_reason(const swatch_result *r, swatch_region region)
{
    return region < SWATCH_REGIONS ? r->reasons[region] : NULL;
}

const swatch_skin *swatch_result_skin(const swatch_result *r)
{
    return &r->skin;
}

const swatch_hair *swatch_result_hair(const swatch_result *r)
{
    return &r->hair;
}

const swatch_color *swatch_result_balanced_colors(const swatch_result *r, swatch_region region,
                                                  size_t *count)
{
    const int there = r->balanced && region < SWATCH_REGIONS;
    *count = there ? r->color_count[region] : 0;
    return there ? r->balanced_colors[region] : NULL;
}

const swatch_skin *swatch_result_balanced_skin(const swatch_result *r)
{
    return r->balanced ? &r->balanced_skin : NULL;
}

const swatch_hair *swatch_result_balanced_hair(const swatch_result *r)
{
    return r->balanced ? &r->balanced_hair : NULL;
}

const char *swatch_result_json(const swatch_result *r)
{
    return r->json;
}

swatch_timings swatch_result_timings(const swatch_result *r)
{
    return r->timings;
}

size_t swatch_result_garment_count(const swatch_result *r)
{
    return r->garment_count;
}

const swatch_garment *swatch_result_garment(const swatch_result *r, size_t index)
{
    return index < r->garment_count ? &r->garments[index] : NULL;
}

int swatch_result_save(const swatch_result *result, const char *folder, unsigned how,
                       swatch_error *error)
{
    return result_save(result, folder, how, error);
}
