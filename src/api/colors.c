// swatch_colors and swatch_palette: the colors of any picture, and palette files.

#include <string.h>

#include "api/api.h"
#include "base/threads.h"
#include "extract/colors.h"
#include "out/colors_json.h"
#include "out/files.h"
#include "out/palette.h"

int swatch_colors_measure(const swatch_photo *photo, const swatch_colors_options *options,
                          swatch_colors *colors, swatch_error *error)
{
    static const swatch_colors none;
    swatch_colors_options o;
    swatch_colors found = {0};
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(colors, error);
    int status = api_fill(colors, &none, sizeof none, "colors", &own);
    if (status)
        return api_end(status, &own, error);
    API_NEEDS(photo, error);
    status = API_OPTIONS(o, options, &own);
    if (!status && o.colors > SWATCH_MAX_COLORS)
        status = error_set(&own, SWATCH_USAGE, "%s: %zu colors asked for, at most %d", photo->name,
                           o.colors, SWATCH_MAX_COLORS);
    if (!status && o.mask && (!o.mask_width || !o.mask_height))
        status = error_set(&own, SWATCH_USAGE, "%s: a mask needs mask_width and mask_height",
                           photo->name);
    threads_wait_asleep();
    const unsigned before = threads_set(threads_allowed());
    status = status ? status : colors_measure(photo, &o, &found, &own);
    threads_restore(before);
    status = status ? status : api_fill(colors, &found, sizeof found, "colors", &own);
    return api_end(status, &own, error);
}

int swatch_colors_json_told(const swatch_photo *photo, const swatch_colors *colors,
                            const swatch_telling *telling, char **json, swatch_error *error)
{
    swatch_colors c;
    swatch_telling t;
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(json, error);
    *json = NULL;
    API_NEEDS(photo, error);
    API_NEEDS(colors, error);
    int status = API_OPTIONS(c, colors, &own);
    if (!status && c.count > SWATCH_MAX_COLORS)
        status = error_set(&own, SWATCH_USAGE, "%s: %zu colors, at most %d", photo->name, c.count,
                           SWATCH_MAX_COLORS);
    status = status ? status : API_OPTIONS(t, telling, &own);
    status = status ? status : colors_json(photo, &c, &t, json, &own);
    return api_end(status, &own, error);
}

int swatch_colors_json(const swatch_photo *photo, const swatch_colors *colors, char **json,
                       swatch_error *error)
{
    return swatch_colors_json_told(photo, colors, NULL, json, error);
}

const char *swatch_palette_extension(swatch_palette_format format)
{
    return palette_extension(format);
}

int swatch_palette_encode_told(swatch_palette_format format, const char *title,
                               const swatch_group *groups, size_t count,
                               const swatch_telling *telling, void **data, size_t *bytes,
                               swatch_error *error)
{
    swatch_telling t;
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(data, error);
    API_NEEDS(bytes, error);
    *data = NULL;
    *bytes = 0;
    API_NEEDS(title, error);
    if (count)
        API_NEEDS(groups, error);
    int status = API_OPTIONS(t, telling, &own);
    if (!status)
        status = palette_encode(format, title, groups, count, (struct palette_words){.telling = &t},
                                data, bytes, &own);
    return api_end(status, &own, error);
}

int swatch_palette_encode(swatch_palette_format format, const char *title,
                          const swatch_group *groups, size_t count, void **data, size_t *bytes,
                          swatch_error *error)
{
    return swatch_palette_encode_told(format, title, groups, count, NULL, data, bytes, error);
}

int swatch_palette_save_told(swatch_palette_format format, const char *title,
                             const swatch_group *groups, size_t count,
                             const swatch_telling *telling, const char *path, unsigned how,
                             swatch_error *error)
{
    swatch_telling t;
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(title, error);
    if (count)
        API_NEEDS(groups, error);
    API_NEEDS(path, error);
    int status = files_check_how(path, how, SWATCH_REPLACE, &own);
    status = status ? status : API_OPTIONS(t, telling, &own);
    if (!status)
        status = palette_save(format, title, groups, count, (struct palette_words){.telling = &t},
                              path, how, &own);
    return api_end(status, &own, error);
}

int swatch_palette_save(swatch_palette_format format, const char *title, const swatch_group *groups,
                        size_t count, const char *path, unsigned how, swatch_error *error)
{
    return swatch_palette_save_told(format, title, groups, count, NULL, path, how, error);
}
