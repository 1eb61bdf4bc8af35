// Writes the table as comma-separated values.

#include "base/csv.h"
#include "base/number.h"
#include "out/report_table.h"

// By it spreadsheets know that names are in UTF-8.
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static int write_row(void *user, const struct report_cell cells[REPORT_COLUMNS])
{
    FILE *to = user;
    for (size_t i = 0; i < REPORT_COLUMNS; i++) {
        const struct report_cell *c = &cells[i];
        if (i)
            putc(',', to);
        if (c->kind == REPORT_NUMBER)
            fputs(FIXED(c->number, c->digits), to);
        else if (c->kind != REPORT_EMPTY)
            csv_field(to, c->text, c->kind == REPORT_PATH ? "./" : "'");
    }
    fputs("\r\n", to);
    return 0;
}

int report_csv(FILE *to, const void *report)
{
    const swatch_report *r = report;
    if (!r->plain)
        fputs(BYTE_ORDER_MARK, to);
    for (size_t i = 0; i < REPORT_COLUMNS; i++)
        fprintf(to, "%s%s", i ? "," : "", report_heads[i]);
    fputs("\r\n", to);
    return report_rows(r, write_row, to);
}
