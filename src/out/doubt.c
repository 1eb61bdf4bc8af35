#include "out/doubt.h"

#include <stdio.h>

#include "base/number.h"

// Below this confidence a region is doubtful: docs/decisions.md ("How sure a region is").
#define DOUBTFUL 0.5

int doubt_text(const swatch_result *r, size_t region, char text[DOUBT_ROOM])
{
    const int doubtful = r->confidence[region] < DOUBTFUL; // never for NaN
    text[0] = 0;
    if (doubtful)
        snprintf(text, DOUBT_ROOM, "Check the %s: right with a chance of %s %%.",
                 region_names[region], FIXED(100 * r->confidence[region], 0));
    return doubtful;
}
