#include "out/report_table.h"

#include <math.h>
#include <string.h>

const char *const report_heads[REPORT_COLUMNS] = {
    [REPORT_PHOTO] = "photo",
    [REPORT_FOLDER] = "folder",
    [REPORT_REGION] = "region",
    [REPORT_RANK] = "rank",
    [REPORT_SHARE] = "share",
    [REPORT_HEX] = "hex",
    [REPORT_RGB] = "r",
    "g",
    "b",
    [REPORT_HSV] = "h",
    "s",
    "v",
    [REPORT_LAB] = "lab_l",
    "lab_a",
    "lab_b",
    [REPORT_OKLCH] = "oklch_l",
    "oklch_c",
    "oklch_h",
    [REPORT_BASIC] = "basic",
    [REPORT_CSS] = "css",
    [REPORT_CSS_DISTANCE] = "css_distance",
    [REPORT_XKCD] = "xkcd",
    [REPORT_XKCD_DISTANCE] = "xkcd_distance",
    [REPORT_NOTE] = "note",
    [REPORT_NAME] = "name",
    [REPORT_PATTERN] = "pattern",
    [REPORT_CONFIDENCE] = "confidence",
};

static struct report_cell text(const char *t)
{
    return (struct report_cell){.kind = t && *t ? REPORT_TEXT : REPORT_EMPTY, .text = t};
}

static struct report_cell path(const char *p)
{
    return (struct report_cell){.kind = p && *p ? REPORT_PATH : REPORT_EMPTY, .text = p};
}

static struct report_cell number(double n, int digits)
{
    return (struct report_cell){.kind = REPORT_NUMBER, .number = n, .digits = digits};
}

static void start_row(struct report_cell *row, const struct report_photo *p, const char *region)
{
    memset(row, 0, REPORT_COLUMNS * sizeof *row);
    row[REPORT_PHOTO] = path(p->path);
    row[REPORT_FOLDER] = path(p->folder);
    row[REPORT_REGION] = text(region);
}

// Colors of skin have no names.
static void put_color(struct report_cell *row, const swatch_color *c)
{
    row[REPORT_SHARE] = number(c->share, 4);
    row[REPORT_HEX] = text(c->hex);
    for (size_t i = 0; i < 3; i++) {
        row[REPORT_RGB + i] = number(c->rgb[i], 0);
        row[REPORT_HSV + i] = number(c->hsv[i], 0);
        row[REPORT_LAB + i] = number(c->lab[i], 4);
        row[REPORT_OKLCH + i] = number(c->oklch[i], 4);
    }
    row[REPORT_BASIC] = text(c->basic);
    row[REPORT_CSS] = text(c->css);
    row[REPORT_XKCD] = text(c->xkcd);
    const int named = *c->basic != 0;
    row[REPORT_CSS_DISTANCE] = named ? number(c->css_distance, 4) : text(NULL);
    row[REPORT_XKCD_DISTANCE] = named ? number(c->xkcd_distance, 4) : text(NULL);
}

static int group_rows(const struct report_photo *p, const struct report_group *g, row_function *row,
                      void *user)
{
    struct report_cell cells[REPORT_COLUMNS];
    int status = 0;
    start_row(cells, p, g->name);
    cells[REPORT_PATTERN] = text(g->pattern);
    if (!isnan(g->confidence))
        cells[REPORT_CONFIDENCE] = number(g->confidence, 4);
    if (!g->group.count) {
        cells[REPORT_NOTE] = text(g->reason);
        return row(user, cells);
    }
    for (size_t i = 0; i < g->group.count && !status; i++) {
        const swatch_color *c = &g->group.colors[i];
        cells[REPORT_RANK] = number((double)(i + 1), 0);
        put_color(cells, c);
        cells[REPORT_NAME] = text(p->words[(size_t)(c - p->colors)]);
        status = row(user, cells);
    }
    return status;
}

int report_rows(const swatch_report *r, row_function *row, void *user)
{
    int status = 0;
    for (size_t i = 0; i < r->count && !status; i++) {
        const struct report_photo *p = &r->photos[i];
        if (p->message) {
            struct report_cell cells[REPORT_COLUMNS];
            start_row(cells, p, NULL);
            cells[REPORT_NOTE] = text(p->message);
            status = row(user, cells);
        }
        for (size_t k = 0; k < p->group_count && !status; k++)
            status = group_rows(p, &p->groups[k], row, user);
    }
    return status;
}
