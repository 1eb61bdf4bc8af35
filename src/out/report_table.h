// The table of a report: what report.csv and report.xlsx hold.
#ifndef OUT_REPORT_TABLE_H
#define OUT_REPORT_TABLE_H

#include "out/report.h"

enum report_kind { REPORT_EMPTY, REPORT_TEXT, REPORT_PATH, REPORT_NUMBER };

// A field of a row.
struct report_cell {
    enum report_kind kind;
    const char *text; // of a text or a path, any bytes; lent
    double number;
    int digits; // of a number, behind the point
};

enum report_column {
    REPORT_PHOTO,
    REPORT_FOLDER,
    REPORT_REGION,
    REPORT_RANK,
    REPORT_SHARE,
    REPORT_HEX,
    REPORT_RGB, // three, as the next ones
    REPORT_HSV = REPORT_RGB + 3,
    REPORT_LAB = REPORT_HSV + 3,
    REPORT_OKLCH = REPORT_LAB + 3,
    REPORT_BASIC = REPORT_OKLCH + 3,
    REPORT_CSS,
    REPORT_CSS_DISTANCE,
    REPORT_XKCD,
    REPORT_XKCD_DISTANCE,
    REPORT_NOTE, // why a photo failed or a region has no colors
    REPORT_NAME,
    REPORT_PATTERN,
    REPORT_CONFIDENCE,
    REPORT_COLUMNS // their number
};

extern const char *const report_heads[REPORT_COLUMNS];

// Calls `row` for each row: photo, region and color; a region without colors and a photo that
// failed have one each. Ends early, and returns it, when `row` returns another number than 0.
typedef int row_function(void *user, const struct report_cell cells[REPORT_COLUMNS]);
int report_rows(const swatch_report *report, row_function *row, void *user);

#endif
