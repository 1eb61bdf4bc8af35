// The photos that a call works on, and where the results of each go: docs/folders.md.
#ifndef CLI_PHOTOS_H
#define CLI_PHOTOS_H

#include <stddef.h>
#include <sys/types.h>

struct photo_entry {
    char *path; // "-" is standard input
    // Where its results go within the output folder: "b/" and "IMG_1", or the file's whole name
    // where `whole`. Lent by `path` or the list.
    char *folder;
    int whole;
    char *fault; // why there is nothing to do, a whole message; else NULL
};

struct photo_list {
    struct photo_entry *entries;
    size_t count, room;
    int recursive;
    size_t shard, shards; // only photos whose path's hash is shard - 1 modulo shards; 0 shards: all
    // Called for each folder that is walked, with where results of its photos go; or NULL.
    void (*visit)(void *user, const char *path, const char *folder);
    void *user;
    const char *output; // a folder whose content is never taken for photos; or NULL
};

// Adds a photo, or the pictures of a folder, known by their endings, in the order of their names.
// With list->recursive it also adds those of the folders within, each folder once, even if several
// links lead to it. Hidden folders and folders that swatch wrote are passed over. A folder that
// cannot be read or holds no picture, and a file that is plainly no photo, become an entry with a
// fault. Results of a folder's photos mirror it. Returns 0, or -1 for a lack of memory.
int photos_add(struct photo_list *list, const char *path);

// Adds what a file ("-": standard input) names: one path on each line or, with `zero`, each path
// with a NUL behind it. Results mirror the whole path. Returns 0, or -1 after a message.
int photos_add_from(struct photo_list *list, const char *file, int zero);

// Adds what was found in a folder whose photos' results go to `folder` ("b/"): a picture, or with
// list->recursive the pictures of a folder; anything else is passed over. 0, or -1 for a lack of
// memory.
int photos_add_found(struct photo_list *list, const char *path, const char *folder);

// Adds the pictures of a folder whose photos' results go to `folder`, as photos_add does.
int photos_add_folder(struct photo_list *list, const char *path, const char *folder);

// The name of a photo's results within the output folder, "b/IMG_1": with the file's ending if
// `whole`. To be freed; NULL without memory.
char *photos_name(const struct photo_entry *entry, int whole);

// Whether something has this path; "-" is always there.
int photos_are_there(const char *path);
// Whether a folder holds what a verb wrote.
int photos_are_results(const char *folder);

void photos_free(struct photo_list *list);

#endif
