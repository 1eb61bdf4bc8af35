// A row for each photo, region and color (RFC 4180, UTF-8). What is to be said of a photo or a
// region that has no colors stands in the last column.

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "out/report.h"

static const char head[] = "photo,folder,region,rank,share,hex,r,g,b,h,s,v,lab_l,lab_a,lab_b,"
                           "oklch_l,oklch_c,oklch_h,basic,css,css_distance,xkcd,xkcd_distance,note";
// Empty fields from rank to the last but one.
static const char no_color[] = ",,,,,,,,,,,,,,,,,,,,";

// Spreadsheets take a field that begins so for a formula, and one of a photo called "=cmd()" might
// do anything. What is meant to be text is led by `guard`; "./" before a path leaves it the same
// path.
static int field(FILE *to, const char *text, const char *guard)
{
    char *clean = text_utf8(text);
    if (!clean)
        return -1;
    const int formula = *clean && strchr("=+-@\t\r\n", *clean);
    const int quoted = strpbrk(clean, "\",\r\n") != NULL;
    if (quoted)
        putc('"', to);
    if (formula)
        fputs(guard, to);
    for (const char *c = clean; *c; c++) {
        if (*c == '"')
            putc('"', to);
        putc(*c, to);
    }
    if (quoted)
        putc('"', to);
    free(clean);
    return 0;
}

static int start_row(FILE *to, const struct report_photo *p, const char *region)
{
    if (field(to, p->path, "./"))
        return -1;
    putc(',', to);
    if (p->folder && field(to, p->folder, "./"))
        return -1;
    putc(',', to);
    return field(to, region, "'");
}

static void color(FILE *to, const swatch_color *c)
{
    fprintf(to, "%.4f,%s,%d,%d,%d,%d,%d,%d", c->share, c->hex, c->rgb[0], c->rgb[1], c->rgb[2],
            c->hsv[0], c->hsv[1], c->hsv[2]);
    for (int i = 0; i < 3; i++)
        fprintf(to, ",%.4f", c->lab[i]);
    for (int i = 0; i < 3; i++)
        fprintf(to, ",%.4f", c->oklch[i]);
    fprintf(to, ",%s,%s,%.4f,%s,%.4f", c->basic, c->css, c->css_distance, c->xkcd,
            c->xkcd_distance);
}

static int group_rows(FILE *to, const struct report_photo *p, const struct palette_group *g)
{
    for (size_t k = 0; k < g->group.count; k++) {
        if (start_row(to, p, g->name))
            return -1;
        fprintf(to, ",%zu,", k + 1);
        color(to, &g->group.colors[k]);
        fputs(",\r\n", to);
    }
    if (g->group.count)
        return 0;
    if (start_row(to, p, g->name))
        return -1;
    fprintf(to, "%s,%s\r\n", no_color, g->reason ? g->reason : "");
    return 0;
}

int report_csv(FILE *to, const swatch_report *r)
{
    int failed = 0;
    fprintf(to, "%s\r\n", head);
    for (size_t i = 0; i < r->count && !failed; i++) {
        const struct report_photo *p = &r->photos[i];
        if (p->message) {
            failed = start_row(to, p, "");
            fprintf(to, "%s,", no_color);
            failed |= field(to, p->message, "'");
            fputs("\r\n", to);
        }
        for (size_t k = 0; k < p->group_count && !failed; k++)
            failed = group_rows(to, p, &p->groups[k]);
    }
    return failed;
}
