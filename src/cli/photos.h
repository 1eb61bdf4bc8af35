// What the arguments of `swatch extract` name: photos, and folders of photos.
#ifndef CLI_PHOTOS_H
#define CLI_PHOTOS_H

#include <stddef.h>

struct photo_entry {
    char *path;  // "-" is standard input
    char *name;  // of its output folder; no other entry has it
    int renamed; // another photo had the name that this file would give it
    char *fault; // why there is nothing to do, a whole message; else NULL
};

struct photo_list {
    struct photo_entry *entries;
    size_t count, room;
    void *names; // search tree of the names that are taken
};

// Takes a name away, so that no photo gets it; lent until photos_free. 0, or -1 for a lack of
// memory.
int photos_reserve(struct photo_list *list, const char *name);
// Adds a photo, or the pictures of a folder in the order of their names, told by their endings;
// with `recursive` also those of the folders in it, each folder once, whatever links lead to it. A
// folder that cannot be read or holds no picture becomes an entry with a fault. Returns 0, or -1
// for a lack of memory.
int photos_add(struct photo_list *list, const char *path, int recursive);
// Says which photos go into a folder of another name than theirs.
void photos_note_names(const struct photo_list *list);
void photos_free(struct photo_list *list);

#endif
