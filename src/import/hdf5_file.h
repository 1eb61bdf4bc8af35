// HDF5 files as h5py writes them unless told otherwise (superblock 0, object headers 1, groups as
// symbol tables): groups, attributes that are lists of strings, and datasets of floats in one
// piece. Everything else is an error that names it: links, external storage, chunks and their
// filters, newer layouts. This is not libhdf5: that crashed or hung on 5 of 3,000 files with a few
// bytes changed, and an import must not.
#ifndef IMPORT_HDF5_FILE_H
#define IMPORT_HDF5_FILE_H

#include "import/tensors.h"

struct hdf5 {
    const char *name; // for messages
    const unsigned char *data;
    size_t size;
    size_t steps_left; // messages and names to look at, so that no loop lasts long
};

struct hdf5_object {
    uint64_t header; // address; 0: there is none
};

// A list of strings, each in its place (filled up with NULs) or somewhere else in the file.
struct hdf5_strings {
    const unsigned char *items;
    size_t count, size; // size: of an item
    int elsewhere;
};

struct hdf5_dataset {
    enum import_type type;
    int big_endian;
    size_t rank, shape[IMPORT_MAX_RANK];
    const unsigned char *data; // so many numbers as the shape says
};

// All that is found points into `data`.
int hdf5_open(struct hdf5 *f, const char *name, const void *data, size_t size,
              struct hdf5_object *root, swatch_error *error);
// What a group has under a path ("conv1/kernel:0"); child->header is 0 when it has nothing.
int hdf5_find(struct hdf5 *f, struct hdf5_object group, const char *path, size_t length,
              struct hdf5_object *child, swatch_error *error);
// An attribute; count 0 when the object has none of that name.
int hdf5_read_strings(struct hdf5 *f, struct hdf5_object object, const char *attribute,
                      struct hdf5_strings *strings, swatch_error *error);
int hdf5_string(struct hdf5 *f, const struct hdf5_strings *strings, size_t index, const char **text,
                size_t *length, swatch_error *error);
int hdf5_read_dataset(struct hdf5 *f, struct hdf5_object object, struct hdf5_dataset *dataset,
                      swatch_error *error);

#endif
