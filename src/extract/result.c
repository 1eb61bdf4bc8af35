// The names of regions, and how a result is freed.

#include "extract/result.h"

#include <stdlib.h>

#include "color/list.h"

const char *const region_names[SWATCH_REGIONS] = {"clothes", "skin", "hair"};

void result_free(swatch_result *r)
{
    if (!r)
        return;
    image_free(&r->photo);
    image_free(&r->labels);
    image_free(&r->map);
    image_free(&r->first_map);
    image_free(&r->view);
    image_free(&r->person);
    image_free(&r->garment_of);
    list_release(r->telling.names);
    list_release(r->telling.match);
    free(r->garments);
    free(r->patterns);
    free(r->name);
    free(r->source);
    free(r->json);
    free(r);
}
