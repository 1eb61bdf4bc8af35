// Rounds the repeat factor; the paper draws a whole number in each epoch. So all epochs of a run
// show the same photos, and a sample follows from its number alone.
#include "train/clothes/repeats.h"

#include <math.h>

void repeats_of(const uint8_t *present, size_t photos, size_t classes, float least,
                uint8_t *repeats)
{
    for (size_t i = 0; i < photos; i++)
        repeats[i] = 1;
    for (size_t c = 0; c < classes; c++) {
        size_t with = 0;
        for (size_t i = 0; i < photos; i++)
            with += present[i * classes + c];
        if (with == 0)
            continue;
        const double factor = sqrt((double)least * (double)photos / (double)with);
        const uint8_t times = (uint8_t)fmin(floor(factor + 0.5), REPEATS_MAX);
        for (size_t i = 0; i < photos; i++)
            if (present[i * classes + c] && repeats[i] < times)
                repeats[i] = times;
    }
}
