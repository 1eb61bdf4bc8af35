// The spreadsheet of a report, unzipped and looked at: its cells are texts and numbers as in the
// table, never formulas, and the color itself is behind its hex.

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zip.h>

#include "base/file.h"
#include "color/fill.h"
#include "folder.h"
#include "out/report.h"
#include "test.h"

static int no_memory; // for a spreadsheet

// In place of the system's.
int memfd_create(const char *name, unsigned flags)
{
    if (!no_memory)
        return (int)syscall(SYS_memfd_create, name, flags);
    errno = ENOMEM;
    return -1;
}

// One of the files in the spreadsheet; "" when it cannot be read. The caller frees it.
static char *unzip(const char *name)
{
    int wrong;
    zip_t *book = zip_open(test_path("report.xlsx"), ZIP_RDONLY | ZIP_CHECKCONS, &wrong);
    zip_stat_t info = {0};
    char *text = NULL;
    CHECK(book != NULL);
    if (book && zip_stat(book, name, 0, &info) == 0 && (text = calloc(info.size + 1, 1))) {
        zip_file_t *file = zip_fopen(book, name, 0);
        CHECK(file && zip_fread(file, text, info.size) == (zip_int64_t)info.size);
        if (file)
            zip_fclose(file);
    }
    if (book)
        zip_discard(book);
    CHECK(text != NULL);
    return text ? text : calloc(1, 1);
}

// The content of a cell, which must be of this kind: "inlineStr" for a text, "" for a number.
static int cell_is(const char *sheet, const char *cell, const char *kind, const char *content)
{
    char start[64];
    snprintf(start, sizeof start, "<c r=\"%s\"", cell);
    const char *at = strstr(sheet, start), *end = at ? strstr(at, "</c>") : NULL;
    if (!end)
        return *content == 0;
    char *whole = strndup(at, (size_t)(end - at));
    const char *tag = *kind ? "<t>" : "<v>", *value = strstr(whole, tag);
    const size_t length = strlen(content);
    const int is = !strstr(whole, "<f>") && (strstr(whole, "t=\"") != NULL) == (*kind != 0) &&
                   (!*kind || strstr(whole, kind)) && value &&
                   strncmp(value + 3, content, length) == 0 && value[3 + length] == '<';
    free(whole);
    return is;
}

// A photo with two colors of clothes, no hair and no skin.
static void add_photo(swatch_report *report, const char *path)
{
    struct report_photo p = {.path = strdup(path), .folder = strdup("a"), .group_count = 3};
    p.skin.reason = p.hair.reason = "nothing found";
    p.groups = calloc(3, sizeof *p.groups);
    p.colors = calloc(2, sizeof *p.colors);
    p.words = calloc(2, sizeof *p.words);
    p.colors[0] = color_fill((struct rgb){30, 60, 200}, 0.75);
    p.colors[1] = color_fill((struct rgb){0, 0, 0}, 0.25);
    p.words[0] = "royal <blue>";
    p.words[1] = "";
    for (size_t i = 0; i < 3; i++) {
        snprintf(p.groups[i].name, sizeof p.groups[i].name, "%s", region_names[i]);
        p.groups[i].group.name = p.groups[i].name;
        p.groups[i].confidence = i ? NAN : 0.5;
        p.groups[i].reason = i ? "nothing found" : NULL;
    }
    p.groups[0].group.colors = p.colors;
    p.groups[0].group.count = 2;
    p.groups[0].pattern = "striped";
    CHECK(report_add(report, &p, NULL) == 0);
}

// The mark is the comment of the ZIP file, so that all who read ZIP files read this one.
static void test_mark(void)
{
    int wrong, length = 0;
    zip_t *book = zip_open(test_path("report.xlsx"), ZIP_RDONLY | ZIP_CHECKCONS, &wrong);
    const char *comment = book ? zip_get_archive_comment(book, &length, 0) : NULL;
    CHECK(comment && length == 14 && memcmp(comment, "made by swatch", 14) == 0);
    if (book)
        zip_discard(book);
}

static void test_cells(void)
{
    char *sheet = unzip("xl/worksheets/sheet1.xml"), *styles = unzip("xl/styles.xml");
    CHECK(cell_is(sheet, "A1", "inlineStr", "photo") &&
          cell_is(sheet, "Z1", "inlineStr", "pattern"));
    CHECK(cell_is(sheet, "A2", "inlineStr", "=1+1\xef\xbf\xbd.jpg"));
    CHECK(cell_is(sheet, "B2", "inlineStr", "a") && cell_is(sheet, "C2", "inlineStr", "clothes"));
    CHECK(cell_is(sheet, "D2", "", "1") && cell_is(sheet, "E2", "", "0.75"));
    CHECK(cell_is(sheet, "F2", "inlineStr", "#1e3cc8") && cell_is(sheet, "G2", "", "30"));
    CHECK(cell_is(sheet, "I2", "", "200") && cell_is(sheet, "S2", "inlineStr", "blue"));
    CHECK(cell_is(sheet, "Y2", "inlineStr", "royal &lt;blue&gt;"));
    CHECK(cell_is(sheet, "Z3", "inlineStr", "striped") && cell_is(sheet, "Y3", "", ""));
    CHECK(cell_is(sheet, "AA1", "inlineStr", "confidence") && cell_is(sheet, "AA2", "", "0.5"));
    CHECK(cell_is(sheet, "AA3", "", "0.5") && cell_is(sheet, "AA4", "", ""));
    CHECK(cell_is(sheet, "C4", "inlineStr", "skin") && cell_is(sheet, "F4", "", ""));
    CHECK(cell_is(sheet, "X4", "inlineStr", "nothing found"));
    CHECK(cell_is(sheet, "A6", "inlineStr", "b.jpg"));
    CHECK(cell_is(sheet, "X6", "inlineStr", "b.jpg: no picture"));
    CHECK(!strstr(sheet, "r=\"A7\"") && strstr(sheet, "<autoFilter ref=\"A1:AA6\"/>"));
    CHECK(strstr(styles, "FF1E3CC8") != NULL);
    free(sheet);
    free(styles);
}

// A spreadsheet that fails costs neither the table nor the page.
static void test_failing(void)
{
    swatch_report *report = NULL;
    swatch_error error;
    char *page = NULL;
    size_t size;
    CHECK(swatch_report_new(test_folder, SWATCH_REPORT_XLSX | SWATCH_REPLACE, &report, &error) ==
          0);
    CHECK(swatch_report_fail(report, "c.jpg", "c.jpg: no picture", &error) == 0);
    no_memory = 1;
    CHECK(swatch_report_save(report, &error) == SWATCH_NO_MEMORY);
    no_memory = 0;
    swatch_report_free(report);
    CHECK(file_read(test_path("report.html"), SIZE_MAX / 2, &page, &size, &error) == 0);
    CHECK(page && strstr(page, "c.jpg: no picture") != NULL);
    free(page);
}

int main(void)
{
    swatch_report *report = NULL;
    swatch_error error = {.message = ""};
    test_folder_make();
    const int status = swatch_report_new(test_folder, SWATCH_REPORT_XLSX, &report, &error);
    if (status == SWATCH_USAGE) {
        CHECK(strstr(error.message, "writes no spreadsheets") != NULL);
        puts("SKIPPED: this build has no libxlsxwriter");
        test_folder_remove();
        return test_end();
    }
    CHECK(status == 0);
    add_photo(report, "=1+1\xff.jpg");
    CHECK(swatch_report_fail(report, "b.jpg", "b.jpg: no picture", &error) == 0);
    CHECK(swatch_report_save(report, &error) == 0);
    CHECK_STRING(error.message, "");
    swatch_report_free(report);
    CHECK(test_names(test_folder) == 3);
    test_cells();
    test_mark();
    // What is there stays, unless it is asked to go.
    CHECK(swatch_report_new(test_folder, SWATCH_REPORT_XLSX, &report, &error) == SWATCH_EXISTS);
    CHECK(swatch_report_new(test_folder, SWATCH_REPORT_XLSX | SWATCH_REPLACE, &report, &error) ==
          0);
    CHECK(swatch_report_save(report, &error) == 0);
    swatch_report_free(report);
    char *sheet = unzip("xl/worksheets/sheet1.xml");
    CHECK(cell_is(sheet, "A1", "inlineStr", "photo") && !strstr(sheet, "r=\"A2\""));
    free(sheet);
    test_failing();
    test_folder_remove();
    return test_end();
}
