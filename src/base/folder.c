#include "base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

static int fail(swatch_error *error, const char *path, const char *what)
{
    return error_set(error, SWATCH_FAILED, "%s: %s: %s", path, what, strerror(errno));
}

int folder_make(const char *path, swatch_error *error)
{
    char part[PATH_MAX];
    struct stat info;
    const size_t length = strlen(path);
    if (length == 0 || length >= PATH_MAX)
        return error_set(error, SWATCH_FAILED, "\"%.80s\": not a path for a folder", path);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != 0)
            continue;
        memcpy(part, path, i);
        part[i] = 0;
        if (mkdir(part, 0777) && errno != EEXIST)
            return fail(error, part, "cannot be made");
    }
    if (stat(path, &info))
        return fail(error, path, "cannot be made");
    if (!S_ISDIR(info.st_mode))
        return error_set(error, SWATCH_FAILED, "%s: not a folder", path);
    return SWATCH_OK;
}

static int tell_foreign(const char *path, const struct draft_owner *owner, const char *foreign,
                        swatch_error *error)
{
    return error_set(error, SWATCH_FAILED, "%s: holds %s, which is not %s's; it is not replaced",
                     path, *foreign ? foreign : "something", owner->who);
}

// Opens a folder that is to be replaced. Returns a descriptor, -1 with an error if that may not be,
// -2 if nothing is there.
static int open_old(const char *path, const struct draft_owner *owner, swatch_error *error)
{
    char foreign[NAME_MAX + 1];
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return -2;
    if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
        error_set(error, SWATCH_EXISTS, "%s: is there already, and no folder", path);
    else if (fd < 0)
        fail(error, path, "cannot be replaced");
    if (fd < 0 || !owner || draft_all_owned(fd, owner, foreign))
        return fd < 0 ? -1 : fd;
    tell_foreign(path, owner, foreign, error);
    close(fd);
    return -1;
}

int folder_begin(struct folder *f, const char *path, const struct draft_owner *owner, int replace,
                 swatch_error *error)
{
    size_t length = strlen(path);
    *f = (struct folder){.draft = {.fd = -1}, .owner = owner, .replace = replace};
    while (length > 1 && path[length - 1] == '/')
        length--;
    if (length == 0)
        return error_set(error, SWATCH_FAILED, "\"\": not a path for a folder");
    if (length >= sizeof f->path)
        return error_set(error, SWATCH_FAILED, "%.80s...: the path is too long", path);
    memcpy(f->path, path, length);
    if (replace) {
        const int old = open_old(f->path, owner, error);
        if (old == -1)
            return SWATCH_FAILED;
        if (old >= 0)
            close(old);
    }
    const int status = draft_make(f->path, DRAFT_FOLDER, owner, &f->draft, error);
    if (status)
        *f->draft.path = 0;
    return status;
}

static int exchange(const struct folder *f)
{
    return renameat2(AT_FDCWD, f->draft.path, AT_FDCWD, f->path, RENAME_EXCHANGE);
}

// Puts the draft in the place of the folder that `old` is open for. The draft's name is then the
// old one's, until that is deleted.
static int replace(struct folder *f, int old, swatch_error *error)
{
    char foreign[NAME_MAX + 1];
    flock(old, LOCK_EX | LOCK_NB); // so that nobody takes it for a dead draft
    if (exchange(f)) {
        if (errno != EINVAL && errno != ENOSYS)
            return fail(error, f->path, "cannot be replaced");
        // A file system that cannot exchange, like NFS: the old folder is put aside first, so that
        // one of the two always has its content. For a moment there is no folder.
        char aside[PATH_MAX];
        if (snprintf(aside, sizeof aside, "%s-old", f->draft.path) >= (int)sizeof aside ||
            rename(f->path, aside))
            return fail(error, f->path, "cannot be replaced");
        if (rename(f->draft.path, f->path)) {
            const int why = errno;
            rename(aside, f->path);
            errno = why;
            return fail(error, f->path, "cannot be replaced");
        }
        strcpy(f->draft.path, aside);
    }
    if (f->owner && !draft_all_owned(old, f->owner, foreign)) {
        if (exchange(f) == 0)
            return tell_foreign(f->path, f->owner, foreign, error);
    } else if (draft_delete_inside(old, f->owner) == 0 && rmdir(f->draft.path) == 0) {
        *f->draft.path = 0;
        return SWATCH_OK;
    }
    error_set(error, SWATCH_FAILED,
              "%s: is replaced, but not all of the old one can be deleted: %s", f->path,
              f->draft.path);
    *f->draft.path = 0;
    return SWATCH_FAILED;
}

static int commit(struct folder *f, swatch_error *error)
{
    struct stat info;
    // RENAME_NOREPLACE leaves no moment for anybody to make the folder; not every file system has
    // it.
    if (renameat2(AT_FDCWD, f->draft.path, AT_FDCWD, f->path, RENAME_NOREPLACE) == 0 ||
        ((errno == EINVAL || errno == ENOSYS) && lstat(f->path, &info) && errno == ENOENT &&
         rename(f->draft.path, f->path) == 0)) {
        *f->draft.path = 0;
        return SWATCH_OK;
    }
    if (lstat(f->path, &info))
        return fail(error, f->path, "cannot be made");
    if (!S_ISDIR(info.st_mode))
        return error_set(error, SWATCH_EXISTS, "%s: is there already, and no folder", f->path);
    if (!f->replace)
        return error_set(error, SWATCH_EXISTS, "%s: is there already", f->path);
    const int old = open_old(f->path, f->owner, error);
    if (old < 0)
        return old == -1 ? SWATCH_FAILED : fail(error, f->path, "cannot be replaced");
    const int status = replace(f, old, error);
    close(old);
    return status;
}

int folder_end(struct folder *f, int status, const swatch_error *wrong, swatch_error *error)
{
    const int ended = status ? folder_fault(f, wrong, error) : commit(f, error);
    folder_abort(f);
    return ended;
}

void folder_abort(struct folder *f)
{
    if (*f->draft.path) {
        draft_delete_inside(f->draft.fd, NULL);
        rmdir(f->draft.path);
        *f->draft.path = 0;
    }
    if (*f->path)
        draft_close(&f->draft);
    *f->path = 0;
}

int folder_fault(const struct folder *f, const swatch_error *wrong, swatch_error *error)
{
    // Messages have names made visible.
    char draft[sizeof wrong->message];
    const size_t length = text_show(f->draft.path, draft, sizeof draft);
    if (strncmp(wrong->message, draft, length) == 0)
        return error_set(error, wrong->status, "%s%s", f->path, wrong->message + length);
    return error_set(error, wrong->status, "%s: %s", f->path, wrong->message);
}
