// What a file of foreign weights holds, whatever its format: a flat list of named f32 tensors.
#ifndef IMPORT_TENSORS_H
#define IMPORT_TENSORS_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

#define IMPORT_MAX_RANK 8
#define IMPORT_NAME_MAX 160
#define IMPORT_MAX_TENSORS 10000

// The types of numbers that are read, all of which become floats; and others, of one byte to
// sixteen, with which no network computes: their tensors are passed over.
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
    char name[IMPORT_NAME_MAX]; // printable ASCII; other bytes of the file's name became '?'
    size_t rank, shape[IMPORT_MAX_RANK];
    size_t count; // product of the shape
    float *data;
};

struct import_tensors {
    const char *file;            // what messages call it; lent
    struct import_tensor *items; // in the file's order
    size_t count, room;
    size_t floats_left; // so many more may be made: what keeps small files from growing large
};

// Reads a file of any known format, told from its content: PyTorch's .pth (zip or older), Keras'
// .h5, safetensors. The numbers take at most four times the file's size and 64 KiB.
int import_read(const char *path, struct import_tensors *tensors, swatch_error *error);
// The same over memory.
int import_read_memory(const char *name, const void *data, size_t size,
                       struct import_tensors *tensors, swatch_error *error);

// An empty list for a file of `size` bytes.
void import_tensors_init(struct import_tensors *tensors, const char *file, size_t size);
void import_tensors_free(struct import_tensors *tensors);
// Adds a tensor of undefined content, lent until the next call. A name twice, too large a shape or
// too many tensors are errors.
int import_tensors_add(struct import_tensors *tensors, const char *name, size_t name_length,
                       size_t rank, const size_t *shape, struct import_tensor **tensor,
                       swatch_error *error);
// NULL when there is none of that name.
const struct import_tensor *import_tensors_find(const struct import_tensors *tensors,
                                                const char *name);

size_t import_type_bytes(enum import_type type);
// Of a type that is read: the number at `at` (maybe unaligned); big: most significant byte first.
float import_number(enum import_type type, const unsigned char *at, int big);

// The formats, see import_read_memory.
int import_torch_zip(const void *data, size_t size, struct import_tensors *tensors,
                     swatch_error *error);
int import_torch_legacy(const void *data, size_t size, struct import_tensors *tensors,
                        swatch_error *error);
int import_hdf5(const void *data, size_t size, struct import_tensors *tensors, swatch_error *error);

#endif
