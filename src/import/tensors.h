// The content of a file of foreign weights, whatever its format: a list of named f32 tensors.
#ifndef IMPORT_TENSORS_H
#define IMPORT_TENSORS_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

#define IMPORT_MAX_RANK 8
#define IMPORT_NAME_MAX 160
#define IMPORT_MAX_TENSORS 10000

// The types of numbers in files. Numbers of the first five become floats. No network computes with
// the others, which have 1 to 16 bytes; tensors of these are skipped.
enum import_type {
    IMPORT_F32,
    IMPORT_F64,
    IMPORT_F16,
    IMPORT_BF16,
    IMPORT_I64,
    IMPORT_OTHER_1,
    IMPORT_OTHER_2,
    IMPORT_OTHER_4,
    IMPORT_OTHER_8,
    IMPORT_OTHER_16,
};

struct import_tensor {
    char name[IMPORT_NAME_MAX]; // printable ASCII; '?' replaces other bytes of the name in the file
    size_t rank, shape[IMPORT_MAX_RANK];
    size_t count; // product of the shape
    float *data;  // (count), owned
};

struct import_tensors {
    const char *file;            // for messages; the caller's
    struct import_tensor *items; // in the file's order
    size_t count, room;
    size_t floats_left; // numbers that may still be added, so that a small file stays small
};

// Reads a file of any format that we know: PyTorch's .pth (zip or older), Keras' .h5, safetensors.
// The numbers take at most four times the file's size and 64 KiB. Free the tensors with
// import_tensors_free; after an error there are none.
int import_read(const char *path, struct import_tensors *tensors, swatch_error *error);
// The same for a file in memory. `name` must last as long as the tensors.
int import_read_memory(const char *name, const void *data, size_t size,
                       struct import_tensors *tensors, swatch_error *error);

// Makes an empty list for a file of `size` bytes.
void import_tensors_init(struct import_tensors *tensors, const char *file, size_t size);
void import_tensors_free(struct import_tensors *tensors);
// Adds a tensor whose numbers are undefined. *tensor is valid until the next call. A name that is
// in the list, a shape that is too large and too many tensors are SWATCH_BAD_FILE.
int import_tensors_add(struct import_tensors *tensors, const char *name, size_t name_length,
                       size_t rank, const size_t *shape, struct import_tensor **tensor,
                       swatch_error *error);
// Returns NULL if there is none of that name.
const struct import_tensor *import_tensors_find(const struct import_tensors *tensors,
                                                const char *name);

size_t import_type_bytes(enum import_type type);
// Reads the number at `at`, which may be unaligned, of one of the first five types. big: 1 if the
// highest byte is first.
float import_number(enum import_type type, const unsigned char *at, int big);

// The readers of each format, for import_read_memory. They add to a list that is initialized.
int import_torch_zip(const void *data, size_t size, struct import_tensors *tensors,
                     swatch_error *error);
int import_torch_legacy(const void *data, size_t size, struct import_tensors *tensors,
                        swatch_error *error);
int import_hdf5(const void *data, size_t size, struct import_tensors *tensors, swatch_error *error);

#endif
