// The report of a folder of results.
#ifndef CLI_FOLDER_REPORT_H
#define CLI_FOLDER_REPORT_H

#include "batch.h"

struct folder_report {
    const char *folder;
    int plain;     // report.csv without a byte order mark
    int xlsx;      // with report.xlsx
    int overwrite; // a file that is no report of swatch may be replaced
    struct failed_photo {
        char *path, *message;
    } * failed;
    size_t count, room;
    int no_memory;
};

// Checks that its files can be written: they are not there, are of swatch, or `overwrite`. Returns
// SWATCH_OK, or an exit status after a message.
int folder_report_check(const struct folder_report *report);
// Keeps a photo of this call if it failed, and forgets that it failed before.
void folder_report_note(struct folder_report *report, const struct job *job);
// Writes the files: all results in the folder, whichever call they are of, and the photos that
// were noted. Returns SWATCH_OK, or an exit status after a message.
int folder_report_write(struct folder_report *report);
void folder_report_clear(struct folder_report *report);

#endif
