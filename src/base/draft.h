// Files and folders in the making, under a name of their own beside the one that they will get:
// "DIR/.NAME.swatch-0". For file.c and folder.c.
//
// Each is locked (flock) as long as somebody works on it. A process that is killed leaves one
// behind; whoever next writes to the same name finds it there without a lock and removes it.
#ifndef BASE_DRAFT_H
#define BASE_DRAFT_H

#include <limits.h>
#include <swatch.h>

enum draft_kind { DRAFT_FILE, DRAFT_FOLDER };

struct draft {
    char path[PATH_MAX];
    int fd; // open for writing (a file) or reading (a folder), locked; -1: closed
};

// Who must own all files in a folder for it to be replaced.
struct draft_owner {
    const char *who; // for messages: "swatch extract"
    // Whether a regular file, or with is_folder a folder, of this name is theirs. `inner`: within
    // such a folder. Files that are drafts are theirs without being asked for.
    int (*owns)(const char *name, int is_folder, int inner);
};

// Makes an empty draft for `path` with the mode that umask allows. A dead draft of the same name is
// removed first. A dead folder is removed only if everything in it is the owner's (NULL: in any
// case); else it stays, and the new draft takes another name.
int draft_make(const char *path, enum draft_kind kind, const struct draft_owner *owner,
               struct draft *draft, swatch_error *error);
// Closes the descriptor, which unlocks the draft. Does nothing if it is closed. Returns what close
// does.
int draft_close(struct draft *draft);

// Deletes what is in the folder that `fd` is open for. Of a link it deletes the link, not what it
// points to. It works by descriptors, so that nobody can exchange a name on the way. With an owner
// it deletes only what is the owner's. Returns 0 if all is gone.
int draft_delete_inside(int fd, const struct draft_owner *owner);
// Whether all in the folder is the owner's; if not, `foreign` gets a name that is not.
int draft_all_owned(int fd, const struct draft_owner *owner, char foreign[NAME_MAX + 1]);

// Makes a rename in the folder of `path` last, where the file system can.
void draft_sync_folder(const char *path);

#endif
