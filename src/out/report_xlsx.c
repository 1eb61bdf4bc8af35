// Writes the table with libxlsxwriter, which writes files alone: it gets one in memory. Texts are
// texts, never formulas, so nothing must be guarded.

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "color/color.h"
#include "out/report_table.h"

#define PAINTED 20000 // colors that are shown behind their hex; a spreadsheet has room for 64000

struct sheet {
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_row_t rows; // that are written
    size_t painted;
    const char *path;
    swatch_error *error;
};

// The color itself behind its hex; NULL where there is no room for more.
static lxw_format *paint(struct sheet *s, const struct report_cell *rgb)
{
    const struct rgb c = {(uint8_t)rgb[0].number, (uint8_t)rgb[1].number, (uint8_t)rgb[2].number};
    lxw_format *format = s->painted < PAINTED ? workbook_add_format(s->book) : NULL;
    if (!format)
        return NULL;
    s->painted++;
    // A black of 0 would be no color at all.
    format_set_bg_color(format, (lxw_color_t)(c.r << 16 | c.g << 8 | c.b | (c.r + c.g + c.b == 0)));
    format_set_font_color(format, color_takes_dark_text(c) ? LXW_COLOR_BLACK : LXW_COLOR_WHITE);
    return format;
}

static int write_text(struct sheet *s, lxw_col_t column, const char *text, lxw_format *format)
{
    char *line = text_line(text);
    const lxw_error wrong = line ? worksheet_write_string(s->sheet, s->rows, column, line, format)
                                 : LXW_ERROR_MEMORY_MALLOC_FAILED;
    free(line);
    if (wrong)
        return error_set(s->error, SWATCH_FAILED, "%s: %s", s->path, lxw_strerror(wrong));
    return SWATCH_OK;
}

static int write_row(void *user, const struct report_cell cells[REPORT_COLUMNS])
{
    struct sheet *s = user;
    int status = SWATCH_OK;
    if (s->rows == LXW_ROW_MAX)
        return error_set(s->error, SWATCH_TOO_LARGE,
                         "%s: a spreadsheet has %d rows, which are too few; report.csv has all",
                         s->path, LXW_ROW_MAX);
    for (lxw_col_t i = 0; i < REPORT_COLUMNS && !status; i++) {
        const struct report_cell *c = &cells[i];
        if (c->kind == REPORT_NUMBER)
            worksheet_write_number(s->sheet, s->rows, i, c->number, NULL);
        else if (c->kind != REPORT_EMPTY)
            status =
                write_text(s, i, c->text, i == REPORT_HEX ? paint(s, &cells[REPORT_RGB]) : NULL);
    }
    s->rows++;
    return status;
}

// The head stays in sight, and filters hang on it.
static int write_sheet(struct sheet *s, const swatch_report *r)
{
    lxw_format *bold = workbook_add_format(s->book);
    int status = bold ? SWATCH_OK : error_memory(s->error);
    if (bold)
        format_set_bold(bold);
    worksheet_freeze_panes(s->sheet, 1, 0);
    worksheet_set_column(s->sheet, REPORT_PHOTO, REPORT_FOLDER, 28, NULL);
    worksheet_set_column(s->sheet, REPORT_NOTE, REPORT_NAME, 20, NULL);
    for (lxw_col_t i = 0; i < REPORT_COLUMNS && !status; i++)
        status = write_text(s, i, report_heads[i], bold);
    s->rows = 1;
    status = status ? status : report_rows(r, write_row, s);
    if (!status)
        worksheet_autofilter(s->sheet, 0, 0, s->rows - 1, REPORT_COLUMNS - 1);
    return status;
}

int report_xlsx_check(const char *folder, swatch_error *error)
{
    (void)folder, (void)error;
    return SWATCH_OK;
}

// Marks the spreadsheet as swatch's by the comment of its ZIP file: 2 bytes of length and the text
// are its end (APPNOTE, 4.3.16). Other programs show none of it, and save without it.
static int mark(char **data, size_t *size, swatch_error *error)
{
    static const char comment[] = REPORT_XLSX_MARK;
    const size_t length = sizeof comment - 1;
    char *larger = realloc(*data, *size + length);
    if (!larger)
        return error_memory(error);
    larger[*size - 2] = (char)length;
    memcpy(larger + *size, comment, length);
    *data = larger;
    *size += length;
    return SWATCH_OK;
}

int report_xlsx(const swatch_report *r, const char *path, char **data, size_t *size,
                swatch_error *error)
{
    // Rows go to a temporary file of the library, and do not stay in memory.
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    struct sheet s = {.path = path, .error = error};
    char file[64];
    const int fd = memfd_create("report.xlsx", MFD_CLOEXEC);
    int status = SWATCH_OK;
    if (fd < 0)
        return error_memory(error);
    snprintf(file, sizeof file, "/proc/self/fd/%d", fd);
    s.book = workbook_new_opt(file, &options);
    s.sheet = s.book ? workbook_add_worksheet(s.book, "colors") : NULL;
    status = s.sheet ? write_sheet(&s, r) : error_memory(error);
    const lxw_error wrong = s.book ? workbook_close(s.book) : LXW_NO_ERROR;
    if (!status && wrong)
        status = error_set(error, SWATCH_FAILED, "%s: %s", path, lxw_strerror(wrong));
    status = status ? status : file_read(file, SIZE_MAX / 2, data, size, error);
    close(fd);
    status = status ? status : mark(data, size, error);
    return status;
}
