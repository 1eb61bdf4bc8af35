// Reports of many photos. Of each photo its colors are copied when it is added, some kilobytes, and
// the page shows pictures by linking to those that were saved, so thousands of photos fit.

#include "out/report.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "out/files.h"

// Puts the path of one of the report's files into `path`, and says if it may not be written. The
// reports of an earlier call are so told of before the work is done, not after.
static int check_free(const swatch_report *r, const char *name, char path[PATH_MAX],
                      swatch_error *error)
{
    const int status = file_join(path, r->root, name, error);
    return status ? status : file_check_free(path, r->replace, error);
}

int folder_report_new(const char *folder, unsigned how, swatch_report **report, swatch_error *error)
{
    char path[PATH_MAX];
    int status;
    swatch_report *r = calloc(1, sizeof *r);
    *report = NULL;
    if (r)
        r->root = strdup(folder);
    if (!r || !r->root) {
        free(r);
        return error_memory(error);
    }
    r->replace = (how & SWATCH_REPLACE) != 0;
    r->plain = (how & SWATCH_REPORT_PLAIN) != 0;
    r->xlsx = (how & SWATCH_REPORT_XLSX) != 0;
    status = check_free(r, REPORT_HTML, path, error);
    if (!status)
        status = check_free(r, REPORT_CSV, path, error);
    if (!status && r->xlsx)
        status = report_xlsx_check(folder, error);
    if (!status && r->xlsx)
        status = check_free(r, REPORT_XLSX, path, error);
    if (status)
        folder_report_free(r);
    else
        *report = r;
    return status;
}

void report_photo_clear(struct report_photo *p)
{
    free(p->path);
    free(p->folder);
    free(p->message);
    free(p->groups);
    free(p->colors);
    free(p->words);
    for (size_t i = 0; i < p->text_count; i++)
        free(p->texts[i]);
    free(p->texts);
}

void folder_report_free(swatch_report *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->count; i++)
        report_photo_clear(&r->photos[i]);
    free(r->photos);
    free(r->root);
    free(r);
}

int report_add(swatch_report *r, struct report_photo *photo, swatch_error *error)
{
    if (r->count == r->room) {
        const size_t room = r->room ? 2 * r->room : 16;
        struct report_photo *larger = reallocarray(r->photos, room, sizeof *larger);
        if (!larger) {
            report_photo_clear(photo);
            return error_memory(error);
        }
        r->photos = larger;
        r->room = room;
    }
    r->photos[r->count++] = *photo;
    return SWATCH_OK;
}

int report_has(const swatch_report *r, const struct report_photo *photo, const char *name)
{
    char folder[PATH_MAX], path[PATH_MAX];
    return photo->folder && !file_join(folder, r->root, photo->folder, NULL) &&
           !file_join(path, folder, name, NULL) && access(path, R_OK) == 0;
}

static size_t big_endian(const unsigned char bytes[4])
{
    return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

// The size of a PNG stands in its first chunk (PNG specification, 11.2.2).
int report_card(const swatch_report *r, const struct report_photo *photo, struct card_size *size)
{
    unsigned char head[24];
    char folder[PATH_MAX], path[PATH_MAX];
    if (!photo->folder || file_join(folder, r->root, photo->folder, NULL) ||
        file_join(path, folder, FILES_CARD, NULL))
        return 0;
    FILE *file = fopen(path, "rbe");
    if (!file)
        return 0;
    const int whole =
        fread(head, 1, sizeof head, file) == sizeof head && memcmp(head + 12, "IHDR", 4) == 0;
    fclose(file);
    if (!whole)
        return 0;
    *size = (struct card_size){big_endian(head + 16), big_endian(head + 20)};
    return size->width > 0 && size->height > 0;
}

// The JSON of a result is what its colors.json says, so both ways give the same report.
int folder_report_add(swatch_report *r, const swatch_result *result, const char *folder,
                      swatch_error *error)
{
    return folder_report_add_text(r, result->json, result->name, folder, result->name, error);
}

// With one of its people a photo fails, and nothing of it is saved. What files tell of stays.
static void take_back(swatch_report *r, const char *photo)
{
    while (r->count > r->saved && !r->photos[r->count - 1].message &&
           strcmp(r->photos[r->count - 1].path, photo) == 0)
        report_photo_clear(&r->photos[--r->count]);
}

int folder_report_fail(swatch_report *r, const char *photo, const char *message,
                       swatch_error *error)
{
    struct report_photo failed = {.path = strdup(photo), .message = strdup(message)};
    if (!failed.path || !failed.message) {
        report_photo_clear(&failed);
        return error_memory(error);
    }
    take_back(r, photo);
    return report_add(r, &failed, error);
}

int folder_report_save(const swatch_report *r, swatch_error *error)
{
    char csv[PATH_MAX], html[PATH_MAX], xlsx[PATH_MAX], *book = NULL;
    size_t size = 0;
    int status = check_free(r, REPORT_CSV, csv, error);
    if (!status)
        status = check_free(r, REPORT_HTML, html, error);
    if (!status && r->xlsx)
        status = check_free(r, REPORT_XLSX, xlsx, error);
    if (!status)
        status = file_put_composed(csv, r->replace, report_csv, r, error);
    if (!status)
        status = file_put_composed(html, r->replace, report_html, r, error);
    // Last, as it can fail where the others do not: a spreadsheet has only so many rows.
    if (!status && r->xlsx)
        status = report_xlsx(r, xlsx, &book, &size, error);
    if (book)
        status = file_put(xlsx, book, size, r->replace, error);
    free(book);
    return status;
}
