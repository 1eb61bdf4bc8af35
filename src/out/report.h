// What a report of many photos holds (report.c), and its writers.
#ifndef OUT_REPORT_H
#define OUT_REPORT_H

#include <stdio.h>
#include <swatch.h>

#include "extract/result.h"

#define REPORT_HTML "report.html"
#define REPORT_CSV "report.csv"
#define REPORT_XLSX "report.xlsx"
#define REPORT_XLSX_MARK "made by swatch" // how the file ends

// A region or a garment. What it points to is its photo's.
struct report_group {
    swatch_group group;  // its name is the one below
    char name[64];       // "clothes", "coat", "shoe 2"
    const char *class;   // "coat" of a garment; NULL of a region
    const char *reason;  // why it has no colors, or NULL
    double confidence;   // of a region as in colors.json, 0 to 1; NAN: not known
    const char *shop;    // of clothes the word of shops for all of it, static; or NULL
    const char *pattern; // of clothes, or NULL
    const char *file;    // of a garment its cut-out's, or NULL
};

struct report_photo {
    char *path;    // as the user named it, any bytes
    char *folder;  // of its files, within the report's; or NULL
    char *message; // why it failed; or NULL, and what follows is set
    size_t width, height;
    struct report_group *groups; // SWATCH_REGIONS, then garments; their colors are the next
    size_t group_count;
    swatch_color *colors;
    const char **words;                 // of each color: what it is called, "" for nothing
    const char *doubts[SWATCH_REGIONS]; // sentences: what somebody should check
    size_t doubt_count;
    char **texts; // what groups, skin and hair point to where they were read from a file
    size_t text_count;
    swatch_skin skin;
    swatch_hair hair;
};

struct swatch_report {
    char *root;
    int replace;
    int plain; // report.csv without a byte order mark
    int xlsx;  // with report.xlsx
    struct report_photo *photos;
    size_t count, room;
    size_t saved; // up to here photos were read from files, and stay if one of their name fails
};

void report_photo_clear(struct report_photo *photo);
// Adds a photo. Takes over what it owns, also when it fails.
int report_add(swatch_report *report, struct report_photo *photo, swatch_error *error);

// The script of the page (report_script.c).
extern const char report_script[];

// Write a swatch_report, for file_compose; return 0.
int report_html(FILE *to, const void *report);
int report_csv(FILE *to, const void *report);
// Whether this build can write spreadsheets; if not, SWATCH_USAGE. `folder` is for the message.
int report_xlsx_check(const char *folder, swatch_error *error);
// Makes the spreadsheet in memory; `path` is for messages. The caller frees *data. SWATCH_TOO_LARGE
// for more rows than a spreadsheet has.
int report_xlsx(const swatch_report *report, const char *path, char **data, size_t *size,
                swatch_error *error);

// Whether the photo's folder now holds a file of this name.
int report_has(const swatch_report *report, const struct report_photo *photo, const char *name);
// Whether the photo's folder now holds a card.png, and its size in pixels, each side above 0. The
// page links only to cards that are there, and gives their size so that it can be laid out before
// they are fetched.
struct card_size {
    size_t width, height;
};
int report_card(const swatch_report *report, const struct report_photo *photo,
                struct card_size *size);

// See swatch_report_new and those after it.
int folder_report_new(const char *folder, unsigned how, swatch_report **report,
                      swatch_error *error);
void folder_report_free(swatch_report *report);
int folder_report_add(swatch_report *report, const swatch_result *result, const char *folder,
                      swatch_error *error);
int folder_report_add_saved(swatch_report *report, const char *folder, swatch_error *error);
// Adds a photo from the text of its colors.json; `path` is that file's, for messages. `name` is the
// photo's; NULL: the one in the text. folder: of its files; NULL if there are none.
int folder_report_add_text(swatch_report *report, const char *text, const char *name,
                           const char *folder, const char *path, swatch_error *error);
int folder_report_fail(swatch_report *report, const char *photo, const char *message,
                       swatch_error *error);
int folder_report_save(const swatch_report *report, swatch_error *error);

#endif
