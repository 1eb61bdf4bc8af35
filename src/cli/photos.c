// Arguments to a list of photos. The list is complete before the first photo is begun, so that
// progress can be told and names are given in one place.

#include "photos.h"

#include <dirent.h>
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "say.h"

struct folder_id {
    dev_t device;
    ino_t inode;
};

struct walk {
    struct photo_list *list;
    int recursive;
    struct folder_id *seen;
    size_t seen_count;
    size_t folders, pictures; // met so far
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

// Takes `stem`, or `stem` with the first free number from 2, as a name of its own.
static char *take_name(struct photo_list *list, const char *stem)
{
    char *name = strdup(stem);
    for (size_t n = 2; name; n++) {
        char **found = tsearch(name, &list->names, compare_names);
        if (found && *found == name)
            return name;
        free(name);
        if (!found || asprintf(&name, "%s-%zu", stem, n) < 0)
            return NULL;
    }
    return NULL;
}

// The file's name without folder and ending, and without dots at its beginning, which would hide
// the folder.
static char *stem_of(const char *path)
{
    if (strcmp(path, "-") == 0)
        return strdup("stdin");
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    base += strspn(base, ".");
    const char *dot = strrchr(base, '.');
    if (!*base)
        return strdup("photo");
    return dot && dot > base ? strndup(base, (size_t)(dot - base)) : strdup(base);
}

// Takes over `fault`.
static int add(struct photo_list *list, const char *path, char *fault)
{
    struct photo_entry entry = {.path = strdup(path), .fault = fault};
    if (list->count == list->room) {
        const size_t room = list->room ? 2 * list->room : 16;
        struct photo_entry *larger = reallocarray(list->entries, room, sizeof *larger);
        if (!larger)
            goto failed;
        list->entries = larger;
        list->room = room;
    }
    if (!entry.path)
        goto failed;
    if (!fault) {
        char *stem = stem_of(path);
        entry.name = stem ? take_name(list, stem) : NULL;
        entry.renamed = entry.name && strcmp(entry.name, stem) != 0;
        free(stem);
        if (!entry.name)
            goto failed;
    }
    list->entries[list->count++] = entry;
    return 0;
failed:
    free(entry.path);
    free(fault);
    return -1;
}

static int add_fault(struct photo_list *list, const char *path, const char *what)
{
    char *fault;
    if (asprintf(&fault, "%s: %s", path, what) < 0)
        return -1;
    return add(list, path, fault);
}

static int is_picture(const char *name)
{
    static const char *const endings[] = {"jpg",  "jpeg", "png",  "webp", "tif",
                                          "tiff", "heic", "heif", "avif", "gif"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot + 1, endings[i]) == 0)
            return 1;
    return 0;
}

// 1 if the folder is new and now remembered, 0 if it was met before, -1 for a lack of memory.
static int remember(struct walk *w, const struct stat *info)
{
    for (size_t i = 0; i < w->seen_count; i++)
        if (w->seen[i].device == info->st_dev && w->seen[i].inode == info->st_ino)
            return 0;
    struct folder_id *larger = reallocarray(w->seen, w->seen_count + 1, sizeof *larger);
    if (!larger)
        return -1;
    w->seen = larger;
    w->seen[w->seen_count++] = (struct folder_id){info->st_dev, info->st_ino};
    return 1;
}

static int walk_folder(struct walk *w, const char *folder);

static int walk_entry(struct walk *w, const char *path)
{
    struct stat info;
    if (stat(path, &info)) {
        // A link that leads nowhere is told of when its name promises a picture.
        if (!is_picture(path))
            return 0;
        w->pictures++;
        return add_fault(w->list, path, strerror(errno));
    }
    if (S_ISDIR(info.st_mode)) {
        w->folders++;
        const int fresh = w->recursive ? remember(w, &info) : 0;
        return fresh > 0 ? walk_folder(w, path) : fresh;
    }
    if (!S_ISREG(info.st_mode) || !is_picture(path))
        return 0;
    w->pictures++;
    return add(w->list, path, NULL);
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int bytewise(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int walk_folder(struct walk *w, const char *folder)
{
    struct dirent **inside = NULL;
    int status = 0;
    const size_t length = strlen(folder);
    const char *between = length && folder[length - 1] == '/' ? "" : "/";
    const int count = scandir(folder, &inside, not_hidden, bytewise);
    if (count < 0)
        return errno == ENOMEM ? -1 : add_fault(w->list, folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        char *path = NULL;
        if (!status && asprintf(&path, "%s%s%s", folder, between, inside[i]->d_name) < 0)
            status = -1;
        if (!status)
            status = walk_entry(w, path);
        free(path);
        free(inside[i]);
    }
    free(inside);
    return status;
}

int photos_reserve(struct photo_list *list, const char *name)
{
    return tsearch(name, &list->names, compare_names) ? 0 : -1;
}

int photos_add(struct photo_list *list, const char *path, int recursive)
{
    struct stat info;
    if (strcmp(path, "-") == 0 || stat(path, &info) || !S_ISDIR(info.st_mode))
        return add(list, path, NULL);
    struct walk w = {.list = list, .recursive = recursive};
    const size_t before = list->count;
    int status = remember(&w, &info) < 0 ? -1 : walk_folder(&w, path);
    free(w.seen);
    if (!status && list->count == before)
        status = add_fault(list, path,
                           w.folders && !recursive ? "no pictures in this folder; -r looks below it"
                                                   : "no pictures in this folder");
    return status;
}

void photos_note_names(const struct photo_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct photo_entry *e = &list->entries[i];
        if (e->renamed)
            say("swatch: %s: that name is taken by another photo; goes into %s", e->path, e->name);
    }
}

static void leave(void *name)
{
    (void)name; // the entries own the names, or they are lent
}

void photos_free(struct photo_list *list)
{
    tdestroy(list->names, leave);
    for (size_t i = 0; i < list->count; i++) {
        free(list->entries[i].path);
        free(list->entries[i].name);
        free(list->entries[i].fault);
    }
    free(list->entries);
    *list = (struct photo_list){0};
}
