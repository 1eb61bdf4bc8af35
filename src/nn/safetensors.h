// The safetensors format (Hugging Face): 8 bytes of little-endian header length, a JSON header
// {"name": {"dtype", "shape", "data_offsets"}, ..., "__metadata__": {string: string}}, then the
// data, without gaps. Every length and offset is checked; nothing in the
// file is trusted.
#ifndef NN_SAFETENSORS_H
#define NN_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

#define SAFETENSORS_MAX_RANK 8

enum safetensors_dtype {
    SAFETENSORS_F32,
    SAFETENSORS_F64,
    SAFETENSORS_BF16,
    SAFETENSORS_F16,
    SAFETENSORS_U8,
    SAFETENSORS_I64,
    SAFETENSORS_OTHER
};

struct safetensors_entry {
    const char *name;
    enum safetensors_dtype dtype;
    size_t rank, shape[SAFETENSORS_MAX_RANK];
    size_t elements;
    const unsigned char *data; // into the file in memory, maybe unaligned; `bytes` long
    size_t bytes;
};

struct safetensors; // an open file

int safetensors_open(const char *path, struct safetensors **file, swatch_error *error);
// The same over memory that outlives the handle; `name` is what messages call it.
int safetensors_open_memory(const char *name, const void *data, size_t size,
                            struct safetensors **file, swatch_error *error);
void safetensors_close(struct safetensors *file);
size_t safetensors_count(const struct safetensors *file);
const struct safetensors_entry *safetensors_at(const struct safetensors *file, size_t index);
// NULL when there is none of that name.
const struct safetensors_entry *safetensors_find(const struct safetensors *file, const char *name);
// A metadata value, or NULL.
const char *safetensors_metadata(const struct safetensors *file, const char *key);
// Converts an F32, F64, BF16 or F16 entry to floats; `out` has room for entry->elements.
int safetensors_to_f32(const struct safetensors_entry *entry, float *out, swatch_error *error);

// What to write. Tensors are written in the order given; the first starts on a multiple of 64 bytes
// from the file's start. Two of one name, and names that are no UTF-8, are errors.
struct safetensors_tensor {
    const char *name;
    enum safetensors_dtype dtype; // of the file; F32 and BF16 (round to nearest even) convert from
                                  // float data, others are copied
    size_t rank, shape[SAFETENSORS_MAX_RANK];
    const void *data;
};
struct safetensors_pair {
    const char *key, *value;
};
// Writes atomically (base/file.h).
int safetensors_save(const char *path, const struct safetensors_tensor *tensors, size_t count,
                     const struct safetensors_pair *metadata, size_t pairs, swatch_error *error);

#endif
