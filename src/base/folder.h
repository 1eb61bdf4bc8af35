// Folders that appear whole or not at all.
#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H

#include <limits.h>
#include <swatch.h>

#include "base/draft.h"

// Makes a folder and its parents; an existing folder is fine.
int folder_make(const char *path, swatch_error *error);

// A folder in the making. Write into draft.path; afterwards it is named `path`.
struct folder {
    struct draft draft;  // draft.path is "" where there is none
    char path[PATH_MAX]; // without slashes at its end; "" where nothing is begun
    const struct draft_owner *owner;
    int replace;
};
// Makes an empty draft for the folder `path`.
//
// For `owner` see draft_make. With `replace`, a folder that is there already is replaced if all in
// it is the owner's. That is checked now, so that nobody waits in vain, and again at the end.
// Without `replace`, what is there already is an error at the end. Anything but a folder is never
// replaced.
int folder_begin(struct folder *folder, const char *path, const struct draft_owner *owner,
                 int replace, swatch_error *error);
// If `status` is 0, gives the folder its name. Else deletes the draft and sets `error` to `wrong`,
// with `path` in place of the draft's name. Returns a status. No fsync, as in file_write_quick.
//
// A folder that is replaced is first exchanged for the new one, and looked at again. If by now it
// has a file that is not the owner's, the two are exchanged back, and that is an error.
int folder_end(struct folder *folder, int status, const swatch_error *wrong, swatch_error *error);
// Deletes the draft. Does nothing if there is none.
void folder_abort(struct folder *folder);
// Sets `error` to `wrong`, with the folder's name in place of the draft's. Returns its status.
int folder_fault(const struct folder *folder, const swatch_error *wrong, swatch_error *error);

#endif
