// What the options of `swatch palette` fill in.
#ifndef CLI_PALETTE_H
#define CLI_PALETTE_H

#include <swatch.h>

#include "job.h"
#include "telling.h"

struct palette_settings {
    struct batch_options batch;
    const char *mask;
    const char *file; // where one palette goes; NULL: to standard output
    swatch_colors_options options;
    int format;     // a swatch_palette_format
    int has_format; // `format` counts
    struct telling telling;
};

#endif
