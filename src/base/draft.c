#include "base/draft.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define MARK ".swatch-"
#define NUMBERED 8 // drafts of one name at the same time that are found again when their maker died
#define TRIES 16
#define NAME_KEPT 200 // bytes of a name that its draft's begins with; NAME_MAX is 255

// The folder that `path` lies in.
static void folder_of(const char *path, char folder[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        strcpy(folder, ".");
    else if (slash == path)
        strcpy(folder, "/");
    else
        snprintf(folder, PATH_MAX, "%.*s", (int)(slash - path), path);
}

void draft_sync_folder(const char *path)
{
    char folder[PATH_MAX];
    folder_of(path, folder);
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

static int is_draft(const char *name)
{
    const char *mark = strrchr(name, '.');
    return name[0] == '.' && mark && strncmp(mark, MARK, strlen(MARK)) == 0;
}

// Goes through the folder of `fd`. With `delete` it deletes what is the owner's; else it stops at
// the first that is not. Returns how many are not, or -1 if something cannot be read or deleted.
static int walk(int fd, const struct draft_owner *owner, int inner, int delete,
                char foreign[NAME_MAX + 1])
{
    const int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = again < 0 ? NULL : fdopendir(again);
    int others = dir ? 0 : -1;
    if (!dir && again >= 0)
        close(again);
    for (struct dirent *entry; others >= 0 && (delete || !others) && (entry = readdir(dir));) {
        const char *name = entry->d_name;
        struct stat info;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
            fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW))
            continue;
        const int folder = S_ISDIR(info.st_mode);
        int left = owner && !(folder ? owner->owns(name, 1, inner)
                                     : S_ISREG(info.st_mode) &&
                                           (is_draft(name) || owner->owns(name, 0, inner)));
        if (left && foreign)
            snprintf(foreign, NAME_MAX + 1, "%s", name);
        if (!left && folder) {
            const int below = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            left = below < 0 ? -1 : walk(below, owner, 1, delete, foreign);
            if (below >= 0)
                close(below);
        }
        if (!left && delete &&unlinkat(fd, name, folder ? AT_REMOVEDIR : 0))
            left = -1;
        others = left < 0 ? -1 : others + left;
    }
    if (dir)
        closedir(dir);
    return others;
}

int draft_delete_inside(int fd, const struct draft_owner *owner)
{
    return walk(fd, owner, 0, 1, NULL);
}

int draft_all_owned(int fd, const struct draft_owner *owner, char foreign[NAME_MAX + 1])
{
    foreign[0] = 0;
    return walk(fd, owner, 0, 0, foreign) == 0;
}

// Whether `path` still names what `fd` is open for: whoever held the lock may have renamed it.
static int is_still(int fd, const char *path)
{
    struct stat opened, named;
    return fstat(fd, &opened) == 0 && lstat(path, &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

// Removes a draft that nobody works on. Returns 0 if it is gone.
static int remove_dead(const char *path, enum draft_kind kind, const struct draft_owner *owner)
{
    struct stat info;
    const int folder = kind == DRAFT_FOLDER;
    // A lock over a network wants a file that is open for writing; a FIFO must not be waited for.
    const int fd = open(path, (folder ? O_RDONLY | O_DIRECTORY : O_RDWR) | O_NOFOLLOW | O_NONBLOCK |
                                  O_CLOEXEC);
    char foreign[NAME_MAX + 1];
    if (fd < 0)
        return -1;
    int status = -1;
    if (fstat(fd, &info) || (!folder && !S_ISREG(info.st_mode)) || info.st_uid != geteuid() ||
        flock(fd, LOCK_EX | LOCK_NB) || !is_still(fd, path))
        goto done;
    if (!folder)
        status = unlink(path);
    else if ((!owner || draft_all_owned(fd, owner, foreign)) && draft_delete_inside(fd, owner) == 0)
        status = rmdir(path);
done:
    close(fd);
    return status;
}

// Makes the draft and locks it. Returns 0, 1 if the name is taken, -1 for another fault (errno).
static int make(struct draft *draft, enum draft_kind kind)
{
    if (kind == DRAFT_FOLDER && mkdir(draft->path, 0777))
        return errno == EEXIST ? 1 : -1;
    draft->fd = kind == DRAFT_FOLDER
                    ? open(draft->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                    : open(draft->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (draft->fd < 0 && kind == DRAFT_FOLDER && errno != ENOENT)
        rmdir(draft->path);
    if (draft->fd < 0)
        return errno == EEXIST || (kind == DRAFT_FOLDER && errno == ENOENT) ? 1 : -1;
    // Somebody else may have taken it for a dead one before it was locked. Where a file system has
    // no locks, no draft is ever taken for dead.
    if ((flock(draft->fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) ||
        !is_still(draft->fd, draft->path)) {
        draft_close(draft);
        return 1;
    }
    return 0;
}

int draft_make(const char *path, enum draft_kind kind, const struct draft_owner *owner,
               struct draft *draft, swatch_error *error)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    draft->fd = -1;
    if (strlen(path) >= PATH_MAX - 256)
        return error_set(error, SWATCH_FAILED, "%.80s...: the path is too long", path);
    folder_of(path, folder);
    for (unsigned i = 0; i < TRIES; i++) {
        uint64_t number = i;
        if (i >= NUMBERED && getrandom(&number, sizeof number, 0) < 0)
            break;
        snprintf(draft->path, PATH_MAX, "%.*s/.%.*s" MARK "%llx", PATH_MAX - 256, folder, NAME_KEPT,
                 name, (unsigned long long)number);
        int made = make(draft, kind);
        if (made == 1 && remove_dead(draft->path, kind, owner) == 0)
            made = make(draft, kind);
        if (made == 0)
            return SWATCH_OK;
        if (made < 0)
            break;
    }
    return error_set(error, SWATCH_FAILED, "%s: cannot be %s: %s", path,
                     kind == DRAFT_FOLDER ? "made" : "written", strerror(errno));
}

int draft_close(struct draft *draft)
{
    const int fd = draft->fd;
    draft->fd = -1;
    return fd >= 0 ? close(fd) : 0;
}
