// Files and folders, written whole or not at all.
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <swatch.h>

// Writes `size` bytes to `path` by way of a temporary file beside it, fsync and rename: afterwards
// the path holds either all the new bytes or whatever it held before, even if the power fails. For
// models and checkpoints: an fsync can take 100 ms and more.
int file_write(const char *path, const void *data, size_t size, swatch_error *error);
// The same without fsync, for what can be made again: other programs, and this one dying, see the
// new bytes or the old ones, but a power failure soon after may leave an empty file.
int file_write_quick(const char *path, const void *data, size_t size, swatch_error *error);

// Reads a whole file of at most `limit` bytes into a malloc'd block with a NUL after it (not
// counted in *size). "-" reads standard input. The caller frees *data.
int file_read(const char *path, size_t limit, char **data, size_t *size, swatch_error *error);

// A file mapped read-only. An empty file maps to data NULL, size 0.
struct file_map {
    const unsigned char *data;
    size_t size;
};
int file_map_open(const char *path, struct file_map *map, swatch_error *error);
void file_map_close(struct file_map *map);

// Makes a folder and its parents; an existing folder is fine.
int folder_make(const char *path, swatch_error *error);

// A folder that appears whole or not at all: folder_begin makes an empty temporary folder beside
// `path` and puts its name into `temporary` (of PATH_MAX bytes); folder_commit renames it to
// `path`, replacing an existing folder only when `replace`; folder_abort deletes it and what is in
// it. No fsync, as in file_write_quick.
int folder_begin(const char *path, char *temporary, swatch_error *error);
int folder_commit(const char *temporary, const char *path, int replace, swatch_error *error);
void folder_abort(const char *temporary);

#endif
