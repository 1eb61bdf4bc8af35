// Arguments to a list of photos. The list is complete before the first photo is begun, so that
// progress can be told.

#include "photos.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "output.h"
#include "say.h"

// Where a photo was found. Folders are remembered so that a link cannot lead around in a circle.
struct walk {
    struct photo_list *list;
    struct folder_id {
        dev_t device;
        ino_t inode;
    } * seen;
    size_t seen_count;
    size_t folders, strange; // met so far; strange: files that are plainly no photos
    struct stat output;      // of the output folder; st_ino 0: none
};

static const char *const pictures[] = {"jpg",  "jpeg", "png",  "webp", "tif", "tiff",
                                       "heic", "heif", "avif", "gif",  NULL};
static const char *const videos[] = {"mp4", "mov", "m4v", "avi",  "mkv", "webm", "3gp",
                                     "mts", "wmv", "mpg", "mpeg", "ogv", "flv",  NULL};
static const char *const raws[] = {"dng", "cr2", "cr3", "crw", "nef", "nrw", "arw", "raf", "orf",
                                   "rw2", "pef", "srw", "x3f", "3fr", "iiq", "erf", "mrw", NULL};

static const char *const sides[] = {"xmp", "aae", "pp3", "dop", "cos",
                                    "thm", "lrv", "ini", "db",  NULL};

static int ends_in(const char *name, const char *const *endings)
{
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && endings[i]; i++)
        if (strcasecmp(dot + 1, endings[i]) == 0)
            return 1;
    return 0;
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

// ---- Names of results --------------------------------------------------------------------------

// The length of a file's name without its ending.
static size_t stem_length(const char *name)
{
    const char *begin = name + strspn(name, "."), *dot = strrchr(begin, '.');
    return dot && dot > begin ? (size_t)(dot - name) : strlen(name);
}

// Whether something else in the photo's folder would give results the same name: a picture with
// another ending, or a file or folder without any. report.html, report.csv and report.xlsx are
// swatch's own.
static int shares_stem(const char *path, int top)
{
    const char *name = file_name(path);
    const size_t length = (size_t)(name - path) + stem_length(name);
    char *other = malloc(length + 8);
    struct stat info;
    int shared =
        top && (strncmp(name, "report.html.", 12) == 0 || strncmp(name, "report.csv.", 11) == 0 ||
                strncmp(name, "report.xlsx.", 12) == 0);
    if (!other)
        return 1;
    memcpy(other, path, length);
    other[length] = 0;
    shared |= strcmp(other, path) != 0 && lstat(other, &info) == 0;
    for (size_t i = 0; !shared && pictures[i]; i++)
        for (int upper = 0; !shared && upper < 2; upper++) {
            sprintf(other + length, ".%s", pictures[i]);
            for (char *c = other + length; upper && *c; c++)
                *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
            shared = strcmp(other, path) != 0 && lstat(other, &info) == 0;
        }
    free(other);
    return shared;
}

char *photos_name(const struct photo_entry *entry, int whole)
{
    char *result;
    const char *name = strcmp(entry->path, "-") == 0 ? "stdin" : file_name(entry->path);
    const char *begin = name + strspn(name, "."); // a dot would hide the folder
    const size_t length = whole ? strlen(begin) : stem_length(name) - (size_t)(begin - name);
    if (asprintf(&result, "%s%.*s", entry->folder, (int)length, begin) < 0)
        return NULL;
    if (*begin)
        return result;
    free(result);
    return asprintf(&result, "%sphoto", entry->folder) < 0 ? NULL : result;
}

// "a/b/" of "./a/../b/x.jpg": the folders of a path without those that lead nowhere or up.
static char *mirrored(const char *path)
{
    char *folder = malloc(strlen(path) + 1), *to = folder;
    for (const char *slash; folder && (slash = strchr(path, '/')); path = slash + 1) {
        const size_t length = (size_t)(slash - path);
        if (length == 0 || strncmp(path, ".", length) == 0 ||
            (length == 2 && strncmp(path, "..", 2) == 0))
            continue;
        memcpy(to, path, length + 1);
        to += length + 1;
    }
    if (folder)
        *to = 0;
    return folder;
}

// ---- The list ----------------------------------------------------------------------------------

// FNV-1a.
static uint64_t hash(const char *text)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 0x100000001b3u;
    return h;
}

// Takes over `fault`.
static int add(struct photo_list *list, const char *path, const char *folder, char *fault)
{
    struct photo_entry entry = {.fault = fault};
    if (list->shards && hash(path) % list->shards != list->shard - 1) {
        free(fault);
        return 0;
    }
    if (list->count == list->room) {
        const size_t room = list->room ? 2 * list->room : 16;
        struct photo_entry *larger = reallocarray(list->entries, room, sizeof *larger);
        if (!larger)
            goto failed;
        list->entries = larger;
        list->room = room;
    }
    entry.path = strdup(path);
    entry.folder = strdup(folder);
    if (!entry.path || !entry.folder)
        goto failed;
    entry.whole = !fault && strcmp(path, "-") != 0 && shares_stem(path, !*folder);
    list->entries[list->count++] = entry;
    return 0;
failed:
    free(entry.path);
    free(entry.folder);
    free(fault);
    return -1;
}

static int add_fault(struct photo_list *list, const char *path, const char *what)
{
    char *fault;
    if (asprintf(&fault, "%s: %s", path, what) < 0)
        return -1;
    return add(list, path, "", fault);
}

// Why a path that is no folder can hold no photo, or NULL.
static const char *why_not(const char *path)
{
    struct stat info;
    const int there = stat(path, &info) == 0;
    if (!there && errno == ENOENT && strstr(path, "://"))
        return "is an address; swatch reads files";
    if (!there)
        return NULL; // opening it tells more
    if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode) || S_ISSOCK(info.st_mode))
        return "is no file";
    if (ends_in(path, videos))
        return "is a video, not a photo";
    if (ends_in(path, sides))
        return "is what another program keeps beside a photo, not a photo";
    return ends_in(path, raws) ? "is a RAW photo; make a JPEG, PNG or TIFF of it" : NULL;
}

int photos_are_there(const char *path)
{
    struct stat info;
    return strcmp(path, "-") == 0 || stat(path, &info) == 0;
}

static int add_file(struct photo_list *list, const char *path, const char *folder)
{
    const char *why = strcmp(path, "-") != 0 ? why_not(path) : NULL;
    return why ? add_fault(list, path, why) : add(list, path, folder, NULL);
}

// ---- Folders -----------------------------------------------------------------------------------

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

int photos_are_results(const char *folder)
{
    // Of extract, person, and the pages of train and of eval --worst.
    static const char *const files[][2] = {
        {"colors.json", OUTPUT_JSON}, {"people.json", OUTPUT_JSON}, {"index.html", OUTPUT_PAGE}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (output_begins(folder, files[i][0], files[i][1]))
            return 1;
    return 0;
}

static int walk_folder(struct walk *w, const char *path, const char *folder);

static int walk_entry(struct walk *w, const char *path, const char *folder)
{
    struct stat info;
    if (stat(path, &info)) // a link that leads nowhere is told of when its name promises a picture
        return ends_in(path, pictures) ? add_fault(w->list, path, strerror(errno)) : 0;
    if (S_ISDIR(info.st_mode)) {
        char *below;
        w->folders++;
        const int fresh = w->list->recursive ? remember(w, &info) : 0;
        if (fresh <= 0 || photos_are_results(path) ||
            (w->output.st_ino == info.st_ino && w->output.st_dev == info.st_dev))
            return fresh < 0 ? -1 : 0;
        if (asprintf(&below, "%s%s/", folder, file_name(path)) < 0)
            return -1;
        const int status = walk_folder(w, path, below);
        free(below);
        return status;
    }
    if (!ends_in(path, pictures)) {
        w->strange += ends_in(path, raws) || ends_in(path, videos);
        return 0;
    }
    return S_ISREG(info.st_mode) ? add(w->list, path, folder, NULL) : 0;
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int bytewise(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int walk_folder(struct walk *w, const char *path, const char *folder)
{
    struct dirent **inside = NULL;
    int status = 0;
    if (w->list->visit)
        w->list->visit(w->list->user, path, folder);
    const int count = scandir(path, &inside, not_hidden, bytewise);
    if (count < 0)
        return errno == ENOMEM ? -1 : add_fault(w->list, path, strerror(errno));
    for (int i = 0; i < count; i++) {
        char *below = status ? NULL : output_path(path, inside[i]->d_name, NULL);
        if (!status)
            status = below ? walk_entry(w, below, folder) : -1;
        free(below);
        free(inside[i]);
    }
    free(inside);
    return status;
}

static struct walk walk_start(struct photo_list *list)
{
    struct walk w = {.list = list};
    if (list->output && stat(list->output, &w.output))
        w.output.st_ino = 0;
    return w;
}

int photos_add_found(struct photo_list *list, const char *path, const char *folder)
{
    struct walk w = walk_start(list);
    const int status = walk_entry(&w, path, folder);
    free(w.seen);
    return status;
}

static int add_folder(struct photo_list *list, const char *path, const char *folder,
                      const struct stat *info)
{
    struct walk w = walk_start(list);
    const size_t before = list->count;
    const char *why = "no pictures in this folder";
    if (photos_are_results(path))
        return add_fault(list, path, "holds what swatch made, and no photos");
    int status = remember(&w, info) < 0 ? -1 : walk_folder(&w, path, folder);
    free(w.seen);
    if (w.folders && !list->recursive)
        why = "no pictures in this folder; -r looks below it";
    else if (w.strange)
        why = "no pictures in this folder, but videos or RAW photos, which swatch does not read";
    if (!status && list->count == before && !list->shards && !list->visit)
        status = add_fault(list, path, why);
    return status;
}

int photos_add_folder(struct photo_list *list, const char *path, const char *folder)
{
    struct stat info;
    return stat(path, &info) ? 0 : add_folder(list, path, folder, &info);
}

static int add_any(struct photo_list *list, const char *path, int mirror)
{
    struct stat info;
    const int is_folder = strcmp(path, "-") != 0 && stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    char *whole = NULL;
    if (mirror && asprintf(&whole, "%s/", path) < 0)
        return -1;
    char *folder = mirror ? mirrored(is_folder ? whole : path) : strdup("");
    const int status = !folder     ? -1
                       : is_folder ? add_folder(list, path, folder, &info)
                                   : add_file(list, path, folder);
    free(whole);
    free(folder);
    return status;
}

int photos_add(struct photo_list *list, const char *path)
{
    return add_any(list, path, 0);
}

int photos_add_from(struct photo_list *list, const char *file, int zero)
{
    FILE *from = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    int status = 0;
    if (!from) {
        say("swatch: %s: cannot be opened: %s", file, strerror(errno));
        return -1;
    }
    for (int first = 1; !status && (length = getdelim(&line, &room, zero ? 0 : '\n', from)) >= 0;
         first = 0) {
        char *path = line;
        if (!zero && length > 0 && line[length - 1] == '\n')
            line[--length] = 0;
        if (!zero && length > 0 && line[length - 1] == '\r')
            line[--length] = 0;
        if (first && strncmp(path, "\xef\xbb\xbf", 3) == 0)
            path += 3;
        if (*path)
            status = add_any(list, path, 1);
    }
    if (status)
        say("swatch: out of memory");
    if (ferror(from)) {
        say("swatch: %s: cannot be read: %s", file, strerror(errno));
        status = -1;
    }
    if (from != stdin)
        fclose(from);
    free(line);
    return status;
}

void photos_free(struct photo_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->entries[i].path);
        free(list->entries[i].folder);
        free(list->entries[i].fault);
    }
    free(list->entries);
    *list = (struct photo_list){0};
}
