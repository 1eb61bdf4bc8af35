// Writes the report at the end, from the results that are in the folder. So one call that does all
// photos and several that are interrupted give the same report.

#include "folder_report.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "output.h"
#include "say.h"

enum { PAGE, TABLE, BOOK, FILES };
static const char *const files[FILES] = {"report.html", "report.csv", "report.xlsx"};

// Whether swatch wrote it: the table with a byte order mark or without. All spreadsheets begin
// alike, and ours ends with a mark.
static int is_ours(const char *folder, size_t file)
{
    if (file == BOOK)
        return output_ends(folder, files[file], OUTPUT_BOOK_END);
    return output_begins(folder, files[file], file == PAGE ? OUTPUT_PAGE : OUTPUT_TABLE) ||
           (file == TABLE && output_begins(folder, files[file], OUTPUT_PLAIN_TABLE));
}

int folder_report_check(const struct folder_report *r)
{
    int status = SWATCH_OK;
    for (size_t i = 0; i < (r->xlsx ? FILES : BOOK) && !status; i++) {
        const int ours = is_ours(r->folder, i);
        char *path = output_path(r->folder, files[i], NULL);
        status = path ? output_free(path, ours || r->overwrite) : SWATCH_FAILED;
        free(path);
    }
    return status;
}

void folder_report_note(struct folder_report *r, const struct job *job)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->failed[i].path, job->entry->path) == 0) { // it was incomplete the first time
            free(r->failed[i].path);
            free(r->failed[i].message);
        } else {
            r->failed[kept++] = r->failed[i];
        }
    r->count = kept;
    if (!job->status)
        return;
    if (r->count == r->room) {
        const size_t room = r->room ? 2 * r->room : 16;
        struct failed_photo *larger = reallocarray(r->failed, room, sizeof *larger);
        if (!larger) {
            r->no_memory = 1;
            return;
        }
        r->failed = larger;
        r->room = room;
    }
    struct failed_photo failed = {strdup(job->entry->path), strdup(job->error.message)};
    r->no_memory |= !failed.path || !failed.message;
    r->failed[r->count++] = failed;
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int bytewise(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

// Adds the results in root/below and in the folders in it. "" is the root itself.
static int add_results(swatch_report *report, const char *root, const char *below)
{
    char *path = *below ? output_path(root, below, NULL) : strdup(root);
    struct dirent **inside = NULL;
    struct stat info;
    swatch_error error;
    int count = 0, status = path ? 0 : -1;
    if (path && *below && output_begins(path, "colors.json", OUTPUT_JSON)) {
        if (swatch_report_add_saved(report, below, &error)) {
            say("swatch: the report: %s", error.message);
            status = -1;
        }
    } else if (path && lstat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        count = scandir(path, &inside, not_hidden, bytewise);
        if (count < 0) {
            say("swatch: the report: %s: %s", path, strerror(errno));
            status = -1;
        }
    }
    for (int i = 0; i < count; i++) {
        char *next =
            *below ? output_path(below, inside[i]->d_name, NULL) : strdup(inside[i]->d_name);
        status |= next ? add_results(report, root, next) : -1;
        free(next);
        free(inside[i]);
    }
    free(inside);
    free(path);
    return status;
}

int folder_report_write(struct folder_report *r)
{
    swatch_report *report = NULL;
    swatch_error error;
    int status = SWATCH_FAILED;
    if (r->no_memory) {
        say("swatch: the report: out of memory");
        return SWATCH_FAILED;
    }
    // A file that somebody made there meanwhile stays.
    if (folder_report_check(r))
        return SWATCH_FAILED;
    // An earlier call left all files, or some of them if it was killed in between.
    int there = 0;
    for (size_t i = 0; i < FILES; i++)
        there |= is_ours(r->folder, i);
    const unsigned how = (r->overwrite || there ? SWATCH_REPLACE : 0) |
                         (r->plain ? SWATCH_REPORT_PLAIN : 0) | (r->xlsx ? SWATCH_REPORT_XLSX : 0);
    if (swatch_report_new(r->folder, how, &report, &error))
        goto failed;
    status = add_results(report, r->folder, "") ? SWATCH_FAILED : SWATCH_OK;
    for (size_t i = 0; i < r->count; i++)
        if (swatch_report_fail(report, r->failed[i].path, r->failed[i].message, &error))
            goto failed;
    if (swatch_report_save(report, &error))
        goto failed;
    swatch_report_free(report);
    return status;
failed:
    say("swatch: %s", error.message);
    swatch_report_free(report);
    return SWATCH_FAILED;
}

void folder_report_clear(struct folder_report *r)
{
    for (size_t i = 0; i < r->count; i++) {
        free(r->failed[i].path);
        free(r->failed[i].message);
    }
    free(r->failed);
}
