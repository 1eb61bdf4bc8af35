#include "eval/regions.h"

#include <math.h>

#include "base/csv.h"
#include "base/number.h"

// Intersection over union of a region, over all classes that belong to it.
static double region_iou(const swatch_result *r, const struct metrics *own, size_t region)
{
    uint64_t both = 0, either = 0;
    for (size_t truth = 0; truth < own->classes; truth++)
        for (size_t found = 0; found < own->classes; found++) {
            const int a = r->region_of[truth] == region, b = r->region_of[found] == region;
            both += a && b ? own->confusion[truth][found] : 0;
            either += a || b ? own->confusion[truth][found] : 0;
        }
    return either ? (double)both / (double)either : (double)NAN;
}

static void put(FILE *to, double value)
{
    fprintf(to, ",%s", isnan(value) ? "" : FIXED(value, 4));
}

void regions_begin(FILE *to)
{
    fputs("photo,region,pixels,expected,confidence,iou,tag,found,or,probability,difference\r\n",
          to);
}

void regions_add(FILE *to, const swatch_result *r, const struct metrics *own)
{
    for (size_t k = 0; k < SWATCH_REGIONS; k++) {
        if (r->pixels[k] == 0)
            continue;
        csv_field(to, r->name, "'");
        fprintf(to, ",%s,%zu", region_names[k], r->pixels[k]);
        put(to, r->expected[k]);
        put(to, r->confidence[k]);
        put(to, region_iou(r, own, k));
        fputs(",,,,,\r\n", to);
    }
}

void regions_add_garment(FILE *to, const struct region_garment *g)
{
    csv_field(to, g->photo, "'");
    fprintf(to, ",garment,%zu,,", g->pixels);
    put(to, g->iou);
    fputc(',', to);
    csv_field(to, g->tag, "'");
    fputc(',', to);
    if (g->found)
        csv_field(to, g->found, "'");
    fputc(',', to);
    if (g->other)
        csv_field(to, g->other, "'");
    put(to, g->probability);
    put(to, g->difference);
    fputs("\r\n", to);
}
