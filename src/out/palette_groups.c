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

int palette_of_result(const swatch_result *r, swatch_palette_format format, void **data,
                      size_t *size, swatch_error *error)
{
    const size_t count = SWATCH_REGIONS + r->garment_count;
    swatch_group *groups = calloc(count, sizeof *groups);
    char(*names)[64] = calloc(count, sizeof *names);
    int status = groups && names ? SWATCH_OK : error_memory(error);
    for (size_t i = 0; !status && i < SWATCH_REGIONS; i++)
        groups[i] = (swatch_group){region_names[i], r->colors[i], r->color_count[i]};
    for (size_t i = 0; !status && i < r->garment_count; i++) {
        const swatch_garment *g = &r->garments[i];
        char *name = names[SWATCH_REGIONS + i];
        palette_garment_name(r->classes.names[g->class_index], g->piece, g->pieces, name);
        groups[SWATCH_REGIONS + i] = (swatch_group){name, g->colors, g->color_count};
    }
    const struct palette_words words = {&r->telling, r->colors[SWATCH_HAIR],
                                        r->hair.reason ? NULL : r->hair.name};
    if (!status)
        status = palette_encode(format, text_file_name(r->name), groups, count, words, data, size,
                                error);
    free(groups);
    free(names);
    return status;
}
