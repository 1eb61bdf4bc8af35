// What a report of many photos holds (report.c), and its two writers. Numbers are written under the
// C locale, which report.c sees to.
#ifndef OUT_REPORT_H
#define OUT_REPORT_H

#include <stdio.h>
#include <swatch.h>

#include "extract/result.h"
#include "out/palette_groups.h"

#define REPORT_HTML "report.html"
#define REPORT_CSV "report.csv"

struct report_photo {
    char *path;    // as the user named it, any bytes
    char *folder;  // of its files, within the report's; or NULL
    char *message; // why it failed; or NULL, and what follows is set
    size_t width, height;
    size_t card_width, card_height; // 0: there is no card
    struct palette_group *groups;   // SWATCH_REGIONS, then garments; their colors are the next
    size_t group_count;
    swatch_color *colors;
    swatch_skin skin;
    swatch_hair hair;
};

struct swatch_report {
    char *root;
    int replace;
    struct report_photo *photos;
    size_t count, room;
};

// Return 0, or -1 without memory; what else goes wrong stands in ferror(to).
int report_html(FILE *to, const swatch_report *report);
int report_csv(FILE *to, const swatch_report *report);

#endif
