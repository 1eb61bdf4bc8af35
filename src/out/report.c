// Reports of many photos: each is copied down to its colors when it is added (some kilobytes), and
// the page shows pictures by linking to those that were saved, so that thousands of photos are no
// matter.

#include "out/report.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"

static int file_path(const swatch_report *r, const char *name, char path[PATH_MAX],
                     swatch_error *error)
{
    if (snprintf(path, PATH_MAX, "%s/%s", r->root, name) >= PATH_MAX)
        return error_set(error, SWATCH_FAILED, "%.80s...: the path is too long", r->root);
    return SWATCH_OK;
}

// The reports of an earlier call are told of before the work is done, not after.
static int check_free(const swatch_report *r, const char *name, swatch_error *error)
{
    char path[PATH_MAX];
    struct stat info;
    if (file_path(r, name, path, error))
        return SWATCH_FAILED;
    if (lstat(path, &info) == 0 && (!r->replace || !S_ISREG(info.st_mode)))
        return error_set(error, SWATCH_FAILED, "%s: is there already%s", path,
                         r->replace ? ", and no file" : "");
    return SWATCH_OK;
}

int swatch_report_new(const char *folder, int replace, swatch_report **report, swatch_error *error)
{
    swatch_report *r = calloc(1, sizeof *r);
    if (r)
        r->root = strdup(folder);
    if (!r || !r->root) {
        free(r);
        return error_memory(error);
    }
    r->replace = replace;
    if (check_free(r, REPORT_HTML, error) || check_free(r, REPORT_CSV, error)) {
        swatch_report_free(r);
        return SWATCH_FAILED;
    }
    *report = r;
    return SWATCH_OK;
}

static void photo_clear(struct report_photo *p)
{
    free(p->path);
    free(p->folder);
    free(p->message);
    free(p->groups);
    free(p->colors);
}

void swatch_report_free(swatch_report *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->count; i++)
        photo_clear(&r->photos[i]);
    free(r->photos);
    free(r->root);
    free(r);
}

// Takes over what the photo owns, also when it fails.
static int add(swatch_report *r, struct report_photo *photo, swatch_error *error)
{
    if (r->count == r->room) {
        const size_t room = r->room ? 2 * r->room : 16;
        struct report_photo *larger = reallocarray(r->photos, room, sizeof *larger);
        if (!larger) {
            photo_clear(photo);
            return error_memory(error);
        }
        r->photos = larger;
        r->room = room;
    }
    r->photos[r->count++] = *photo;
    return SWATCH_OK;
}

// The size of a PNG stands in its first chunk (PNG specification, 11.2.2).
int report_card(const swatch_report *r, const struct report_photo *photo, struct card_size *size)
{
    unsigned char head[24];
    char path[PATH_MAX];
    if (!photo->folder ||
        snprintf(path, sizeof path, "%s/%s/card.png", r->root, photo->folder) >= (int)sizeof path)
        return 0;
    FILE *file = fopen(path, "rbe");
    if (!file)
        return 0;
    const int whole =
        fread(head, 1, sizeof head, file) == sizeof head && memcmp(head + 12, "IHDR", 4) == 0;
    fclose(file);
    if (whole)
        *size =
            (struct card_size){(size_t)head[18] << 8 | head[19], (size_t)head[22] << 8 | head[23]};
    return whole;
}

// The groups' colors belong to the result; the report keeps its own.
static int copy_colors(struct report_photo *photo)
{
    size_t count = 0;
    for (size_t i = 0; i < photo->group_count; i++)
        count += photo->groups[i].group.count;
    photo->colors = calloc(count ? count : 1, sizeof *photo->colors);
    if (!photo->colors)
        return -1;
    count = 0;
    for (size_t i = 0; i < photo->group_count; i++) {
        swatch_group *group = &photo->groups[i].group;
        memcpy(photo->colors + count, group->colors, group->count * sizeof *photo->colors);
        group->colors = photo->colors + count;
        count += group->count;
    }
    return 0;
}

int swatch_report_add(swatch_report *r, const swatch_result *result, const char *folder,
                      swatch_error *error)
{
    struct report_photo photo = {.path = strdup(result->name),
                                 .folder = folder ? strdup(folder) : NULL,
                                 .width = result->photo.width,
                                 .height = result->photo.height,
                                 .skin = result->skin,
                                 .hair = result->hair};
    if (palette_groups(result, &photo.groups, &photo.group_count, error)) {
        photo_clear(&photo);
        return SWATCH_FAILED;
    }
    if (!photo.path || (folder && !photo.folder) || copy_colors(&photo)) {
        photo_clear(&photo);
        return error_memory(error);
    }
    return add(r, &photo, error);
}

int swatch_report_fail(swatch_report *r, const char *photo, const char *message,
                       swatch_error *error)
{
    struct report_photo failed = {.path = strdup(photo), .message = strdup(message)};
    if (!failed.path || !failed.message) {
        photo_clear(&failed);
        return error_memory(error);
    }
    return add(r, &failed, error);
}

static int save(const swatch_report *r, const char *name,
                void (*write)(FILE *to, const swatch_report *report), swatch_error *error)
{
    char path[PATH_MAX], *text = NULL;
    size_t size = 0;
    int status = SWATCH_FAILED;
    if (check_free(r, name, error) || file_path(r, name, path, error))
        return SWATCH_FAILED;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return error_memory(error);
    write(to, r);
    const int failed = ferror(to);
    status = (fclose(to) != 0) | failed ? error_memory(error)
                                        : file_write_quick(path, text, size, error);
    free(text);
    return status;
}

int swatch_report_save(const swatch_report *r, swatch_error *error)
{
    return save(r, REPORT_CSV, report_csv, error) || save(r, REPORT_HTML, report_html, error)
               ? SWATCH_FAILED
               : SWATCH_OK;
}
