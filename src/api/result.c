// swatch_result: what can be read from a result, its pieces encoded and saved.

#include "extract/result.h"

#include <math.h>
#include <string.h>

#include "api/api.h"
#include "base/threads.h"
#include "color/skin.h"
#include "extract/cutout.h"
#include "out/card.h"
#include "out/palette_groups.h"
#include "out/piece.h"
#include "out/save.h"

void swatch_result_free(swatch_result *result)
{
    result_free(result);
}

void swatch_result_cutout(const swatch_result *r, swatch_region region, uint8_t *rgba)
{
    const struct rect all = {0, 0, r->photo.width, r->photo.height};
    const unsigned before = threads_set(threads_allowed());
    if ((unsigned)region >= SWATCH_REGIONS)
        memset(rgba, 0, 4 * all.width * all.height);
    else if (cutout_region(r, region, all, SWATCH_EDGES_SOFT, rgba, NULL))
        cutout_region(r, region, all, SWATCH_EDGES_HARD, rgba, NULL);
    threads_restore(before);
}

void swatch_result_garment_cutout(const swatch_result *r, size_t index, uint8_t *rgba)
{
    if (index >= r->garment_count)
        return;
    const struct rect box = cutout_garment_box(r, index);
    const unsigned before = threads_set(threads_allowed());
    if (cutout_garment(r, index, box, SWATCH_EDGES_SOFT, rgba, NULL))
        cutout_garment(r, index, box, SWATCH_EDGES_HARD, rgba, NULL);
    threads_restore(before);
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

const uint8_t *swatch_result_map(const swatch_result *r)
{
    return r->map.pixels;
}

size_t swatch_result_pixels(const swatch_result *r, swatch_region region)
{
    return (unsigned)region < SWATCH_REGIONS ? r->pixels[region] : 0;
}

const swatch_color *swatch_result_colors(const swatch_result *r, swatch_region region,
                                         size_t *count)
{
    const int there = (unsigned)region < SWATCH_REGIONS;
    *count = there ? r->color_count[region] : 0;
    return there ? r->colors[region] : NULL;
}

double swatch_result_confidence(const swatch_result *r, swatch_region region)
{
    return (unsigned)region < SWATCH_REGIONS ? r->confidence[region] : (double)NAN;
}

const char *swatch_result_reason(const swatch_result *r, swatch_region region)
{
    return (unsigned)region < SWATCH_REGIONS ? r->reasons[region] : NULL;
}

const swatch_skin *swatch_result_skin(const swatch_result *r)
{
    return &r->skin;
}

const char *swatch_skin_undertone(const swatch_skin *skin)
{
    const uint8_t *rgb = skin->color.rgb;
    return skin->reason ? NULL : skin_undertone((struct rgb){rgb[0], rgb[1], rgb[2]});
}

const swatch_hair *swatch_result_hair(const swatch_result *r)
{
    return &r->hair;
}

const swatch_color *swatch_result_balanced_colors(const swatch_result *r, swatch_region region,
                                                  size_t *count)
{
    const int there = r->balanced && (unsigned)region < SWATCH_REGIONS;
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

size_t swatch_result_garment_count(const swatch_result *r)
{
    return r->garment_count;
}

const swatch_garment *swatch_result_garment(const swatch_result *r, size_t index)
{
    return index < r->garment_count ? &r->garments[index] : NULL;
}

const char *swatch_result_pattern(const swatch_result *r, size_t index, double *confidence)
{
    static const struct pattern none;
    const struct pattern *p = index == SWATCH_ALL_CLOTHES ? &r->pattern
                              : index < r->garment_count  ? &r->patterns[index]
                                                          : &none;
    if (confidence)
        *confidence = p->confidence;
    return p->name;
}

const char *swatch_result_json(const swatch_result *r)
{
    return r->json;
}

const swatch_timings *swatch_result_timings(const swatch_result *r)
{
    return &r->timings;
}

const char *swatch_piece_name(swatch_piece piece)
{
    return piece_name(piece);
}

const char *swatch_card_name(swatch_card card)
{
    return card_name(card);
}

const char *swatch_picture_extension(swatch_picture_format format)
{
    return piece_extension(format);
}

// Encodes a piece, or where `garment` is not NULL the garment of that index.
static int encode(const swatch_result *result, swatch_piece piece, const size_t *garment,
                  const swatch_save_options *options, void **data, size_t *bytes,
                  swatch_error *error)
{
    swatch_save_options o;
    int status = API_OPTIONS(o, options, error);
    const char *wrong = status ? NULL : piece_wrong(&o);
    if (status || wrong)
        return status ? status : error_set(error, SWATCH_USAGE, "%s: %s", result->name, wrong);
    const unsigned before = threads_set(api_threads(o.threads));
    status = garment ? piece_encode_garment(result, *garment, &o, data, bytes, error)
                     : piece_encode(result, piece, 0, &o, data, bytes, error);
    threads_restore(before);
    return status;
}

int swatch_result_encode_with(const swatch_result *result, swatch_piece piece,
                              const swatch_save_options *options, void **data, size_t *bytes,
                              swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(data, error);
    API_NEEDS(bytes, error);
    *data = NULL;
    *bytes = 0;
    API_NEEDS(result, error);
    return api_end(encode(result, piece, NULL, options, data, bytes, &own), &own, error);
}

int swatch_result_garment_encode_with(const swatch_result *result, size_t index,
                                      const swatch_save_options *options, void **data,
                                      size_t *bytes, swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(data, error);
    API_NEEDS(bytes, error);
    *data = NULL;
    *bytes = 0;
    API_NEEDS(result, error);
    const int status =
        index >= result->garment_count
            ? error_set(&own, SWATCH_USAGE, "%s: there is no garment %zu", result->name, index)
            : encode(result, SWATCH_PIECE_GARMENTS, &index, options, data, bytes, &own);
    return api_end(status, &own, error);
}

int swatch_result_encode(const swatch_result *result, swatch_piece piece,
                         swatch_picture_format format, void **data, size_t *bytes,
                         swatch_error *error)
{
    swatch_save_options options = SWATCH_SAVE_OPTIONS_INIT;
    if (result && data && bytes && piece == SWATCH_PIECE_LABELS && format != SWATCH_PNG) {
        *data = NULL;
        *bytes = 0;
        return error_set(error, SWATCH_USAGE, "%s: labels are written as PNG alone", result->name);
    }
    options.format = format;
    options.quality = format == SWATCH_WEBP ? 100 : 0;
    return swatch_result_encode_with(result, piece, &options, data, bytes, error);
}

int swatch_result_save_with(const swatch_result *result, const char *folder, unsigned how,
                            const swatch_save_options *options, swatch_error *error)
{
    swatch_save_options o;
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(result, error);
    API_NEEDS(folder, error);
    int status = API_OPTIONS(o, options, &own);
    const unsigned before = threads_set(api_threads(o.threads));
    status = status ? status : result_save(result, folder, how, &o, &own);
    threads_restore(before);
    return api_end(status, &own, error);
}

int swatch_result_garment_encode(const swatch_result *result, size_t index, void **data,
                                 size_t *bytes, swatch_error *error)
{
    return swatch_result_garment_encode_with(result, index, NULL, data, bytes, error);
}

int swatch_result_palette(const swatch_result *result, swatch_palette_format format, void **data,
                          size_t *bytes, swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(data, error);
    API_NEEDS(bytes, error);
    *data = NULL;
    *bytes = 0;
    API_NEEDS(result, error);
    return api_end(palette_of_result(result, format, data, bytes, &own), &own, error);
}

int swatch_result_save(const swatch_result *result, const char *folder, unsigned how,
                       swatch_error *error)
{
    return swatch_result_save_with(result, folder, how, NULL, error);
}
