// Curves as an inline SVG drawing.
#ifndef TRAIN_REPORT_CHART_H
#define TRAIN_REPORT_CHART_H

#include <stdio.h>

#include "train/report_log.h"

struct chart {
    const char *title;
    const struct series *const *series;
    const char *const *labels; // what the legend calls them
    size_t count;
    int logarithmic; // if all values are above 0
    int noisy;       // drawn pale, with a running mean over it
};

// Writes a <figure> with legend and drawing; nothing when there is no point to draw.
void report_chart(FILE *html, const struct chart *chart);
// Writes text with <, >, & and quotes as entities.
void report_escaped(FILE *html, const char *text);

#endif
