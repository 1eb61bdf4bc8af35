// Draws curves as inline SVG.
#ifndef TRAIN_REPORT_CHART_H
#define TRAIN_REPORT_CHART_H

#include <stdio.h>

#include "train/report_log.h"

struct chart {
    const char *title;
    const struct series *const *series;
    const char *const *labels; // what the legend calls them
    size_t count;
    int logarithmic; // axis y, if all values are above 0
    int noisy;       // drawn pale, with a running mean over it
};

// Writes a <figure> with legend and drawing, or nothing when there is no point to draw.
void report_chart(FILE *html, const struct chart *chart);

#endif
