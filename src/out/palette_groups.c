#include "out/palette_groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "out/palette.h"

void palette_garment_name(const char *class, size_t piece, size_t pieces, char name[64])
{
    if (pieces > 1)
        snprintf(name, 64, "%.31s %zu", class, piece);
    else
        snprintf(name, 64, "%.31s", class);
}

int palette_groups(const swatch_result *r, struct palette_group **groups, size_t *count,
                   swatch_error *error)
{
    struct palette_group *g = calloc(SWATCH_REGIONS + r->garment_count, sizeof *g);
    if (!g)
        return error_memory(error);
    *count = SWATCH_REGIONS + r->garment_count;
    for (size_t i = 0; i < SWATCH_REGIONS; i++) {
        snprintf(g[i].name, sizeof g[i].name, "%s", region_names[i]);
        g[i].group = (swatch_group){g[i].name, r->colors[i], r->color_count[i]};
        g[i].reason = r->reasons[i];
    }
    for (size_t i = 0; i < r->garment_count; i++) {
        const swatch_garment *garment = &r->garments[i];
        struct palette_group *to = &g[SWATCH_REGIONS + i];
        palette_garment_name(r->classes.names[garment->class_index], garment->piece,
                             garment->pieces, to->name);
        to->group = (swatch_group){to->name, garment->colors, garment->color_count};
        to->reason = garment->reason;
    }
    *groups = g;
    return SWATCH_OK;
}

int palette_of_result(const swatch_result *r, swatch_palette_format format, void **data,
                      size_t *size, swatch_error *error)
{
    struct palette_group *named = NULL;
    size_t count;
    if (palette_groups(r, &named, &count, error))
        return SWATCH_FAILED;
    swatch_group *groups = calloc(count, sizeof *groups);
    for (size_t i = 0; groups && i < count; i++)
        groups[i] = named[i].group;
    const int status =
        groups ? palette_encode(format, text_file_name(r->name), groups, count, data, size, error)
               : error_memory(error);
    free(groups);
    free(named);
    return status;
}
