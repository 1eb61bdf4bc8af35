// Files written whole or not at all: all that is new is made under a temporary name in the same
// folder and renamed. Only file_write asks the disk to keep it (fsync); what that costs stands in
// docs/decisions.md ("Files without fsync").

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/draft.h"
#include "base/error.h"

static int fail(swatch_error *error, const char *path, const char *what)
{
    return error_set(error, errno == ENOENT ? SWATCH_NOT_FOUND : SWATCH_FAILED, "%s: %s: %s", path,
                     what, strerror(errno));
}

int file_join(char path[PATH_MAX], const char *folder, const char *name, swatch_error *error)
{
    if (snprintf(path, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX)
        return error_set(error, SWATCH_FAILED, "%.80s...: the path is too long", folder);
    return SWATCH_OK;
}

int file_check_free(const char *path, int replace, swatch_error *error)
{
    struct stat info;
    if (lstat(path, &info))
        return SWATCH_OK;
    if (!S_ISREG(info.st_mode))
        return error_set(error, SWATCH_EXISTS, "%s: is there already, and no file", path);
    if (!replace)
        return error_set(error, SWATCH_EXISTS, "%s: is there already", path);
    return SWATCH_OK;
}

static int write_all(int fd, const char *from, size_t size)
{
    while (size > 0) {
        const ssize_t wrote = write(fd, from, size);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return -1;
        from += wrote;
        size -= (size_t)wrote;
    }
    return 0;
}

// Closing is where a network's file system tells of a full disk; this closes a second descriptor.
static int flush(int fd)
{
    const int twin = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return twin < 0 ? -1 : close(twin);
}

// Gives a draft its name. Without `replace` there is no moment in which what somebody makes there
// would be lost: the system refuses (errno EEXIST).
static int publish(const char *draft, const char *path, int replace)
{
    struct stat info;
    if (replace)
        return rename(draft, path);
    if (renameat2(AT_FDCWD, draft, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    // A file system without that; a link is never made over what is there.
    if (link(draft, path) == 0)
        return unlink(draft);
    if (errno == EEXIST)
        return -1;
    // Nor has it links, like FAT.
    return lstat(path, &info) && errno == ENOENT ? rename(draft, path) : -1;
}

// A file's mode stays when it is replaced, but for bits that would run it as somebody else.
static int write_whole(const char *path, const void *data, size_t size, int sync, int replace,
                       swatch_error *error)
{
    struct draft draft;
    struct stat old;
    int status = file_check_free(path, replace, error);
    if (!status)
        status = draft_make(path, DRAFT_FILE, NULL, &draft, error);
    if (status)
        return status;
    const int replaces = lstat(path, &old) == 0;
    // The draft stays locked until it has its name, so that nobody takes it for a dead one.
    if ((replaces && fchmod(draft.fd, old.st_mode & 0777)) || write_all(draft.fd, data, size) ||
        (sync && fsync(draft.fd)) || flush(draft.fd) || publish(draft.path, path, replace)) {
        status = errno == EEXIST ? error_set(error, SWATCH_EXISTS, "%s: is there already", path)
                                 : fail(error, path, "cannot be written");
        unlink(draft.path);
    } else if (sync) {
        draft_sync_folder(path);
    }
    draft_close(&draft);
    return status;
}

int file_write(const char *path, const void *data, size_t size, int replace, swatch_error *error)
{
    return write_whole(path, data, size, 1, replace, error);
}

int file_write_quick(const char *path, const void *data, size_t size, swatch_error *error)
{
    return write_whole(path, data, size, 0, 1, error);
}

int file_put(const char *path, const void *data, size_t size, int replace, swatch_error *error)
{
    return write_whole(path, data, size, 0, replace, error);
}

// Reads to the end, of which `expected` is a guess. Returns 0, ENOMEM, EFBIG for more than `limit`
// bytes, or what read said.
static int read_all(int fd, size_t expected, size_t limit, char **data, size_t *size)
{
    size_t room = expected + 2, used = 0; // for the NUL, and to see the end without growing
    char *buffer = malloc(room);
    int fault = buffer ? 0 : ENOMEM;
    while (!fault) {
        const ssize_t got = read(fd, buffer + used, room - used - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            fault = errno;
        if (got <= 0)
            break;
        used += (size_t)got;
        if (used > limit) {
            fault = EFBIG;
        } else if (used + 1 == room) {
            char *larger = realloc(buffer, room *= 2);
            if (larger)
                buffer = larger;
            else
                fault = ENOMEM;
        }
    }
    if (fault) {
        free(buffer);
        return fault;
    }
    buffer[used] = 0;
    *data = buffer;
    *size = used;
    return 0;
}

// What read_all returned as an error, if it was one.
static int told(int fault, const char *name, size_t limit, swatch_error *error)
{
    errno = fault;
    return fault == 0        ? SWATCH_OK
           : fault == ENOMEM ? error_memory(error)
           : fault == EFBIG
               ? error_set(error, SWATCH_FAILED, "%s: larger than %zu bytes", name, limit)
               : fail(error, name, "cannot be read");
}

int file_read(const char *path, size_t limit, char **data, size_t *size, swatch_error *error)
{
    const int input = strcmp(path, "-") == 0;
    const char *name = input ? "standard input" : path;
    const int fd = input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    if (fd < 0)
        return fail(error, path, "cannot be opened");
    const int sized = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    const size_t expected = sized ? (size_t)info.st_size : 65536;
    const int fault = sized && expected > limit ? EFBIG : read_all(fd, expected, limit, data, size);
    if (!input)
        close(fd);
    return told(fault, name, limit, error);
}

int file_read_text(const char *path, size_t limit, char **data, size_t *size, swatch_error *error)
{
    const int status = file_read(path, limit, data, size, error);
    if (status == 0 && *size >= 3 && memcmp(*data, "\xef\xbb\xbf", 3) == 0)
        memmove(*data, *data + 3, (*size -= 3) + 1);
    return status;
}

int file_load(const char *path, char **data, size_t *size, swatch_error *error)
{
    struct stat info;
    // O_NONBLOCK: a pipe without a writer is refused, not waited for.
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail(error, path, "cannot be opened");
    int fault = fstat(fd, &info) ? errno : 0;
    const int regular = !fault && S_ISREG(info.st_mode);
    if (regular)
        fault = (size_t)info.st_size > FILE_LOAD_LIMIT
                    ? EFBIG
                    : read_all(fd, (size_t)info.st_size, FILE_LOAD_LIMIT, data, size);
    close(fd);
    if (!fault && !regular)
        return error_set(error, SWATCH_FAILED, "%s: not a file", path);
    return told(fault, path, FILE_LOAD_LIMIT, error);
}

int file_compose(int (*write)(FILE *to, const void *what), const void *what, char **data,
                 size_t *size, swatch_error *error)
{
    char *bytes = NULL;
    FILE *to = open_memstream(&bytes, size);
    if (!to)
        return error_memory(error);
    const int failed = (write(to, what) != 0) | ferror(to);
    if ((fclose(to) != 0) | failed) {
        free(bytes);
        return error_memory(error);
    }
    *data = bytes;
    return SWATCH_OK;
}

int file_put_composed(const char *path, int replace, int (*write)(FILE *to, const void *what),
                      const void *what, swatch_error *error)
{
    char *data = NULL;
    size_t size;
    int status = file_compose(write, what, &data, &size, error);
    if (status)
        return status;
    status = file_put(path, data, size, replace, error);
    free(data);
    return status;
}

int file_write_composed(const char *path, int (*write)(FILE *to, const void *what),
                        const void *what, swatch_error *error)
{
    return file_put_composed(path, 1, write, what, error);
}

static int write_line(FILE *to, const void *line)
{
    return fprintf(to, "%s\n", (const char *)line) < 0;
}

int file_write_line(const char *path, const char *line, swatch_error *error)
{
    return file_write_composed(path, write_line, line, error);
}
