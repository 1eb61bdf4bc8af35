// Reads HDF5 files as h5py writes them by default (superblock 0, object headers 1, groups as symbol
// tables): groups, attributes that are lists of strings, and datasets of floats in one piece.
// Links, external storage, chunks, filters and newer layouts are errors that name them. It does
// without libhdf5, which crashes or hangs on some damaged files (docs/decisions.md, "HDF5 without
// libhdf5").
#ifndef IMPORT_HDF5_FILE_H
#define IMPORT_HDF5_FILE_H

#include "import/tensors.h"

struct hdf5 {
    const char *name; // for messages
    const unsigned char *data;
    size_t size;
    size_t steps_left; // limits the messages and names that are read, so that no loop lasts long
};

struct hdf5_object {
    uint64_t header; // address in the file; 0: there is no object
};

// A list of strings.
struct hdf5_strings {
    const unsigned char *items;
    size_t count, size; // size: bytes of an item
    int elsewhere;      // 1: an item says where in the file its string is; 0: it is the string,
                        //   filled up with NULs
};

struct hdf5_dataset {
    enum import_type type;
    int big_endian;
    size_t rank, shape[IMPORT_MAX_RANK];
    const unsigned char *data; // the numbers, as many as the shape says
};

// Opens a file in memory. Everything that is found later points into `data`. The functions return 0
// or SWATCH_BAD_FILE with a message that begins with `name`.
int hdf5_open(struct hdf5 *f, const char *name, const void *data, size_t size,
              struct hdf5_object *root, swatch_error *error);
// Finds what a group has under a path ("conv1/kernel:0"). child->header is 0 if there is nothing.
int hdf5_find(struct hdf5 *f, struct hdf5_object group, const char *path, size_t length,
              struct hdf5_object *child, swatch_error *error);
// Reads an attribute of an object. strings->count is 0 if there is none of that name.
int hdf5_read_strings(struct hdf5 *f, struct hdf5_object object, const char *attribute,
                      struct hdf5_strings *strings, swatch_error *error);
// String number `index`, below strings->count; without a NUL at its end.
int hdf5_string(struct hdf5 *f, const struct hdf5_strings *strings, size_t index, const char **text,
                size_t *length, swatch_error *error);
// Reads a dataset of floats.
int hdf5_read_dataset(struct hdf5 *f, struct hdf5_object object, struct hdf5_dataset *dataset,
                      swatch_error *error);

#endif
