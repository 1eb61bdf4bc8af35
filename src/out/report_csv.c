// A row for each photo, region and color. The column `note` says why a photo failed or a region
// has no colors.

#include "base/csv.h"
#include "base/number.h"
#include "out/report.h"

static const char head[] = "photo,folder,region,rank,share,hex,r,g,b,h,s,v,lab_l,lab_a,lab_b,"
                           "oklch_l,oklch_c,oklch_h,basic,css,css_distance,xkcd,xkcd_distance,note,"
                           "name,pattern";
// By it spreadsheets know that names are in UTF-8.
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
// Empty fields from rank to the one before `note`.
static const char no_color[] = ",,,,,,,,,,,,,,,,,,,,";

static void start_row(FILE *to, const struct report_photo *p, const char *region)
{
    csv_field(to, p->path, "./");
    putc(',', to);
    if (p->folder)
        csv_field(to, p->folder, "./");
    putc(',', to);
    csv_field(to, region, "'");
}

// Colors of skin have no names.
static void color(FILE *to, const swatch_color *c)
{
    const int named = *c->basic != 0;
    fprintf(to, "%s,%s,%d,%d,%d,%d,%d,%d", FIXED(c->share, 4), c->hex, c->rgb[0], c->rgb[1],
            c->rgb[2], c->hsv[0], c->hsv[1], c->hsv[2]);
    for (int i = 0; i < 3; i++)
        fprintf(to, ",%s", FIXED(c->lab[i], 4));
    for (int i = 0; i < 3; i++)
        fprintf(to, ",%s", FIXED(c->oklch[i], 4));
    fprintf(to, ",%s,%s,%s,%s,%s", c->basic, c->css, named ? FIXED(c->css_distance, 4) : "",
            c->xkcd, named ? FIXED(c->xkcd_distance, 4) : "");
}

static void group_rows(FILE *to, const struct report_photo *p, const struct report_group *g)
{
    for (size_t k = 0; k < g->group.count; k++) {
        start_row(to, p, g->name);
        fprintf(to, ",%zu,", k + 1);
        color(to, &g->group.colors[k]);
        fputs(",,", to);
        csv_field(to, p->words[(size_t)(&g->group.colors[k] - p->colors)], "'");
        putc(',', to);
        csv_field(to, g->pattern ? g->pattern : "", "'");
        fputs("\r\n", to);
    }
    if (g->group.count)
        return;
    start_row(to, p, g->name);
    fprintf(to, "%s,", no_color);
    csv_field(to, g->reason ? g->reason : "", "'");
    fputs(",,", to);
    csv_field(to, g->pattern ? g->pattern : "", "'");
    fputs("\r\n", to);
}

int report_csv(FILE *to, const void *report)
{
    const swatch_report *r = report;
    fprintf(to, "%s%s\r\n", r->plain ? "" : BYTE_ORDER_MARK, head);
    for (size_t i = 0; i < r->count; i++) {
        const struct report_photo *p = &r->photos[i];
        if (p->message) {
            start_row(to, p, "");
            fprintf(to, "%s,", no_color);
            csv_field(to, p->message, "'");
            fputs(",,\r\n", to);
        }
        for (size_t k = 0; k < p->group_count; k++)
            group_rows(to, p, &p->groups[k]);
    }
    return 0;
}
