// Files, written whole or not at all. For folders see base/folder.h.
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <swatch.h>

// Puts "folder/name" into `path`; too long is an error.
int file_join(char path[PATH_MAX], const char *folder, const char *name, swatch_error *error);

// Whether `path` may be written: it is not there or, with `replace`, a regular file. Anything else,
// a folder, a link, a device, is never replaced. If not, an error that says what is there.
int file_check_free(const char *path, int replace, swatch_error *error);

// Writes `size` bytes to `path` by way of a temporary file beside it, fsync and rename: afterwards
// the path holds either all the new bytes or whatever it held before, even if the power fails. With
// `replace` a regular file that is there is replaced; without it what is there already, or is made
// there meanwhile, stays and is SWATCH_EXISTS. For models and checkpoints: an fsync can take 100 ms
// and more.
int file_write(const char *path, const void *data, size_t size, int replace, swatch_error *error);
// The same with `replace` and without fsync, for what can be made again. Other programs see the new
// bytes or the old ones, also if this one dies. A power failure soon after may leave an empty file.
int file_write_quick(const char *path, const void *data, size_t size, swatch_error *error);
// file_write without fsync.
int file_put(const char *path, const void *data, size_t size, int replace, swatch_error *error);
// file_write_quick of a line of text and a line end.
int file_write_line(const char *path, const char *line, swatch_error *error);

// Calls `write` with a stream into memory, and gives what it wrote: *data, which the caller frees,
// has a NUL after its *size bytes. `write` returns 0, or another number without memory.
int file_compose(int (*write)(FILE *to, const void *what), const void *what, char **data,
                 size_t *size, swatch_error *error);
// The same to a file, by file_put or file_write_quick.
int file_put_composed(const char *path, int replace, int (*write)(FILE *to, const void *what),
                      const void *what, swatch_error *error);
int file_write_composed(const char *path, int (*write)(FILE *to, const void *what),
                        const void *what, swatch_error *error);

// Reads a whole file of at most `limit` bytes into a malloc'd block with a NUL after it (not
// counted in *size). "-" reads standard input. The caller frees *data.
int file_read(const char *path, size_t limit, char **data, size_t *size, swatch_error *error);
// The same of a text: without the byte order mark that it may begin with (UTF-8's).
int file_read_text(const char *path, size_t limit, char **data, size_t *size, swatch_error *error);

// Reads a whole regular file of at most 4 GiB like file_read, for weights and label maps: folders,
// pipes and devices are refused, and "-" is a file of that name. Files are read, not mapped: a
// program that reads a mapped file dies if somebody shortens the file.
#define FILE_LOAD_LIMIT ((size_t)4 << 30)
int file_load(const char *path, char **data, size_t *size, swatch_error *error);

#endif
