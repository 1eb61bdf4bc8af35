// The line of threads on which `swatch extract` takes photos to their folders.
#ifndef CLI_EXTRACT_LINE_H
#define CLI_EXTRACT_LINE_H

#include <stddef.h>
#include <swatch.h>

#include "photos.h"

struct extract_settings {
    const char *output, *model, *classes, *person, *person_mask;
    size_t people; // so many a photo, each in a folder; 0: the largest, in the photo's folder
    int wants_people;
    swatch_extract_options extract;
    int precision; // a swatch_precision
    size_t max_pixels;
    unsigned how; // to save: SWATCH_SAVE_ bits
    int recursive, report, json, quiet, overwrite, soft_person;
};

// Does all photos of the list, whatever becomes of one, and says on standard error what failed and
// how many were done. The output folder must be there, and SIGPIPE ignored. Returns the command's
// status: of one photo, that photo's; else SWATCH_NO_PERSON if there was nobody in some and nothing
// else went wrong, SWATCH_FAILED if something did or the user broke off.
int extract_line(const struct extract_settings *s, const struct photo_list *list);

#endif
